"""What is kept about a person beyond a session: `remember:` in a flow ends here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.schedule import DAY_MINUTES, Quiet, Weekly, local_moment, next_weekly, out_of_quiet
from bot.library.places import zone_or_utc
from bot.store.protocol import Profile, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from bot.runtime.desk import Desk
    from bot.store.protocol import Person, Work

MOST_NAME = 60
MOST_MONTHS = 24
RAREST = 8
"""Weeks between two invitations at most."""

LATER_TODAY = timedelta(hours=3)
EVENING = 18 * 60


def remember(desk: Desk, work: Work, person: Person, name: str, value: str) -> Person:
    """Keep one thing; return the person as they are now. Values that make no sense change nothing."""
    if name == "country" and not desk.library.helplines.knows(value):
        return person
    profile = _with(person.profile, name, value)
    if profile is not None:
        return _save(work, person, profile)
    if name == "zone":
        return _move(desk, work, person, value)
    _remember_rhythm(work, person, name, value, desk.clock.now())
    return person


def _with(profile: Profile, name: str, value: str) -> Profile | None:  # noqa: PLR0911  a table
    """Return the profile with one thing changed, or None when this is not about the profile."""
    match name:
        case "name":
            return replace(profile, name=" ".join(value.split())[:MOST_NAME])
        case "stage":
            return replace(profile, stage=value)
        case "country":
            return replace(profile, country=value)
        case "discreet":
            return replace(profile, discreet=value == "yes")
        case "keep_words":
            return replace(profile, keep_words=value == "yes")
        case "keep_months" if value.isdecimal() and 0 < int(value) <= MOST_MONTHS:
            return replace(profile, keep_months=int(value))
        case "quiet":
            begins, _, ends = value.partition("-")
            if begins.isdecimal() and ends.isdecimal():
                hours = (int(begins) * 60 % DAY_MINUTES, int(ends) * 60 % DAY_MINUTES)
                return replace(profile, quiet=hours)
    return None


def _move(desk: Desk, work: Work, person: Person, place: str) -> Person:
    """Let a person live by another clock; their weekly invitation moves along."""
    zone = desk.library.places.zone_of(place)
    if zone is None:
        return person
    person = _save(work, person, replace(person.profile, zone=zone))
    schedule = work.schedule_of(person.id)
    if schedule is not None:
        now = desk.clock.now()
        _arm(work, person, replace(schedule, zone=zone), now, on=schedule.due_at is not None)
    return person


def _remember_rhythm(work: Work, person: Person, name: str, value: str, now: datetime) -> None:  # noqa: C901  a table
    """Change something about the weekly invitation."""
    match name:
        case "nudge_day":
            if value.isdecimal():
                _arm(work, person, replace(_schedule(work, person), weekday=int(value) % 7), now)
        case "nudge_hour":
            if value.isdecimal():
                minute = int(value) * 60 % DAY_MINUTES
                _arm(
                    work,
                    person,
                    replace(_schedule(work, person), minute=minute, weeks=1, misses=0),
                    now,
                    on=True,
                )
        case "nudge_on":
            _arm(work, person, replace(_schedule(work, person), misses=0), now, on=value == "yes")
            if value != "yes":
                work.drop_nudges(person.id)
        case "nudge_pace":
            schedule = _schedule(work, person)
            if value == "less":
                _ask_less(work, person, schedule, now)
            elif value.isdecimal():
                weeks = max(1, min(int(value), RAREST))
                work.save_schedule(replace(schedule, weeks=weeks, misses=0, eased=False))
        case "nudge_snooze":
            _snooze(work, person, value, now)


def quiet_of(person: Person) -> Quiet:
    """Return the person's hours of silence."""
    return Quiet(*person.profile.quiet)


def at_slot(schedule: Schedule, person: Person, slot: datetime) -> Schedule:
    """Return the schedule standing at a regular date, to wake then or when quiet hours end."""
    due_at = out_of_quiet(slot, quiet_of(person), zone_or_utc(schedule.zone))
    return replace(schedule, slot=slot, wanted=slot, due_at=due_at)


def _save(work: Work, person: Person, profile: Profile) -> Person:
    changed = replace(person, profile=profile)
    work.save_profile(changed)
    return changed


def _schedule(work: Work, person: Person) -> Schedule:
    known = work.schedule_of(person.id)
    return known or Schedule(person.id, weekday=6, minute=EVENING, zone=person.profile.zone or "UTC")


def _arm(work: Work, person: Person, schedule: Schedule, now: datetime, *, on: bool | None = None) -> None:
    """Work out when the schedule wakes next, after a change; `on` None leaves it on or off as it was."""
    if on is False or (on is None and schedule.due_at is None):
        work.save_schedule(replace(schedule, slot=None, wanted=None, due_at=None))
        return
    zone = zone_or_utc(schedule.zone)
    slot = next_weekly(Weekly(schedule.weekday, schedule.minute, schedule.weeks), zone, now)
    work.save_schedule(at_slot(replace(schedule, eased=False), person, slot))


def _ask_less(work: Work, person: Person, schedule: Schedule, now: datetime) -> None:
    """Halve the frequency from the question just asked on: the next one is twice as far from it."""
    weeks = min(schedule.weeks * 2, RAREST)
    changed = replace(schedule, weeks=weeks, misses=0, eased=False)
    if schedule.slot is not None:
        shift = timedelta(weeks=weeks - schedule.weeks)
        zone = zone_or_utc(schedule.zone)
        wall = schedule.slot.astimezone(zone).date() + shift
        weekly = Weekly(schedule.weekday, schedule.minute, weeks)
        slot = next_weekly(weekly, zone, max(now, local_moment(wall, 0, zone) - timedelta(seconds=1)))
        changed = at_slot(changed, person, slot)
    work.save_schedule(changed)


def _snooze(work: Work, person: Person, value: str, now: datetime) -> None:
    """Ask once more, later today or tomorrow at the same hour; the regular rhythm stays."""
    schedule = work.schedule_of(person.id)
    if schedule is None or schedule.due_at is None:
        return
    zone = zone_or_utc(schedule.zone)
    wanted = now + LATER_TODAY
    if value == "tomorrow":
        day = now.astimezone(zone).date() + timedelta(days=1)
        wanted = local_moment(day, schedule.minute, zone)
    due_at = out_of_quiet(wanted, quiet_of(person), zone)
    work.save_schedule(replace(schedule, wanted=wanted, due_at=due_at, again=schedule.again + 1))
