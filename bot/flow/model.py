"""What an author writes, as checked data: a `Flow` of `Node`s.

The two rules of the house stand here. A node *says* something and may *ask* something; nothing else
makes a session wait. Ids are for ever: sessions, buttons and answers name nodes and choices by id.

Words are kept as the author wrote them (Jinja source); only `library` renders them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["initiator", "partner"]
Who = Literal["initiator", "partner", "anyone", "everyone"]
Where = Literal["here", "private", "pair"]
Share = Literal["keep", "theme", "match", "words"]

ROLES: tuple[Role, ...] = ("initiator", "partner")
SHARES: tuple[Share, ...] = ("keep", "theme", "match", "words")
"""From closed to open. `theme`: only the button pressed where this was asked; `match`: what both picked."""

PLAN = "plan"
"""The deed that keeps a line as a plan, to be asked about once."""

END = "end"
"""The `next:` that ends a flow."""

MAX_STEPS = 100
"""Nodes passed without a wait before the engine calls it a loop."""

MAX_TRAIL = 50
"""Questions that `back` can return through."""

MAX_DRAFT = 20_000
"""Letters kept of words that were too long to take."""

# Choice ids that the engine gives a meaning; an author cannot use them for their own buttons.
BACK, SKIP, DONE, AGAIN = "back", "skip", "done", "again"
OVER = "over"
RESERVED = frozenset({BACK, SKIP, DONE, AGAIN, OVER, "else", END})

PAUSE, STOP = "_pause", "_stop"
"""Under each question that two see together; no author's choice can bear such an id."""

PAUSE_SECONDS = 20 * 60
"""How long a pause of two lasts at least: the body needs about that to calm down (practice wisdom)."""

HELD_SECONDS = 24 * 3600
"""How long two are waited for who are not alone, before what they had begun ends."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: a stable id and its label (Jinja source)."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A question answered by one button; `source` names a list made at run time in place of `choices`."""

    choices: tuple[Choice, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PickMany:
    """A question answered by `least` to `most` buttons and then Done."""

    choices: tuple[Choice, ...]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Rank:
    """A question answered by pressing every choice once, the dearest first."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A question answered by a whole number from `low` to `high`; both ends are told in words."""

    low: int
    high: int
    low_words: str
    high_words: str


@dataclass(frozen=True, slots=True)
class Text:
    """A question answered in the person's own words, at most `limit` characters.

    Words that are not `kept` can be said back in the next message, and are never stored.
    """

    limit: int
    kept: bool = True


Ask = Pick | PickMany | Rank | Scale | Text


@dataclass(frozen=True, slots=True)
class Branch:
    """Go to `next` when the condition (a Jinja expression) holds."""

    when: str
    next: str


@dataclass(frozen=True, slots=True)
class Timeout:
    """Go to `next` when nobody has answered for `seconds`."""

    seconds: int
    next: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One person's turn to speak: `seconds`, shown as a bar; after `messages` written ones it is `over`."""

    seconds: int
    messages: int


@dataclass(frozen=True, slots=True)
class Action:
    """What a node does once it is passed.

    It remembers a value under `name`, starts the flow `name` afterwards, or has the deed `name` carried out.
    `value` is Jinja source: without it the answer of the node itself is remembered, and a deed needs none.
    The name of a flow may be Jinja source too, where the person has chosen it.
    """

    do: Literal["remember", "start", "deed"]
    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One thing said or asked.

    `routes` sends each choice id (or `skip`, or `else`) on its way; `branches` are tried before it, in
    order. A node with neither, and without `next`, is an ending. `picture` names a drawing over `say`.

    For two: what is chosen here `shares` the answers to other nodes; words written in reply count as the
    choice `reply`; leaving a `quiet` node looks like giving no answer.
    """

    id: str
    say: str
    ask: Ask | None = None
    who: Who = "initiator"
    where: Where = "here"
    sealed: bool = False
    branches: tuple[Branch, ...] = ()
    routes: Mapping[str, str] = field(default_factory=dict)
    next: str = END
    timeout: Timeout | None = None
    then: tuple[Action, ...] = ()
    skip: bool = False
    back: bool = False
    reveal: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    clock: Clock | None = None
    reply: str | None = None
    quiet: bool = False
    footer: tuple[Choice, ...] = ()
    picture: str | None = None

    def targets(self) -> tuple[str, ...]:
        """Return every node (or END) that can follow this one."""
        late = (self.timeout.next,) if self.timeout else ()
        return (*(branch.next for branch in self.branches), *self.routes.values(), self.next, *late)


@dataclass(frozen=True, slots=True)
class About:
    """What the shelf label says: codes of the mission, minutes, gate, evidence, and how it is reached.

    `kind` is `exercise`, `nudge`, or `page` (a menu or a form: not counted as practice). A flow with
    `stores: false` keeps nothing at all: its buttons carry its whole state. What a `sensitive` flow has said
    is deleted when the person leaves in a hurry. `again` is after how many weeks it may be offered once more;
    `asks` is a question of its own that stands in its gate.
    """

    title: str
    tags: tuple[str, ...]
    minutes: int
    gate: str
    evidence: str
    kind: Literal["exercise", "nudge", "page"]
    command: str | None
    hint: str
    stores: bool
    sensitive: bool = True
    again: int = 26
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole exercise: where it starts, its nodes by id, and `moved` for node ids that were renamed.

    `behind_gate` is where it starts for somebody who has just passed its gate; empty where it has none.
    """

    id: str
    about: About
    roles: tuple[Role, ...]
    start: str
    nodes: Mapping[str, Node]
    moved: Mapping[str, str] = field(default_factory=dict)
    behind_gate: str = ""

    def find(self, node_id: str) -> Node | None:
        """Return the node with this id, following renames, or None when it is gone."""
        return self.nodes.get(node_id) or self.nodes.get(self.moved.get(node_id, ""))
