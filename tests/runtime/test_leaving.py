"""/exit: out at once, the bot's words gone from the chat, and nothing promised that cannot be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from bot.runtime import care, turn
from bot.runtime.events import Delete, Heard, Outcome
from bot.runtime.scene import Scene
from bot.settings import Settings
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator
    from bot.store.protocol import Work

UPDATES = count(900_000)


def outcome_of(simulator: Simulator, text: str) -> Outcome:
    """Let Ann write, and return what is left to do, which nobody does."""
    number, update_id = simulator.number("ann"), next(UPDATES)

    def unit(work: Work) -> Outcome:
        work.take_in(update_id, b"{}", simulator.clock.now())
        event = Heard(number, number, True, text, timedelta())  # noqa: FBT003
        return turn.handle(simulator.desk, work, update_id, event)

    return simulator.heart.do(unit)


def deletions(outcome: Outcome) -> list[Delete]:
    """Return the calls that take messages away."""
    return [call for call in outcome.calls if isinstance(call, Delete)]


def test_what_the_bot_said_is_taken_away_a_hundred_at_a_time() -> None:
    simulator = simulator_with_people("content")
    for _ in range(70):
        simulator.say("ann", "/checkin")
        simulator.press("ann", "Begin")
        simulator.say("ann", "/stop")
    calls = deletions(outcome_of(simulator, "/exit"))
    assert [len(call.message_ids) for call in calls] == [100, 100, 10]
    assert {call.chat_id for call in calls} == {simulator.number("ann")}


def test_what_telegram_no_longer_deletes_is_not_tried() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    simulator.wait(timedelta(hours=48, minutes=1))
    assert deletions(outcome_of(simulator, "/exit")) == []


def test_menus_stay_and_the_numbers_go() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/menu")
    simulator.say("ann", "/settings")
    assert deletions(outcome_of(simulator, "exit")) == []
    simulator.say("ann", "/help")
    (call,) = deletions(outcome_of(simulator, "/exit"))
    assert len(call.message_ids) == 1


def test_everything_open_is_left_and_the_answer_says_nothing() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    simulator.press("ann", "Begin")
    seen = simulator.say("ann", " EXIT ")
    assert simulator.open_runs("ann") == []
    assert [bubble.text for bubble in seen.bubbles] == [simulator.desk.library.messages["exit"]]
    assert simulator.chats["ann"] == seen.bubbles


def test_the_word_inside_a_sentence_is_only_a_word() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/settings")
    simulator.press("ann", "Name")
    simulator.say("ann", "exit strategy")
    assert simulator.desk.library.messages["exit"] not in simulator.chats["ann"][-1].text


def test_a_stranger_may_leave_too() -> None:
    simulator = simulator_with_people("content")
    seen = simulator.say("dora", "/exit")
    assert [bubble.text for bubble in seen.bubbles] == [simulator.desk.library.messages["exit"]]


def test_what_still_waits_to_be_sent_is_withdrawn() -> None:
    simulator = simulator_with_people("content")
    number = simulator.number("ann")

    def waiting(work: Work) -> list[str]:
        return [message.body["text"] for message in work.waiting_messages() if message.chat_id == number]

    outcome = outcome_of(simulator, "/checkin")
    assert len(outcome.messages) == 1
    assert outcome.messages[0].sensitive
    left = outcome_of(simulator, "/exit")
    assert left.withdrawn == number
    assert simulator.heart.do(waiting) == [simulator.desk.library.messages["exit"]]


def test_a_discreet_persons_messages_are_protected() -> None:
    simulator = simulator_with_people("content")
    assert "protect" not in outcome_of(simulator, "/menu").messages[0].body
    simulator.say("ann", "/settings")
    simulator.press("ann", "Discreet")
    simulator.press("ann", "On")
    assert outcome_of(simulator, "/menu").messages[0].body["protect"] is True


# Cards


def test_a_card_goes_to_the_person_alone_even_from_the_group() -> None:
    simulator = simulator_with_people("content")

    def unit(work: Work) -> Outcome:
        scene = Scene(simulator.desk, work, simulator.number("pair"), work.person_in(simulator.number("ann")))
        assert care.show_card(scene, "abuse")
        return scene.outcome

    outcome = simulator.heart.do(unit)
    assert [message.chat_id for message in outcome.messages] == [simulator.number("ann")]


def test_a_strangers_card_is_never_shown_to_a_group() -> None:
    simulator = simulator_with_people("content")

    def show(chat: str, work: Work) -> Outcome:
        scene = Scene(simulator.desk, work, simulator.number(chat), None)
        care.show_card(scene, "suicide")
        return scene.outcome

    assert simulator.heart.do(partial(show, "pair")).messages == []
    assert len(simulator.heart.do(partial(show, "dora")).messages) == 1


def test_every_card_says_what_a_card_must() -> None:
    """Each is a page that keeps nothing, puts a person before itself, and promises no watching."""
    library = simulator_with_people("content").desk.library
    for topic in ("suicide", "abuse", "third-party", "harm-others", "child"):
        flow = library.flows[f"care.{topic}"]
        say = flow.nodes["card"].say
        assert not flow.about.stores
        assert flow.about.sensitive
        assert "I am a program and can read it wrong" in say
        assert "help.emergency" in say
        assert "help.lines(" in say
        assert not any(word in say.lower() for word in ("partner", "disorder", "abuse", "victim", "notice"))


def test_the_word_is_the_operators_and_no_other_command() -> None:
    assert Settings(exit_word="/Soup").exit_word == "soup"
    for word in ("menu", "two words", "x"):
        with pytest.raises(ValidationError):
            Settings(exit_word=word)


def test_another_word_works_as_a_command_and_by_itself() -> None:
    simulator = simulator_with_people("content")
    simulator.desk = replace(simulator.desk, exit_word="soup")
    answer = simulator.desk.library.messages["exit"]
    for text in ("/soup", "Soup"):
        assert simulator.say("ann", text).bubbles[-1].text == answer
    assert simulator.say("ann", "/exit").bubbles[-1].text != answer
