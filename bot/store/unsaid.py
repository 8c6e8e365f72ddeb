"""What is taken back when somebody leaves in a hurry."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.glass import GlassWork
from bot.store.rows import to_ms

if TYPE_CHECKING:
    from datetime import datetime


class UnsaidWork(GlassWork):
    """The sensitive messages of one chat."""

    def withdraw(self, chat_id: int, since: datetime) -> list[int]:
        self._q.withdraw(self._db, chat_id=chat_id)
        return [row[0] for row in self._q.sensitive_sent(self._db, chat_id=chat_id, since=to_ms(since))]
