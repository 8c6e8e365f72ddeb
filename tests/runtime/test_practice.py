"""What is offered next, and why; what was left is taken up again; words that are never stored."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator
    from bot.store.protocol import Work


def check_in(simulator: Simulator, *, close: tuple[int, int], room: tuple[int, int]) -> None:
    """Let Ann tell her week in numbers, and skip the rest."""
    simulator.say("ann", "/checkin")
    simulator.press("ann", "Begin")
    for number in (*close, *room):
        simulator.press("ann", str(number))
    while simulator.open_runs("ann"):
        labels = list(simulator.labels("ann"))
        simulator.press("ann", next(one for one in ("Skip", "Leave it", *labels) if one in labels))
    simulator.wait(timedelta(minutes=1))


def test_a_gap_of_ones_own_room_is_the_reason() -> None:
    simulator = simulator_with_people("content")
    check_in(simulator, close=(4, 4), room=(2, 5))

    (bubble,) = simulator.say("ann", "/practice").bubbles

    assert "Your own room was 2, and you wished 5." in bubble.text


def test_more_closeness_than_wished_is_a_reason_too() -> None:
    """The gap goes both ways: nearer is not better."""
    simulator = simulator_with_people("content")
    check_in(simulator, close=(6, 3), room=(4, 4))

    (bubble,) = simulator.say("ann", "/practice").bubbles

    assert "It was closer than you wished: 6, and you wished 3." in bubble.text


def test_an_old_gap_is_no_reason_any_more() -> None:
    simulator = simulator_with_people("content")
    check_in(simulator, close=(4, 4), room=(2, 5))
    simulator.wait(timedelta(weeks=10))

    (bubble,) = simulator.say("ann", "/practice").bubbles

    assert "Your own room" not in bubble.text


def test_what_was_done_rests() -> None:
    simulator = simulator_with_people("content")
    offered = []
    for _ in range(4):
        simulator.say("ann", "/practice")
        simulator.press("ann", "Begin")
        offered.append(simulator.open_runs("ann")[0].session.flow)
        simulator.say("ann", "/stop")

    assert len(set(offered)) == 4


def test_an_exercise_that_was_left_goes_on_where_it_stood() -> None:
    simulator = simulator_with_people("content")
    simulator.begin("solo.good", {"initiator": "ann"})
    simulator.say("ann", "whistling")
    simulator.say("ann", "/stop")
    simulator.say("ann", "/resume")

    (bubble,) = simulator.press("ann", "What I am good at").bubbles

    assert "“whistling”. Who noticed it first?" in bubble.text
    simulator.press("ann", "Nobody yet")
    assert "Nothing is waiting" in simulator.say("ann", "/resume").bubbles[0].text


def test_nobody_takes_up_what_somebody_else_left() -> None:
    simulator = simulator_with_people("content")
    simulator.begin("solo.good", {"initiator": "ann"})
    simulator.say("ann", "whistling")
    simulator.say("ann", "/stop")

    assert "Nothing is waiting" in simulator.say("bo", "/resume").bubbles[0].text


def test_words_that_are_not_kept_are_said_back_and_gone() -> None:
    """A search in one's own lines leaves no trace of what was looked for."""
    simulator = simulator_with_people("content")
    simulator.say("ann", "/journal")
    simulator.say("ann", "the lake was flat")
    simulator.say("ann", "/journal")
    simulator.press("ann", "Search")
    seen = simulator.say("ann", "lake")
    number = simulator.number("ann")

    def unit(work: Work) -> list[object]:
        person = work.person_in(number)
        assert person
        return [
            answer.value
            for run in work.runs_of(person.id)
            for answers in run.session.answers.values()
            for answer in answers.values()
        ]

    assert "the lake was flat" in seen.bubbles[0].text
    assert "lake" not in simulator.heart.do(unit)


def test_a_deleted_line_is_gone_from_the_store() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/journal")
    simulator.say("ann", "the lake was flat")
    simulator.say("ann", "/journal")
    simulator.press("ann", "By month")
    simulator.press("ann", next(iter(simulator.labels("ann"))))
    simulator.press("ann", "1")
    simulator.press("ann", "Delete this line")
    number = simulator.number("ann")

    def unit(work: Work) -> str:
        person = work.person_in(number)
        assert person
        return str(work.runs_of(person.id))

    assert "the lake" not in simulator.heart.do(unit)
