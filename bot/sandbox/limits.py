"""Telegram's sending limits, off unless a test asks for them."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

from bot.sandbox.errors import ApiError

_LONGEST_WINDOW: Final = 60.0


@dataclass(slots=True)
class Limits:
    """Refuses with 429 what is sent too fast, by the world's clock.

    `overall` messages a second in all, `chat` a second into one chat, `group` a minute into a group. The
    edits in a group count as well.
    """

    overall: int = 30
    chat: int = 1
    group: int = 20
    _sent: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, chat_id: int, now: float) -> None:
        """Count one message into `chat_id` at `now` (epoch seconds); ApiError 429 with `retry_after`."""
        # Chat 0 does not exist, so its place counts the messages to everybody.
        wait = max(self._wait(0, self.overall, 1.0, now), self._wait(chat_id, self.chat, 1.0, now))
        if chat_id < 0:
            wait = max(wait, self._wait(chat_id, self.group, 60.0, now))
        if wait > 0:
            seconds = math.ceil(wait)
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self._sent[0].append(now)
        self._sent[chat_id].append(now)

    def _wait(self, key: int, most: int, window: float, now: float) -> float:
        """Return how long until fewer than `most` of what was sent lie within `window` seconds."""
        sent = self._sent[key]
        while sent and sent[0] <= now - _LONGEST_WINDOW:
            sent.popleft()
        if len(sent) < most:
            return 0.0
        return max(0.0, sent[-most] + window - now)
