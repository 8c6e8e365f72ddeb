"""A group that is gone, or has another number: what was going on there, and who hears of it first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.runtime import groups, marks
from bot.runtime.events import Count, Counted, Heard, Migrated, Outcome
from bot.runtime.outbox import Outbox
from bot.runtime.sends import Gone, Moved, NoTopic
from tests.faults.conftest import until
from tests.faults.test_outbox import Memory, Told
from tests.runtime.story import DAY, ENDED, READY, WAITS, Story, labels_of, texts
from tests.runtime.test_group_guests import couple_of
from tests.runtime.test_groups import what
from tests.runtime.test_parting import at_the_gate, paused, sealed, speaking, two

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.events import Call, GroupEvent
    from bot.store.protocol import Message, Work

OLD, NEW = -1, -2


# The bot is put out


@pytest.mark.parametrize("stage", [sealed, speaking, paused])
def test_put_out_of_the_group_what_was_going_on_there_ends_for_both(stage: Callable[[Story], None]) -> None:
    story = two(group=True)
    stage(story)
    assert sorted(what(story.removed())) == [("ann", ENDED), ("bo", ENDED)]
    couple = couple_of(story)
    assert (couple.group_id, couple.bound, couple.alone) == (None, False, False)
    assert what(story.removed()) == []
    assert what(story.wait(2 * DAY)) == []


def test_put_out_at_the_gate_it_goes_on_in_the_two_chats_and_nobody_hears_of_it() -> None:
    story = two(group=True)
    at_the_gate(story)
    assert what(story.removed()) == []
    seen = story.press("bo", "Yes, now")
    assert {one.chat for one in seen.bubbles} == {"ann", "bo"}
    assert story.run().session.node == "small"


def test_after_a_day_of_silence_both_hear_not_today_though_the_group_is_gone() -> None:
    story = two(group=True)
    at_the_gate(story)
    story.removed()
    told = what(story.wait(DAY))
    assert [chat for chat, text in told if text == "Not today. That is fine."] == ["ann", "bo"]


@pytest.mark.parametrize("stage", [sealed, speaking])
def test_where_telegram_refuses_the_group_it_goes_on_in_the_two_chats(stage: Callable[[Story], None]) -> None:
    story = two(group=True)
    stage(story)
    story.heart.do(partial(marks.unreachable, OLD))
    assert couple_of(story).group_id is None
    seen = story.asks("two.thanks", "bo")
    assert (story.run().session.flow, story.run().pair_chat) == ("two.soft-no", None)
    assert "pair" not in {one.chat for one in seen.bubbles}


def test_a_refusal_and_then_the_news_of_it_end_it_once() -> None:
    story = two(group=True)
    speaking(story)
    story.heart.do(partial(marks.unreachable, OLD))
    assert sorted(what(story.removed())) == [("ann", ENDED), ("bo", ENDED)]


# It becomes a supergroup


def test_a_question_that_stands_there_is_asked_again_once() -> None:
    story = two(group=True)
    speaking(story)
    question = story.last("pair")
    assert what(story.migrate()) == [("pair", question)]
    assert what(story.tells(Migrated(OLD, NEW))) == []
    assert (couple_of(story).group_id, story.run().pair_chat) == (NEW, NEW)
    story.press("ann", "Said it", "pair")
    assert story.run().session.node == "echo_one"


def test_what_each_is_asked_alone_is_not_said_in_the_new_group() -> None:
    story = two(group=True)
    sealed(story)
    assert "pair" not in {chat for chat, _ in what(story.migrate())}
    assert story.run().pair_chat == NEW


def test_what_waits_there_says_so_again_with_its_button() -> None:
    story = two(group=True)
    speaking(story)
    story.come("cy")
    seen = story.migrate()
    assert texts(seen) == [WAITS]
    assert labels_of(seen.bubbles[0].rows) == ["We are alone"]
    story.there.discard("cy")
    assert texts(story.press("ann", "We are alone", "pair"))[0] == READY


def test_a_pause_stays_a_pause() -> None:
    story = two(group=True)
    paused(story)
    assert what(story.migrate()) == []
    assert story.run().session.paused == "time"


def test_a_group_of_nobody_moves_unseen() -> None:
    story = two(group=False)
    before = story.tables("inbox")
    assert what(story.tells(Migrated(-88, -99))) == []
    assert story.tables("inbox") == before


# Heard by the outbox


class Moving(Told):
    """A sender for which a group has moved or is gone, and which counts its members when it is let."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        super().__init__()
        self.fault: Exception | None = None
        self.arrived: list[tuple[int, str]] = []
        self.answers: list[asyncio.Future[int]] = []
        self.slow = False

    async def send(self, message: Message) -> int:
        if message.chat_id == OLD and self.fault is not None:
            raise self.fault
        if "thread" in message.body:
            raise NoTopic
        self.arrived.append((message.chat_id, message.body["text"]))
        return len(self.arrived)

    async def make(self, call: Call) -> int | None:
        if not isinstance(call, Count):
            return None
        if self.fault is not None:
            raise self.fault
        if not self.slow:
            return 3
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]


