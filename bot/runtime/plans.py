"""Lines that people mean to do: kept with a day, asked about once, let go at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.schedule import local_moment
from bot.library.load import LANGUAGE, PLAN_ASK, PLAN_DAY
from bot.library.places import day_name, zone_or_utc
from bot.library.render import Own
from bot.runtime.manners import good_until, put_off
from bot.runtime.people import EVENING
from bot.runtime.words import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.flow.model import Flow
    from bot.library.load import Library
    from bot.runtime.scene import Scene
    from bot.store.protocol import Person, Plan, Run, Work

LONGEST = 500
"""Letters of a line that are kept as a plan."""

LATEST_TODAY = 17 * 60
"""Minute of the day until which a plan can still be for today."""

STALE = timedelta(days=3)
"""How long after its day a plan is still asked about, where it could not be in time."""

SOONEST = timedelta(days=1)
"""How old a plan must be before the weekly question asks how it went."""

OUTCOMES = frozenset({"did", "partly", "not_yet", "unsafe", "cancelled"})
LABEL = 40


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan, as an author may speak of it; `day` is the weekday on which to ask, or empty."""

    words: Own
    flow: str
    title: str
    day: str


NO_PLAN = PlanView(Own(""), "", "", "")
"""What is left of a plan that went with its words while its question stood open."""


def make(scene: Scene, person: Person | None, run: Run, flow: Flow, words: str) -> Plan | None:
    """Keep a line that is to be asked about; None where there is no line, or no words are to be kept.

    Whoever was shown a card during this run gets no plan: nothing is practised where there may be danger.
    """
    words = words.strip()[:LONGEST]
    if person is None or not words or not person.profile.keep_words:
        return None
    if PLAN_DAY not in scene.desk.library.flows or scene.desk.shown.since(person.chat_id, run.started_at):
        return None
    return scene.work.add_plan(person.id, flow.id, words, scene.now)


def do(scene: Scene, person: Person | None, run: Run, name: str, value: str) -> None:
    """Carry out a deed about a plan; one that makes no sense changes nothing."""
    plan = _chosen(scene.work, person, run, name, value)
    if plan is None or person is None:
        return
    if name == "plan_day":
        scene.work.save_plan(_with_day(scene.work, plan, person, value, scene.now))
    elif name == "plan_ended" and value in OUTCOMES:
        end(scene.work, plan, value, scene.now)
    elif name == "plan_cancel":
        end(scene.work, plan, "cancelled", scene.now)


def end(work: Work, plan: Plan, outcome: str, now: datetime) -> None:
    """Keep how a plan went; nobody asks about it any more."""
    work.save_plan(replace(plan, state="over", outcome=outcome, due_at=None, changed_at=now))


def _chosen(work: Work, person: Person | None, run: Run, name: str, value: str) -> Plan | None:
    """Return the plan that a deed is about: the one chosen by its number, else the one this run speaks of."""
    if person is None:
        return None
    if name == "plan_cancel":
        return find(work, person, value)
    return work.plan_of_run(run.id) if name in {"plan_day", "plan_ended"} else None


def find(work: Work, person: Person, number: object) -> Plan | None:
    """Return a plan of this person by its number, if it is theirs and not over."""
    return next((one for one in open_plans(work, person) if str(one.id) == str(number)), None)


def open_plans(work: Work, person: Person) -> list[Plan]:
    """Return what a person still means to do, the newest first."""
    return [one for one in work.plans_of(person.id) if one.state != "over"]


def _with_day(work: Work, plan: Plan, person: Person, value: str, now: datetime) -> Plan:
    zone = zone_or_utc(person.profile.zone)
    schedule = work.schedule_of(person.id)
    minute = schedule.minute if schedule else EVENING
    ahead = {"weekly": 7}.get(value, int(value) if value.isdecimal() and int(value) <= 7 else None)  # noqa: PLR2004  a week
    plan = replace(plan, changed_at=now)
    if ahead is None:
        return replace(plan, state="quiet", due_at=None)
    due_at = local_moment(now.astimezone(zone).date() + timedelta(days=ahead), minute, zone)
    if due_at <= now:
        due_at = now + timedelta(hours=3)
    return replace(plan, state="weekly" if value == "weekly" else "waiting", due_at=due_at)


