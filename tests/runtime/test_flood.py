"""Somebody sends far too much: they are slowed, told once, and nobody else notices (reliability.md, 32)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import pytest

from bot.library.load import load
from bot.runtime import flood, inbox, reception
from bot.runtime.clock import MovableClock
from bot.runtime.desk import Desk
from bot.runtime.events import Heard, Outcome
from bot.runtime.flood import AT_ONCE, MOST_HELD, MOST_WAITING, Flood
from bot.runtime.inbox import Inbox
from bot.runtime.reception import Reception
from bot.store.memory import heart_in_memory
from bot.telegram.buttons import Seals
from bot.telegram.incoming import parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.runtime.events import Event
    from bot.store.protocol import Work

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BO = 1001, 1002
NOTICE = "That was a lot at once. I am still reading, slowly."
SEALS = Seals(b"k" * 32)


# The measure itself


class Watch:
    """A clock in seconds, moved by hand."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def test_twenty_at_once_then_one_a_second_then_no_more() -> None:
    watch = Watch()
    measure = Flood(watch)
    waits = [measure.wait(ANN) for _ in range(200)]
    assert waits[:AT_ONCE] == [0] * AT_ONCE
    assert waits[AT_ONCE : AT_ONCE + MOST_WAITING] == [float(n) for n in range(1, MOST_WAITING + 1)]
    assert set(waits[AT_ONCE + MOST_WAITING :]) == {None}
    assert measure.wait(BO) == 0, "each has a measure of their own"
    watch.now += 10
    assert [measure.wait(ANN) for _ in range(11)][-2:] == [50.0, None], "ten seconds, ten more"
    watch.now += 1000
    assert measure.wait(ANN) == 0


def test_whoever_keeps_within_a_second_each_never_waits() -> None:
    watch = Watch()
    measure = Flood(watch)
    for _ in range(500):
        watch.now += 1
        assert measure.wait(ANN) == 0


def test_one_notice_a_minute() -> None:
    watch = Watch()
    measure = Flood(watch)
    told = []
    for second in range(200):
        watch.now += 1
        while measure.wait(ANN) is not None:
            pass
        if measure.may_tell(ANN):
            told.append(second)
    assert told == [0, 60, 120, 180]


def test_those_who_have_calmed_down_are_forgotten() -> None:
    """A million people in a day leave nothing in memory."""
    watch = Watch()
    measure = Flood(watch)
    for who in range(20 * MOST_HELD):
        measure.wait(who)
        watch.now += 0.01
    assert len(measure._people) <= 2 * MOST_HELD


# In the house


class Memory:
    """An asynchronous store on nothing, slower by one turn of the loop for each unit."""

    def __init__(self) -> None:
        """Begin empty."""
        self.heart = heart_in_memory()

    async def run(self, unit: Callable[[Work], T], *, patient: bool = False) -> T:  # noqa: ARG002
        await asyncio.sleep(0)
        return self.heart.do(unit)

    async def close(self) -> None:
        self.heart.close()


