"""Every picture, as it looks: against kept ones, at the edges, and whether it can be read.

A picture that was changed on purpose: look at it, then `make test ARGS="-k golden --update-pictures"`.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.library.source import read
from bot.pictures import CannotDrawError, draw
from bot.pictures import press as module
from bot.pictures.child import fonts, png_of
from tests.pictures.pictures import ANSWERS, CASES, ROOT, SIGNATURE, apart, library, pixels, svg_of, week

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 270
"""A quarter of the real size: small files, quickly compared, and an eye still reads them."""

SHOWN = [("map", case) for case in CASES] + [
    ("trend", "quarter"), ("trend", "first"), ("circles", "first"), ("own-circle", "first"),
]  # fmt: skip

ALL = sorted(library().drawings)
NUMBERS = (1, 2, 4, 6, 7)


@pytest.mark.parametrize(("name", "case"), SHOWN, ids=lambda one: one)
def test_golden_pictures_look_as_they_did(name: str, case: str, request: pytest.FixtureRequest) -> None:
    kept = GOLDEN / f"{name}-{case}.png"
    drawn = png_of(svg_of(name, CASES[case]), WIDTH)
    if request.config.getoption("--update-pictures"):
        kept.write_bytes(drawn)

    assert apart(drawn, kept.read_bytes()) < 0.002


def test_golden_pictures_would_tell_a_dot_from_another_place() -> None:
    one, other = (png_of(svg_of("map", [week(4, 5, 4, room)]), WIDTH) for room in (5, 6))

    assert apart(one, other) > 0.004


def test_every_drawing_is_kept() -> None:
    assert {name for name, _ in SHOWN} == set(ALL)
    assert {path.stem for path in GOLDEN.glob("*.png")} == {f"{name}-{case}" for name, case in SHOWN}


@pytest.mark.parametrize("close", NUMBERS)
@pytest.mark.parametrize("wish", [*NUMBERS, None])
def test_no_numbers_break_the_map(close: int, wish: int | None) -> None:
    """Whatever is told: it is well-formed, and every word and mark is inside the picture."""
    for room in NUMBERS:
        for room_wish in (*NUMBERS, None):
            root = ET.fromstring(svg_of("map", [week(close, wish, room, room_wish)]))  # noqa: S314  our own
            width, height = float(root.get("width", 0)), float(root.get("height", 0))
            for one in root.iter("{http://www.w3.org/2000/svg}circle"):
                x, y, r = (float(one.get(key, 0)) for key in ("cx", "cy", "r"))
                assert r < x < width - r
                assert r < y < height - r
            said = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
            assert ("now, as wished" in said) == ((close, room) == (wish, room_wish))
            assert all(said)


@pytest.mark.parametrize("weeks", [*CASES.values(), []], ids=[*CASES, "none"])
def test_the_trend_shows_what_was_answered_and_never_more_than_three(weeks: list[dict[str, object]]) -> None:
    svg = svg_of("trend", weeks)

    ET.fromstring(svg)  # noqa: S314  our own
    given = [min(3, sum(one[name] is not None for one in weeks)) for name in ANSWERS]
    assert svg.count("not yet") == given.count(0)
    assert svg.count('rx="32"') + svg.count('stroke-linecap="round"') == sum(given)


def test_the_trend_knows_every_answer_and_says_it_as_the_words_do() -> None:
    """The picture and its caption name the nine alike, and no answer but `none` is drawn as a dash."""
    check_in = library().flows["checkin.weekly"]
    drawing, words = library().drawings["trend"], library().flows["look.map"].nodes["themes"].say

    def named(text: str) -> list[tuple[str, str, str]]:
        return re.findall(r'\("(h\d_\w+)", ("[^"]+"), (\{[^}]+\})\)', text)

    assert named(drawing) == named(words)
    assert len(named(drawing)) == len(ANSWERS) == 9
    for node, _, said in named(drawing):
        ask = check_in.nodes[node].ask
        offered = [one.id for one in getattr(ask, "choices", ())]
        assert sorted(offered) == sorted(ANSWERS[node])
        assert [f'"{one}"' in said for one in offered if one != "none"] == [True, True]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG counts it."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ALL)
def test_every_word_is_large_and_stands_out(name: str) -> None:
    """At least 34 px of 1080, about eleven points on a phone; at least 4.5 to 1 on what it stands on."""
    svg = svg_of(name, CASES["quarter"])
    root = ET.fromstring(svg)  # noqa: S314  our own
    assert root.get("width") == "1080"
    grounds = ("#f4eee3", "#fcf9f3", "#e3ebe5")
    assert all(int(size) >= 34 for size in re.findall(r'font-size="(\d+)"', svg))
    for colour in set(re.findall(r'<text[^>]* fill="(#\w{6})"', svg)):
        on = ("#17605a",) if colour == "#fcf9f3" else grounds
        assert all(contrast(colour, ground) >= 4.5 for ground in on), colour
    # Its own ground, to the edge: it reads on a light and on a dark chat.
    first = root[0]
    assert (first.tag.endswith("rect"), first.get("width"), first.get("height")) == (
        True,
        "1080",
        root.get("height"),
    )


def test_the_font_comes_with_a_package_and_has_its_licence() -> None:
    assert all(Path(one).is_file() for one in fonts())
    assert "SIL Open Font License" in (Path(fonts()[0]).parent / "OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("family", "seen"), [("Manrope", True), ("sans-serif", True), ("DejaVu Sans", False)]
)
def test_no_font_of_the_machine_steps_in(family: str, seen: bool) -> None:  # noqa: FBT001  the table's own column
    png = png_of(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" font-family="{family}">'
        '<text y="30" font-size="30">now</text></svg>'
    )
    assert any(pixels(png)[2]) == seen


def test_a_process_of_its_own_draws_and_gives_the_same() -> None:
    svg = svg_of("map", CASES["first"])

    assert draw(svg) == png_of(svg)
    assert draw(svg).startswith(SIGNATURE)


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "<svg",
        "private words",
        "\ud800",
        '<svg xmlns="http://www.w3.org/2000/svg"><text>&no;</text></svg>',
    ],
)
def test_what_is_no_picture_is_told_by_the_name_of_the_fault(svg: str) -> None:
    with pytest.raises(CannotDrawError) as caught:
        draw(svg)
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_drawing_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(module, "_CHILD", str(slow))
    monkeypatch.setattr(module, "SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(CannotDrawError, match="TimeoutExpired"):
        draw("<svg/>")
    assert time.monotonic() - began < 10


def test_a_process_that_says_something_else_has_drawn_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chatty = tmp_path / "chatty.py"
    chatty.write_text("print('hello')")
    monkeypatch.setattr(module, "_CHILD", str(chatty))
    with pytest.raises(CannotDrawError, match="NoPicture"):
        draw("<svg/>")


def test_the_token_stays_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nosy = tmp_path / "nosy.py"
    nosy.write_text("import os, sys; sys.exit('BOT_TOKEN' in os.environ)")
    monkeypatch.setenv("BOT_TOKEN", "1:secret")
    monkeypatch.setattr(module, "_CHILD", str(nosy))
    with pytest.raises(CannotDrawError, match="NoPicture"):
        draw("<svg/>")


def test_the_check_in_still_asks_what_the_map_draws() -> None:
    nodes = read(ROOT / "content/flows/checkin/weekly.yaml", "weekly").data["nodes"]
    for name in ("close_now", "close_wish", "room_now", "room_wish"):
        assert (nodes[name]["scale"]["low"], nodes[name]["scale"]["high"]) == (1, 7)
