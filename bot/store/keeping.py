"""How long things stay: what is too old goes, words before numbers, and a person who asks goes at once.

The rules are in `protocol/fields.py`; here they are carried out.
"""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.store.protocol.fields import LASTS
from bot.store.rows import LOW_BITS, read_answers, to_ms, write_answers
from bot.store.vault import Vault, VaultError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.flow.session import Answer

MOST_AT_ONCE = 500
"""Answers of one person, or people, that are gone through in one unit."""

ERASING = (
    "erase_messages", "erase_timers", "erase_answers", "erase_lone_sessions", "leave_shared_sessions",
    "erase_schedule", "erase_fired", "erase_plans", "erase_couple", "erase_invites", "erase_person",
    "doom_key",
)  # fmt: skip
"""The queries of `queries/erase.sql`, in the order in which rows hang on each other."""


class KeepingWork:
    """The part of `protocol.Work` that lets go."""

    _db: Any
    _q: Any
    _vault: Vault
    erasing = False

    def erase_person(self, person_id: int) -> None:
        for query in ERASING:
            getattr(self._q, query)(self._db, person_id=person_id)
        # Updates that were set aside bear no name: whose words they hold cannot be told, so all of them go.
        self._q.drop_parked(self._db)
        self.erasing = True

    def tidy(self, table: str, now: datetime) -> None:
        match table:
            case "inbox":
                done, parked = to_ms(now - LASTS["received"]), to_ms(now - LASTS["parked"])
                self._q.tidy_inbox(self._db, done_before=done, parked_before=parked)
            case "outbox":
                self._q.tidy_outbox(self._db, before=to_ms(now - LASTS["sent"]) << LOW_BITS)
            case "fired":
                self._q.tidy_fired(self._db, before=(now - LASTS["asked"]).date().isoformat())
            case "plans":
                self._q.tidy_plans(self._db, before=to_ms(now - LASTS["asked"]))
            case "invites":
                self._q.tidy_invites(self._db, now=to_ms(now))

    def withdraw(self, chat_id: int, since: datetime) -> list[int]:
        self._q.withdraw(self._db, chat_id=chat_id)
        return [row[0] for row in self._q.sensitive_sent(self._db, chat_id=chat_id, since=to_ms(since))]

    # People

    def see(self, person_id: int, at: datetime) -> None:
        self._q.see(self._db, id=person_id, seen_at=to_ms(at))

    def warn(self, person_id: int, at: datetime) -> None:
        self._q.warn(self._db, id=person_id, warned_at=to_ms(at))

    def people_with_old_words(self, before: datetime, after: int) -> list[int]:
        found = self._q.people_with_old_words(self._db, before=to_ms(before), after=after, most=MOST_AT_ONCE)
        return [number for (number,) in found]

    def idle_people(self, before: datetime) -> list[int]:
        return [number for (number,) in self._q.idle_people(self._db, before=to_ms(before))]

    # Words

    def wordy_answers(self, person_id: int, before: datetime) -> list[tuple[str, str, Mapping[str, Answer]]]:
        rows = self._q.wordy_answers(self._db, person_id=person_id, before=to_ms(before), most=MOST_AT_ONCE)
        found: list[tuple[str, str, Mapping[str, Answer]]] = []
        for run_id, flow, sealed in list(rows):
            answers: Mapping[str, Answer] = {}
            # What does not open any more holds no words that anybody could read.
            with suppress(VaultError):
                answers = read_answers(self._vault.open(person_id, f"answers|{run_id}", sealed))
            found.append((run_id, flow, answers))
        return found

    def drop_words(
        self, run_id: str, person_id: int, answers: Mapping[str, Answer], *, wordy: bool = False
    ) -> None:
        sealed = self._vault.seal(person_id, f"answers|{run_id}", write_answers(answers))
        self._q.drop_words(self._db, session_id=run_id, person_id=person_id, sealed=sealed, words=int(wordy))
