"""What the operator may know: how many, and never who or what."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.store.protocol import Stats
from bot.store.rows import to_ms

if TYPE_CHECKING:
    from datetime import datetime


class CountsWork:
    """The part of `protocol.Work` that only counts."""

    _db: Any
    _q: Any

    def stats(self, since: datetime) -> Stats:
        return Stats(
            people=self._q.count_people(self._db),
            active=self._q.count_active(self._db, since=to_ms(since)),
            finished=dict(self._q.count_finished(self._db)),
            nudges=self._q.count_nudges(self._db, since_day=since.date().isoformat()),
            parked=self._q.count_parked(self._db),
        )
