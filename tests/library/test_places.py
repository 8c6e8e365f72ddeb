"""From "what does your clock show?" to a time zone: each place fits the clock and leads back to its zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.places import Places, _all_zones, _zone_key, city_name, is_zone, zone_or_utc

FIRST = (
    "Europe/Kyiv", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Australia/Adelaide",
    "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
    "Pacific/Marquesas", "Antarctica/Troll", "Asia/Tokyo", "Pacific/Honolulu", "Pacific/Pago_Pago",
)  # fmt: skip
PLACES = Places(FIRST)

# Winter and summer in both halves, hours at which clocks are changed, and odd minutes.
DATES = [
    datetime(2026, 1, 15, 12, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 1, tzinfo=UTC),
    datetime(2026, 7, 15, 23, 47, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
]
DISTANCES = [str(hours) for hours in range(24)]
ZONES = st.sampled_from(sorted(_all_zones()))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


def off_by(zone: str, distance: str, now: datetime) -> timedelta:
    """Return how far a zone's clock is from the one that was described."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    day = timedelta(days=1)
    away = (offset - timedelta(hours=int(distance))) % day
    return min(away, day - away)


@cache
def offered(distance: str, now: datetime) -> tuple[tuple[str, str], ...]:
    return (*PLACES.cities(distance, now), *PLACES.more_cities(distance, now))


def test_a_clock_has_24_hours_in_both_ways_of_writing() -> None:
    hours = PLACES.clock_hours(datetime(2026, 3, 2, 12, 34, tzinfo=UTC))

    labels = [label for _, label in hours]
    assert (labels[0], labels[1], labels[12], labels[14], labels[23]) == (
        "00 (12 am)", "01 (1 am)", "12 (12 pm)", "14 (2 pm)", "23 (11 pm)",
    )  # fmt: skip
    assert len({key for key, _ in hours}) == len(set(labels)) == 24
    assert {label: key for key, label in hours}["14 (2 pm)"] == "2"


@given(now=MOMENTS, zone=ZONES, minutes=st.integers(0, 180))
def test_a_pressed_hour_means_the_same_minutes_later(now: datetime, zone: str, minutes: int) -> None:
    """The button was drawn at `now` and is pressed later: its id is a distance and not an hour."""
    shown = now.astimezone(ZoneInfo(zone)).hour
    key = PLACES.clock_hours(now)[shown][0]

    later = now + timedelta(minutes=minutes)
    there = ZoneInfo(zone)
    if later.astimezone(there).utcoffset() == now.astimezone(there).utcoffset():
        assert off_by(zone, key, later) < timedelta(hours=1)
    assert Places((zone,)).cities(key, now) == [(_zone_key(zone), city_name(zone, "en"))]


@given(now=MOMENTS, zone=ZONES)
def test_every_place_is_offered_to_whoever_reads_its_clock(now: datetime, zone: str) -> None:
    key = PLACES.clock_hours(now)[now.astimezone(ZoneInfo(zone)).hour][0]

    names = [name for _, name in (*PLACES.cities(key, now), *PLACES.more_cities(key, now))]
    assert city_name(zone, "en") in names


@pytest.mark.parametrize("now", DATES, ids=str)
@pytest.mark.parametrize("distance", DISTANCES)
def test_every_offered_place_leads_back_to_a_zone_that_fits(distance: str, now: datetime) -> None:
    for key, name in offered(distance, now):
        zone = PLACES.zone_of(key)
        assert zone is not None, key
        assert off_by(zone, distance, now) < timedelta(hours=1)
        assert city_name(zone, "en") == name


@pytest.mark.parametrize("now", DATES, ids=str)
@pytest.mark.parametrize("distance", DISTANCES)
def test_nothing_is_offered_twice_and_all_fits_a_keyboard(distance: str, now: datetime) -> None:
    options = offered(distance, now)

    assert [key for key, times in Counter(key for key, _ in options).items() if times > 1] == []
    assert [name for name, times in Counter(name for _, name in options).items() if times > 1] == []
    assert all(0 < len(key) <= 20 and key.isascii() and 0 < len(name) <= 40 for key, name in options)
    assert len(PLACES.cities(distance, now)) <= 12
    assert len(PLACES.more_cities(distance, now)) <= 90


def test_there_is_a_place_for_every_distance_people_live_at() -> None:
    for now in DATES:
        empty = {distance for distance in DISTANCES if not offered(distance, now)}
        assert empty <= {"12", "14"}, now


def test_the_first_places_keep_their_order() -> None:
    now = DATES[0]

    assert [key for key, _ in PLACES.cities("2", now)] == ["kyiv", "troll"][: len(PLACES.cities("2", now))]
    assert [key for key, _ in PLACES.cities("5", now)] == ["kolkata", "kathmandu"]
    assert [key for key, _ in PLACES.cities("6", now)] == ["kolkata", "kathmandu"]


@pytest.mark.parametrize("distance", [None, "", "-1", "x", "2.0", "none"])
def test_an_hour_that_was_not_chosen_offers_nothing(distance: str | None) -> None:
    assert PLACES.cities(distance, DATES[0]) == []
    assert PLACES.more_cities(distance, DATES[0]) == []


def test_every_zone_comes_back_by_its_key() -> None:
    for zone in (*FIRST, *_all_zones()):
        assert Places((zone,)).zone_of(_zone_key(zone)) == zone
        assert is_zone(zone)
    for zone in FIRST:
        assert PLACES.zone_of(_zone_key(zone)) == zone
    assert PLACES.zone_of("atlantis") is None
    assert PLACES.zone_of("") is None


def test_keys_of_all_zones_are_their_own() -> None:
    twice = [key for key, times in Counter(map(_zone_key, {*FIRST, *_all_zones()})).items() if times > 1]

    assert twice == []


def test_only_real_zones_are_zones() -> None:
    assert is_zone("Asia/Kathmandu")
    for name in ("Europe/Atlantis", "", "/etc/passwd", "../UTC", "Europe", "europe/kyiv"):
        assert not is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Europe/Atlantis", "/etc/passwd", "../../etc/passwd", "Europe", "a\x00b"]
)
def test_a_zone_that_is_gone_from_this_machine_is_utc(name: str) -> None:
    assert zone_or_utc(name) == ZoneInfo("UTC")
    assert zone_or_utc("Asia/Kathmandu") == ZoneInfo("Asia/Kathmandu")
