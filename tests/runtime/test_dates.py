"""A date for two: the days to choose from, and a file that any calendar can read (RFC 5545)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from bot.library.load import load
from bot.library.messages import KEYS
from bot.runtime.dates import DAYS, FILE_NAME, day_words, days_ahead, escaped, ics
from bot.store.protocol import Person, Profile
from tests.library.shelf import STORY, TWO, nodes, write
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.library.load import Library
    from bot.simulator import Bubble, Simulator
    from bot.store.protocol import Work

NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)
FLOW = nodes(
    """
    day: {say: "Which day?", where: private, who: initiator, source: days_ahead(), next: hour}
    hour:
      say: "At what hour?"
      where: private
      who: initiator
      choices: {"9": "9:00", "19": "19:00", "never": Whenever}
      next: fix
    fix: {where: private, who: initiator, then: [{do: calendar, value: "{{ day }} {{ hour }} 90"}], next: bye}
    bye: {say: "It is fixed."}
    """,
    TWO.replace("start: a", "start: day"),
)
CHOSEN = "{{ day }} {{ hour }} 90"
SENTENCES: dict[str, str] = {"date_title": "Time together", "date_file": "The date."}


@cache
def library(value: str = CHOSEN) -> Library:
    messages = "".join(f"{key}: {SENTENCES.get(key, 'A sentence.')}\n" for key in KEYS)
    with TemporaryDirectory() as folder:
        return load(write(Path(folder), {STORY: FLOW.replace(CHOSEN, value), "messages.yaml": messages}))


def read(content: bytes) -> dict[str, str]:
    """Read one appointment as strictly as the standard has it; return its fields."""
    text = content.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "\r" not in text.replace("\r\n", "")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(0 < len(line.encode()) <= 75 for line in lines), "a longer line would have to be folded"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    begins, ends = lines.index("BEGIN:VEVENT"), lines.index("END:VEVENT")
    head = dict(line.split(":", 1) for line in lines[1:begins])
    assert head["VERSION"] == "2.0"
    assert head["PRODID"]
    assert ends == len(lines) - 2
    fields = [line.split(":", 1) for line in lines[begins + 1 : ends]]
    assert len({name for name, _ in fields}) == len(fields), "each at most once"
    return {name: value for name, value in fields}  # noqa: C416  mypy knows it so


def moment(field: str) -> datetime:
    """Read a time that says it is UTC."""
    return datetime.strptime(field, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def live_in(simulator: Simulator, name: str, zone: str) -> None:
    def unit(work: Work) -> None:
        person = work.person_in(simulator.number(name))
        assert person is not None
        work.save_profile(replace(person, profile=replace(person.profile, zone=zone)))

    simulator.heart.do(unit)


def fixed(hour: str, *, place: str | None = None, zone: str = "Europe/Lisbon") -> list[Bubble]:
    """Let Ann choose the first day and an hour; return the messages with a file."""
    simulator = simulator_with_people(library())
    live_in(simulator, "ann", zone)
    live_in(simulator, "bo", "Asia/Tokyo")
    simulator.begin("story.two", {"initiator": "ann", "partner": "bo"}, place)
    for name in ("ann", "bo"):
        simulator.press(name, "Yes")
    simulator.press("ann", next(iter(simulator.labels("ann"))))
    return [one for one in simulator.press("ann", hour).bubbles if one.file]


def of(bubbles: list[Bubble]) -> dict[str, str]:
    file = bubbles[0].file
    assert file is not None
    return read(file[1])


# The file


def test_the_file_can_be_read_and_has_what_a_calendar_wants() -> None:
    fields = read(ics("run00000001", "Time together", NOW, NOW + timedelta(days=2), timedelta(minutes=90)))

    assert fields["UID"] == "run00000001@alongside"
    assert moment(fields["DTSTAMP"]) == NOW
    assert moment(fields["DTSTART"]) == NOW + timedelta(days=2)
    assert moment(fields["DTEND"]) - moment(fields["DTSTART"]) == timedelta(minutes=90)
    assert fields["SUMMARY"] == "Time together"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Time together", "Time together"),
        ("Tea, soup; rice", "Tea\\, soup\\; rice"),
        ("one\ntwo", "one\\ntwo"),
        ("a\\b", "a\\\\b"),
        ("a\\,b", "a\\\\\\,b"),
        ("12:30", "12:30"),
    ],
)
def test_a_title_can_break_out_of_nothing(text: str, value: str) -> None:
    assert escaped(text) == value
    fields = read(ics("x", text, NOW, NOW, timedelta(hours=1)))
    assert fields["SUMMARY"] == value


def test_the_title_gives_nothing_away() -> None:
    for folder in ("content", "tests/fixtures/two"):
        title = simulator_with_people(folder).desk.library.messages["date_title"]
        assert title == "Time together"


# Its moment


@pytest.mark.parametrize(
    ("zone", "hour", "begins"),
    [
        ("Europe/Lisbon", "19:00", "20260302T190000Z"),
        ("Europe/Kyiv", "19:00", "20260302T170000Z"),
        ("Asia/Kolkata", "9:00", "20260302T033000Z"),
        ("America/Los_Angeles", "19:00", "20260303T030000Z"),
        ("Pacific/Kiritimati", "9:00", "20260302T190000Z"),
        ("", "9:00", "20260302T090000"),  # at nine on whatever phone shows it: nobody told their clock
    ],
)
def test_the_hour_is_that_of_whom_it_was_asked_and_is_written_as_utc(
    zone: str, hour: str, begins: str
) -> None:
    fields = of(fixed(hour, zone=zone))

    assert fields["DTSTART"] == begins
    assert moment(fields["DTSTAMP"]) == NOW


def test_an_hour_after_the_clocks_have_changed_is_the_hour_on_the_wall() -> None:
    """Lisbon goes to summer time on 29 March 2026: nine in the morning is eight in UTC."""
    simulator = simulator_with_people(library())
    simulator.clock.move(datetime(2026, 3, 28, 12, tzinfo=UTC) - NOW)
    simulator.begin("story.two", {"initiator": "ann", "partner": "bo"})
    for name in ("ann", "bo"):
        simulator.press(name, "Yes")
    simulator.press("ann", "Sunday 29 March")
    bubbles = [one for one in simulator.press("ann", "9:00").bubbles if one.file]

    assert of(bubbles)["DTSTART"] == "20260329T080000Z"


# Who gets it


def test_without_a_group_each_gets_the_same_file_in_their_own_chat() -> None:
    bubbles = fixed("19:00")

    assert [(one.chat, one.text) for one in bubbles] == [("ann", "The date."), ("bo", "The date.")]
    assert len({one.file for one in bubbles}) == 1
    assert bubbles[0].file is not None
    assert bubbles[0].file[0] == FILE_NAME


def test_in_a_group_it_comes_once_for_both() -> None:
    assert [one.chat for one in fixed("19:00", place="pair")] == ["pair"]


def test_without_an_hour_there_is_no_file_and_it_goes_on() -> None:
    assert fixed("Whenever") == []


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "none none 90",
        "2026-03-02 19",
        "2026-03-02 19 90 more",
        "2026-03-02 -1 90",
        "2026-13-45 19 90",
        "2026-03-02 99 90",
    ],
)
def test_a_value_that_is_no_date_makes_no_file(value: str) -> None:
    simulator = simulator_with_people(library(value))
    simulator.begin("story.two", {"initiator": "ann", "partner": "bo"})
    for name in ("ann", "bo"):
        simulator.press(name, "Yes")
    simulator.press("ann", next(iter(simulator.labels("ann"))))
    seen = simulator.press("ann", "9:00")

    assert [one.file for one in seen.bubbles] == [None, None]
    assert {one.text for one in seen.bubbles} == {"It is fixed.\n\nA sentence."}


@pytest.mark.parametrize("bad", ["2026-13-45", "2026-02-30", "none", "", "2026-03-0x"])
def test_a_day_that_is_none_has_no_words(bad: str) -> None:
    assert day_words(bad) == ""
    assert day_words(None) == ""


# The days


def test_the_days_ahead_begin_tomorrow_by_ones_own_clock() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    first = {zone: days_ahead(living(zone), late)[0] for zone in ("Europe/Lisbon", "Asia/Tokyo", "")}

    assert first["Europe/Lisbon"] == ("2026-03-02", "Monday 2 March")
    assert first["Asia/Tokyo"] == ("2026-03-03", "Tuesday 3 March")
    assert first[""] == ("2026-03-02", "Monday 2 March")
    days = days_ahead(None, late)
    assert len(days) == len({day for day, _ in days}) == DAYS
    assert [day_words(day) for day, _ in days] == [label for _, label in days]


def living(zone: str) -> Person:
    return Person(1, 1001, NOW, profile=Profile("Ann", "g3", zone))
