"""What stands before both: who may press what, where the next words stand, and a turn's time as it passes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.runtime import ticker
from bot.runtime.buttons import MARK
from bot.runtime.telling import BEATS, bar
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.flow.session import Session
    from bot.simulator import Seen, Simulator
    from bot.store.protocol import Run, Work

PLACES = pytest.mark.parametrize("place", ["pair", None], ids=["in a group", "in private"])
HALF_A_MINUTE = timedelta(seconds=30)
SPEAKING = "ann speaks. bo: nothing to solve yet."


def at_thanks(place: str | None) -> Simulator:
    """Let Ann and Bo come to the first question that stands before both, and open nothing on the way."""
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, place)
    for label in ("Yes, now", "Skip", "Keep it"):
        for name in ("ann", "bo"):
            simulator.press(name, label)
    simulator.wait(timedelta(minutes=1))
    assert here(simulator).node == "thanks"
    return simulator


def at_turn(place: str | None) -> Simulator:
    """Let Ann have her turn to speak."""
    simulator = at_thanks(place)
    for name in ("ann", "bo"):
        simulator.press(name, "We did", place or name)
    assert here(simulator).node == "turn"
    return simulator


def run_of(simulator: Simulator) -> Run:
    run = simulator.heart.do(lambda work: work.run("run00000001"))
    assert run is not None
    return run


def here(simulator: Simulator) -> Session:
    return run_of(simulator).session


def shown(simulator: Simulator, chat: str) -> tuple[str, list[str]]:
    """Return the newest message of a chat, and its buttons."""
    bubble = simulator.chats[chat][-1]
    return bubble.text, [label for row in bubble.rows for label, _ in row]


def chats(place: str | None) -> tuple[str, ...]:
    return (place,) if place else ("ann", "bo")


def standing(simulator: Simulator, chat: str) -> list[list[str]]:
    """Return the buttons of every message in a chat that has some, but for those that only show a choice."""
    found = [
        [label for row in bubble.rows for label, payload in row if payload != MARK]
        for bubble in simulator.chats.get(chat, [])
    ]
    return [labels for labels in found if labels]


# Who may press


def test_in_private_chats_both_see_it_and_only_who_is_asked_has_its_buttons() -> None:
    simulator = at_turn(None)

    assert shown(simulator, "ann") == (f"{bar(0)}  {SPEAKING}", ["Done", "Pass", "Pause", "Stop"])
    assert shown(simulator, "bo") == (f"{bar(0)}  {SPEAKING}", ["Pause", "Stop"])


@PLACES
@pytest.mark.parametrize("name", ["ann", "bo"])
def test_both_may_break_off_or_stop_whoever_is_asked(place: str | None, name: str) -> None:
    for label in ("Pause", "Stop"):
        simulator = at_turn(place)
        simulator.press(name, label, place or name)
        assert (here(simulator).paused, here(simulator).status) == (
            ("time", "active") if label == "Pause" else ("", "left")
        )


def test_in_a_group_the_listener_cannot_end_the_turn_of_who_speaks() -> None:
    simulator = at_turn("pair")
    before = run_of(simulator)
    simulator.press("bo", "Done", "pair")
    assert run_of(simulator) == before


@pytest.mark.parametrize("label", ["Done", "Pause", "Stop"])
def test_rule_11_a_strangers_press_changes_nothing(label: str) -> None:
    simulator = at_turn("pair")
    before = run_of(simulator)
    seen = simulator.press("cy", label, "pair")
    assert run_of(simulator) == before
    assert (seen.bubbles, seen.toasts) == ([], [("cy", "That one is not for you.")])


def test_rule_11_a_strangers_words_and_commands_in_the_group_change_nothing() -> None:
    simulator = at_turn("pair")
    before = run_of(simulator)
    for words in ("one", "pause", "/stop", "/pause", "done"):
        assert simulator.say("cy", words, "pair").bubbles == []
    assert run_of(simulator) == before


# Where the next words stand


def test_in_a_group_the_pressed_message_becomes_the_next_question() -> None:
    simulator = at_turn("pair")
    before = len(simulator.chats["pair"])
    for name, label in (("ann", "Done"), ("bo", "Said it")):
        simulator.press(name, label, "pair")
        assert len(simulator.chats["pair"]) == before
    assert shown(simulator, "pair") == ("Good.\n\nit is over", [])


def test_in_a_group_what_comes_by_itself_is_a_new_message() -> None:
    simulator = at_turn("pair")
    before = [bubble.message_id for bubble in simulator.chats["pair"]]
    simulator.press("ann", "Pause", "pair")
    simulator.wait(timedelta(minutes=20))

    after = [bubble.message_id for bubble in simulator.chats["pair"]]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 3, "that there is a pause, that it is over, and the question"


@PLACES
@pytest.mark.parametrize(
    "deeds",
    [
        [("ann", "Done")],
        [("ann", "one"), ("ann", "two"), ("ann", "three")],
        [("ann", "Done"), ("bo", "Said it")],
        [("ann", "Pass")],
        [("bo", "Pause")],
        [("bo", "Stop")],
        [("ann", "/stop")],
        [("ann", "Done"), ("bo", "Pause"), ("", "20"), ("bo", "Said it")],
    ],
    ids=str,
)
def test_of_each_chat_only_the_newest_question_can_be_pressed(
    place: str | None, deeds: list[tuple[str, str]]
) -> None:
    simulator = at_turn(place)
    for name, what in deeds:
        chat = place or name
        if not name:
            simulator.wait(timedelta(minutes=int(what)))
        elif any(what in labels for labels in standing(simulator, chat)):
            simulator.press(name, what, chat)
        else:
            simulator.say(name, what, chat)
    for chat in chats(place):
        # What is only said below a question leaves it standing.
        assert len(standing(simulator, chat)) <= 1
        assert bool(standing(simulator, chat)) >= bool(shown(simulator, chat)[1])


# Time, as it passes


@PLACES
def test_a_turn_shows_its_time_in_the_message_that_asks(place: str | None) -> None:
    simulator = at_turn(place)
    count = {chat: len(simulator.chats[chat]) for chat in chats(place)}
    for beat in range(1, BEATS + 1):
        simulator.wait(HALF_A_MINUTE)
        up = "\nTime." if beat == BEATS else ""
        for chat in chats(place):
            assert shown(simulator, chat)[0] == f"{bar(beat)}  {SPEAKING}{up}"
    assert shown(simulator, place or "ann")[1] == ["Done", "Pass", "Pause", "Stop"], "nobody is cut off"
    assert {chat: len(simulator.chats[chat]) for chat in count} == count


@PLACES
def test_when_its_time_is_over_a_turn_still_waits_and_ends_in_a_day(place: str | None) -> None:
    simulator = at_turn(place)
    for _ in range(BEATS):
        simulator.wait(HALF_A_MINUTE)
    simulator.wait(timedelta(hours=23))
    assert here(simulator).node == "turn"
    simulator.wait(timedelta(hours=1))
    assert here(simulator).status == "done"
    for chat in chats(place):
        assert shown(simulator, chat) == ("This has come to its end. That is fine.", [])


@PLACES
def test_a_turn_that_is_over_shows_no_time_any_more(place: str | None) -> None:
    simulator = at_turn(place)
    simulator.wait(HALF_A_MINUTE)
    simulator.press("ann", "Done", place or "ann")
    before = {chat: shown(simulator, chat) for chat in chats(place)}
    for _ in range(2 * BEATS):
        simulator.wait(HALF_A_MINUTE)
    assert {chat: shown(simulator, chat) for chat in chats(place)} == before


@PLACES
def test_in_a_pause_time_stands_still_and_begins_anew_behind_it(place: str | None) -> None:
    simulator = at_turn(place)
    simulator.wait(HALF_A_MINUTE)
    simulator.press("bo", "Pause", place or "bo")
    texts = {chat: [one.text for one in simulator.chats[chat]] for chat in chats(place)}
    for _ in range(39):
        assert simulator.wait(HALF_A_MINUTE).bubbles == []
    assert {chat: [one.text for one in simulator.chats[chat]] for chat in chats(place)} == texts
    again = {one.text for one in simulator.wait(HALF_A_MINUTE).bubbles}
    assert again == {"the pause is over", f"{bar(0)}  {SPEAKING}"}


def test_a_timer_that_was_looked_up_before_a_pause_does_not_end_it() -> None:
    """The tick looks up what is due, then wakes it row by row; between the two somebody may press Pause."""
    simulator = at_turn("pair")
    simulator.clock.move(HALF_A_MINUTE)
    timers, _, _ = simulator.heart.do(partial(ticker.due, simulator.clock.now()))
    assert timers == [("run00000001", here(simulator).turn)]
    simulator.press("bo", "Pause", "pair")

    def wake(work: Work) -> object:
        return ticker.time_out(simulator.desk, work, run_id=timers[0][0], turn=timers[0][1])

    simulator.heart.do(wake)
    assert here(simulator).paused == "time"


# Words


def test_words_in_the_two_chats_go_nowhere_and_the_one_who_writes_is_told_so() -> None:
    simulator = at_turn(None)
    for name in ("ann", "bo"):
        seen = simulator.say(name, "canary")
        assert [(one.chat, one.text.startswith("Nothing that is typed")) for one in seen.bubbles] == [
            (name, True)
        ]
    assert here(simulator).node == "turn"
    assert "canary" not in str(here(simulator))


def test_words_of_a_turn_are_counted_and_nowhere_kept() -> None:
    simulator = at_turn("pair")
    for word in ("canary one", "canary two"):
        simulator.say("ann", word, "pair")
        assert here(simulator).node == "turn"
        assert "canary" not in str(here(simulator))
    simulator.say("ann", "canary three", "pair")
    assert here(simulator).node == "echo"
    simulator.say("bo", "canary back", "pair")
    assert here(simulator).status == "done"
    assert "canary" not in str(here(simulator))
    assert not any("canary" in one.text for bubbles in simulator.chats.values() for one in bubbles)


def test_in_a_group_words_are_counted_without_an_answer() -> None:
    simulator = at_turn("pair")
    for name in ("ann", "bo", "ann"):
        assert simulator.say(name, "words", "pair").bubbles == []


@pytest.mark.parametrize("words", ["pause", "Pause", "PAUSE.", "pause!", "/pause", "/pause@alongside_bot"])
@PLACES
def test_a_pause_can_be_typed(place: str | None, words: str) -> None:
    simulator = at_turn(place)
    seen = simulator.say("bo", words, place or "bo")
    assert here(simulator).paused == "time"
    assert [one.chat for one in seen.bubbles] == list(chats(place))


def reached(seen: Seen) -> set[str]:
    return {one.chat for one in seen.bubbles}


@pytest.mark.parametrize("node", ["thanks", "turn"])
@PLACES
def test_rule_8_what_one_writes_in_their_own_chat_is_heard_by_nobody_else(
    place: str | None, node: str
) -> None:
    """Bo must not see that Ann is there: neither in his own chat nor in their group."""
    simulator = at_thanks(place) if node == "thanks" else at_turn(place)
    assert reached(simulator.say("ann", "hello?")) <= {"ann"}


@pytest.mark.parametrize("words", ["/menu", "/help", "/export"])
@PLACES
def test_rule_8_what_one_asks_for_in_their_own_chat_is_shown_to_nobody_else(
    place: str | None, words: str
) -> None:
    simulator = at_thanks(place)
    assert reached(simulator.say("ann", words)) <= {"ann"}


def test_rule_8_words_for_an_exercise_of_ones_own_do_not_become_an_answer_for_two() -> None:
    """Ann goes on alone meanwhile; that Bo answers must not turn her words into what they may share."""
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"})
    for name in ("ann", "bo"):
        simulator.press(name, "Yes, now")
    simulator.clock.move(timedelta(minutes=1))
    simulator.begin("bench.note", {"initiator": "ann"})
    simulator.clock.move(timedelta(minutes=1))
    simulator.say("bo", "driving everybody everywhere")
    simulator.clock.move(timedelta(minutes=1))
    simulator.say("ann", "a line of my own")

    assert here(simulator).answer("initiator", "small") is None
