"""Rule 5: a weekly invitation is a wall time and a zone; every odd clock on earth is a row in a table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.flow.schedule import Quiet, Weekly, following, local_moment, next_weekly, out_of_quiet

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
ODD = (
    "Europe/Berlin", "Europe/Kyiv", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "America/Nuuk", "Africa/Cairo", "Asia/Tehran",
    "America/St_Johns",
    "Pacific/Kiritimati", "Pacific/Chatham", "America/Caracas", "UTC",
)  # fmt: skip


def at(text: str, zone: str = "UTC") -> datetime:
    """Read `2026-03-02 19:00` as a wall time of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %z")


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


NEXT = [
    # zone, weekday, minute, after (local), what the clock shows then
    ("Europe/Kyiv", SUNDAY, "19:00", "2026-03-02 12:00", "Sun 2026-03-08 19:00 +0200"),
    ("Europe/Kyiv", MONDAY, "12:01", "2026-03-02 12:00", "Mon 2026-03-02 12:01 +0200"),
    ("Europe/Kyiv", MONDAY, "12:00", "2026-03-02 12:00", "Mon 2026-03-09 12:00 +0200"),
    ("Europe/Kyiv", MONDAY, "00:00", "2026-03-01 23:59", "Mon 2026-03-02 00:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "23:59", "2026-03-01 23:58", "Sun 2026-03-01 23:59 +0200"),
    # across a change of the clock the wall time stays
    ("Europe/Kyiv", SUNDAY, "19:00", "2026-03-28 12:00", "Sun 2026-03-29 19:00 +0300"),
    ("Europe/Kyiv", SUNDAY, "19:00", "2026-10-24 12:00", "Sun 2026-10-25 19:00 +0200"),
    ("America/New_York", SUNDAY, "08:00", "2026-03-07 08:00", "Sun 2026-03-08 08:00 -0400"),
    ("America/New_York", SUNDAY, "08:00", "2026-10-31 08:00", "Sun 2026-11-01 08:00 -0500"),
    # a wall time that does not exist slides by the length of the gap
    ("Europe/Berlin", SUNDAY, "02:30", "2026-03-28 12:00", "Sun 2026-03-29 03:30 +0200"),
    ("Europe/Kyiv", SUNDAY, "03:30", "2026-03-28 12:00", "Sun 2026-03-29 04:30 +0300"),
    ("America/New_York", SUNDAY, "02:30", "2026-03-07 12:00", "Sun 2026-03-08 03:30 -0400"),
    ("Australia/Lord_Howe", SUNDAY, "02:15", "2026-10-03 12:00", "Sun 2026-10-04 02:45 +1100"),
    ("Antarctica/Troll", SUNDAY, "01:30", "2026-03-28 12:00", "Sun 2026-03-29 03:30 +0200"),
    ("Africa/Cairo", FRIDAY, "00:30", "2026-04-23 12:00", "Fri 2026-04-24 01:30 +0300"),
    ("Pacific/Apia", FRIDAY, "09:00", "2011-12-28 12:00", "Sat 2011-12-31 09:00 +1400"),
    # a wall time that comes twice is taken the first time
    ("Europe/Berlin", SUNDAY, "02:30", "2026-10-24 12:00", "Sun 2026-10-25 02:30 +0200"),
    ("Europe/Kyiv", SUNDAY, "03:30", "2026-10-24 12:00", "Sun 2026-10-25 03:30 +0300"),
    ("America/New_York", SUNDAY, "01:30", "2026-10-31 12:00", "Sun 2026-11-01 01:30 -0400"),
    ("Australia/Lord_Howe", SUNDAY, "01:45", "2026-04-04 12:00", "Sun 2026-04-05 01:45 +1100"),
    ("Antarctica/Troll", SUNDAY, "02:00", "2026-10-24 12:00", "Sun 2026-10-25 02:00 +0200"),
    # odd distances
    ("Asia/Kolkata", TUESDAY, "07:30", "2026-05-01 00:00", "Tue 2026-05-05 07:30 +0530"),
    ("Asia/Kathmandu", TUESDAY, "07:30", "2026-05-01 00:00", "Tue 2026-05-05 07:30 +0545"),
    ("Pacific/Kiritimati", SATURDAY, "00:05", "2026-05-01 23:00", "Sat 2026-05-02 00:05 +1400"),
    # days before and after the date that Apia left out
    ("Pacific/Apia", THURSDAY, "09:00", "2011-12-28 12:00", "Thu 2011-12-29 09:00 -1000"),
    ("Pacific/Apia", SATURDAY, "09:00", "2011-12-28 12:00", "Sat 2011-12-31 09:00 +1400"),
    ("Pacific/Apia", FRIDAY, "09:00", "2011-12-31 12:00", "Fri 2012-01-06 09:00 +1400"),
    # a gap at midnight: half past eleven on Saturday is shown as half past midnight on Sunday
    ("America/Nuuk", SATURDAY, "23:30", "2026-03-28 12:00", "Sun 2026-03-29 00:30 -0100"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "weekday", "minute", "after", "expected"), NEXT)
def test_rule_5_the_next_weekly_moment(
    zone: str, weekday: int, minute: str, after: str, expected: str
) -> None:
    moment = next_weekly(Weekly(weekday, clock(minute)), ZoneInfo(zone), at(after, zone))

    assert wall(moment, zone) == expected


def test_the_first_of_two_equal_wall_times_has_passed_when_the_second_comes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert wall(second, "Europe/Berlin") == "Sun 2026-10-25 02:30 +0100"

    moment = next_weekly(Weekly(SUNDAY, clock("02:30")), berlin, second - timedelta(minutes=5))
    assert wall(moment, "Europe/Berlin") == "Sun 2026-11-01 02:30 +0100"


def test_just_past_midnight_the_moment_that_slid_over_the_gap_is_still_ahead() -> None:
    after = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)
    assert wall(after, "America/Nuuk") == "Sun 2026-03-29 00:10 -0100"

    moment = next_weekly(Weekly(SATURDAY, clock("23:30")), ZoneInfo("America/Nuuk"), after)
    assert wall(moment, "America/Nuuk") == "Sun 2026-03-29 00:30 -0100"


