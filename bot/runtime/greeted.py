"""Remembers for an hour, in memory only, who has just met the welcome: it is not said twice in a row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LASTS = timedelta(hours=1)
MOST_KEPT = 1000


class Greeted:
    """When somebody who has not agreed was last told who this is, by their chat."""

    def __init__(self) -> None:
        """Begin with none."""
        self._at: dict[int, datetime] = {}

    def keep(self, chat_id: int, now: datetime) -> None:
        """Note that the welcome was said; the oldest is forgotten where there are too many."""
        self._at.pop(chat_id, None)
        self._at[chat_id] = now
        while len(self._at) > MOST_KEPT:
            self._at.pop(next(iter(self._at)))

    def lately(self, chat_id: int, now: datetime) -> bool:
        """Say whether that was within the last hour."""
        at = self._at.get(chat_id)
        return at is not None and timedelta() <= now - at < LASTS
