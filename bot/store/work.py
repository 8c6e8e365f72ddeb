"""The unit of work in SQL: named queries from `queries/*.sql`, and the vault for everything that is words."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from bot.flow.session import from_data
from bot.store.counts import CountsWork
from bot.store.couples import CouplesWork
from bot.store.glass import GlassWork
from bot.store.keeping import KeepingWork
from bot.store.outbox import OutboxWork
from bot.store.plans import PlansWork
from bot.store.protocol import Past, Person, Profile, Run, Schedule
from bot.store.rows import (
    Ids,
    from_ms,
    moment_or_none,
    ms_or_none,
    read_answers,
    read_profile,
    read_schedule,
    schedule_row,
    sized,
    to_ms,
    where_it_is,
    write_answers,
)
from bot.store.vault import THE_BOT, Vault, VaultError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from bot.flow.model import Role
    from bot.flow.session import Answer


class SqlWork(GlassWork, KeepingWork, CountsWork, PlansWork, OutboxWork, CouplesWork):
    """`protocol.Work` over one DB-API connection.

    What only looks is in `GlassWork`, what lets go in `KeepingWork`,
    what only counts in `CountsWork`, plans in `PlansWork`, what is to be sent in `OutboxWork`,
    what is about two in `CouplesWork`.
    """

    def __init__(self, connection: Any, queries: Any, vault: Vault, ids: Ids) -> None:  # noqa: ANN401  DB-API, aiosql
        """Work on an open connection; the store begins and commits."""
        self._db = connection
        self._q = queries
        self._vault = vault
        self._ids = ids

    # Inbox
    def take_in(self, update_id: int, raw: bytes, at: datetime) -> bool:
        sealed = self._vault.seal(THE_BOT, f"inbox|{update_id}", raw)
        count = self._q.take_in(self._db, update_id=update_id, received_at=to_ms(at), sealed=sealed)
        return int(count) == 1

    def waiting_updates(self) -> list[tuple[int, bytes]]:
        found = []
        for number, sealed in list(self._q.waiting_updates(self._db)):
            try:
                found.append((number, self._vault.open(THE_BOT, f"inbox|{number}", sealed)))
            except VaultError:
                # One row that does not open must not keep the bot from starting.
                self.park_update(number, "sealed")
        return found

    def finish_update(self, update_id: int) -> bool:
        return int(self._q.finish_update(self._db, update_id=update_id)) == 1

    def fail_update(self, update_id: int) -> int:
        self._q.fail_update(self._db, update_id=update_id)
        return int(self._q.tries_of(self._db, update_id=update_id) or 0)

    def park_update(self, update_id: int, reason: str) -> None:
        self._q.park_update(self._db, update_id=update_id, reason=reason)

    # People
    def person_in(self, chat_id: int) -> Person | None:
        return self._person(self._q.person_in(self._db, chat_id=chat_id))

    def person(self, person_id: int) -> Person | None:
        return self._person(self._q.person(self._db, id=person_id))

    def _person(self, row: tuple[Any, ...] | None) -> Person | None:
        if row is None:
            return None
        person_id, chat_id, consent_at, reachable, seen_at, warned_at, sealed = row
        profile = (
            read_profile(self._vault.open(person_id, f"people|{person_id}", sealed)) if sealed else Profile()
        )
        seen, warned = from_ms(seen_at), moment_or_none(warned_at)
        return Person(person_id, chat_id, from_ms(consent_at), bool(reachable), profile, seen, warned)

    def add_person(self, chat_id: int, consent_at: datetime) -> Person:
        person_id = self._q.add_person(self._db, chat_id=chat_id, consent_at=to_ms(consent_at), sealed=b"")
        self._vault.make(person_id)
        person = Person(person_id, chat_id, consent_at, seen_at=consent_at)
        self.save_profile(person)
        return person

    def save_profile(self, person: Person) -> None:
        clear = orjson.dumps(person.profile)
        sealed = self._vault.seal(person.id, f"people|{person.id}", clear)
        self._q.save_profile(self._db, id=person.id, sealed=sealed)

    def set_reachable(self, chat_id: int, *, reachable: bool) -> None:
        self._q.set_reachable(self._db, chat_id=chat_id, reachable=int(reachable))

    # Sessions
    def add_run(self, run: Run) -> None:
        self._q.add_session(
            self._db,
            id=run.id,
            flow=run.session.flow,
            initiator_id=run.seats.get("initiator"),
            partner_id=run.seats.get("partner"),
            started_at=to_ms(run.started_at),
            owner=_owner(run),
            **self._columns(run),
        )
        self._save_answers(run, {})
        if len(run.seats) > 1:
            # Else a row would tell, to who has the file, that somebody has answered the gate.
            for role, seat in run.seats.items():
                if not run.session.answers.get(role):
                    self._keep_answers(run, seat, {})

    def run(self, run_id: str) -> Run | None:
        row = self._q.session(self._db, id=run_id)
        return self._run(row) if row else None

    def runs_of(self, person_id: int) -> list[Run]:
        return [self._run(row) for row in list(self._q.sessions_of(self._db, person_id=person_id))]

    def open_runs(self, person_id: int) -> list[Run]:
        return [self._run(row) for row in list(self._q.open_sessions(self._db, person_id=person_id))]

    def runs_in(self, chat_id: int) -> list[Run]:
        return [self._run(row) for row in list(self._q.sessions_in(self._db, chat_id=chat_id))]

    def _run(self, row: tuple[Any, ...]) -> Run:
        (run_id, flow, turn, status, version, initiator, partner, pair_chat, owner, *rest) = row
        sealed, started, touched = rest
        taken: tuple[tuple[Role, int | None], ...] = (("initiator", initiator), ("partner", partner))
        seats = {role: person for role, person in taken if person is not None}
        where = orjson.loads(self._vault.open(owner, f"sessions|{run_id}", sealed))
        answers = self._answers(run_id)
        session = from_data({**where, "flow": flow, "turn": turn, "status": status, "answers": {}})
        session = replace(session, answers={role: answers.get(person, {}) for role, person in seats.items()})
        asked: dict[Role, datetime] = {role: from_ms(at) for role, at in where.get("asked", {}).items()}
        return Run(run_id, session, seats, from_ms(started), from_ms(touched), version, pair_chat, asked)

    def _columns(self, run: Run) -> dict[str, Any]:
        """Return the columns of a session that change with each turn."""
        where = sized(run, where_it_is(run.session, run.asked))
        return {
            "turn": run.session.turn,
            "status": run.session.status,
            "pair_chat": run.pair_chat,
            "sealed": self._vault.seal(_owner(run), f"sessions|{run.id}", where),
            "touched_at": to_ms(run.touched_at),
        }

    def _answers(self, run_id: str) -> dict[int, dict[str, Answer]]:
        """Return the answers of each person; what does not open is left out, so that leaving always works."""
        found = {}
        for person, sealed in self._q.answers_of(self._db, session_id=run_id):
            with suppress(VaultError):
                found[person] = read_answers(self._vault.open(person, f"answers|{run_id}", sealed))
        return found

    def save_run(self, before: Run, after: Run) -> bool:
        count = self._q.save_session(self._db, id=after.id, version=before.version, **self._columns(after))
        if int(count) != 1:
            return False
        self._save_answers(after, before.session.answers)
        return True

    def _save_answers(self, run: Run, before: Mapping[Role, Mapping[str, Answer]]) -> None:
        for role, answers in run.session.answers.items():
            if answers and answers != before.get(role):
                self._keep_answers(run, run.seats[role], answers)

    def _keep_answers(self, run: Run, owner: int, answers: Mapping[str, Answer]) -> None:
        clear = sized(run, write_answers(answers))
        self._q.save_answers(
            self._db,
            session_id=run.id,
            person_id=owner,
            answered_at=to_ms(run.touched_at),
            sealed=self._vault.seal(owner, f"answers|{run.id}", clear),
        )

    def runs_done(self, person_id: int, flow: str, before: datetime) -> int:
        return int(self._q.runs_done(self._db, person_id=person_id, flow=flow, started_at=to_ms(before)))

    def runs_begun(self, person_id: int, flow: str, before: datetime) -> int:
        count = self._q.runs_begun(self._db, person_id=person_id, flow=flow, started_at=to_ms(before))
        return int(count)

    def past(self, person_id: int, flow: str, before: datetime, limit: int) -> list[Past]:
        began = to_ms(before)
        rows = list(
            self._q.past_sessions(self._db, person_id=person_id, flow=flow, started_at=began, most=limit)
        )
        return [Past(from_ms(ended), self._answers(run_id).get(person_id, {})) for run_id, ended in rows]

    # Timers
    def set_timer(self, run_id: str, turn: int, due_at: datetime, beat: int = 0) -> None:
        self._q.set_timer(self._db, session_id=run_id, turn=turn, due_at=to_ms(due_at), beat=beat)

    def beat_of(self, run_id: str) -> int:
        return int(self._q.beat_of(self._db, session_id=run_id) or 0)

    def due_timers(self, now: datetime, limit: int) -> list[tuple[str, int]]:
        return list(self._q.due_timers(self._db, now=to_ms(now), most=limit))

    def drop_timer(self, run_id: str, turn: int) -> None:
        self._q.drop_timer(self._db, session_id=run_id, turn=turn)

    # Weekly invitations
    def schedule_of(self, person_id: int) -> Schedule | None:
        row = self._q.schedule_of(self._db, person_id=person_id)
        return read_schedule(row) if row else None

    def save_schedule(self, schedule: Schedule) -> None:
        row = schedule_row(schedule)
        self._q.save_schedule(
            self._db, weekday=schedule.weekday, minute=schedule.minute, zone=schedule.zone, **row
        )

    def due_schedules(self, now: datetime, too_far: datetime, limit: int) -> list[Schedule]:
        rows = self._q.due_schedules(self._db, now=to_ms(now), too_far=to_ms(too_far), most=limit)
        return [read_schedule(row) for row in rows]

    def advance_schedule(self, before: Schedule, after: Schedule) -> bool:
        count = self._q.advance_schedule(
            self._db, was_due_at=ms_or_none(before.due_at), **schedule_row(after)
        )
        return int(count) == 1

    def mark_fired(self, person_id: int, day: date, again: int) -> bool:
        return int(self._q.mark_fired(self._db, person_id=person_id, day=day.isoformat(), again=again)) == 1


def _owner(run: Run) -> int:
    """Return who seals where a session stands: somebody alone; the bot, where it belongs to two."""
    return run.seats.get("initiator", THE_BOT) if len(run.session.roles) == 1 else THE_BOT
