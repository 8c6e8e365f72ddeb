"""Calls that are not stored: answers to presses, buttons and words of messages that are already there.

Losing one leaves a button that still looks unpressed, and says "done" when it is pressed again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from bot.log import log
from bot.runtime.events import AnswerPress, Count, Counted, Keyboard, Removed, Retold
from bot.runtime.sends import Gone, Revoked, SendError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.runtime.events import Call, GroupEvent
    from bot.runtime.sends import Sends

GROUP_AT_ONCE, GROUP_SECONDS = 4, 16
"""In a group four at once and one more each four seconds: 19 in a minute, and Telegram's limit is 20."""


class Limits:
    """How fast messages, new and changed, may come in each group."""

    def __init__(self) -> None:
        """Begin with none."""
        self._groups: dict[int, AsyncLimiter] = {}

    async def wait(self, chat_id: int) -> None:
        """Wait for room in a group; a chat of one person has its own order instead."""
        if chat_id < 0:
            limit = self._groups.setdefault(chat_id, AsyncLimiter(GROUP_AT_ONCE, GROUP_SECONDS))
            await limit.acquire()


class Calls:
    """Makes them beside the queues."""

    def __init__(
        self,
        sender: Sends,
        room: asyncio.Semaphore,
        limits: Limits,
        on_revoked: Callable[[], None],
        on_group: Callable[[GroupEvent], Awaitable[None]],
    ) -> None:
        """Share room and limits with the outbox; `on_group` hears how many are in a group."""
        self.tasks: set[asyncio.Task[None]] = set()
        self._sender, self._room, self._limits = sender, room, limits
        self._on_revoked, self._on_group = on_revoked, on_group
        self._asked: dict[int, Count] = {}
        self._waiting: dict[tuple[int, int], set[asyncio.Task[None]]] = {}
        self._flying: set[asyncio.Task[None]] = set()

    def begin(self, call: Call) -> None:
        """Make a call. Returns at once."""
        if isinstance(call, Count):
            self._asked[call.chat_id] = call
        task = asyncio.create_task(self._make(call))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        if isinstance(call, Keyboard | Retold):
            key = (call.chat_id, call.message_id)
            self._waiting.setdefault(key, set()).add(task)
            task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: tuple[int, int], task: asyncio.Task[None]) -> None:
        self._waiting.get(key, set()).discard(task)
        if not self._waiting.get(key):
            self._waiting.pop(key, None)

    async def make_way(self, chat_id: int, message_id: int) -> None:
        """Let no older change of a message come after what now takes its place."""
        tasks = set(self._waiting.get((chat_id, message_id), ()))
        for task in tasks - self._flying:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _make(self, call: Call) -> None:
        try:
            if isinstance(call, Keyboard | Retold):
                await self._limits.wait(call.chat_id)
            async with self._room:
                self._fly()
                number = await self._sender.make(call)
            # Only the newest answer counts: an older one may not know of somebody who has come.
            if isinstance(call, Count) and number is not None and self._asked.get(call.chat_id) is call:
                await self._on_group(Counted(call.chat_id, number))
        except Revoked:
            self._on_revoked()
        except Gone as error:
            log.info("call_failed", fault=str(error))
            if isinstance(call, Count):
                await self._on_group(Removed(call.chat_id))
        except SendError as error:
            if not isinstance(call, AnswerPress) and str(error) != "not modified":
                log.info("call_failed", fault=str(error))

    def _fly(self) -> None:
        """Note that this call is on its way, and cannot be taken back."""
        if (me := asyncio.current_task()) is not None:
            self._flying.add(me)
            me.add_done_callback(self._flying.discard)