async def sent(story: Story, memory: Memory, sender: Moving, outcome: Outcome) -> list[tuple[int, str]]:
    """Let an outbox send what a turn has left, and return all that has arrived."""
    outbox = Outbox(memory, sender, story.clock, lambda: None, partial(groups.happened, story.desk))
    outbox.take(outcome)
    await until(lambda: outbox.idle, "idle", 5)
    await outbox.stop()
    return sender.arrived


def speaking_in_memory() -> tuple[Story, Memory, Moving]:
    """Return two who speak in their group, on a store that an outbox can use."""
    memory = Memory()
    story = Story(heart=memory.heart)
    story.pair()
    story.bind()
    speaking(story)
    return story, memory, Moving()


def says(story: Story, text: str, thread: int | None = None) -> Outcome:
    """Let Bo write in the group."""
    return story.outcome(Heard(OLD, story.number("bo"), False, text, timedelta(), "", thread))  # noqa: FBT003


def test_by_two_messages_of_telegram_it_has_moved_once() -> None:
    story, _, _ = speaking_in_memory()
    first, second = (story.outcome(Migrated(OLD, NEW)) for _ in range(2))
    assert [one.chat_id for one in first.messages] == [NEW]
    assert (second.messages, second.calls) == ([], [])


@pytest.mark.parametrize("first", ["the outbox", "the update"])
async def test_whoever_hears_first_that_it_has_moved_the_question_is_asked_once(first: str) -> None:
    story, memory, sender = speaking_in_memory()
    question, elsewhere = story.last("pair"), story.desk.library.messages["elsewhere"]
    sender.fault = Moved(NEW)
    written = says(story, "/help")
    if first == "the outbox":
        await sent(story, memory, sender, written)
        arrived = await sent(story, memory, sender, story.outcome(Migrated(OLD, NEW)))
    else:
        await sent(story, memory, sender, story.outcome(Migrated(OLD, NEW)))
        arrived = await sent(story, memory, sender, written)
    assert sorted(arrived) == sorted([(NEW, question), (NEW, elsewhere)])
    assert couple_of(story).group_id == NEW


async def test_a_question_under_way_to_the_old_number_is_asked_under_the_new_one_once() -> None:
    story, memory, sender = speaking_in_memory()
    sender.fault = Moved(NEW)
    payloads = {label: payload for row in story.chats["pair"][-1].rows for label, payload in row}
    outcome = story.outcome(story.pressed("ann", payloads["Said it"], "pair"))
    ((chat, text),) = await sent(story, memory, sender, outcome)
    assert chat == NEW
    assert "say back what you heard" in text


@pytest.mark.parametrize("by", ["a message", "a question how many are there"])
async def test_a_group_that_refuses_is_nobodys_any_more_and_both_hear_the_end(by: str) -> None:
    """Telegram tells of being put out only to who listens then: a refusal says it as well."""
    story, memory, sender = speaking_in_memory()
    sender.fault = Gone("forbidden")
    outcome = says(story, "/help") if by == "a message" else Outcome(calls=[Count(OLD)])
    arrived = await sent(story, memory, sender, outcome)
    assert sorted(arrived) == sorted((story.number(name), ENDED) for name in ("ann", "bo"))
    assert couple_of(story).group_id is None
    assert story.run().session.status == "left"


async def test_without_its_topic_it_speaks_in_the_group() -> None:
    story, memory, sender = speaking_in_memory()
    arrived = await sent(story, memory, sender, says(story, "/together", 9))
    assert arrived == [(OLD, story.desk.library.messages["elsewhere"])]
    assert couple_of(story).thread_id is None


async def test_an_answer_from_before_somebody_came_is_not_believed() -> None:
    heard: list[GroupEvent] = []

    def hear(_: Work, event: GroupEvent) -> Outcome:
        heard.append(event)
        return Outcome()

    sender = Moving()
    sender.slow = True
    outbox = Outbox(Memory(), sender, Story().clock, lambda: None, hear)
    outbox.take(Outcome(calls=[Count(OLD)]))
    await until(lambda: len(sender.answers) == 1, "the first question", 5)
    outbox.take(Outcome(calls=[Count(OLD)]))
    await until(lambda: len(sender.answers) == 2, "the second question", 5)
    sender.answers[1].set_result(4)
    await until(lambda: bool(heard), "the newer answer is heard", 5)
    sender.answers[0].set_result(3)
    await until(lambda: outbox.idle, "idle", 5)
    await outbox.stop()
    assert heard == [Counted(OLD, 4)]
