"""Understands and handles the updates that were kept, in order for each person.

What cannot be understood, or fails again and again, is put aside by itself; the others go on (rule 3).
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from bot.log import log
from bot.runtime import turn
from bot.runtime.events import Edited, Heard, Nothing, Outcome, Pressed, Showed
from bot.runtime.flood import Flood
from bot.runtime.scene import ConflictError
from bot.runtime.where import where_of
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.library.messages import MessageKey
    from bot.runtime.desk import Desk
    from bot.runtime.events import Event
    from bot.runtime.inbox import Kept
    from bot.runtime.outbox import Outbox
    from bot.store.protocol import Store, Work

MOST_TRIES = 3
AT_ONCE = 1000
"""Updates in hand at the same time; beyond that the intake waits, and Telegram keeps the rest."""

MOST_SLOWED = 2000
"""Updates of people who go too fast that wait in memory, of all of them together."""

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
        self._flood = Flood(time.monotonic)
        self._slowed: set[asyncio.Task[None]] = set()

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
        """Wait until everything in hand is handled, some seconds at most; the slowed stay in the store."""
        for task in self._slowed:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    @property
    def idle(self) -> bool:
        """Say whether nothing is in hand."""
        return not self._tasks

    async def _start(self, update_id: int, raw: bytes) -> None:
        """Handle an update after the one before it of the same person, if they keep within their measure."""
        try:
            event = self._parse(raw)
        except Exception as error:  # noqa: BLE001  whatever is wrong with it, it must not stop the others
            log.warning("update_unreadable", fault=type(error).__name__, update_id=update_id)
            await self._at_once(partial(self._set_aside, update_id, "unreadable"))
            return
        if isinstance(event, Nothing):
            await self._at_once(partial(self._pass_over, update_id))
            return
        who = event.user_id if isinstance(event, Heard | Pressed | Showed | Edited) else event.chat_id
        wait = self._flood.wait(who)
        if wait != 0 and self._flood.may_tell(who):
            await self._at_once(partial(self._tell, event, "slowly"))
        if wait is None or (wait and len(self._slowed) >= MOST_SLOWED):
            await self._at_once(partial(self._pass_over, update_id))
            return
        before = self._last.get(who)
        if wait or before in self._slowed:
            # It takes no room while it waits: room is for those who keep within their measure.
            task = self._keep(self._handle_slowly(update_id, event, before, wait))
            self._slowed.add(task)
            task.add_done_callback(self._slowed.discard)
        else:
            task = await self._at_once(partial(self._handle, update_id, event, before))
        self._last[who] = task
        task.add_done_callback(lambda done: self._forget(who, done))

    async def _at_once(self, work: Callable[[], Coroutine[None, None, None]]) -> asyncio.Task[None]:
        """Begin some work as soon as there is room."""
        await self._room.acquire()
        task = self._keep(work())
        task.add_done_callback(lambda _: self._room.release())
        return task

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _forget(self, who: int, task: asyncio.Task[None]) -> None:
        if self._last.get(who) is task:
            del self._last[who]

    async def _handle_slowly(
        self, update_id: int, event: Event, before: asyncio.Task[None] | None, wait: float
    ) -> None:
        await asyncio.sleep(wait)
        if before is not None:
            await asyncio.wait([before])
        async with self._room:
            # From here on it is in hand, and no longer to be dropped when the bot stops.
            if (me := asyncio.current_task()) is not None:
                self._slowed.discard(me)
            await self._handle(update_id, event, None)

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
        await self._tell(event, "failed")
        return True

    async def _tell(self, event: Event, key: MessageKey) -> None:
        """Say one sentence that no turn says; that it fails must not fail anybody."""
        try:
            outcome = await self._store.run(lambda work: turn.apologise(self._desk, work, event, key))
        except Exception as error:  # noqa: BLE001  see above
            log.error("apology_failed", fault=type(error).__name__)
            outcome = Outcome()
        self._outbox.take(outcome)

    async def _set_aside(self, update_id: int, reason: str) -> None:
        await self._write(update_id, lambda work: work.park_update(update_id, reason))

    async def _pass_over(self, update_id: int) -> None:
        """Finish an update without any work: it is for somebody else, or one too many."""
        await self._write(update_id, lambda work: work.finish_update(update_id))

    async def _write(self, update_id: int, unit: Callable[[Work], object]) -> None:
        pause = STORE_PAUSE
        while True:
            try:
                await self._store.run(unit)
            except StoreError as error:
                log.error("store_failed", fault=type(error).__name__, update_id=update_id)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return
