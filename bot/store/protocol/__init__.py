"""What `runtime` asks of a store: units of work that happen wholly or not at all.

`Store.run(unit)` calls `unit(work)` once, inside one transaction, on the store's own thread, and returns
its result after the commit. A unit is a plain function: it must not wait and must not keep the `Work`.
When it raises, nothing of it is kept and the caller sees the exception.

Times are aware UTC datetimes. Ids of people are the store's own; `chat_id` is Telegram's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.store.protocol.couples import CouplesPart
from bot.store.protocol.plans import PlansPart
from bot.store.protocol.records import (
    Begun,
    Couple,
    Invite,
    InviteKind,
    Kind,
    Message,
    Partner,
    Past,
    Person,
    Plan,
    Profile,
    Run,
    Schedule,
    Stats,
    Stored,
    StoreError,
    StoreRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from bot.flow.session import Answer

__all__ = [
    "Begun",
    "Couple",
    "Invite",
    "InviteKind",
    "Kind",
    "Message",
    "Partner",
    "Past",
    "Person",
    "Plan",
    "Profile",
    "Run",
    "Schedule",
    "Stats",
    "Store",
    "StoreError",
    "StoreRefusedError",
    "Stored",
    "Work",
]

T = TypeVar("T")


class Work(PlansPart, CouplesPart, Protocol):
    """One transaction's view of everything that is kept; more of it in `plans.py` and `couples.py`."""

    # Inbox: raw updates, before they are understood (rule 3).
    def take_in(self, update_id: int, raw: bytes, at: datetime) -> bool:
        """Keep a raw update; False when it was here before."""
        ...

    def waiting_updates(self) -> list[tuple[int, bytes]]:
        """Return the updates that were kept and not yet handled, oldest first."""
        ...

    def finish_update(self, update_id: int) -> bool:
        """Mark an update as handled and drop what it said; False when it was handled before."""
        ...

    def fail_update(self, update_id: int) -> int:
        """Count one more failed try and return how many there were."""
        ...

    def park_update(self, update_id: int, reason: str) -> None:
        """Put an update aside for good; it stays sealed until retention takes it."""
        ...

    # People
    def person_in(self, chat_id: int) -> Person | None:
        """Return the person behind a private chat."""
        ...

    def person(self, person_id: int) -> Person | None:
        """Return a person by id."""
        ...

    def add_person(self, chat_id: int, consent_at: datetime) -> Person:
        """Make a person, with a key of their own."""
        ...

    def save_profile(self, person: Person) -> None:
        """Keep the profile, sealed."""
        ...

    def set_reachable(self, chat_id: int, *, reachable: bool) -> None:
        """Note that a chat can(not) be written to. Nobody is told."""
        ...

    def erase_person(self, person_id: int) -> None:
        """Drop every row of a person; the store destroys their key once this is on disk."""
        ...

    # Sessions
    def add_run(self, run: Run) -> None:
        """Keep a new session with its answers."""
        ...

    def run(self, run_id: str) -> Run | None:
        """Return a session with all answers."""
        ...

    def runs_of(self, person_id: int) -> list[Run]:
        """Return all sessions of a person, the oldest first."""
        ...

    def open_runs(self, person_id: int) -> list[Run]:
        """Return a person's active sessions, the last touched first."""
        ...

    def save_run(self, before: Run, after: Run) -> bool:
        """Keep the new state and changed answers; False when somebody else was quicker (version)."""
        ...

    def runs_done(self, person_id: int, flow: str, before: datetime) -> int:
        """Return how many runs of a flow, begun before a moment, a person has brought to an end."""
        ...

    def runs_begun(self, person_id: int, flow: str, before: datetime) -> int:
        """Return how many runs of a flow a person began before a moment."""
        ...

    def past(self, person_id: int, flow: str, before: datetime, limit: int) -> list[Past]:
        """Return a person's last finished runs of a flow that began before a moment, newest first."""
        ...

    # Timers
    def set_timer(self, run_id: str, turn: int, due_at: datetime, beat: int = 0) -> None:
        """Wake a session at a moment; one timer a session. `beat` counts the steps of a turn to speak."""
        ...

    def beat_of(self, run_id: str) -> int:
        """Return the beat of a session's timer, 0 where there is none."""
        ...

    def due_timers(self, now: datetime, limit: int) -> list[tuple[str, int]]:
        """Return the timers that are due: (run id, turn)."""
        ...

    def drop_timer(self, run_id: str, turn: int) -> None:
        """Remove a timer, if it is still the one of this turn."""
        ...

    # Weekly invitations (rule 5)
    def schedule_of(self, person_id: int) -> Schedule | None:
        """Return a person's schedule."""
        ...

    def save_schedule(self, schedule: Schedule) -> None:
        """Keep a schedule, new or changed."""
        ...

    def due_schedules(self, now: datetime, too_far: datetime, limit: int) -> list[Schedule]:
        """Return those due by now, and those so far ahead that a clock must have been wrong."""
        ...

    def advance_schedule(self, before: Schedule, after: Schedule) -> bool:
        """Move a schedule on, if it still stands where `before` saw it."""
        ...

    def mark_fired(self, person_id: int, day: date, again: int) -> bool:
        """Claim a local date for one invitation; False when it had one."""
        ...

    # Outbox
    def next_message_id(self, now: datetime) -> int:
        """Return an id for a new message; ids rise with time."""
        ...

    def add_message(self, message: Message) -> None:
        """Keep a rendered message until it is sent."""
        ...

    def waiting_messages(self) -> list[Message]:
        """Return the replies not yet sent, oldest first. Nudges found half sent are given up (rule 4)."""
        ...

    def claim_nudges(self, now: datetime, limit: int) -> list[Message]:
        """Take nudges that may be sent now, marked as being sent; those past their time are given up."""
        ...

    def drop_nudges(self, person_id: int) -> None:
        """Give up what waits to be sent to somebody who wants no more of it."""
        ...

    def message_sent(self, message: Message, message_id: int | None, at: datetime) -> None:
        """Note that a message arrived, and drop its words (a stranger's row goes altogether)."""
        ...

    def message_later(self, message: Message, not_before: datetime) -> None:
        """Try again, not before a moment."""
        ...

    def park_message(self, message: Message, reason: str) -> None:
        """Give a message up, and drop its words."""
        ...

    def drop_message(self, message: Message) -> None:
        """Take a message back that was not sent: no row tells that it was ever meant to be."""
        ...

    def sent_message_id(self, run_id: str, turn: int, chat_id: int) -> int | None:
        """Return Telegram's id of the question that was asked at a turn."""
        ...

    def withdraw(self, chat_id: int, since: datetime) -> list[int]:
        """Give up the sensitive messages that wait for a chat; return the ids of those sent since."""
        ...

    # Letting go: the rules stand in `fields.py`
    def tidy(self, table: str, now: datetime) -> None:
        """Drop the rows of one table (`fields.TIDIED`) that are too old."""
        ...

    def see(self, person_id: int, at: datetime) -> None:
        """Note that a person is still here."""
        ...

    def warn(self, person_id: int, at: datetime) -> None:
        """Note that a person was told that their account will end."""
        ...

    def people_with_old_words(self, before: datetime, after: int) -> list[int]:
        """Return some of those, by rising id above `after`, who hold words or plans from before a moment."""
        ...

    def idle_people(self, before: datetime) -> list[int]:
        """Return those who did nothing since a moment."""
        ...

    def wordy_answers(self, person_id: int, before: datetime) -> list[tuple[str, str, Mapping[str, Answer]]]:
        """Return (run id, flow, answers) of some runs whose answers are older and may still hold words."""
        ...

    def drop_words(
        self, run_id: str, person_id: int, answers: Mapping[str, Answer], *, wordy: bool = False
    ) -> None:
        """Put fewer words in place of a person's answers in a run; `wordy` where some are left."""
        ...

    # Looking on: for the sandbox's drawer and the transcripts
    def stored_about(self, person_id: int, most: int = 5) -> list[Stored]:
        """Return the rows about a person, newest first, without opening what is sealed."""
        ...

    def last_run_ids(self, chat_id: int, limit: int) -> list[str]:
        """Return the sessions last touched in a private chat or in a pair's chat, newest first."""
        ...

    def next_wake(self) -> datetime | None:
        """Return when the next invitation or timer of anybody is due."""
        ...

    def how_it_ends(self) -> str:
        """Return the closing line of a transcript: the last session, and what still waits."""
        ...

    # For the operator
    def stats(self, since: datetime) -> Stats:
        """Count, in all and since a moment; nothing in it is about one person."""
        ...


class Store(Protocol):
    """A place that keeps things."""

    async def run(self, unit: Callable[[Work], T], *, patient: bool = False) -> T:
        """Do one unit of work and return its result once it is on disk.

        A patient unit brings no commit about: it joins the next one, which comes within milliseconds.
        """
        ...

    async def close(self) -> None:
        """Finish what is in hand and let go of the files."""
        ...
