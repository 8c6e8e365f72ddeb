"""Everything that is kept, column by column: what for, sealed or not, for how long, and who may see it again.

The one list behind /privacy, the export and the daily tidying. A test holds it against the real tables, and
the content check against the words in `content/privacy.yaml`. A new column is first of all a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Rule = Literal["account", "words", "plan", "received", "sent", "asked", "open", "couple", "invite", "erasing"]
"""How long a thing stays; the days stand in `LASTS`, the words in `content/privacy.yaml`."""

Group = Literal[
    "account", "profile", "answers", "exercises", "rhythm", "plans", "couple", "invites", "waiting",
    "asked", "sending", "received", "key", "erased",
]  # fmt: skip
"""What belongs together in the eyes of the person it is about."""

LASTS: dict[str, timedelta] = {
    "received": timedelta(days=2),
    "parked": timedelta(days=14),
    "sent": timedelta(days=2),
    "asked": timedelta(days=60),
    "invite": timedelta(days=1),
    "idle": timedelta(days=730),
    "warning": timedelta(days=30),
}
"""A message that was dealt with leaves its number for `received`, one that could not be dealt with lies there
for `parked`; what is `sent` and when we `asked` leave a row so long; an `invite` is good
so long. Somebody of whom nothing is heard for
`idle` is erased, and told so `warning` before. (Two days are longer than Telegram's 24 and 48 hours.)"""

TIDIED = ("inbox", "outbox", "fired", "plans", "invites")
"""The tables in which whole rows grow too old."""

FEWEST_MONTHS = 3
"""No words are dropped before that, whatever somebody has chosen."""

ABOUT_NOBODY = frozenset({"alembic_version", "sqlite_sequence"})
"""Tables of the tools: the schema's number, the last number given."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `exported`: it is in what a person gets when they ask for everything."""

    table: str
    column: str
    group: Group
    purpose: str
    stays: Rule = "account"
    sealed: bool = False
    exported: bool = True


def _inner(table: str, column: str, group: Group, purpose: str, stays: Rule = "account") -> Field:
    """Return a column that only says how far the machine has got."""
    return Field(table, column, group, purpose, stays, exported=False)


FIELDS: tuple[Field, ...] = (
    Field("people", "id", "account", "our number for the person"),
    Field("people", "chat_id", "account", "Telegram's number: whose chat it is, and where to write"),
    Field("people", "consent_at", "account", "when they agreed"),
    Field("people", "reachable", "account", "whether Telegram lets us write to them"),
    Field("people", "seen_at", "account", "the last day on which they did something"),
    Field("people", "warned_at", "account", "when we said that the account will end, if it was so"),
    Field("people", "sealed", "profile", "name, stage in life, place, quiet hours, choices", sealed=True),
    Field("sessions", "id", "exercises", "a number nobody can guess, for the buttons"),
    Field("sessions", "flow", "exercises", "which exercise"),
    _inner("sessions", "turn", "exercises", "how many questions have been asked"),
    Field("sessions", "status", "exercises", "open, done or left"),
    _inner("sessions", "version", "exercises", "guards against deciding twice"),
    _inner("sessions", "initiator_id", "exercises", "who takes part"),
    _inner("sessions", "partner_id", "exercises", "who takes part"),
    _inner("sessions", "pair_chat", "exercises", "the group of the two, if it is there"),
    _inner("sessions", "owner", "exercises", "whose key seals where it stands"),
    Field("sessions", "sealed", "answers", "where it stands, and what was opened", "words", sealed=True),
    Field("sessions", "started_at", "exercises", "when it began"),
    Field("sessions", "touched_at", "exercises", "when it last went on"),
    Field("answers", "session_id", "exercises", "which exercise they belong to"),
    _inner("answers", "person_id", "exercises", "whose they are"),
    Field("answers", "answered_at", "exercises", "when"),
    _inner("answers", "words", "exercises", "whether there may be words in them still"),
    Field("answers", "sealed", "answers", "the answers", "words", sealed=True),
    _inner("schedules", "person_id", "rhythm", "whose it is"),
    Field("schedules", "weekday", "rhythm", "the day of the weekly question"),
    Field("schedules", "minute", "rhythm", "its hour"),
    Field("schedules", "zone", "rhythm", "the clock it goes by"),
    Field("schedules", "weeks", "rhythm", "how often"),
    Field("schedules", "slot", "rhythm", "the next regular date"),
    Field("schedules", "wanted", "rhythm", "the moment that was asked for"),
    Field("schedules", "due_at", "rhythm", "when it wakes"),
    Field("schedules", "again", "rhythm", "how often it was put off"),
    Field("schedules", "misses", "rhythm", "unanswered in a row, after which it comes less often"),
    Field("schedules", "eased", "rhythm", "whether it has just become rarer"),
    Field("schedules", "session_id", "rhythm", "the last one"),
    Field("plans", "id", "plans", "a number of its own", "plan"),
    _inner("plans", "person_id", "plans", "whose it is", "plan"),
    Field("plans", "flow", "plans", "the exercise in which it was made", "plan"),
    Field("plans", "state", "plans", "waiting, asked or over", "plan"),
    Field("plans", "made_at", "plans", "when it was made", "plan"),
    Field("plans", "changed_at", "plans", "when it was last looked at", "plan"),
    Field("plans", "due_at", "plans", "when to ask how it went", "plan"),
    _inner("plans", "session_id", "plans", "the question about it", "plan"),
    Field("plans", "sealed", "plans", "its words, and how it went", "plan", sealed=True),
    Field("couples", "id", "couple", "a number of its own", "couple"),
    _inner("couples", "one_id", "couple", "who it is", "couple"),
    _inner("couples", "two_id", "couple", "who it is", "couple"),
    Field("couples", "made_at", "couple", "since when", "couple"),
    Field("couples", "word_sealed", "profile", "the word for a pause", sealed=True),
    _inner("couples", "group_id", "couple", "Telegram's number of the group of the two", "couple"),
    _inner("couples", "thread_id", "couple", "the thread in it, if they talk in one", "couple"),
    _inner("couples", "one_in", "couple", "who has pressed in the group", "couple"),
    _inner("couples", "two_in", "couple", "who has pressed in the group", "couple"),
    _inner("couples", "alone", "couple", "whether only the two were there at the last count", "couple"),
    _inner("couples", "one_rest", "couple", "until when one asks the other nothing more", "couple"),
    _inner("couples", "two_rest", "couple", "until when one asks the other nothing more", "couple"),
    Field("couples", "one_sealed", "profile", "the name before the other", sealed=True, exported=False),
    Field("couples", "two_sealed", "profile", "the name before the other", sealed=True, exported=False),
    _inner("invites", "hash", "invites", "knows the link again, and cannot make it anew", "invite"),
    _inner("invites", "kind", "invites", "to being a couple, or to a group", "invite"),
    _inner("invites", "person_id", "invites", "who made it", "invite"),
    Field("invites", "expires_at", "invites", "until when it is good", "invite"),
    _inner("invites", "asked_id", "invites", "who wants to accept, and waits", "invite"),
    Field("invites", "sealed", "invites", "the name that whoever opens it reads", "invite", sealed=True,
          exported=False),
    Field("invites", "asked_sealed", "invites", "the name of who wants to accept", "invite", sealed=True,
          exported=False),
    _inner("timers", "session_id", "waiting", "the question that does not wait for ever", "open"),
    _inner("timers", "turn", "waiting", "which question of it", "open"),
    _inner("timers", "due_at", "waiting", "until when it waits", "open"),
    _inner("timers", "beat", "waiting", "how far a turn to speak has got", "open"),
    _inner("fired", "person_id", "asked", "who was asked", "asked"),
    Field("fired", "day", "asked", "on which day, so that it is never twice", "asked"),
    Field("fired", "again", "asked", "or once more, because they wanted it", "asked"),
    _inner("outbox", "id", "sending", "keeps the order", "sent"),
    _inner("outbox", "chat_id", "sending", "where to", "sent"),
    _inner("outbox", "kind", "sending", "a reply or an invitation", "sent"),
    _inner("outbox", "state", "sending", "waiting, sent or given up", "sent"),
    _inner("outbox", "person_id", "sending", "to whom", "sent"),
    _inner("outbox", "session_id", "sending", "the question it asks, for its buttons", "sent"),
    _inner("outbox", "turn", "sending", "which question of it", "sent"),
    _inner("outbox", "tries", "sending", "how often it was tried", "sent"),
    _inner("outbox", "not_before", "sending", "how long to wait", "sent"),
    _inner("outbox", "good_until", "sending", "after which it is not sent any more", "sent"),
    _inner("outbox", "sensitive", "sending", "whether /exit takes it out of the chat", "sent"),
    _inner("outbox", "message_id", "sending", "Telegram's number, for its buttons", "sent"),
    _inner("outbox", "sent_at", "sending", "when", "sent"),
    _inner("outbox", "reason", "sending", "why it was given up", "sent"),
    Field("outbox", "sealed", "sending", "the message, until it is sent", "sent", sealed=True,
          exported=False),
    _inner("inbox", "update_id", "received", "Telegram's number, so that nothing is done twice", "received"),
    _inner("inbox", "state", "received", "waiting, done or set aside", "received"),
    _inner("inbox", "received_at", "received", "when", "received"),
    _inner("inbox", "tries", "received", "how often it was tried", "received"),
    _inner("inbox", "reason", "received", "why it was set aside", "received"),
    Field("inbox", "sealed", "received", "what came, until it is dealt with", "received", sealed=True,
          exported=False),
    _inner("key", "owner", "key", "whose key"),
    Field("key", "wrapped", "key", "the key that opens what is sealed", sealed=True, exported=False),
    _inner("doomed", "person_id", "erased", "whose key is to be destroyed next", "erasing"),
    _inner("erased", "owner", "erased", "whose key is still to leave its copies", "erasing"),
)  # fmt: skip
"""Every column. Both files: `alongside.db`, and `keys.db` with `key` and `erased`."""
