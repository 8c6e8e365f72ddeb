"""Keeps raw updates before anything else happens to them (rule 3).

Small on purpose: the bot can keep updates while the rest of it is still being loaded.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from bot.log import log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.runtime.clock import Clock
    from bot.store.protocol import Store, Work

FEW = 8
"""Updates whose turns take less time than a second wait for the disk."""

MOST_BYTES = 256 * 1024
"""Bytes of one update that are kept: many times what the longest message with all its trimmings takes."""

Kept = list[tuple[int, bytes]]
"""Updates as (id, raw JSON)."""


class Inbox:
    """Where updates arrive first."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep in `store`; nobody is told of what came until `on_kept` is set."""
        self._store = store
        self._clock = clock
        self.on_kept: Callable[[Kept], Awaitable[None]] | None = None
        self._telling: asyncio.Future[None] | None = None

    async def take(self, updates: Kept) -> None:
        """Keep updates; returns once they are on disk. Raises StoreError when they could not be kept.

        The turns of a few are queued right behind, so that they share the commit that keeps them: one wait
        for the disk instead of two. Many are kept first, so that the next can be asked for meanwhile. A turn
        whose update was not kept, or was handled before, does nothing.
        """
        updates = [(number, _within_limit(number, raw)) for number, raw in updates]
        keeping = asyncio.create_task(self._store.run(partial(_keep, updates, self._clock.now())))
        if self._telling is not None:
            await self._telling
            self._telling = None
        if len(updates) > FEW and self.on_kept is not None:
            await keeping
            self._telling = asyncio.ensure_future(self.on_kept(updates))
            return
        told = self.on_kept
        if told is not None:
            await told(updates)
        await keeping
        if told is None and self.on_kept is not None:
            # Whoever handles them has woken meanwhile, and may have looked for them just too early.
            await self.on_kept(updates)


def _keep(updates: Kept, now: datetime, work: Work) -> None:
    for number, raw in updates:
        work.take_in(number, raw, now)


def _within_limit(number: int, raw: bytes) -> bytes:
    """Return an update as it came, or nothing of one that is too large: only that it was there is kept."""
    if len(raw) <= MOST_BYTES:
        return raw
    log.warning("update_too_large", update_id=number, count=len(raw))
    return b""
