"""Both press in the same instant, through the real reception and the real store: there is one opening."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest

from bot.library.render import plain
from bot.runtime.clock import MovableClock
from bot.runtime.desk import Desk
from bot.runtime.reception import Reception
from bot.runtime.ticker import Ticker
from bot.store.sqlite import SqliteStore, open_store
from bot.store.work import SqlWork
from tests.together.lives import files_in, opening, staged
from tests.together.world import library_for_two

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.runtime.events import Event, Outcome
    from bot.runtime.outbox import Outbox
    from bot.store.protocol import Message, Run, Work
    from tests.together.lives import Stage


class Said:
    """An outbox that says everything at once, and remembers it."""

    def __init__(self, store: SqliteStore, clock: MovableClock) -> None:
        """Say nothing yet."""
        self._store = store
        self._clock = clock
        self.lines: list[tuple[int, str]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def take(self, outcome: Outcome) -> None:
        """Say what a turn has to say."""
        for message in outcome.messages:
            self.lines.append((message.chat_id, plain(message.body["text"])))
            self._tasks.append(asyncio.create_task(self._store.run(partial(self._sent, message))))

    def _sent(self, message: Message, work: Work) -> None:
        work.message_sent(message, message.id, self._clock.now())

    def poke_nudges(self) -> None:
        """There are none."""

    async def done(self) -> None:
        """Wait until all is marked as sent."""
        await asyncio.gather(*self._tasks)


class House:
    """Reception and ticker over one store, as the app builds them; another may be over the same files."""

    def __init__(self, store: SqliteStore, stage: Stage, clock: MovableClock) -> None:
        """Build it."""
        self.store, self.clock, self.stage = store, clock, stage
        self.said = Said(store, clock)
        desk = Desk(library_for_two(), clock, lambda: "run-not-needed")
        outbox = cast("Outbox", self.said)
        self.reception = Reception(store, desk, outbox, self.parse)
        self.ticker = Ticker(store, desk, outbox)

    def parse(self, raw: bytes) -> Event:
        """Read an update: its number stands for it."""
        return self.stage.events[int(raw)]

    async def take(self, *numbers: int) -> None:
        """Let updates arrive together."""
        kept = [(number, str(number).encode()) for number in numbers]
        for one in kept:
            await self.store.run(partial(self._keep, one))
        await self.reception.take(kept)

    def _keep(self, one: tuple[int, bytes], work: Work) -> None:
        work.take_in(*one, self.clock.now())

    async def run(self) -> Run:
        """Return the exercise as it is stored."""
        found = await self.store.run(lambda work: work.run(self.stage.run_id))
        assert found is not None
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path, "which_open", group=False, last="words", wait=timedelta(seconds=1))


@pytest.fixture
async def store(stage: Stage) -> AsyncIterator[SqliteStore]:
    found = await open_store(files_in(stage.folder))
    yield found
    await found.close()


async def go_on_to_the_opening(house: House) -> None:
    run = await house.run()
    assert run.session.node == "last_look"
    assert run.session.turn == house.stage.turn + 1
    for _ in range(3):
        house.clock.move(timedelta(seconds=61))
        await asyncio.gather(house.ticker.tick(), house.ticker.tick())
    await house.said.done()
    found = Counter(opening(house.said.lines))
    assert {chat for chat, _ in found} == {1001, 1002}
    assert set(found.values()) == {1}
    words = dict(found.keys())
    assert "words of bo" in words[1001]
    assert "words of ann" in words[1002]


async def test_both_press_last_in_the_same_instant_and_it_is_opened_once(
    stage: Stage, store: SqliteStore
) -> None:
    house = House(store, stage, MovableClock(frozen_at=stage.now))
    await house.take(900, 901)
    await house.reception.drain(5)
    await go_on_to_the_opening(house)


async def test_a_turn_that_comes_too_late_is_taken_again_and_it_is_opened_once(
    stage: Stage, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the two finds once that somebody else has moved the session meanwhile."""
    house = House(store, stage, MovableClock(frozen_at=stage.now))
    lost = conflicts(monkeypatch, 2)
    await house.take(900, 901)
    await house.reception.drain(5)
    assert not lost
    await go_on_to_the_opening(house)


async def test_two_bots_on_one_store_take_one_press_each_and_it_is_opened_once(
    stage: Stage, store: SqliteStore
) -> None:
    """As after a start of a second process: a commit of the one comes between two of the other."""
    clock = MovableClock(frozen_at=stage.now)
    other_store = await open_store(files_in(stage.folder))
    one, other = House(store, stage, clock), House(other_store, stage, clock)
    await asyncio.gather(one.take(900), other.take(901))
    await asyncio.gather(one.reception.drain(5), other.reception.drain(5))
    await one.said.done()
    await other.said.done()
    await other_store.close()
    asked = Counter(text for _, text in one.said.lines + other.said.lines if "In a minute this opens" in text)
    assert sum(asked.values()) == 2
    await go_on_to_the_opening(one)


async def test_a_timer_that_comes_too_late_is_not_lost(
    stage: Stage, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next tick opens it."""
    house = House(store, stage, MovableClock(frozen_at=stage.now))
    await house.take(900, 901)
    await house.reception.drain(5)
    house.clock.move(timedelta(seconds=61))
    lost = conflicts(monkeypatch, 1)
    await house.ticker.tick()
    assert not lost
    await house.ticker.tick()
    await house.said.done()
    assert sorted(chat for chat, _ in opening(house.said.lines)) == [1001, 1002]


def conflicts(monkeypatch: pytest.MonkeyPatch, times: int) -> list[None]:
    """Let saving a session fail so often, as if its version were another one by now."""
    left: list[None] = [None] * times
    save = SqlWork.save_run

    def save_run(self: SqlWork, before: Run, after: Run) -> bool:
        if left:
            left.pop()
            return False
        return save(self, before, after)

    monkeypatch.setattr(SqlWork, "save_run", save_run)
    return left