class Said:
    """Takes what turns leave to send."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.texts: list[tuple[int, str]] = []

    def take(self, outcome: Outcome) -> None:
        self.texts += [(one.chat_id, one.body["text"]) for one in outcome.messages]

    def to(self, chat: int) -> list[str]:
        return [text for who, text in self.texts if who == chat]


def message(number: int, who: int, text: str = "/stop", **chat: Any) -> tuple[int, bytes]:  # noqa: ANN401  JSON
    where = {"id": who, "type": "private", **chat}
    what = {"message_id": number, "date": 0, "chat": where, "from": {"id": who}, "text": text}
    return number, orjson.dumps({"update_id": number, "message": what})


class House:
    """Inbox and reception, without a network."""

    def __init__(self) -> None:
        """Put everything together."""
        self.store, self.said = Memory(), Said()
        clock = MovableClock(frozen_at=NOW)
        desk = Desk(load(Path("content")), clock, lambda: "run")
        self.handled: list[tuple[int, str]] = []
        self.reception = Reception(self.store, desk, self.said, self._parse)  # type: ignore[arg-type]
        self.inbox = Inbox(self.store, clock)
        self.inbox.on_kept = self.reception.take

    def _parse(self, raw: bytes) -> Event:
        event = parse(raw, SEALS, NOW)
        if isinstance(event, Heard):
            self.handled.append((event.user_id, event.text))
        return event

    def states(self) -> dict[str, int]:
        return dict(
            self.store.heart._db.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall()
        )

    async def calm(self) -> None:
        while not self.reception.idle:  # noqa: ASYNC110  a test looks from outside
            await asyncio.sleep(0.001)


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(flood, "SECONDS_EACH", 0.02)
    made = House()
    yield made
    await made.reception.drain(1)
    await made.store.close()


async def test_two_hundred_messages_are_slowed_and_told_of_once(house: House) -> None:
    for begin in range(0, 200, 50):
        await house.inbox.take([message(begin + n, ANN) for n in range(50)])
    for _ in range(100):
        await asyncio.sleep(0)
    quick = [text for text in house.said.to(ANN) if text != NOTICE]
    assert len(quick) < AT_ONCE + 10, "the first twenty, and hardly more"
    await house.calm()
    texts = house.said.to(ANN)
    assert texts.count(NOTICE) == 1
    assert AT_ONCE + MOST_WAITING <= len(texts) - 1 < AT_ONCE + MOST_WAITING + 20
    assert house.states() == {"done": 200}, "nothing of the rest is left lying"
    assert not house.reception._last
    assert not house.reception._slowed


async def test_the_order_of_what_one_person_said_is_kept(house: House) -> None:
    order: list[int] = []
    done = house.store.heart._work.finish_update

    def noted(update_id: int) -> bool:
        order.append(update_id)
        return done(update_id)

    house.store.heart._work.finish_update = noted  # type: ignore[method-assign]
    await house.inbox.take([message(n, ANN) for n in range(AT_ONCE + 30)])
    await house.calm()
    assert order == sorted(order)


async def test_nobody_else_waits_for_a_flood(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in turns of the loop, not in seconds: it holds on any machine."""
    monkeypatch.setattr(flood, "SECONDS_EACH", 60.0)

    async def turns_until_answered(who: int, number: int) -> int:
        await house.inbox.take([message(number, who)])
        turns = 0
        while not house.said.to(who):
            await asyncio.sleep(0)
            turns += 1
            assert turns < 10_000
        return turns

    alone = await turns_until_answered(BO, 1)
    for who in range(2000, 2040):
        await house.inbox.take([message(who * 1000 + n, who) for n in range(200)])
    assert len(house.reception._slowed) > 1000, "more wait than there is room for at once"
    assert await turns_until_answered(BO + 1, 2) <= alone + 5
    while house.reception._tasks - house.reception._slowed:  # noqa: ASYNC110  as above
        await asyncio.sleep(0)
    assert len(house.reception._slowed) == 40 * MOST_WAITING
    assert house.reception._room._value == reception.AT_ONCE, "who waits takes no room"


async def test_those_who_wait_are_left_for_the_next_life(house: House) -> None:
    """SIGTERM does not wait for a flood, and loses nothing of it."""
    await house.inbox.take([message(n, ANN) for n in range(AT_ONCE + 30)])
    assert house.inbox._telling is not None
    await house.inbox._telling
    await house.reception.drain(5)
    await asyncio.sleep(0)
    assert house.reception.idle
    assert house.states()["new"] >= 20
    await house.reception.recover()
    await house.calm()
    assert house.states() == {"done": AT_ONCE + 30}


async def test_fifty_groups_add_the_bot_and_nothing_comes_of_it(house: House) -> None:
    def added(number: int) -> tuple[int, bytes]:
        change = {
            "chat": {"id": -100 - number, "type": "supergroup"},
            "from": {"id": ANN},
            "new_chat_member": {"status": "member"},
        }
        return number, orjson.dumps({"update_id": number, "my_chat_member": change})

    await house.inbox.take([added(n) for n in range(50)])
    talk = [message(100 + n, BO, f"group talk {n}", id=-100 - n, type="supergroup") for n in range(50)]
    await house.inbox.take(talk)
    await house.inbox.take([message(500, ANN)])
    await house.calm()
    assert len(house.said.to(ANN)) == 1, "adding is no flood of hers"
    assert {chat for chat, _ in house.said.texts} == {ANN}, "and no group is written to"
    assert house.states() == {"done": 101}
    assert house.store.heart._db.execute("SELECT count(*) FROM people").fetchone() == (0,)


async def test_an_update_of_megabytes_is_not_kept(house: House) -> None:
    """Fault 15: what no message can be is put aside, and only its number stays."""
    await house.inbox.take([message(1, ANN, "x" * inbox.MOST_BYTES), message(2, BO)])
    await house.calm()
    assert house.states() == {"parked": 1, "done": 1}
    assert len(house.said.to(BO)) == 1
    largest = house.store.heart._db.execute("SELECT max(length(sealed)) FROM inbox").fetchone()[0]
    assert largest < 100


def test_the_longest_message_there_can_be_is_kept() -> None:
    entity = {"type": "custom_emoji", "offset": 4000, "length": 2, "custom_emoji_id": "5" * 20}
    text = "😀" * 2048
    one = {"text": text, "entities": [entity] * 100}
    assert len(orjson.dumps({**one, "reply_to_message": one, "quote": one})) * 2 < inbox.MOST_BYTES
    assert timedelta(seconds=flood.TELL_EVERY) >= timedelta(minutes=1)
