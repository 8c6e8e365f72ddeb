"""Keeps raw updates before anything else happens to them (rule 3).

Small on purpose: the bot can keep updates while the rest of it is still being loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.runtime.clock import Clock
    from bot.store.protocol import Store

Kept = list[tuple[int, bytes]]
"""Updates as (id, raw JSON)."""


class Inbox:
    """Where updates arrive first."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep in `store`; nobody is told of what came until `on_kept` is set."""
        self._store = store
        self._clock = clock
        self.on_kept: Callable[[Kept], Awaitable[None]] | None = None

    async def take(self, updates: Kept) -> None:
        """Keep updates; returns once they are on disk. Raises StoreError when they could not be kept."""
        now = self._clock.now()
        fresh = await self._store.run(
            lambda work: [(number, raw) for number, raw in updates if work.take_in(number, raw, now)]
        )
        if fresh and self.on_kept is not None:
            await self.on_kept(fresh)
