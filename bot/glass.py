"""What the sandbox's drawer shows of this bot: where a chat stands, what is coming, how it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.library.places import zone_or_utc
from bot.runtime.names import clock_words
from bot.store.rows import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.library.load import Library
    from bot.sandbox.shapes import Json
    from bot.store.protocol import Person, Run, Store, Stored, Work

MOST_RUNS = 3
STEPS_SHOWN = 12
TIMES = frozenset({
    "consent_at", "started_at", "touched_at", "answered_at", "due_at", "slot", "wanted", "sent_at",
    "not_before", "good_until", "seen_at", "warned_at", "made_at", "changed_at", "one_rest", "two_rest",
    "expires_at",
})  # fmt: skip
"""Columns that hold milliseconds since 1970."""


class Window:
    """`sandbox.glass.Glass` for a running Alongside. Nothing is shown until it has read its content."""

    def __init__(self, store: Callable[[], Store | None], library: Callable[[], Library | None]) -> None:
        """Ask anew each time: starting over puts another store and another library there."""
        self._store = store
        self._library = library

    async def look(self, chat_id: int) -> Json:
        """Return the view of one chat; see `Glass`."""
        store, library = self._store(), self._library()
        if store is None or library is None:
            return {"stands": [], "coming": [], "stored": []}
        return await store.run(lambda work: _view(work, library, chat_id))

    async def next_wake(self) -> datetime | None:
        """Return when the next invitation or timer is due."""
        store = self._store()
        return None if store is None else await store.run(lambda work: work.next_wake())

    async def how_it_ends(self) -> str:
        """Return the closing line of a transcript."""
        store = self._store()
        return "nothing stored" if store is None else await store.run(lambda work: work.how_it_ends())


def _view(work: Work, library: Library, chat_id: int) -> Json:
    person = work.person_in(chat_id)
    runs = [run for run_id in work.last_run_ids(chat_id, MOST_RUNS) if (run := work.run(run_id))]
    coming: list[list[str]] = []
    if person is not None:
        zone = zone_or_utc(person.profile.zone)
        schedule = work.schedule_of(person.id)
        if schedule is not None and schedule.due_at is not None:
            coming.append(["Weekly question", f"{schedule.due_at.astimezone(zone):%a %d %b, %H:%M}"])
        quiet = " to ".join(map(clock_words, person.profile.quiet))
        coming.append(["Quiet hours", f"{quiet}, {zone.key}"])
    return {
        "stands": [_run_card(library, run) for run in runs],
        "coming": coming,
        "stored": [_stored_card(row) for row in _stored(work, person, chat_id)],
    }


def _stored(work: Work, person: Person | None, chat_id: int) -> list[Stored]:
    """Return the rows about a chat: somebody's, or for the group of a couple theirs together."""
    if person is not None:
        return work.stored_about(person.id)
    couple = work.couple_in(chat_id)
    rows = work.stored_about(couple.one.person_id) if couple else []
    here = ("pair_chat", str(chat_id))
    return [row for row in rows if row.table == "couples" or here in row.columns]


def _run_card(library: Library, run: Run) -> Json:
    session = run.session
    flow = library.flows.get(session.flow)
    count = sum(len(answers) for answers in session.answers.values())
    rows: list[list[Any]] = [
        ["status", session.status, False],
        ["node", session.node, False],
        ["turn", str(session.turn), False],
        ["waits for", ", ".join(session.waiting) or "nobody", False],
        ["way", " \N{RIGHTWARDS ARROW} ".join(session.trail[-STEPS_SHOWN:]) or "at its beginning", False],
        ["answers", f"{count}, kept sealed" if count else "none", bool(count)],
    ]
    title = flow.about.title if flow and flow.about.title else session.flow
    return {"title": f"{title} ({session.flow})", "rows": rows}


def _stored_card(row: Stored) -> Json:
    return {
        "title": row.table if row.number == 0 else f"{row.table}, before",
        "rows": [[name, _readable(name, value), isinstance(value, int)] for name, value in row.columns],
    }


def _readable(name: str, value: str | int | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, int):
        return f"{value} bytes, sealed" if value else "empty"
    return f"{from_ms(int(value)):%Y-%m-%d %H:%M} UTC" if name in TIMES else value
