"""What the sandbox's drawer looks at: the rows about a person as they lie on the disk, sealed ones closed."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.store.protocol import Stored
from bot.store.rows import from_ms

if TYPE_CHECKING:
    from datetime import datetime

MOST_ROWS = 5
"""Newest rows shown of a table that grows."""

ABOUT = (
    "people", "schedules", "fired", "plans", "couples", "invites", "sessions", "answers", "timers", "outbox",
)  # fmt: skip
"""The tables that say something about a person, each with a query of its name in `queries/glass.sql`."""


class GlassWork:
    """The part of `protocol.Work` that only looks."""

    _db: Any
    _q: Any

    def stored_about(self, person_id: int, most: int = MOST_ROWS) -> list[Stored]:
        found = []
        for table in ABOUT:
            with getattr(self._q, f"{table}_about_cursor")(
                self._db, person_id=person_id, most=most
            ) as cursor:
                columns = [column[0] for column in cursor.description]
                found += [
                    Stored(table, number, tuple(zip(columns, map(_shown, row), strict=True)))
                    for number, row in enumerate(cursor.fetchall())
                ]
        return found

    def last_run_ids(self, chat_id: int, limit: int) -> list[str]:
        return [run_id for (run_id,) in self._q.last_sessions(self._db, chat_id=chat_id, most=limit)]

    def next_wake(self) -> datetime | None:
        due = [self._q.next_schedule(self._db), self._q.next_timer(self._db), self._q.next_plan(self._db)]
        return min((from_ms(moment) for moment in due if moment is not None), default=None)

    def how_it_ends(self) -> str:
        last = self._q.last_session(self._db)
        session = f"session {last[0]}, turn {last[1]}" if last else "nothing stored"
        timers, unsent = self._q.count_timers(self._db), self._q.count_unsent(self._db)
        return f"{session}, timers {timers}, outbox {unsent}"


def _shown(value: object) -> str | int | None:
    """Return a readable value as it is, and of a sealed one its length in bytes."""
    if isinstance(value, bytes):
        return len(value)
    return None if value is None else str(value)
