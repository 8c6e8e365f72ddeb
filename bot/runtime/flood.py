"""A measure for each person, taken before any work: nobody's flood becomes everybody's wait.

Twenty updates at once are fine, then one a second; up to fifty more wait their turn, and what comes beyond
that is let go. One number is kept for each person, and only while they are above their measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 20
SECONDS_EACH = 1.0
MOST_WAITING = 50
TELL_EVERY = 60.0
"""Seconds between two notices to one person."""

MOST_HELD = 1000
"""People held in memory before those who have calmed down are looked for."""


@dataclass(slots=True)
class Measure:
    """How far ahead of their time a person is: all is worked off at `even`."""

    even: float
    told: float = float("-inf")


class Flood:
    """Who may be served at once, who waits, and who is too much."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives seconds that only rise."""
        self._now = now
        self._people: dict[int, Measure] = {}
        self._sweep_at = MOST_HELD

    def wait(self, who: int) -> float | None:
        """Count one update of somebody; return how many seconds it waits, or None when it is too much."""
        now = self._now()
        measure = self._people.get(who)
        if measure is None:
            self._sweep(now)
            measure = self._people[who] = Measure(now)
        even = max(measure.even, now) + SECONDS_EACH
        wait = even - now - AT_ONCE * SECONDS_EACH
        if wait > MOST_WAITING * SECONDS_EACH:
            return None
        measure.even = even
        return max(wait, 0.0)

    def may_tell(self, who: int) -> bool:
        """Say whether this person may be told that they go too fast, and count it as done."""
        measure, now = self._people.get(who), self._now()
        if measure is None or now - measure.told < TELL_EVERY:
            return False
        measure.told = now
        return True

    def _sweep(self, now: float) -> None:
        """Forget those who are within their measure again."""
        if len(self._people) < self._sweep_at:
            return
        self._people = {
            who: one for who, one in self._people.items() if one.even > now or one.told > now - TELL_EVERY
        }
        self._sweep_at = max(MOST_HELD, 2 * len(self._people))
