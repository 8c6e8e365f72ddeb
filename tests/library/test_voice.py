"""What can be heard of the voice: words that are none of ours, and how easily a conversation reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.library.load import examine
from bot.library.voice import reading_ease
from tests.library.shelf import STORY, found, marked, nodes, write

if TYPE_CHECKING:
    from pathlib import Path

LISTS = "ease: 70\npraise: [great job, well done]\nadvice: [give … another chance]\n"


def told(folder: Path, files: dict[str, str]) -> list[str]:
    """Return what is said about the voice of a folder with these files."""
    return [issue.message for issue in examine(write(folder, files))[1] if issue.code == "voice"]


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        ("Great job on that.", "Great job"),
        ("It is well done now.", "well done"),
        ("You might give your aunt another chance.", "give your aunt another chance"),
    ],
)
def test_a_word_of_the_list_is_found(tmp_path: Path, say: str, heard: str) -> None:
    (line,) = told(tmp_path, {"voice.yaml": LISTS, STORY: nodes(f"a: {{say: {say}}}")})

    assert f"“{heard}”" in line


@pytest.mark.parametrize("say", ["A well. Done by noon.", "The greatest jobs are small."])
def test_a_word_inside_another_is_not(tmp_path: Path, say: str) -> None:
    assert told(tmp_path, {"voice.yaml": LISTS, STORY: nodes(f"a: {{say: {say}}}")}) == []


def test_a_button_speaks_as_well(tmp_path: Path) -> None:
    story = nodes("a: {say: And now?, choices: {one: Well done, two: Something else}}")

    assert len(told(tmp_path, {"voice.yaml": LISTS, STORY: story})) == 1


def test_a_heavy_conversation_is_told(tmp_path: Path) -> None:
    heavy = "Considerable disagreement notwithstanding, communication necessitates deliberation. " * 8

    (line,) = told(tmp_path, {"voice.yaml": LISTS, STORY: nodes(f"a: {{say: '{heavy}'}}")})

    assert "reading ease" in line


def test_a_list_of_another_shape_is_told_with_its_line(tmp_path: Path) -> None:
    files = {"voice.yaml": "ease: 70\npraise: words  # here: voice\nrumours: [one]  # here: voice\n"}

    assert found(write(tmp_path, files)) == marked(files)


def test_short_plain_sentences_read_more_easily_than_long_ones() -> None:
    plain = reading_ease("You said no. He was cross. You went home and slept. " * 5)
    heavy = reading_ease(
        "Considerable disagreement notwithstanding, communication necessitates deliberation. " * 8
    )

    assert plain is not None
    assert heavy is not None
    assert plain > 90
    assert heavy < 0


def test_a_few_words_have_no_reading_ease() -> None:
    assert reading_ease("Disproportionate.") is None
