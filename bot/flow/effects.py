"""What is to happen after a step. The engine only lists effects; `runtime` carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.flow.model import Role, Share, Where

HintKey = Literal["noted_ready", "needs_button", "needs_text", "too_long", "changed"]
NoteKey = Literal["paused", "back", "waits", "ended"]
AckKey = Literal[
    "", "old", "done", "pick_more", "pick_fewer", "noted", "noted_sealed", "is_paused", "other_turn"
]


@dataclass(frozen=True, slots=True)
class Say:
    """Say the node's words to these roles; with a keyboard when it `asks`, whose buttons name `turn`.

    `again`: somebody alone asked to see it once more.
    """

    to: tuple[Role, ...]
    where: Where
    node: str
    turn: int
    asks: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """Say one of the bot's own sentences, privately."""

    to: Role
    key: HintKey


@dataclass(frozen=True, slots=True)
class Note:
    """Say one of the bot's own sentences to both, where their questions stand."""

    key: NoteKey


@dataclass(frozen=True, slots=True)
class Reveal:
    """`of`'s answer to `node` is from now on open to `to`, at the level its owner chose."""

    of: Role
    to: Role
    node: str
    level: Share


@dataclass(frozen=True, slots=True)
class CloseKeyboard:
    """The question of `turn` is over; `chosen` is the button to leave visible, where it may be seen.

    With `role` it is over for them alone.
    """

    turn: int
    chosen: str | None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Redraw:
    """Draw the keyboard of `turn` anew: a many-choice or ranking is half done."""

    role: Role
    turn: int
    node: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Send `TimedOut(turn)` after `seconds`."""

    turn: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep something about a person for good. `source` is Jinja; None keeps the answer to `node`."""

    role: Role
    name: str
    node: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Do:
    """Carry out something for a person that is no conversation: send them all that is kept, erase them.

    `source` is Jinja: what the deed is about.
    """

    role: Role
    name: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """When all this is done, go on with another flow; `flow` is its id, or Jinja source that gives one."""

    flow: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Answer the press itself, or words that were typed: silently, or with one short line."""

    role: Role
    key: AckKey


Effect = Say | Hint | Note | Reveal | CloseKeyboard | Redraw | SetTimer | Remember | Do | Begin | Ack
