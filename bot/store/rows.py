"""Between rows and records: times as milliseconds, sealed profiles, schedules, and ids of messages."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from bot.flow.session import answer_from_data, answer_to_data
from bot.store.protocol import Profile, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.model import Role
    from bot.flow.session import Answer, Session
    from bot.store.protocol import Run

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
BLOCK = 512
"""Bytes: spaces at its end change nothing in JSON."""

LOW_BITS = 20
"""Bits of a message id below its milliseconds."""


def to_ms(moment: datetime) -> int:
    """Return a moment as milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Return the moment, aware, in UTC."""
    return _EPOCH + ms * _MILLISECOND


def ms_or_none(moment: datetime | None) -> int | None:
    """Return milliseconds, or None for none."""
    return None if moment is None else to_ms(moment)


def moment_or_none(ms: int | None) -> datetime | None:
    """Return the moment, or None for none."""
    return None if ms is None else from_ms(ms)


class Ids:
    """Makes outbox row ids that rise with time, so that messages keep their order over a restart."""

    def __init__(self, last: int) -> None:
        """Go on after the highest id that was used."""
        self._last = last

    def next(self, now_ms: int) -> int:
        """Return the next id."""
        self._last = max(self._last + 1, now_ms << LOW_BITS)
        return self._last


def where_it_is(session: Session, asked: Mapping[Role, datetime]) -> bytes:
    """Return where a session stands, to be sealed: the way it has taken tells what was answered."""
    return orjson.dumps(
        {
            "node": session.node,
            "roles": session.roles,
            "waiting": session.waiting,
            "trail": session.trail,
            "revealed": session.revealed,
            "paused": session.paused,
            "gone": session.gone,
            "asked": {role: to_ms(at) for role, at in asked.items()},
        }
    )


def sized(run: Run, clear: bytes) -> bytes:
    """Round up the size of what is about two: else who has the file could tell that somebody has answered."""
    return clear if len(run.session.roles) == 1 else clear.ljust(-(-len(clear) // BLOCK) * BLOCK)


def write_answers(answers: Mapping[str, Answer]) -> bytes:
    """Return a person's answers in a session, by node, to be sealed as one."""
    return orjson.dumps({node: answer_to_data(answer) for node, answer in answers.items()})


def read_answers(clear: bytes) -> dict[str, Answer]:
    """Read what `write_answers` wrote."""
    return {node: answer_from_data(answer) for node, answer in orjson.loads(clear).items()}


def read_profile(clear: bytes) -> Profile:
    """Read an opened profile."""
    data = orjson.loads(clear)
    # Only what is known by name: a profile written by an older or a newer version opens as well.
    known = {field.name: data[field.name] for field in fields(Profile) if field.name in data}
    begins, ends = known["quiet"]
    return Profile(**{**known, "quiet": (begins, ends)})


def read_schedule(row: tuple[Any, ...]) -> Schedule:
    """Read a row of schedules."""
    person, weekday, minute, zone, weeks, slot, wanted, due_at, again, misses, eased, run_id = row
    slots = (moment_or_none(slot), moment_or_none(wanted), moment_or_none(due_at))
    return Schedule(person, weekday, minute, zone, weeks, *slots, again, misses, bool(eased), run_id)


def schedule_row(schedule: Schedule) -> dict[str, Any]:
    """Return the columns of a schedule that change when it moves on."""
    return {
        "person_id": schedule.person_id,
        "weeks": schedule.weeks,
        "slot": ms_or_none(schedule.slot),
        "wanted": ms_or_none(schedule.wanted),
        "due_at": ms_or_none(schedule.due_at),
        "again": schedule.again,
        "misses": schedule.misses,
        "eased": int(schedule.eased),
        "session_id": schedule.run_id,
    }
