"""What happens because time has passed: timers of sessions, and the weekly invitation (rule 5).

Each row is claimed by a conditional update in a unit of its own, so that a kill at any moment, or a second
process, neither doubles nor forgets. A person is invited at most once for a local date, unless they
asked to be asked again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow.inbound import TimedOut
from bot.flow.schedule import WINDOW, Weekly, following, next_weekly
from bot.library.load import PLAN_ASK
from bot.library.places import zone_or_utc
from bot.log import log
from bot.runtime import care, plans
from bot.runtime.events import Outcome
from bot.runtime.lookback import choose
from bot.runtime.manners import good_until, put_off
from bot.runtime.people import RAREST, at_slot
from bot.runtime.scene import ConflictError, Scene
from bot.runtime.telling import BEATS
from bot.runtime.where import where_of
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.desk import Desk
    from bot.runtime.outbox import Outbox
    from bot.store.protocol import Person, Run, Schedule, Store, Work

AT_ONCE = 100
"""Rows looked up at a time."""

EASED_AFTER = 3
"""Invitations in a row without an answer, after which they come half as often."""


class Ticker:
    """Wakes what is due. Each row is a unit of its own: one that fails is put off and stops no other."""

    def __init__(self, store: Store, desk: Desk, outbox: Outbox) -> None:
        """Wake rows of `store`; what they say goes into `outbox`."""
        self._store = store
        self._desk = desk
        self._outbox = outbox

    async def tick(self) -> None:
        """Deal with everything that is due by now."""
        now, found = self._desk.clock.now(), AT_ONCE
        while found >= AT_ONCE:
            timers, schedules, plan_ids = await self._store.run(partial(due, now))
            for run_id, turn in timers:
                unit = partial(time_out, self._desk, run_id=run_id, turn=turn)
                await self._do(unit, partial(_drop, run_id, turn))
            for schedule in schedules:
                unit = partial(wake, self._desk, schedule=schedule)
                await self._do(unit, partial(_put_aside, schedule, now))
            for plan_id in plan_ids:
                unit = partial(ask_after, self._desk, plan_id=plan_id)
                await self._do(unit, partial(_leave_plan, plan_id, now))
            found = max(len(timers), len(schedules), len(plan_ids))
        self._outbox.poke_nudges()

    async def _do(self, unit: Callable[[Work], Outcome], otherwise: Callable[[Work], None]) -> None:
        try:
            outcome = await self._store.run(unit)
        except StoreError:
            raise
        except ConflictError:
            # Somebody else has moved it meanwhile. The row is still there: the next tick looks at it again.
            log.info("tick_conflict")
        except Exception as error:  # noqa: BLE001  one bad row must not stop the others
            log.error("tick_failed", fault=type(error).__name__, where=where_of(error))
            await self._store.run(otherwise)
        else:
            self._outbox.take(outcome)


def due(now: datetime, work: Work) -> tuple[list[tuple[str, int]], list[Schedule], list[int]]:
    """Return some timers, schedules and plans to wake: those due, or so far ahead that a clock was wrong."""
    too_far = now + timedelta(weeks=RAREST, days=8)
    schedules = work.due_schedules(now, too_far, AT_ONCE)
    return work.due_timers(now, AT_ONCE), schedules, work.due_plans(now, AT_ONCE)


def _drop(run_id: str, turn: int, work: Work) -> None:
    work.drop_timer(run_id, turn)


def _put_aside(schedule: Schedule, now: datetime, work: Work) -> None:
    work.advance_schedule(schedule, replace(schedule, due_at=now + timedelta(hours=1)))


def _leave_plan(plan_id: int, now: datetime, work: Work) -> None:
    plan = work.plan(plan_id)
    if plan is not None:
        work.save_plan(replace(plan, due_at=now + timedelta(hours=1)))


def ask_after(desk: Desk, work: Work, *, plan_id: int) -> Outcome:
    """Ask somebody how a plan of theirs went."""
    plan = work.plan(plan_id)
    person = work.person(plan.person_id) if plan else None
    if plan is None or person is None:
        return Outcome()
    scene = Scene(desk, work, person.chat_id, person)
    plans.ask(scene, plan)
    return scene.outcome


def time_out(desk: Desk, work: Work, *, run_id: str, turn: int) -> Outcome:
    """Let a session's timer run out; a late one, of an earlier turn, changes nothing."""
    beat = work.beat_of(run_id)
    work.drop_timer(run_id, turn)
    run = work.run(run_id)
    person = next((found for one in run.seats.values() if (found := work.person(one))), None) if run else None
    if run is None or person is None:
        return Outcome()
    scene = Scene(desk, work, person.chat_id, person)
    scene.by_itself = len(run.seats) > 1
    if not _keep_time(scene, run, turn, beat):
        scene.go_on(run, TimedOut(turn))
    return scene.outcome


