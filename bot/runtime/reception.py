"""Understands and handles the updates that were kept, in order for each person.

What cannot be understood, or fails again and again, is put aside by itself; the others go on (rule 3).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.log import log
from bot.runtime import turn
from bot.runtime.events import Nothing, Outcome, Reach
from bot.runtime.scene import ConflictError
from bot.runtime.where import where_of
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.desk import Desk
    from bot.runtime.events import Event
    from bot.runtime.inbox import Kept
    from bot.runtime.outbox import Outbox
    from bot.store.protocol import Store

MOST_TRIES = 3
AT_ONCE = 1000
"""Updates in hand at the same time; beyond that the intake waits, and Telegram keeps the rest."""

STORE_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class Reception:
    """Where updates arrive."""

    def __init__(self, store: Store, desk: Desk, outbox: Outbox, parse: Callable[[bytes], Event]) -> None:
        """`parse` reads one raw update and may raise anything."""
        self._store = store
        self._desk = desk
        self._outbox = outbox
        self._parse = parse
        self._last: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._gate = asyncio.Lock()

    async def recover(self) -> None:
        """Handle what was kept and not finished, by an earlier life or while this one was waking."""
        async with self._gate:
            for update_id, raw in await self._store.run(lambda work: work.waiting_updates()):
                await self._start(update_id, raw)

    async def take(self, kept: Kept) -> None:
        """Handle updates that are being kept. One that `recover` has seen too is handled once."""
        async with self._gate:
            for update_id, raw in kept:
                await self._start(update_id, raw)

    async def drain(self, seconds: float) -> None:
        """Wait until everything in hand is handled, at most some seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    @property
    def idle(self) -> bool:
        """Say whether nothing is in hand."""
        return not self._tasks

    async def _start(self, update_id: int, raw: bytes) -> None:
        """Handle an update after the one before it of the same person."""
        await self._room.acquire()
        try:
            event = self._parse(raw)
        except Exception as error:  # noqa: BLE001  whatever is wrong with it, it must not stop the others
            log.warning("update_unreadable", fault=type(error).__name__, update_id=update_id)
            self._keep(asyncio.create_task(self._set_aside(update_id, "unreadable")))
            return
        who = (
            0 if isinstance(event, Nothing) else event.chat_id if isinstance(event, Reach) else event.user_id
        )
        before = self._last.get(who)
        task = asyncio.create_task(self._handle(update_id, event, before))
        self._last[who] = task
        task.add_done_callback(lambda done: self._forget(who, done))
        self._keep(task)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    def _forget(self, who: int, task: asyncio.Task[None]) -> None:
        if self._last.get(who) is task:
            del self._last[who]

    async def _handle(self, update_id: int, event: Event, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        pause = STORE_PAUSE
        while True:
            try:
                outcome = await self._store.run(lambda work: turn.handle(self._desk, work, update_id, event))
            except ConflictError:
                continue
            except StoreError as error:
                log.error("store_failed", fault=type(error).__name__, update_id=update_id)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001  one person's poison must not stop the others
                log.error(
                    "turn_failed", fault=type(error).__name__, update_id=update_id, where=where_of(error)
                )
                try:
                    if await self._give_up(update_id, event):
                        return
                except StoreError:
                    await asyncio.sleep(pause)
            else:
                self._outbox.take(outcome)
                return

    async def _give_up(self, update_id: int, event: Event) -> bool:
        """Count the failure; after a few, set the update aside and say sorry. True when it is over."""
        tries = await self._store.run(lambda work: work.fail_update(update_id))
        if tries < MOST_TRIES:
            return False
        await self._set_aside(update_id, "failed")
        try:
            outcome = await self._store.run(lambda work: turn.apologise(self._desk, work, event))
        except Exception as error:  # noqa: BLE001  the apology must not fail anybody either
            log.error("apology_failed", fault=type(error).__name__, update_id=update_id)
            outcome = Outcome()
        self._outbox.take(outcome)
        return True

    async def _set_aside(self, update_id: int, reason: str) -> None:
        pause = STORE_PAUSE
        while True:
            try:
                await self._store.run(lambda work: work.park_update(update_id, reason))
            except StoreError as error:
                log.error("store_failed", fault=type(error).__name__, update_id=update_id)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return
