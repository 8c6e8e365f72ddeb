"""Drawings are proven with the content: there, safe, filled in with what may be named, and short under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.library.shelf import STORY, TWO, found, marked, nodes, sound, write

if TYPE_CHECKING:
    from pathlib import Path

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>{{ a }}</text></svg>\n'
STORY_WITH = nodes(
    """
    a:
      say: Hello.
      picture: moon
      choices: {x: X}
    """
)


def test_a_picture_is_found_by_its_name_and_knows_what_its_node_knows(tmp_path: Path) -> None:
    library = sound(write(tmp_path, {STORY: STORY_WITH, "pictures/moon.svg.j2": SVG}))

    assert library.flows["story.one"].nodes["a"].picture == "moon"
    assert list(library.drawings) == ["moon"]


def test_a_picture_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    story = {STORY: STORY_WITH.replace("moon", "moon  # here: picture")}

    assert found(write(tmp_path, story)) == marked(story)


@pytest.mark.parametrize(
    ("drawing", "line", "code"),
    [
        ("<svg>\n<script/>\n</svg>", 2, "unsafe"),
        ('<svg>\n<image width="1"/>\n</svg>', 2, "unsafe"),
        ("<svg>\n<style>x</style></svg>", 2, "unsafe"),
        ('<!DOCTYPE svg [<!ENTITY x "y">]>\n<svg/>', 1, "unsafe"),
        ('<svg>\n\n<g xlink:href="x"/></svg>', 3, "unsafe"),
        ('<svg fill="url(https://example.org/x)"/>', 1, "unsafe"),
        ("<svg>{{ a | safe }}</svg>", 1, "unsafe"),
        ("<svg>\n{% include 'x' %}</svg>", 2, "template"),
        ("<svg>\n{{ </svg>", 2, "template"),
    ],
)
def test_nothing_in_a_drawing_runs_or_is_fetched(drawing: str, line: int, code: str, tmp_path: Path) -> None:
    write(tmp_path, {"pictures/moon.svg.j2": drawing})

    assert found(tmp_path) == [("pictures/moon.svg.j2", line, code)]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"pictures/moon.svg.j2": SVG})
    (tmp_path / "pictures/sun.svg.j2").symlink_to("moon.svg.j2")

    assert found(tmp_path) == [("pictures/sun.svg.j2", 1, "unsafe")]


def test_for_two_a_picture_shown_to_both_tells_of_neither(tmp_path: Path) -> None:
    story = {
        STORY: nodes(
            """
            a:
              say: Hello.
              where: private
              choices: {x: X}
              branches: [{when: "everyone_chose('a', 'x')", next: b}]
              next: b
            b:
              say: Together.
              picture: moon  # here: unknown-name
              where: pair
            """,
            TWO,
        )
    }

    assert found(write(tmp_path, {**story, "pictures/moon.svg.j2": SVG})) == marked(story)


def test_words_under_a_picture_are_shorter(tmp_path: Path) -> None:
    story = {STORY: STORY_WITH.replace("Hello.", f"{'longest ' * 55}words  # here: too-long")}
    story[STORY] = story[STORY].replace("  # here", '"  # here').replace("say: ", 'say: "')

    assert found(write(tmp_path, {**story, "pictures/moon.svg.j2": SVG})) == []
    story[STORY] = story[STORY].replace("longest ", "thelongestofall ")
    assert found(write(tmp_path, {**story, "pictures/moon.svg.j2": SVG})) == marked(story)


def test_a_picture_needs_words(tmp_path: Path) -> None:
    story = {
        STORY: nodes(
            """
            a:  # here: shape
              picture: moon
              then: [{start: home.menu}]
            """
        )
    }

    assert found(write(tmp_path, {**story, "pictures/moon.svg.j2": SVG})) == marked(story)
