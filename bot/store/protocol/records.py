"""What is kept, as plain records that a unit of work reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.flow.model import Role
    from bot.flow.session import Answer, Session

Kind = Literal["reply", "nudge"]
"""What a message is: a reply is repeated when its fate is unknown, a nudge is not (rule 4)."""


class StoreError(Exception):
    """The store could not do its work: the disk is full, the file is broken. Carries no content."""


class StoreRefusedError(StoreError):
    """The store must not be opened as it is; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person told about themself, and how they want to be treated.

    `quiet` is (begins, ends) in minutes of the local day; `country` a two-letter code for the help lines;
    `discreet` asks for messages that give nothing away; with `keep_words` false no free text is kept; free
    text older than `keep_months` is dropped. `safety_on` is when the safety card last came by itself.
    """

    name: str = ""
    stage: str = ""
    zone: str = ""
    quiet: tuple[int, int] = (22 * 60, 8 * 60)
    country: str = ""
    discreet: bool = False
    keep_words: bool = True
    keep_months: int = 12
    safety_on: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who agreed to be here.

    `seen_at` is when they last did something, to the day; `warned_at` when they were told that an account
    nobody uses will end.
    """

    id: int
    chat_id: int
    consent_at: datetime
    reachable: bool = True
    profile: Profile = field(default_factory=Profile)
    seen_at: datetime | None = None
    warned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A stored session: its id, who sits where, and the version that guards against deciding twice.

    Where two sit, `asked` says when each was last asked or answered: for nobody but the bot, and sealed.
    """

    id: str
    session: Session
    seats: Mapping[Role, int]
    started_at: datetime
    touched_at: datetime
    version: int = 0
    pair_chat: int | None = None
    asked: Mapping[Role, datetime] = field(default_factory=dict)

    def asked_at(self, role: Role) -> datetime:
        """Return when this one of them was last asked something here, or answered."""
        return self.asked.get(role, self.touched_at)

    def role_of(self, person_id: int) -> Role | None:
        """Return the role of this person, or None for a stranger."""
        return next((role for role, seated in self.seats.items() if seated == person_id), None)


@dataclass(frozen=True, slots=True)
class Begun:
    """That a run was begun: of which flow, when, and what became of it; nothing of what was answered."""

    run_id: str
    flow: str
    status: str
    started_at: datetime
    touched_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A person's weekly invitation: wall time and zone, and the one moment it next wakes.

    `slot` is the regular date, `wanted` the moment asked for (the slot, or a snooze), `due_at` when to wake,
    after quiet hours; None while it is off. `again` counts snoozes of this slot, `misses` the invitations
    in a row that nobody answered, `run_id` the last one.
    """

    person_id: int
    weekday: int
    minute: int
    zone: str
    weeks: int = 1
    slot: datetime | None = None
    wanted: datetime | None = None
    due_at: datetime | None = None
    again: int = 0
    misses: int = 0
    eased: bool = False
    run_id: str | None = None


PlanState = Literal["new", "waiting", "weekly", "quiet", "asked", "over"]
"""New has no day yet; one that waits is asked about by itself, a weekly one beside the weekly question, a
quiet one never; over is what was answered or let go."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A line that somebody means to do, from which exercise, and when to ask once how it went.

    `outcome` is what they answered: did, partly, not_yet, unsafe; or cancelled. `run_id` is the run that
    speaks of it.
    """

    id: int
    person_id: int
    flow: str
    words: str
    made_at: datetime
    changed_at: datetime
    state: PlanState = "new"
    due_at: datetime | None = None
    run_id: str | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Partner:
    """One of a couple: called `label` before the other, `inside` their group, asking nothing until `rest`."""

    person_id: int
    label: str
    inside: bool = False
    rest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Couple:
    """Two who are here together.

    `word` is their word for a pause, `group_id` their group, `thread_id` the thread in it, if there is one;
    `alone` says that at the last count only the two and the bot were there.
    """

    id: int
    one: Partner
    two: Partner
    made_at: datetime
    word: str = ""
    group_id: int | None = None
    thread_id: int | None = None
    alone: bool = False

    @property
    def bound(self) -> bool:
        """Say whether there is a group, and both have pressed in it."""
        return self.group_id is not None and self.one.inside and self.two.inside

    def of(self, person_id: int) -> Partner:
        """Return the one of the two who is this person. Raises KeyError for a stranger."""
        return self._by_id()[person_id]

    def other(self, person_id: int) -> Partner:
        """Return the one of the two who is not this person. Raises KeyError for a stranger."""
        return self.two if self.of(person_id) is self.one else self.one

    def with_partner(self, partner: Partner) -> Couple:
        """Return the couple with this in place of what was known of that person. Raises KeyError."""
        if self.of(partner.person_id) is self.one:
            return replace(self, one=partner)
        return replace(self, two=partner)

    def _by_id(self) -> dict[int, Partner]:
        return {self.one.person_id: self.one, self.two.person_id: self.two}


InviteKind = Literal["pair", "group"]
"""What an invitation is to: being a couple, or a group of the two."""


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that somebody made, known again by the `hash` of its secret; the secret is not kept.

    `label` is how the other will see whoever made it, `account` the name of their account. `asked_id`
    wants to accept, waits to be confirmed, and would be called `asked_label`, from `asked_account`.
    """

    hash: bytes
    kind: InviteKind
    person_id: int
    expires_at: datetime
    label: str = ""
    asked_id: int | None = None
    asked_label: str = ""
    asked_account: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the outbox. `body` is what to say, as data; a nudge past `good_until` is not sent.

    A `sensitive` one is taken out of the chat when the person leaves in a hurry.
    """

    id: int
    chat_id: int
    kind: Kind
    body: Mapping[str, Any]
    person_id: int | None = None
    run_id: str | None = None
    turn: int = 0
    tries: int = 0
    not_before: datetime | None = None
    good_until: datetime | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier run that came to its end, with the person's own answers."""

    ended_at: datetime
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Stored:
    """One row about a person as it lies on the disk: a sealed column is an int, its length in bytes."""

    table: str
    number: int
    columns: tuple[tuple[str, str | int | None], ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """How many: people, those active lately, runs finished by flow, nudges lately, updates set aside."""

    people: int
    active: int
    finished: Mapping[str, int]
    nudges: int
    parked: int
