"""When the platform asks more than one person's chat to wait, it means the whole bot.

One chat that is asked to wait is its own affair, and the others go on. Two at the same time are not: whoever
goes on knocking then is shut out for longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.runtime.clock import Clock

LONG = timedelta(seconds=5)
"""Shorter waits are about the pace in one chat."""

LONGEST = timedelta(hours=1)
"""The most that Telegram asks for; a clock that was set back must not make it longer."""


class Pause:
    """Whether everybody has to wait, and for how long."""

    def __init__(self, clock: Clock) -> None:
        """Begin without a pause."""
        self._clock = clock
        self._asked: dict[int, datetime] = {}
        self._until: datetime | None = None

    def asked(self, chat_id: int, wait: timedelta) -> None:
        """Note that a chat was asked to wait. Groups have limits of their own and say nothing of others."""
        if wait < LONG or chat_id < 0:
            return
        now = self._clock.now()
        self._asked = {chat: until for chat, until in self._asked.items() if until > now}
        self._asked[chat_id] = now + min(wait, LONGEST)
        if len(self._asked) > 1:
            self._until = max(self._asked.values())

    def left(self) -> float:
        """Return how many seconds nobody is written to."""
        if self._until is None:
            return 0.0
        left = self._until - self._clock.now()
        if not timedelta() < left <= LONGEST:
            self._until = None
            return 0.0
        return left.total_seconds()
