"""A whole year of one person: quick, the same each time, and never the same question twice in half a year."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.year import Year

if TYPE_CHECKING:
    from datetime import datetime

GOLDEN = Path(__file__).parent / "year.txt"
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture(scope="module")
def year() -> Year:
    """Play the year once."""
    year = Year()
    year.text = year.play()
    return year


def test_the_year_goes_as_it_is_written_down(year: Year, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-transcripts"):
        GOLDEN.write_text(year.text, encoding="utf-8")
    assert year.text == GOLDEN.read_text(encoding="utf-8")


def moments(year: Year, kind: str) -> dict[str, list[datetime]]:
    """Return when each flow of a kind was begun."""
    flows = year.simulator.desk.library.flows
    found: dict[str, list[datetime]] = defaultdict(list)
    for one in reversed(year.begun()):
        if flows[one.flow].about.kind == kind:
            found[one.flow].append(one.started_at)
    return found


def test_no_weekly_question_comes_twice_within_180_days(year: Year) -> None:
    """What was put off comes again the same week: that is the same question, not another."""
    asked = moments(year, "nudge")
    gaps = [later - earlier for at in asked.values() for earlier, later in pairwise(at)]

    assert sum(map(len, asked.values())) >= 26
    assert [gap for gap in gaps if timedelta(days=3) < gap < HALF_A_YEAR] == []


def test_what_is_offered_rests_before_it_comes_again(year: Year) -> None:
    """What she asks for herself, after a plan, may come sooner."""
    flows = year.simulator.desk.library.flows
    offered: dict[str, list[datetime]] = defaultdict(list)
    for flow_id, at in year.offered:
        offered[flow_id].append(at)
    early = [
        flow_id
        for flow_id, at in offered.items()
        for earlier, later in pairwise(at)
        if later - earlier < timedelta(weeks=flows[flow_id].about.again)
    ]

    assert len(offered) > 20
    assert early == []


def test_plans_were_made_and_asked_about(year: Year) -> None:
    assert sum(one.flow == "plan.ask" for one in year.begun()) >= 3