def _keep_time(scene: Scene, run: Run, turn: int, beat: int) -> bool:
    """Show how much of a turn to speak is over, and go on waiting; False where its whole time is over."""
    flow = scene.desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    if flow is None or node is None or node.clock is None or not 0 < beat <= BEATS:
        return False
    if run.session.turn != turn or run.session.paused or run.session.status != "active":
        return False
    scene.beat(flow, run, node, beat)
    step = timedelta(seconds=node.clock.seconds / BEATS)
    if beat == BEATS and node.timeout:
        step = timedelta(seconds=node.timeout.seconds)
    scene.work.set_timer(run.id, turn, scene.now + step, beat + 1)
    return True


def wake(desk: Desk, work: Work, *, schedule: Schedule) -> Outcome:
    """Send this invitation, put it off, or pass to the next date."""
    now = desk.clock.now()
    present = work.schedule_of(schedule.person_id)
    if present is None or present.due_at != schedule.due_at:
        # The person has changed something since it was looked up.
        return Outcome()
    schedule = present
    person = work.person(schedule.person_id)
    if person is None or schedule.slot is None or schedule.wanted is None or schedule.due_at is None:
        work.advance_schedule(schedule, replace(schedule, due_at=None))
        return Outcome()
    zone = zone_or_utc(schedule.zone)
    if schedule.due_at > now:
        # So far ahead that the clock must have been wrong when this was written.
        soon = next_weekly(_weekly(schedule), zone, now)
        work.advance_schedule(schedule, at_slot(schedule, person, soon))
        return Outcome()
    passed = now - schedule.wanted > WINDOW
    later = put_off(work, person, now, zone)
    if later is not None and not passed and later - schedule.wanted <= WINDOW:
        work.advance_schedule(schedule, replace(schedule, due_at=later))
        return Outcome()
    day = now.astimezone(zone).date()
    # A snooze comes beside the regular dates: the slot already stands at the next one.
    upcoming = schedule.slot
    if schedule.slot <= now:
        upcoming = following(_weekly(schedule), zone, schedule.slot, now)
    if (
        later is not None
        or passed
        or not person.reachable
        or not work.mark_fired(person.id, day, _which(schedule))
    ):
        work.advance_schedule(schedule, at_slot(schedule, person, upcoming))
        return Outcome()
    return _invite(desk, work, schedule, person, upcoming)


def _which(schedule: Schedule) -> int:
    """Return which invitation of its day this is: the regular one, or one that the person put off."""
    return 0 if schedule.wanted == schedule.slot else schedule.again


def _weekly(schedule: Schedule) -> Weekly:
    return Weekly(schedule.weekday, schedule.minute, schedule.weeks)


def _invite(desk: Desk, work: Work, schedule: Schedule, person: Person, upcoming: datetime) -> Outcome:
    scene = Scene(desk, work, person.chat_id, person)
    scene.kind = "nudge"
    zone = zone_or_utc(schedule.zone)
    scene.good_until = good_until(scene.now, person, zone)
    last = work.run(schedule.run_id) if schedule.run_id else None
    misses = schedule.misses
    if last and not _ignored(last):
        misses = 0
    elif last and work.sent_message_id(last.id, last.session.turn, person.chat_id) is not None:
        misses += 1
    if last and last.session.status == "active":
        scene.expire(last)
    changed = replace(schedule, misses=misses, eased=False)
    if misses >= EASED_AFTER and schedule.weeks < RAREST:
        weeks = schedule.weeks * 2
        weekly = Weekly(schedule.weekday, schedule.minute, weeks)
        base = upcoming if schedule.slot is None or schedule.slot > upcoming else schedule.slot
        upcoming = following(weekly, zone, base, scene.now)
        changed = replace(changed, weeks=weeks, misses=0, eased=True)
    changed = at_slot(changed, person, upcoming)
    if work.advance_schedule(schedule, changed):
        care.monthly(scene)
        plan = plans.for_the_week(work, person, scene.now)
        ask = desk.library.flows.get(PLAN_ASK)
        if plan is not None and ask is not None:
            run = scene.begin(ask, plan=plans.asked(work, plan, scene.now))
        else:
            run = scene.begin(choose(desk, work, person, schedule))
        work.save_schedule(replace(changed, run_id=run.id))
    return scene.outcome


def _ignored(run: Run) -> bool:
    """Say whether nobody touched this invitation at all."""
    return run.session.status == "active" and not run.session.trail and not any(run.session.answers.values())
