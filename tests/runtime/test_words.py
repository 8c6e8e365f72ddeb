"""Whose question typed words answer: always the one that was asked last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator
    from bot.store.protocol import Work


def name_of(simulator: Simulator) -> str:
    def unit(work: Work) -> str:
        person = work.person_in(simulator.number("ann"))
        assert person
        return person.profile.name

    return simulator.heart.do(unit)


def at_the_note() -> Simulator:
    """Bring Ann to the line at the end of a check-in."""
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    simulator.press("ann", "Begin")
    for _ in range(8):
        if "One line about the week" in simulator.chats["ann"][-1].text:
            return simulator
        simulator.press("ann", "Skip")
    raise AssertionError(simulator.chats["ann"][-1].text)


def move(simulator: Simulator) -> None:
    simulator.clock.move(timedelta(seconds=20))


def test_a_question_shown_again_is_the_one_that_is_answered() -> None:
    """A private line must never become somebody's name."""
    simulator = at_the_note()
    move(simulator)
    simulator.say("ann", "/settings")
    simulator.press("ann", "Name")
    move(simulator)
    simulator.say("ann", "/checkin")
    move(simulator)
    simulator.say("ann", "I cried on Tuesday and told nobody")
    assert name_of(simulator) == "ann"


def test_a_label_that_is_typed_answers_the_newest_question() -> None:
    simulator = at_the_note()
    move(simulator)
    simulator.begin("nudge.like", {"initiator": "ann"})
    move(simulator)
    simulator.say("ann", "I did not know")
    (checkin,) = simulator.open_runs("ann")
    assert checkin.session.flow == "checkin.weekly"
    assert checkin.session.answer("initiator", "note") is None


def test_a_number_after_a_week_answers_nothing() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    simulator.press("ann", "Begin")
    simulator.wait(timedelta(days=7))
    simulator.say("ann", "5")
    (run,) = simulator.open_runs("ann")
    assert run.session.answers == {"initiator": run.session.answers["initiator"]}
    assert run.session.node == "close_now"


def test_the_menu_takes_up_what_is_open_and_does_not_begin_it_twice() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/menu")
    simulator.press("ann", "The weekly check-in")
    simulator.press_old("ann", "The weekly check-in")
    assert len(simulator.open_runs("ann")) == 1


def test_a_slash_with_odd_spaces_is_an_unknown_command() -> None:
    simulator = simulator_with_people("content")
    for odd in ("/", "/\u2028", "/\x1c", "/\x85", "/ "):
        assert simulator.say("ann", odd).bubbles


@pytest.mark.parametrize("typed", ["idk", "I don't know.", "...", "?", "x", "No idea"])
def test_a_shrug_counts_as_skip_and_is_not_quoted(typed: str) -> None:
    simulator = simulator_with_people("content")
    simulator.begin("solo.good", {"initiator": "ann"})
    (bubble,) = simulator.say("ann", typed).bubbles
    assert bubble.text == "Fine as it is."


@pytest.mark.parametrize("typed", ["no", "😴", "nothing much", "xylophone"])
def test_short_words_are_answers_all_the_same(typed: str) -> None:
    simulator = simulator_with_people("content")
    simulator.begin("solo.good", {"initiator": "ann"})
    (bubble,) = simulator.say("ann", typed).bubbles
    assert f"“{typed}”. Who noticed it first?" in bubble.text
