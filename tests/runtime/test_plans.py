"""Lines that somebody means to do: asked about once, at a polite hour, and never when they are let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.people import remember
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator
    from bot.store.protocol import Plan, Work

DAY = timedelta(days=1)
ASKS = "You said I may ask once"


def ann_with_a_plan(day: str) -> Simulator:
    """Return Ann, who means to play the piano and has chosen a day."""
    simulator = simulator_with_people("content")
    make(simulator, day)
    return simulator


def make(simulator: Simulator, day: str) -> None:
    simulator.begin("solo.mine", {"initiator": "ann"})
    simulator.say("ann", "the piano")
    simulator.press("ann", "This week")
    simulator.press("ann", day)


def plans(simulator: Simulator) -> list[Plan]:
    number = simulator.number("ann")

    def unit(work: Work) -> list[Plan]:
        person = work.person_in(number)
        assert person
        return work.plans_of(person.id)

    return simulator.heart.do(unit)


def change(simulator: Simulator, name: str, value: str) -> None:
    number = simulator.number("ann")

    def unit(work: Work) -> None:
        person = work.person_in(number)
        assert person
        remember(simulator.desk, work, person, name, value)

    simulator.heart.do(unit)


def asked(simulator: Simulator, days: int) -> int:
    """Let days pass, hour by hour, and count how often a plan was asked about."""
    return sum(
        bubble.text.count(ASKS)
        for _ in range(days * 24)
        for bubble in simulator.wait(timedelta(hours=1)).bubbles
    )


def test_a_plan_is_asked_about_once() -> None:
    simulator = ann_with_a_plan("Tomorrow")

    assert asked(simulator, 30) == 1


@pytest.mark.parametrize("button", ["Do not ask"])
def test_a_plan_that_nobody_may_ask_about_is_not(button: str) -> None:
    simulator = ann_with_a_plan(button)

    assert asked(simulator, 30) == 0
    assert [plan.state for plan in plans(simulator)] == ["quiet"]


def test_a_plan_let_go_is_not_asked_about() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    simulator.say("ann", "/plans")
    simulator.press("ann", "If ten minutes come free, then: the pia…")
    simulator.press("ann", "Let it go")

    assert asked(simulator, 10) == 0


def test_the_message_that_comes_by_itself_does_not_show_the_line() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    seen = [bubble.text for _ in range(48) for bubble in simulator.wait(timedelta(hours=1)).bubbles]

    assert any(ASKS in text for text in seen)
    assert not any("piano" in text for text in seen)


def test_a_plan_waits_for_the_end_of_quiet_hours() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    change(simulator, "quiet", "17-20")
    hours = [
        simulator.clock.now().hour
        for _ in range(60)
        if any(ASKS in bubble.text for bubble in simulator.wait(timedelta(hours=1)).bubbles)
    ]

    assert len(hours) == 1
    assert hours[0] >= 20


def test_on_the_day_of_the_weekly_question_there_is_one_message() -> None:
    """The plan takes the place of that week's question, and is not asked about a second time."""
    simulator = ann_with_a_plan("With the weekly question")
    change(simulator, "nudge_day", "6")
    change(simulator, "nudge_hour", "19")
    seen = [bubble.text for _ in range(14 * 24) for bubble in simulator.wait(timedelta(hours=1)).bubbles]

    assert sum(ASKS in text for text in seen) == 1
    assert [plan.state for plan in plans(simulator)] == ["asked"]
    assert len(seen) == 2


def test_without_a_weekly_question_it_is_asked_about_in_a_week() -> None:
    simulator = ann_with_a_plan("With the weekly question")

    assert asked(simulator, 6) == 0
    assert asked(simulator, 3) == 1


def test_whoever_wants_no_words_kept_makes_no_plan() -> None:
    simulator = simulator_with_people("content")
    change(simulator, "keep_words", "no")
    simulator.begin("solo.mine", {"initiator": "ann"})
    simulator.say("ann", "the piano")
    seen = simulator.press("ann", "This week")

    assert not any("ask you once" in bubble.text for bubble in seen.bubbles)
    assert plans(simulator) == []


def test_a_plan_of_somebody_else_cannot_be_let_go() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    (plan,) = plans(simulator)
    number = simulator.number("bo")

    def unit(work: Work) -> bool:
        from bot.runtime.plans import find  # noqa: PLC0415  only here

        bo = work.person_in(number)
        assert bo
        return find(work, bo, plan.id) is None

    assert simulator.heart.do(unit)


def test_erasing_takes_the_plans_along() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    (plan,) = plans(simulator)
    simulator.heart.do(lambda work: work.erase_person(plan.person_id))

    assert simulator.heart.do(lambda work: work.plan(plan.id)) is None
    assert asked(simulator, 3) == 0


def test_what_is_over_goes_after_a_while_and_what_is_old_with_the_words() -> None:
    simulator = ann_with_a_plan("Tomorrow")
    (plan,) = plans(simulator)
    now = simulator.clock.now()

    def tidy(work: Work) -> int:
        work.save_plan(replace(plan, state="over", due_at=None, changed_at=now))
        work.tidy("plans", now + 59 * DAY)
        kept = len(work.plans_of(plan.person_id))
        work.tidy("plans", now + 61 * DAY)
        return kept * 10 + len(work.plans_of(plan.person_id))

    assert simulator.heart.do(tidy) == 10
    make(simulator, "Do not ask")

    def drop(work: Work) -> int:
        work.drop_old_plans(plan.person_id, now + DAY)
        return len(work.plans_of(plan.person_id))

    assert simulator.heart.do(drop) == 0
