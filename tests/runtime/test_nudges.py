"""The weekly invitation, as stories with Ann (rule 5): when it comes, when it does not, and that it fades."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.runtime.clock import MovableClock
from bot.runtime.manners import good_until
from bot.runtime.people import remember
from bot.runtime.ticker import wake
from bot.simulator import Seen, Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Person, Profile, Schedule, Work
from tests.play_script import library_in

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=BERLIN)
WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)


class Ann:
    """Somebody who asked to be asked on Sundays at 18:00 in Berlin."""

    def __init__(self, now: datetime = MONDAY_NOON, hour: int = 18, zone: str = "Europe/Berlin") -> None:
        """Let her begin at a moment, ask for an hour, and live in a zone."""
        self.simulator = Simulator(
            library_in("tests/fixtures/two"), heart_in_memory(), MovableClock(frozen_at=now.astimezone(UTC))
        )
        number = self.simulator.number("ann")

        def settle(work: Work) -> None:
            person = work.add_person(number, now)
            work.save_profile(replace(person, profile=Profile("Ann", "g3", zone)))

        self.simulator.heart.do(settle)
        self.remember("nudge_day", "6")
        self.remember("nudge_hour", str(hour))

    def remember(self, name: str, value: str) -> None:
        def unit(work: Work) -> None:
            remember(self.simulator.desk, work, self.person(work), name, value)

        self.simulator.heart.do(unit)

    def person(self, work: Work) -> Person:
        person = work.person_in(self.simulator.number("ann"))
        assert person
        return person

    @property
    def schedule(self) -> Schedule:
        found = self.simulator.heart.do(lambda work: work.schedule_of(self.person(work).id))
        assert found
        return found

    def change(self, **changes: object) -> None:
        self.simulator.heart.do(lambda work: work.save_schedule(replace(self.schedule_in(work), **changes)))  # type: ignore[arg-type]

    def schedule_in(self, work: Work) -> Schedule:
        found = work.schedule_of(self.person(work).id)
        assert found
        return found

    def wait_until(self, moment: datetime) -> Seen:
        return self.simulator.wait(moment.astimezone(UTC) - self.simulator.clock.now())

    def live(self, days: int) -> list[datetime]:
        """Let days pass an hour at a time; return when invitations came, in her own time."""
        hours = (self.simulator.wait(HOUR).bubbles for _ in range(days * 24))
        return [self.simulator.clock.now().astimezone(BERLIN) for bubbles in hours if bubbles]

    def answer(self) -> None:
        self.simulator.press("ann", "Yes")


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def test_it_comes_on_the_day_and_hour_and_not_before() -> None:
    ann = Ann()
    assert ann.wait_until(at(8, 17, 59)).bubbles == []
    assert [bubble.text for bubble in ann.wait_until(at(8, 18)).bubbles] == ["A question for a quiet moment."]
    assert ann.simulator.tick().bubbles == []


def test_it_comes_once_a_week_also_over_the_change_to_summer_time() -> None:
    ann = Ann()
    came = []
    for _ in range(5 * 7 * 24):
        if ann.simulator.wait(HOUR).bubbles:
            came.append(ann.simulator.clock.now().astimezone(BERLIN))
            ann.answer()
    assert [moment.strftime("%d.%m. %H") for moment in came] == [
        "08.03. 18",
        "15.03. 18",
        "22.03. 18",
        "29.03. 18",
        "05.04. 18",
    ]


def test_quiet_hours_defer_a_late_one_to_the_morning() -> None:
    ann = Ann()
    assert ann.wait_until(at(8, 23)).bubbles == []
    assert ann.wait_until(at(9, 7, 59)).bubbles == []
    assert len(ann.wait_until(at(9, 8)).bubbles) == 1


def test_after_an_outage_one_late_one_inside_its_window() -> None:
    ann = Ann()
    assert len(ann.wait_until(at(9, 12)).bubbles) == 1
    assert ann.live(5) == []


def test_after_a_long_outage_nothing_piles_up() -> None:
    ann = Ann()
    assert ann.wait_until(at(25, 12)).bubbles == []
    assert ann.live(7) == [at(29, 18)]


@pytest.mark.parametrize(("value", "when"), [("later", at(8, 21)), ("tomorrow", at(9, 18))])
def test_a_snooze_asks_once_more_and_keeps_the_rhythm(value: str, when: datetime) -> None:
    ann = Ann()
    ann.wait_until(at(8, 18))
    ann.remember("nudge_snooze", value)
    assert ann.wait_until(when - timedelta(minutes=1)).bubbles == []
    assert len(ann.wait_until(when).bubbles) == 1
    ann.answer()
    assert ann.live(8)[0] == at(15, 18)


def test_later_today_in_the_evening_becomes_tomorrow_morning() -> None:
    ann = Ann(hour=20)
    ann.wait_until(at(8, 20))
    ann.remember("nudge_snooze", "later")
    assert ann.wait_until(at(8, 23, 30)).bubbles == []
    assert len(ann.wait_until(at(9, 8)).bubbles) == 1


def test_three_unanswered_halve_the_frequency_and_it_is_said_once() -> None:
    ann = Ann()
    came = ann.live(120)
    gaps = [(later.date() - earlier.date()).days for earlier, later in itertools.pairwise(came)]
    assert gaps[:6] == [7, 7, 7, 14, 14, 14]
    assert came[0] == at(8, 18)


def test_it_says_once_that_it_has_become_rarer() -> None:
    ann = Ann()
    eased: list[tuple[bool, int]] = []
    for _ in range(100):
        ann.simulator.wait(DAY)
        if not eased or eased[-1] != (ann.schedule.eased, ann.schedule.weeks):
            eased.append((ann.schedule.eased, ann.schedule.weeks))
    assert eased == [(False, 1), (True, 2), (False, 2), (True, 4), (False, 4)]


def test_an_answer_starts_the_count_anew() -> None:
    ann = Ann()
    for day in (8, 15):
        ann.wait_until(at(day, 18))
    ann.answer()
    for day in (22, 29):
        ann.wait_until(at(day, 18))
    assert (ann.schedule.weeks, ann.schedule.misses) == (1, 1)


def test_it_never_gets_rarer_than_eight_weeks() -> None:
    ann = Ann()
    ann.live(900)
    assert ann.schedule.weeks == 8


def test_less_often_takes_effect_from_this_one_on() -> None:
    ann = Ann()
    ann.wait_until(at(8, 18))
    ann.remember("nudge_pace", "less")
    assert ann.live(20)[0] == at(22, 18)


def test_stop_means_stop() -> None:
    ann = Ann()
    ann.wait_until(at(8, 18))
    ann.remember("nudge_on", "no")
    assert ann.live(30) == []


def test_somebody_in_the_middle_of_something_is_not_interrupted() -> None:
    ann = Ann()
    ann.wait_until(at(8, 17, 55))
    ann.simulator.say("ann", "/kinds")
    assert ann.wait_until(at(8, 18)).bubbles == []
    assert len(ann.wait_until(at(8, 18, 30)).bubbles) == 1


def test_somebody_who_blocked_the_bot_is_left_alone_and_found_again() -> None:
    ann = Ann()
    number = ann.simulator.number("ann")
    ann.simulator.heart.do(lambda work: work.set_reachable(number, reachable=False))
    assert ann.live(15) == []
    ann.simulator.say("ann", "hello")
    assert len(ann.wait_until(at(22, 18)).bubbles) == 1


def test_a_clock_set_back_does_not_ask_twice() -> None:
    ann = Ann()
    ann.wait_until(at(8, 18))
    ann.simulator.clock.move(-2 * HOUR)
    assert ann.live(1) == []


def test_a_clock_that_jumped_ten_years_and_came_back_does_not_silence_it() -> None:
    ann = Ann()
    ten_years = timedelta(days=3653)
    ann.simulator.wait(ten_years)
    ann.simulator.clock.move(-ten_years)
    assert ann.live(7) == [at(8, 18)]


def test_a_move_to_another_zone_moves_the_hour() -> None:
    ann = Ann()
    ann.remember("zone", "lisbon")
    assert ann.wait_until(at(8, 18)).bubbles == []
    assert len(ann.wait_until(at(8, 19)).bubbles) == 1


def test_a_zone_that_no_longer_exists_falls_back_to_utc() -> None:
    ann = Ann()
    ann.change(zone="Mars/Olympus")
    assert len(ann.live(7)) == 1


def test_two_processes_do_not_both_ask() -> None:
    """The row is claimed where it stood: the second one finds it moved."""
    ann = Ann()
    before = ann.schedule
    ann.wait_until(at(8, 18))
    after = replace(before, due_at=at(15, 18).astimezone(UTC))
    assert ann.simulator.heart.do(lambda work: work.advance_schedule(before, after)) is False


def test_the_last_invitation_closes_when_the_next_one_comes() -> None:
    ann = Ann()
    ann.wait_until(at(8, 18))
    ann.wait_until(at(15, 18))
    assert len(ann.simulator.open_runs("ann")) == 1
    assert ann.simulator.press_old("ann", "Yes").toasts == [("ann", "old")]


def test_every_later_today_is_kept() -> None:
    """What is promised twice on one day comes twice."""
    ann = Ann(hour=9)
    ann.wait_until(at(8, 9))
    for hour in (12, 15, 18):
        ann.answer()
        ann.remember("nudge_snooze", "later")
        assert len(ann.wait_until(at(8, hour)).bubbles) == 1
    assert ann.live(7)[0] == at(15, 9)


def test_one_that_could_not_be_sent_is_not_sent_at_night() -> None:
    """The bot is killed between the commit and the call, and wakes at two."""
    ann = Ann(hour=21)
    now = at(8, 21).astimezone(UTC)
    ann.simulator.clock.move(now - ann.simulator.clock.now())
    ann.simulator.heart.do(lambda work: wake(ann.simulator.desk, work, schedule=ann.schedule_in(work)))
    late = at(8, 21, 31).astimezone(UTC)
    assert ann.simulator.heart.do(lambda work: work.claim_nudges(late, 10)) == []


@pytest.mark.parametrize(("due", "until"), [(at(8, 18), at(8, 18, 30)), (at(8, 21, 45), at(8, 22))])
def test_it_waits_half_an_hour_and_never_into_quiet_hours(due: datetime, until: datetime) -> None:
    ann = Ann()
    person = ann.simulator.heart.do(ann.person)
    assert good_until(due.astimezone(UTC), person, BERLIN) == until.astimezone(UTC)


def test_turned_off_means_that_a_waiting_one_is_not_sent_either() -> None:
    ann = Ann()
    ann.simulator.clock.move(at(8, 18).astimezone(UTC) - ann.simulator.clock.now())
    ann.simulator.heart.do(lambda work: wake(ann.simulator.desk, work, schedule=ann.schedule_in(work)))
    ann.remember("nudge_on", "no")
    now = ann.simulator.clock.now()
    assert ann.simulator.heart.do(lambda work: work.claim_nudges(now, 10)) == []


def test_one_that_never_arrived_is_not_counted_as_ignored() -> None:
    ann = Ann()
    ann.simulator.clock.move(at(8, 18).astimezone(UTC) - ann.simulator.clock.now())
    ann.simulator.heart.do(lambda work: wake(ann.simulator.desk, work, schedule=ann.schedule_in(work)))
    ann.wait_until(at(15, 18))
    assert ann.schedule.misses == 0


def test_a_change_made_meanwhile_is_not_overwritten() -> None:
    ann = Ann()
    ann.simulator.clock.move(at(8, 18).astimezone(UTC) - ann.simulator.clock.now())
    stale = ann.schedule
    ann.remember("nudge_pace", "4")
    ann.simulator.heart.do(lambda work: wake(ann.simulator.desk, work, schedule=stale))
    assert ann.schedule.weeks == 4


def test_after_a_restore_what_was_due_is_passed_over() -> None:
    """`store/restore.py` leaves such a date as long past: it was asked already, and the next one comes."""
    ann = Ann()
    ann.change(wanted=datetime(1970, 1, 1, tzinfo=UTC))
    assert ann.wait_until(at(8, 18, 30)).bubbles == []
    assert ann.schedule.slot == at(15, 18)
    assert ann.wait_until(at(15, 18)).bubbles != []
