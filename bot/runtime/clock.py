"""Where the bot learns the time: the only place outside `app.py` that may ask the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware datetime in UTC."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that can be moved forward: the sandbox's week in a second, and the tests' frozen time."""

    def __init__(self, base: Clock | None = None, *, frozen_at: datetime | None = None) -> None:
        """Run beside `base` (the machine's clock when absent), or stand still at `frozen_at`."""
        self._base: Clock = base or SystemClock()
        self._frozen = frozen_at
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the moved time in UTC."""
        return (self._frozen or self._base.now()) + self._ahead

    def move(self, step: timedelta) -> None:
        """Move the clock by `step`; a negative step is how the tests play a clock set back."""
        self._ahead += step

    def reset(self) -> None:
        """Show the base's time again, as if it had never been moved."""
        self._ahead = timedelta()