FOLLOWING = [
    # zone, weekday, minute, weeks, due (local), now (local), what the clock shows then
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2026-03-01 19:00",
     "Sun 2026-03-08 19:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "19:00", 2, "2026-03-01 19:00", "2026-03-01 19:05",
     "Sun 2026-03-15 19:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "19:00", 4, "2026-03-01 19:00", "2026-03-01 19:05",
     "Sun 2026-03-29 19:00 +0300"),
    ("Europe/Kyiv", SUNDAY, "19:00", 8, "2026-03-01 19:00", "2026-03-01 19:05",
     "Sun 2026-04-26 19:00 +0300"),
    # after an outage the rhythm is kept, missed dates are passed over
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2026-03-20 10:00",
     "Sun 2026-03-22 19:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "19:00", 2, "2026-03-01 19:00", "2026-03-20 10:00",
     "Sun 2026-03-29 19:00 +0300"),
    ("Europe/Kyiv", SUNDAY, "19:00", 4, "2026-03-01 19:00", "2026-05-20 10:00",
     "Sun 2026-05-24 19:00 +0300"),
    ("Europe/Kyiv", SUNDAY, "19:00", 8, "2026-03-01 19:00", "2027-03-01 10:00",
     "Sun 2027-03-28 19:00 +0300"),
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2026-03-08 18:59",
     "Sun 2026-03-08 19:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2026-03-08 19:00",
     "Sun 2026-03-15 19:00 +0200"),
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2046-03-05 10:00",
     "Sun 2046-03-11 19:00 +0200"),
    # a clock that was set back does not bring the same date again
    ("Europe/Kyiv", SUNDAY, "19:00", 1, "2026-03-01 19:00", "2026-01-01 19:00",
     "Sun 2026-03-08 19:00 +0200"),
    # gaps and folds
    ("Europe/Berlin", SUNDAY, "02:30", 1, "2026-03-22 02:30", "2026-03-22 02:31",
     "Sun 2026-03-29 03:30 +0200"),
    ("Europe/Berlin", SUNDAY, "02:30", 1, "2026-03-29 03:30", "2026-03-29 03:31",
     "Sun 2026-04-05 02:30 +0200"),
    ("Europe/Berlin", SUNDAY, "02:30", 1, "2026-10-18 02:30", "2026-10-18 02:31",
     "Sun 2026-10-25 02:30 +0200"),
    ("Australia/Lord_Howe", SUNDAY, "02:15", 1, "2026-10-04 02:45", "2026-10-04 02:46",
     "Sun 2026-10-11 02:15 +1100"),
    # what slid over a gap past midnight keeps its own weekday afterwards
    ("America/Nuuk", SATURDAY, "23:30", 1, "2026-03-29 00:30", "2026-03-29 00:31",
     "Sat 2026-04-04 23:30 -0100"),
    ("Pacific/Apia", FRIDAY, "09:00", 1, "2011-12-31 09:00", "2011-12-31 09:01",
     "Fri 2012-01-06 09:00 +1400"),
    ("Pacific/Apia", FRIDAY, "09:00", 2, "2011-12-31 09:00", "2011-12-31 09:01",
     "Fri 2012-01-13 09:00 +1400"),
    ("Pacific/Apia", FRIDAY, "09:00", 1, "2011-12-23 09:00", "2011-12-23 09:01",
     "Sat 2011-12-31 09:00 +1400"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "weekday", "minute", "weeks", "due", "now", "expected"), FOLLOWING)
