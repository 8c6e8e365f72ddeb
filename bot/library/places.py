"""From "what does your clock show?" to a time zone, so that nobody types an IANA name.

Babel knows which city stands for a zone in each language; `zones.yaml` says which places come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

if TYPE_CHECKING:
    from datetime import date

Option = tuple[str, str]
"""A choice id and its label."""

HOUR = timedelta(hours=1)
DAY_HOURS = 24
MOST_SHOWN = 12
MOST_MORE = 90


@dataclass(frozen=True, slots=True)
class Places:
    """The zones to offer first, in order, and the language their cities are named in."""

    first: tuple[str, ...]
    language: str = "en"

    def clock_hours(self, now: datetime) -> list[Option]:
        """Return the 24 hours a clock can show; the id is the distance to UTC, so it keeps its meaning."""
        return [(str((hour - now.hour) % DAY_HOURS), _hour_label(hour)) for hour in range(DAY_HOURS)]

    def cities(self, distance: str | None, now: datetime) -> list[Option]:
        """Return up to a dozen well-known cities whose clocks fit."""
        zones = [zone for zone in self.first if _fits(zone, distance, now)]
        return [(_zone_key(zone), city_name(zone, self.language)) for zone in zones[:MOST_SHOWN]]

    def more_cities(self, distance: str | None, now: datetime) -> list[Option]:
        """Return the other cities whose clocks fit, by name."""
        shown = {name for _, name in self.cities(distance, now)}
        fitting = (zone for zone in _all_zones() if _fits(zone, distance, now))
        zones = [zone for zone in fitting if city_name(zone, self.language) not in shown]
        named = sorted({city_name(zone, self.language): _zone_key(zone) for zone in zones}.items())
        return [(key, name) for name, key in named[:MOST_MORE]]

    def zone_of(self, key: str) -> str | None:
        """Return the IANA name behind a choice id, or None."""
        first = next((zone for zone in self.first if _zone_key(zone) == key), None)
        return first or _zones_by_key().get(key)


def _hour_label(hour: int) -> str:
    """Return both ways of writing an hour: `14 (2 pm)`."""
    half = "am" if hour < DAY_HOURS // 2 else "pm"
    return f"{hour:02d} ({hour % 12 or 12} {half})"


def _fits(zone: str, distance: str | None, now: datetime) -> bool:
    """Say whether the zone's clock shows this hour; half hours count for both of their neighbours."""
    if distance is None or not distance.isdecimal():
        return False
    offset = now.astimezone(_zone(zone)).utcoffset()
    if offset is None:
        return False
    away = (offset - int(distance) * HOUR) % (DAY_HOURS * HOUR)
    return away < HOUR or away > (DAY_HOURS - 1) * HOUR


def _zone_key(zone: str) -> str:
    """Return a choice id of at most 20 letters that stands for the zone."""
    return zone.rsplit("/", maxsplit=1)[-1].lower().replace("_", "-")[:20]


@lru_cache(maxsize=1)
def _all_zones() -> tuple[str, ...]:
    """Return the geographic zones that have a country: the others are old names and machine zones."""
    from babel.core import get_global  # noqa: PLC0415  a large table, needed once in a life

    territories = get_global("zone_territories")
    aliases = get_global("zone_aliases")
    return tuple(
        sorted(zone for zone in territories if zone in _known() and zone not in aliases and _is_place(zone))
    )


def _is_place(zone: str) -> bool:
    return "/" in zone and not zone.startswith(("Etc/", "Antarctica/"))


def country_of(zone: str) -> str:
    """Return the two-letter code, in lower case, of the country whose clock this is, or nothing."""
    from babel.core import get_global  # noqa: PLC0415  as above

    return str(get_global("zone_territories").get(zone, "")).lower()


@lru_cache(maxsize=1)
def _zones_by_key() -> dict[str, str]:
    return {_zone_key(zone): zone for zone in reversed(_all_zones())}


@lru_cache(maxsize=4096)
def city_name(zone: str, language: str) -> str:
    """Return the city that stands for a zone, in this language."""
    from babel.dates import get_timezone_location  # noqa: PLC0415  slow to import, rarely needed

    # Some are told with their country, as in "Argentina/Buenos Aires".
    return str(get_timezone_location(zone, locale=language, return_city=True)).rsplit("/", maxsplit=1)[-1]


def day_name(weekday: int, language: str) -> str:
    """Return the name of a weekday (0 = Monday) in this language."""
    from babel.dates import get_day_names  # noqa: PLC0415  as above

    return str(get_day_names("wide", locale=language)[weekday])


def hour_name(moment: datetime, zone: str, language: str) -> str:
    """Return a moment as `Saturday 18:00`, by the clock of a zone; without one, `Saturday 18:00 UTC`."""
    wall = moment.astimezone(zone_or_utc(zone))
    return f"{day_name(wall.weekday(), language)} {wall:%H:%M}{'' if zone else ' UTC'}"


def date_name(day: date, language: str) -> str:
    """Return a day as `Saturday 28 November`, in this language."""
    from babel.dates import format_date  # noqa: PLC0415  as above

    return str(format_date(day, "EEEE d MMMM", locale=language))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Return the zones of this machine: finding them walks hundreds of files."""
    return frozenset(available_timezones())


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_or_utc(name: str) -> ZoneInfo:
    """Return the zone, or UTC when this machine does not know it (any more)."""
    try:
        return _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    """Say whether this machine knows the zone."""
    return name in _known()