# What an author may say


def view(library: Library, plan: Plan | None, person: Person) -> PlanView:
    """Return a plan in words; one that is gone has none."""
    if plan is None:
        return NO_PLAN
    flow = library.flows.get(plan.flow)
    day = ""
    if plan.due_at is not None:
        day = day_name(plan.due_at.astimezone(zone_or_utc(person.profile.zone)).weekday(), LANGUAGE)
    return PlanView(Own(plan.words), plan.flow, flow.about.title if flow else "", day)


def listed(work: Work, person: Person) -> list[tuple[str, str]]:
    """Return the open plans as buttons: a number and the beginning of the line."""
    return [(str(one.id), shortened(one.words, LABEL)) for one in open_plans(work, person)]


def days(library: Library, person: Person, now: datetime) -> list[tuple[str, str]]:
    """Return the days on which a plan can be asked about, as buttons: how far ahead, and its name."""
    return list(_days(library, now.astimezone(zone_or_utc(person.profile.zone))))


def _days(library: Library, wall: datetime) -> Iterator[tuple[str, str]]:
    if wall.hour * 60 + wall.minute < LATEST_TODAY:
        yield "0", library.messages["day_today"]
    yield "1", library.messages["day_tomorrow"]
    for ahead in range(2, 7):
        yield str(ahead), day_name((wall.weekday() + ahead) % 7, LANGUAGE)


# Asking


def for_the_week(work: Work, person: Person, now: datetime) -> Plan | None:
    """Return the plan that the weekly question is to be about: one kept for it, or one of today."""
    today = now.astimezone(zone_or_utc(person.profile.zone)).date()
    for plan in reversed(open_plans(work, person)):
        due = plan.due_at.astimezone(zone_or_utc(person.profile.zone)).date() if plan.due_at else None
        ripe = plan.state == "weekly" and now - plan.made_at >= SOONEST
        if ripe or (plan.state == "waiting" and due is not None and due <= today):
            return plan
    return None


def asked(work: Work, plan: Plan, now: datetime) -> Plan:
    """Note that a plan is being asked about: it will not be again."""
    plan = replace(plan, state="asked", due_at=None, changed_at=now)
    work.save_plan(plan)
    return plan


def ask(scene: Scene, plan: Plan) -> None:
    """Ask how a plan went, put the question off, or let it be when its day is long gone."""
    work, now, person = scene.work, scene.now, scene.person
    flow = scene.desk.library.flows.get(PLAN_ASK)
    if person is None or flow is None or plan.due_at is None or plan.state == "over":
        work.save_plan(replace(plan, due_at=None))
        return
    zone = zone_or_utc(person.profile.zone)
    if not person.reachable or now - plan.due_at > STALE:
        work.save_plan(replace(plan, state="quiet", due_at=None, changed_at=now))
        return
    later = put_off(work, person, now, zone) or _weekly_today(work, person, now)
    if later is not None:
        work.save_plan(replace(plan, due_at=later))
        return
    scene.kind = "nudge"
    scene.good_until = good_until(now, person, zone)
    scene.begin(flow, plan=asked(work, plan, now))


def _weekly_today(work: Work, person: Person, now: datetime) -> datetime | None:
    """Return a moment after today's weekly question, which will ask about the plan: one message, not two."""
    schedule = work.schedule_of(person.id)
    if schedule is None or schedule.due_at is None or schedule.due_at <= now:
        return None
    zone = zone_or_utc(person.profile.zone)
    if schedule.due_at.astimezone(zone).date() != now.astimezone(zone).date():
        return None
    return schedule.due_at + timedelta(hours=1)
