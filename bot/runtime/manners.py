"""When it is polite to write to somebody unasked: never in their silence, nor into what they are doing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.schedule import local_moment, out_of_quiet
from bot.runtime.people import quiet_of

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.store.protocol import Person, Work

GOOD_FOR = timedelta(minutes=30)
"""How long an invitation may wait for its sending; later it is lost, which is better than at night."""

BUSY = timedelta(minutes=10)
WAIT_FOR_BUSY = timedelta(minutes=30)


def put_off(work: Work, person: Person, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when to wait: the end of quiet hours, or of what the person is in the middle of."""
    awake = out_of_quiet(now, quiet_of(person), zone)
    if awake > now:
        return awake
    seats = ((run, run.role_of(person.id)) for run in work.open_runs(person.id))
    if any(role and timedelta() <= now - run.asked_at(role) < BUSY for run, role in seats):
        return now + WAIT_FOR_BUSY
    return None


def good_until(now: datetime, person: Person, zone: ZoneInfo) -> datetime:
    """Return until when this invitation may be sent: half an hour, and never into quiet hours."""
    until, quiet = now + GOOD_FOR, quiet_of(person)
    if out_of_quiet(until, quiet, zone) == until:
        return until
    begins = local_moment(now.astimezone(zone).date(), quiet.begins, zone)
    return min(until, begins if begins > now else begins + timedelta(days=1))
