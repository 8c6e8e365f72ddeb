"""Remembers for an hour, in memory only, who has pressed which invitation: looking leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LASTS = timedelta(hours=1)
MOST_KEPT = 1000


class Knocks:
    """The hash of the link that somebody has just pressed, by their chat."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[int, tuple[bytes, datetime]] = {}
        self._due: set[int] = set()
        self._asked: set[int] = set()

    def keep(self, chat_id: int, digest: bytes, now: datetime) -> None:
        """Remember a link; what is older than an hour goes, and the oldest where there are too many."""
        self._kept = {chat: one for chat, one in self._kept.items() if now - one[1] < LASTS}
        self._kept.pop(chat_id, None)
        self._kept[chat_id] = (digest, now)
        self._due = {chat for chat in self._due if chat in self._kept} | {chat_id}
        self._asked = {chat for chat in self._asked if chat in self._kept} - {chat_id}
        while len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))

    def of(self, chat_id: int, now: datetime) -> bytes:
        """Return the hash of the link that was pressed in this chat in the last hour, or nothing."""
        digest, at = self._kept.get(chat_id, (b"", now))
        return digest if now - at < LASTS else b""

    def is_due(self, chat_id: int) -> bool:
        """Say whether what was pressed is still to be shown."""
        return chat_id in self._due

    def shown(self, chat_id: int) -> None:
        """Note that it is shown now, and asks for a yes or a no."""
        self._due.discard(chat_id)
        self._asked.add(chat_id)

    def asks(self, chat_id: int, now: datetime) -> bool:
        """Say whether what was pressed here stands as a question."""
        return chat_id in self._asked and bool(self.of(chat_id, now))

    def answered(self, chat_id: int) -> None:
        """Note that there was an answer; a no can still become a yes while the link is remembered."""
        self._asked.discard(chat_id)

    def drop(self, chat_id: int) -> None:
        """Forget what was pressed in this chat."""
        self._kept.pop(chat_id, None)
