"""The table of what is covered, and what it says is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.library.coverage import CODES, gaps, median_minutes, table, told_in
from bot.library.load import load
from tests.test_transcripts import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = FOLDER.parent.parent / "content"


def test_every_code_of_the_mission_has_a_row() -> None:
    rows = table(load(CONTENT).flows)

    assert [row.code for row in rows] == list(CODES)
    assert len(CODES) == 41


def test_nothing_is_missing_from_the_content() -> None:
    assert list(gaps(load(CONTENT).flows, told_in(FOLDER))) == []


def test_an_exercise_without_a_transcript_is_named() -> None:
    flows = load(CONTENT).flows

    assert any(line.startswith("solo.good:") for line in gaps(flows, told_in(FOLDER) - {"solo.good"}))


def test_a_code_that_loses_its_exercises_is_named() -> None:
    flows = {
        key: replace(
            flow, about=replace(flow.about, tags=tuple(tag for tag in flow.about.tags if tag != "P3"))
        )
        for key, flow in load(CONTENT).flows.items()
    }

    assert any(line.startswith("P3: 0 for one") for line in gaps(flows, None))


def test_slow_exercises_are_told() -> None:
    flows = {
        key: replace(flow, about=replace(flow.about, minutes=9)) for key, flow in load(CONTENT).flows.items()
    }

    assert median_minutes(flows) == 9
    assert "the median takes 9 minutes, 5 is the most" in list(gaps(flows, None))


def test_a_transcript_is_about_the_flow_in_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "# no.gym: a no      clock 2026-03-02 19:00 Europe/Lisbon\n", encoding="utf-8"
    )
    (tmp_path / "two.txt").write_text("# what happens when somebody stops\n", encoding="utf-8")

    assert told_in(tmp_path) == {"no.gym"}
