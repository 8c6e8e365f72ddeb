"""Nothing stays longer than was said, told with a clock that is moved. The rules: fields.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.flow.session import Answer, Session
from bot.runtime.clock import MovableClock
from bot.runtime.keeper import Keeper
from bot.runtime.outbox import Outbox
from bot.simulator import Simulator
from bot.store.protocol import Person, Profile, Run, Work
from tests.faults.conftest import rows, until
from tests.faults.test_outbox import Memory, Told
from tests.play_script import library_in

if TYPE_CHECKING:
    from bot.flow.session import Value

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = 31 * DAY


class House:
    """A store, a keeper and a clock; Ann, Bo and Cy have lived here since `NOW`."""

    def __init__(self, folder: str = "content") -> None:
        """Let the three move in."""
        self.memory = Memory()
        self.sender = Told()
        self.clock = MovableClock(frozen_at=NOW)
        self.simulator = Simulator(library_in(folder), self.memory.heart, self.clock)
        self.outbox = Outbox(self.memory, self.sender, self.clock, lambda: None)
        self.keeper = Keeper(self.memory, self.simulator.desk, self.outbox)
        for name in ("ann", "bo", "cy"):
            self.profile(name)

    def profile(self, name: str, **changes: object) -> None:
        number = self.simulator.number(name)

        def unit(work: Work) -> None:
            person = work.person_in(number) or work.add_person(number, NOW)
            profile = Profile(name, "g3", "Europe/Lisbon")
            work.save_profile(replace(person, profile=replace(profile, **changes)))  # type: ignore[arg-type]

        self.memory.heart.do(unit)

    def person(self, name: str) -> Person | None:
        return self.memory.heart.do(lambda work: work.person_in(self.simulator.number(name)))

    def answered(self, name: str, flow: str, node: str, value: Value) -> str:
        """Let somebody have answered something now; return the run."""
        person = self.person(name)
        assert person is not None
        run_id = f"{name}{flow}{node}"
        session = Session(flow, node, ("initiator",), answers={"initiator": {node: Answer(value)}})
        run = Run(run_id, session, {"initiator": person.id}, self.clock.now(), self.clock.now())
        self.memory.heart.do(lambda work: work.add_run(run))
        return run_id

    def value(self, run_id: str) -> Value:
        run = self.memory.heart.do(lambda work: work.run(run_id))
        assert run is not None
        ((_, answer),) = run.session.answers["initiator"].items()
        return answer.value

    async def after(self, span: timedelta) -> list[str]:
        """Let time pass and the keeper look; return what was said to anybody."""
        self.clock.move(span)
        before = len(self.sender.sent)
        await self.keeper.keep()
        await until(lambda: self.outbox.idle)
        return self.sender.sent[before:]


async def test_old_words_go_and_numbers_and_choices_stay() -> None:
    house = House()
    note = house.answered("ann", "checkin.weekly", "note", "canary words")
    scale = house.answered("ann", "checkin.weekly", "close_now", 4)
    choice = house.answered("ann", "checkin.weekly", "begin", "begin")
    await house.after(364 * DAY)
    assert house.value(note) == "canary words"
    await house.after(2 * DAY)
    assert house.value(note) is None
    assert house.value(scale) == 4
    assert house.value(choice) == "begin"


@pytest.mark.parametrize("months", [3, 6, 24])
async def test_how_long_is_the_persons_own_choice(months: int) -> None:
    house = House()
    house.profile("ann", keep_months=months)
    hers = house.answered("ann", "checkin.weekly", "note", "hers")
    his = house.answered("bo", "checkin.weekly", "note", "his")
    await house.after(timedelta(days=months * 365 // 12 - 1))
    assert house.value(hers) == "hers"
    await house.after(2 * DAY)
    assert house.value(hers) is None
    assert house.value(his) == ("his" if months < 12 else None)


async def test_in_an_exercise_that_is_gone_everything_typed_counts_as_words() -> None:
    house = House()
    gone = house.answered("ann", "old.exercise", "line", "canary words")
    number = house.answered("ann", "old.exercise", "scale", 4)
    await house.after(366 * DAY)
    assert (house.value(gone), house.value(number)) == (None, 4)


async def test_a_place_that_was_picked_from_a_list_is_no_words() -> None:
    house = House()
    city = house.answered("ann", "settings.place", "city", "Europe/Lisbon")
    await house.after(366 * DAY)
    assert house.value(city) == "Europe/Lisbon"


async def test_somebody_who_is_long_gone_is_told_and_then_erased() -> None:
    house = House("tests/fixtures/two")
    assert await house.after(699 * DAY) == []
    assert await house.after(2 * DAY) == ["all ends in 30 days"] * 3
    assert await house.after(DAY) == []
    house.simulator.say("bo", "/menu")
    assert await house.after(28 * DAY) == []
    assert house.person("ann") is not None
    assert await house.after(2 * DAY) == []
    assert house.person("ann") is None
    bo = house.person("bo")
    assert bo is not None
    assert bo.warned_at is None
    assert await house.after(600 * DAY) == []
    assert house.person("bo") is not None


async def test_nobody_is_told_in_quiet_hours() -> None:
    house = House("tests/fixtures/two")
    assert await house.after(701 * DAY + timedelta(hours=14)) == []
    assert len(await house.after(timedelta(hours=12))) == 3


async def test_who_has_blocked_the_bot_is_not_written_to_and_goes_all_the_same() -> None:
    house = House("tests/fixtures/two")
    number = house.simulator.number("ann")
    house.memory.heart.do(lambda work: work.set_reachable(number, reachable=False))
    assert len(await house.after(701 * DAY)) == 2
    await house.after(31 * DAY)
    assert house.person("ann") is None


async def test_one_row_that_is_broken_stops_nothing() -> None:
    house = House()
    ann, bo = house.person("ann"), house.person("bo")
    assert ann is not None
    assert bo is not None
    his = house.answered("bo", "checkin.weekly", "note", "his")
    house.memory.heart._db.execute("UPDATE people SET sealed = x'00' WHERE id = ?", (ann.id,))
    house.memory.heart.do(lambda work: work.mark_fired(bo.id, NOW.date(), 0))
    await house.after(366 * DAY)
    assert house.value(his) is None
    assert rows(house.memory.heart, "SELECT count(*) FROM fired") == [(0,)]


async def test_when_somebody_was_here_is_written_at_most_once_a_day() -> None:
    house = House("tests/fixtures/two")
    seen = []
    for hours in (1, 1, 23, 1, 30):
        house.clock.move(timedelta(hours=hours))
        house.simulator.say("ann", "/menu")
        ann = house.person("ann")
        assert ann is not None
        assert ann.seen_at is not None
        seen.append((ann.seen_at - NOW) // timedelta(hours=1))
    assert seen == [0, 0, 25, 25, 56]