def test_rule_5_the_date_after_this_one(  # noqa: PLR0913  a row of the table
    *, zone: str, weekday: int, minute: str, weeks: int, due: str, now: str, expected: str
) -> None:
    moment = following(Weekly(weekday, clock(minute), weeks), ZoneInfo(zone), at(due, zone), at(now, zone))

    assert wall(moment, zone) == expected


NIGHT, NOON_REST, NEVER = (
    Quiet(clock("22:00"), clock("08:00")),
    Quiet(clock("12:00"), clock("14:00")),
    Quiet(0, 0),
)
SMALL_HOURS = Quiet(clock("22:00"), clock("02:30"))
QUIET = [
    # zone, quiet hours, moment (local), what the clock shows when it may come
    ("Europe/Kyiv", NIGHT, "2026-03-02 21:59", "Mon 2026-03-02 21:59 +0200"),
    ("Europe/Kyiv", NIGHT, "2026-03-02 22:00", "Tue 2026-03-03 08:00 +0200"),
    ("Europe/Kyiv", NIGHT, "2026-03-02 23:59", "Tue 2026-03-03 08:00 +0200"),
    ("Europe/Kyiv", NIGHT, "2026-03-03 00:00", "Tue 2026-03-03 08:00 +0200"),
    ("Europe/Kyiv", NIGHT, "2026-03-03 07:59", "Tue 2026-03-03 08:00 +0200"),
    ("Europe/Kyiv", NIGHT, "2026-03-03 08:00", "Tue 2026-03-03 08:00 +0200"),
    ("Europe/Kyiv", NOON_REST, "2026-03-02 12:30", "Mon 2026-03-02 14:00 +0200"),
    ("Europe/Kyiv", NOON_REST, "2026-03-02 14:00", "Mon 2026-03-02 14:00 +0200"),
    ("Europe/Kyiv", NEVER, "2026-03-02 00:00", "Mon 2026-03-02 00:00 +0200"),
    ("Asia/Kathmandu", NIGHT, "2026-03-02 22:10", "Tue 2026-03-03 08:00 +0545"),
    # the night is an hour shorter, or longer: it ends by the wall
    ("Europe/Kyiv", NIGHT, "2026-03-28 23:00", "Sun 2026-03-29 08:00 +0300"),
    ("Europe/Kyiv", NIGHT, "2026-10-24 23:00", "Sun 2026-10-25 08:00 +0200"),
    # silence that ends within the gap, within the hour that comes twice
    ("Europe/Berlin", SMALL_HOURS, "2026-03-28 23:00", "Sun 2026-03-29 03:30 +0200"),
    ("Europe/Berlin", SMALL_HOURS, "2026-10-24 23:00", "Sun 2026-10-25 02:30 +0200"),
    ("Pacific/Apia", NIGHT, "2011-12-29 23:00", "Sat 2011-12-31 08:00 +1400"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "quiet", "moment", "expected"), QUIET)
def test_rule_5_quiet_hours_put_off(zone: str, quiet: Quiet, moment: str, expected: str) -> None:
    assert wall(out_of_quiet(at(moment, zone), quiet, ZoneInfo(zone)), zone) == expected


def test_silence_in_the_hour_that_comes_twice_ends_the_second_time_too() -> None:
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert wall(second, "Europe/Berlin") == "Sun 2026-10-25 02:10 +0100"

    out = out_of_quiet(second, Quiet(clock("22:00"), clock("02:30")), ZoneInfo("Europe/Berlin"))
    assert wall(out, "Europe/Berlin") == "Sun 2026-10-25 02:30 +0100"


def test_a_wall_time_is_told_in_utc() -> None:
    assert local_moment(date(2026, 7, 1), 125, ZoneInfo("Asia/Kolkata")) == at("2026-06-30 20:35")


