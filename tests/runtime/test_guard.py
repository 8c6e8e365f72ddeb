"""The guard at work: one private card a day for each subject, after the words are kept, and no trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.library.load import load
from bot.runtime import turn
from bot.runtime.clock import MovableClock
from bot.runtime.events import Edited, Heard, Showed
from bot.simulator import Simulator
from bot.store.memory import heart_in_memory

if TYPE_CHECKING:
    from bot.runtime.events import Event
    from bot.simulator import Seen

LIBRARY = load(Path(__file__).parent.parent.parent / "content")
DARK, HIT = "I want to kill myself", "he punched me in the face on Sunday"
ABOUT_DARK, ABOUT_HIT = "not wanting to be here", "someone frightens you"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def simulator() -> Simulator:
    made = Simulator(LIBRARY, heart_in_memory(), MovableClock(frozen_at=NOON))
    for name in ("ann", "bo"):
        made.heart.do(partial(_add, made.number(name)))
    return made


def _add(number: int, work) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    work.add_person(number, NOON)


def happens(simulator: Simulator, event: Event, update_id: int) -> list[str]:
    """Let something happen and return what is said, in order."""
    heart = simulator.heart
    heart.do(lambda work: work.take_in(update_id, b"{}", simulator.clock.now()))
    outcome = heart.do(lambda work: turn.handle(simulator.desk, work, update_id, event))
    return [message.body["text"] for message in outcome.messages]


def cards(seen: Seen) -> list[str]:
    return [bubble.chat for bubble in seen.bubbles if ABOUT_DARK in bubble.text or ABOUT_HIT in bubble.text]


def test_each_subject_once_a_day(simulator: Simulator) -> None:
    assert cards(simulator.say("ann", DARK)) == ["ann"]
    assert cards(simulator.say("ann", DARK)) == []
    assert cards(simulator.say("ann", HIT)) == ["ann"], "another subject has a card of its own"
    assert cards(simulator.say("bo", DARK)) == ["bo"], "and another person"
    simulator.clock.move(timedelta(hours=23))
    assert cards(simulator.say("ann", DARK)) == []
    simulator.clock.move(timedelta(hours=2))
    assert cards(simulator.say("ann", DARK)) == ["ann"]


def test_the_answer_is_kept_and_the_card_comes_after(simulator: Simulator) -> None:
    simulator.begin("nudge.like", {"initiator": "ann"})
    run = simulator.open_runs("ann")[0]
    simulator.press("ann", "I knew and said \u201cyou choose\u201d")
    seen = simulator.say("ann", DARK)
    assert ABOUT_DARK in seen.bubbles[-1].text
    kept = simulator.heart.do(lambda work: work.run(run.id))
    assert kept is not None
    assert DARK in [answer.value for answer in kept.session.answers["initiator"].values()]


def test_in_a_group_it_answers_in_private_or_not_at_all(simulator: Simulator) -> None:
    assert cards(simulator.say("ann", DARK, "pair")) == ["ann"]
    assert simulator.say("cy", DARK, "pair").bubbles == []
    assert cards(simulator.say("cy", DARK)) == ["cy"], "in private even before a yes"


@pytest.mark.parametrize("make", [Showed, Edited])
def test_captions_and_changed_words_are_read_too(simulator: Simulator, make: type[Showed | Edited]) -> None:
    ann = simulator.number("ann")
    said = happens(simulator, make(ann, ann, private=True, text=DARK), 900)
    assert ABOUT_DARK in said[-1]


def test_a_turn_that_is_taken_again_shows_it_again(simulator: Simulator) -> None:
    """The store may take a turn back, and then nobody has seen the card."""
    ann = simulator.number("ann")
    event = Heard(ann, ann, True, DARK, timedelta())  # noqa: FBT003
    assert simulator.desk.shown.may(ann, "suicide", 900, NOON)
    assert ABOUT_DARK in happens(simulator, event, 900)[-1]


@pytest.mark.parametrize("words", ["exit", "/exit", "/exit ", "EXIT"])
def test_who_wants_out_unseen_gets_no_card(simulator: Simulator, words: str) -> None:
    assert cards(simulator.say("ann", words)) == []


def test_words_behind_a_command_are_read(simulator: Simulator) -> None:
    assert cards(simulator.say("ann", f"/help {DARK}")) == ["ann"]


def test_nothing_of_it_is_stored(simulator: Simulator) -> None:
    """The rows after an alarming message are those after any other, but for the message that went out."""

    def rows(name: str) -> list[object]:
        person = simulator.heart.do(lambda work: work.person_in(simulator.number(name)))
        assert person is not None
        stored = simulator.heart.do(lambda work: work.stored_about(person.id))
        return [(row.table, len(row.columns)) for row in stored if row.table != "outbox"]

    simulator.say("ann", DARK)
    simulator.say("bo", "the beans are planted and we laughed a lot")
    assert rows("ann") == rows("bo")


def test_the_card_stands_in_the_place_of_the_next_question_which_comes_with_go_on(
    simulator: Simulator,
) -> None:
    simulator.begin("solo.good", {"initiator": "ann"})
    (card,) = simulator.say("ann", HIT).bubbles
    assert ABOUT_HIT in card.text
    assert card.text.startswith("One thing, before we go on."), "a lock screen shows only this"
    (question,) = simulator.press("ann", "Go on").bubbles
    assert "Who noticed it first?" in question.text


def test_what_was_not_said_is_never_sent_and_leaves_no_words(simulator: Simulator) -> None:
    simulator.begin("solo.good", {"initiator": "ann"})
    simulator.say("ann", HIT)
    assert simulator.heart.do(lambda work: work.waiting_messages()) == []
    number = simulator.number("ann")

    def outbox(work) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        rows = work.stored_about(work.person_in(number).id, 100)
        return [dict(row.columns) for row in rows if row.table == "outbox"]

    rows = simulator.heart.do(outbox)
    assert len(rows) == 2, "the first question, and the card"
    assert {row["state"] for row in rows} == {"sent"}, "no row tells that something else was to be said"
    assert {row["reason"] for row in rows} == {None}


def test_no_plan_is_made_of_an_exercise_in_which_a_card_was_shown(simulator: Simulator) -> None:
    simulator.begin("solo.mine", {"initiator": "ann"})
    simulator.say("ann", "the piano, " + HIT)
    simulator.press("ann", "Go on")
    seen = simulator.press("ann", "This week")
    assert not any("ask you once" in bubble.text for bubble in seen.bubbles)
    number = simulator.number("ann")

    def plans(work) -> list[object]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return work.plans_of(work.person_in(number).id)  # type: ignore[no-any-return]

    assert simulator.heart.do(plans) == []
