"""Which weekly question comes: what was least practised, what gaps ask for, none twice in half a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.library.practice import first_code
from bot.runtime.lookback import choose
from bot.store.protocol import Schedule
from tests.runtime.test_practice import check_in
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.flow.model import Flow
    from bot.simulator import Simulator
    from bot.store.protocol import Work

WEEK = timedelta(weeks=1)


def next_question(simulator: Simulator, schedule: Schedule | None = None) -> Flow:
    number = simulator.number("ann")

    def unit(work: Work) -> Flow:
        ann = work.person_in(number)
        assert ann
        return choose(simulator.desk, work, ann, schedule or Schedule(ann.id, 6, 1080, "UTC"))

    return simulator.heart.do(unit)


def ask(simulator: Simulator) -> Flow:
    """Ask the question that comes next, and leave it a week later."""
    flow = next_question(simulator)
    simulator.begin(flow.id, {"initiator": "ann"})
    simulator.wait(WEEK)
    return flow


def test_no_question_comes_twice_in_half_a_year() -> None:
    simulator = simulator_with_people("content")
    asked = [ask(simulator).id for _ in range(26)]

    assert len(set(asked)) == 26


def test_each_practice_has_its_turn_within_a_season() -> None:
    simulator = simulator_with_people("content")
    codes = {first_code(ask(simulator).about.tags, "P") for _ in range(16)}

    assert codes >= {f"P{number}" for number in range(1, 9)}


def test_a_gap_of_ones_own_room_brings_its_corner_nearer() -> None:
    simulator = simulator_with_people("content")
    check_in(simulator, close=(4, 4), room=(1, 6))

    assert first_code(next_question(simulator).about.tags, "P") in {"P6", "P1", "P3", "P4"}


def test_a_question_that_was_put_off_is_the_same_one_again() -> None:
    simulator = simulator_with_people("content")
    first = next_question(simulator)
    simulator.begin(first.id, {"initiator": "ann"})
    (run,) = simulator.open_runs("ann")
    now = simulator.clock.now()
    schedule = Schedule(run.seats["initiator"], 6, 1080, "UTC", slot=now, wanted=now, run_id=run.id)

    assert next_question(simulator, schedule).id != first.id
    assert next_question(simulator, replace(schedule, wanted=now + timedelta(hours=3))).id == first.id
