"""What can happen to a session. Each names who did it; presses and timers name the turn they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.flow.model import Role


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody wrote `text`. `more` says that it continues the message before (Telegram splits at 4,096)."""

    role: Role
    text: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Chose:
    """Somebody pressed the button `choice` of the question asked at `turn`."""

    role: Role
    turn: int
    choice: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The timer set at `turn` ran out."""

    turn: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came (back) to the session and needs to hear its open question again."""

    role: Role


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody leaves; the session ends for everybody, at once and without a reason."""

    role: Role


@dataclass(frozen=True, slots=True)
class Paused:
    """The two break off: for a while that the bot ends by itself, or until they are alone again."""

    alone: bool = True


@dataclass(frozen=True, slots=True)
class Resumed:
    """What held the two up is over."""


Inbound = Said | Chose | TimedOut | Joined | Left | Paused | Resumed
