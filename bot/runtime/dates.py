"""A date for two: the days to choose from, and the file that puts it into a calendar (RFC 5545)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.flow.schedule import local_moment
from bot.library.load import LANGUAGE
from bot.library.places import DAY_HOURS, date_name, zone_or_utc

if TYPE_CHECKING:
    from bot.runtime.scene import Scene
    from bot.store.protocol import Person, Run

FILE_NAME = "date.ics"
DAYS = 14
ASKED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d?) (\d{1,3})")
"""What the deed `calendar` is about: a day, an hour, and how many minutes."""


def days_ahead(person: Person | None, now: datetime) -> list[tuple[str, str]]:
    """Return the coming days as (2026-11-28, Saturday 28 November), by the person's clock."""
    today = now.astimezone(zone_or_utc(person.profile.zone if person else "")).date()
    days = [today + timedelta(days=ahead) for ahead in range(1, DAYS + 1)]
    return [(day.isoformat(), date_name(day, LANGUAGE)) for day in days]


def day_words(day: object) -> str:
    """Return a chosen day in words; nothing where none was chosen."""
    found = _day(str(day))
    return date_name(found, LANGUAGE) if found else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def send_date(scene: Scene, person: Person, run: Run, value: str) -> None:
    """Give both the date that one of them chose, as a file; a value that is no date changes nothing."""
    found, day = ASKED.fullmatch(value.strip()), _day(value[:10])
    if found is None or day is None or int(found[2]) >= DAY_HOURS:
        return
    zone = zone_or_utc(person.profile.zone)
    begins = local_moment(day, int(found[2]) * 60, zone)
    title = scene.desk.library.messages["date_title"]
    content = ics(
        run.id, title, scene.now, begins, timedelta(minutes=int(found[3])), floats=not person.profile.zone
    )
    caption = scene.desk.library.messages["date_file"]
    scene.hand_out(run, caption, (FILE_NAME, content))


def ics(  # noqa: PLR0913  an appointment has this many sides
    uid: str, title: str, now: datetime, begins: datetime, lasts: timedelta, *, floats: bool = False
) -> bytes:
    """Return one appointment; times are UTC, so that each phone shows its own.

    One that `floats` has no zone, because nobody told theirs: it is at that hour on whatever phone shows it.
    """
    times = (begins, begins + lasts) if floats else (begins.astimezone(UTC), (begins + lasts).astimezone(UTC))
    first, last = (f"{time:%Y%m%dT%H%M%S}{'' if floats else 'Z'}" for time in times)
    span = (f"DTSTART:{first}", f"DTEND:{last}")
    about = (f"UID:{uid}@alongside", f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}", f"SUMMARY:{escaped(title)}")
    opening = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Alongside//EN", "BEGIN:VEVENT")
    return "\r\n".join([*opening, *about, *span, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def escaped(text: str) -> str:
    """Return text as RFC 5545 (3.3.11) wants it in a value."""
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")