# What holds for every date

ZONES = st.sampled_from(ODD).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2037, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
WEEKLY = st.builds(Weekly, st.integers(0, 6), st.integers(0, 1439), st.sampled_from([1, 2, 4, 8]))
QUIETS = st.builds(Quiet, st.integers(0, 1439), st.integers(0, 1439))


def slid(moment: datetime, minute: int, zone: ZoneInfo) -> bool:
    """Say whether the clock shows another time than was asked for: the wall time fell into a gap."""
    shown = moment.astimezone(zone)
    return shown.hour * 60 + shown.minute != minute


def gap_around(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much the clock was set forward within the day around a moment."""
    day = timedelta(hours=25)
    before, after = (moment + step for step in (-day, day))
    return (after.astimezone(zone).utcoffset() or day) - (before.astimezone(zone).utcoffset() or day)


@given(weekly=WEEKLY, zone=ZONES, after=MOMENTS)
@example(weekly=Weekly(FRIDAY, 540), zone=ZoneInfo("Pacific/Apia"), after=at("2011-12-28 00:00"))
def test_rule_5_next_is_ahead_on_the_right_day_and_minute(
    weekly: Weekly, zone: ZoneInfo, after: datetime
) -> None:
    moment = next_weekly(weekly, zone, after)

    assert moment.tzinfo is UTC
    assert after < moment <= after + timedelta(days=8)
    shown = moment.astimezone(zone)
    if slid(moment, weekly.minute, zone) or shown.weekday() != weekly.weekday:
        assert gap_around(moment, zone) > timedelta()
    earlier = next_weekly(weekly, zone, moment - timedelta(microseconds=1))
    assert earlier == moment


@given(weekly=WEEKLY, zone=ZONES, after=MOMENTS, outage=st.timedeltas(timedelta(), timedelta(days=400)))
def test_rule_5_following_keeps_the_rhythm(
    weekly: Weekly, zone: ZoneInfo, after: datetime, outage: timedelta
) -> None:
    due = next_weekly(weekly, zone, after)
    now = due + outage
    moment = following(weekly, zone, due, now)

    assert moment > now
    if all(one.astimezone(zone).weekday() == weekly.weekday for one in (due, moment)):
        apart = (moment.astimezone(zone).date() - due.astimezone(zone).date()).days
        assert apart > 0
        assert apart % (7 * weekly.weeks) == 0
        # The nearest one: a rhythm earlier would not be ahead any more.
        sooner = moment.astimezone(zone).date() - timedelta(weeks=weekly.weeks)
        assert max(due, now) >= local_moment(sooner, weekly.minute, zone)


@given(weekly=WEEKLY, zone=ZONES, after=MOMENTS)
def test_rule_5_a_year_of_dates_has_no_hole_and_no_double(
    weekly: Weekly, zone: ZoneInfo, after: datetime
) -> None:
    due = next_weekly(weekly, zone, after)
    for _ in range(30):
        then = following(weekly, zone, due, due)
        apart = then - due
        assert timedelta(weeks=weekly.weeks, days=-1) <= apart <= timedelta(weeks=weekly.weeks, days=1)
        due = then


@given(moment=MOMENTS, quiet=QUIETS, zone=ZONES)
@example(moment=at("2026-03-28 22:00"), quiet=Quiet(1320, 150), zone=ZoneInfo("Europe/Berlin"))
@example(moment=at("2026-03-28 22:00"), quiet=Quiet(180, 150), zone=ZoneInfo("Europe/Berlin"))
@example(moment=at("2011-12-29 23:00"), quiet=Quiet(1, 0), zone=ZoneInfo("Pacific/Apia"))
def test_out_of_quiet_is_never_earlier_and_never_in_the_silence(
    moment: datetime, quiet: Quiet, zone: ZoneInfo
) -> None:
    out = out_of_quiet(moment, quiet, zone)

    assert moment <= out <= moment + timedelta(hours=49)
    shown = out.astimezone(zone)
    assert not quiet.holds(shown.hour * 60 + shown.minute)
    if not quiet.holds(moment.astimezone(zone).hour * 60 + moment.astimezone(zone).minute):
        assert out == moment


@given(quiet=QUIETS, minute=st.integers(0, 1439))
def test_quiet_hours_are_a_half_open_ring(quiet: Quiet, minute: int) -> None:
    length = (quiet.ends - quiet.begins) % 1440
    assert quiet.holds(minute) == ((minute - quiet.begins) % 1440 < length)
