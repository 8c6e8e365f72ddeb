"""Wall-clock arithmetic for recurring invitations: pure functions over aware UTC datetimes.

A weekly moment is a weekday (0 = Monday), a minute of the day and a zone. Daylight saving needs no special
case: `datetime.combine(..., tzinfo)` with fold 0 takes the first of two equal wall times, and slides past a
gap by its length once it is turned into UTC (style.md 3d).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60

WINDOW = timedelta(hours=24)
"""How late an invitation may still come; later than this it waits for its next date."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every `weeks` weeks on `weekday` (0 = Monday) at `minute` of the local day."""

    weekday: int
    minute: int
    weeks: int = 1


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of silence, minutes of the local day; `begins == ends` means none. May pass midnight."""

    begins: int
    ends: int

    def holds(self, minute: int) -> bool:
        """Say whether the minute of the day falls into the silence."""
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


def local_moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall time on a local day."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return wall.astimezone(UTC)


def next_weekly(weekly: Weekly, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment strictly after `after` (UTC) that falls on the weekday and minute."""
    day = after.astimezone(zone).date()
    for ahead in range(9):
        candidate = day + timedelta(days=ahead)
        if candidate.weekday() == weekly.weekday:
            moment = local_moment(candidate, weekly.minute, zone)
            if moment > after:
                return moment
    # A zone can skip a whole date (Apia, 30 December 2011), so look one week further.
    return next_weekly(weekly, zone, after + timedelta(days=7))


def following(weekly: Weekly, zone: ZoneInfo, due: datetime, now: datetime) -> datetime:
    """Return the first date of the rhythm after both `due` and `now`: missed dates are passed over."""
    local_day = due.astimezone(zone).date()
    since = max(due, now)
    steps = max(1, (since.astimezone(zone).date() - local_day).days // (7 * weekly.weeks))
    for count in range(steps, steps + 3):
        moment = next_weekly(
            weekly, zone, _just_before(local_day + timedelta(weeks=weekly.weeks * count), zone)
        )
        if moment > since:
            return moment
    return next_weekly(weekly, zone, since)


def _just_before(day: date, zone: ZoneInfo) -> datetime:
    return local_moment(day, 0, zone) - timedelta(seconds=1)


def out_of_quiet(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return `moment`, or the end of the silence that it falls into."""
    wall = moment.astimezone(zone)
    if not quiet.holds(wall.hour * 60 + wall.minute):
        return moment
    day = wall.date()
    ends = local_moment(day, quiet.ends, zone)
    return ends if ends > moment else local_moment(day + timedelta(days=1), quiet.ends, zone)
