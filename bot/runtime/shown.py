"""Remembers for a day, in memory only, who was shown which card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.library.guard import Topic

ONCE_IN = timedelta(days=1)
MOST_KEPT = 10_000


class Shown:
    """Which cards were shown in the last day, to whom, and for which update."""

    def __init__(self) -> None:
        """Begin with none."""
        self._shown: dict[tuple[int, Topic], tuple[datetime, int]] = {}

    def since(self, user_id: int, moment: datetime) -> bool:
        """Say whether somebody was shown any card since a moment."""
        return any(user == user_id and at >= moment for (user, _), (at, _) in self._shown.items())

    def may(self, user_id: int, topic: Topic, update_id: int, now: datetime) -> bool:
        """Say whether the card is due, and remember it; a turn that is taken again may show it again."""
        last = self._shown.get((user_id, topic))
        if last is not None and last[1] != update_id and timedelta() <= now - last[0] < ONCE_IN:
            return False
        if len(self._shown) >= MOST_KEPT:
            self._shown = {key: one for key, one in self._shown.items() if now - one[0] < ONCE_IN}
        self._shown[user_id, topic] = (now, update_id)
        return True
