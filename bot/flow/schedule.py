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
    # Begin a day early: a moment that slid over a gap at midnight still belongs to the day before.
    yesterday = after.astimezone(zone).date() - timedelta(days=1)
    day = yesterday + timedelta(days=(weekly.weekday - yesterday.weekday()) % 7)
    while True:
        moment = local_moment(day, weekly.minute, zone)
        if moment > after:
            return moment
        day += timedelta(weeks=1)


def following(weekly: Weekly, zone: ZoneInfo, due: datetime, now: datetime) -> datetime:
    """Return the first date of the rhythm after both `due` and `now`: missed dates are passed over."""
    local_day = due.astimezone(zone).date()
    # A moment that slid over a gap at midnight stands on the day after its own.
    own_day = local_day - timedelta(days=(local_day.weekday() - weekly.weekday) % 7)
    since = max(due, now)
    steps = max(1, (since.astimezone(zone).date() - own_day).days // (7 * weekly.weeks))
    while True:
        moment = local_moment(own_day + timedelta(weeks=weekly.weeks * steps), weekly.minute, zone)
        if moment > since:
            return moment
        steps += 1


def out_of_quiet(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """Return `moment`, or the end of the silence that it falls into."""
    if not _is_quiet(moment, quiet, zone):
        return moment
    day = moment.astimezone(zone).date()
    end = time(quiet.ends // 60, quiet.ends % 60, tzinfo=zone)
    # An hour that comes twice ends the silence twice, and one that is left out may end it too early.
    ends = (
        datetime.combine(day + timedelta(days=ahead), end.replace(fold=fold)).astimezone(UTC)
        for ahead in (0, 1, 2)
        for fold in (0, 1)
    )
    return min(one for one in ends if one > moment and not _is_quiet(one, quiet, zone))


def _is_quiet(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> bool:
    wall = moment.astimezone(zone)
    return quiet.holds(wall.hour * 60 + wall.minute)
