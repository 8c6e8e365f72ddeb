"""What reaches the bot from outside, whatever the platform; and what goes out beside the stored messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.store.protocol import Message

Row = list[tuple[str, str]]
"""One row of buttons: (label, payload); a payload that begins with LINK opens that address."""

LINK = "https://"
QUOTES = frozenset('“”„"«»')
"""What would end a quotation early: no name that is shown in quotes may bear it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody wrote text, a command perhaps. `account` is what Telegram shows of them: @name, or a name."""

    chat_id: int
    user_id: int
    private: bool
    text: str
    age: timedelta
    account: str = ""
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button. `payload` is None when its seal was not ours."""

    chat_id: int
    user_id: int
    private: bool
    press_id: str
    message_id: int
    payload: str | None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Showed:
    """Somebody sent something that is not text: a photo, a voice message. Nothing of it is fetched.

    `text` is what is written below it; only the guard looks at it.
    """

    chat_id: int
    user_id: int
    private: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody edited a message that they had sent; only the guard looks at its new text."""

    chat_id: int
    user_id: int
    private: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """A person blocked the bot, or took it back."""

    chat_id: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody has come into a group."""

    chat_id: int
    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Departed:
    """Somebody has gone from a group."""

    chat_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Masked:
    """Something was written in a group by nobody in particular: an anonymous admin, a channel."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Migrated:
    """A group has become a supergroup, with another id."""

    chat_id: int
    to: int


@dataclass(frozen=True, slots=True)
class Removed:
    """The bot was taken out of a group."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Telegram has told how many are in a group; 0 where one of the two is not."""

    chat_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The bot was made an administrator of a group: from now on it sees everything there."""

    chat_id: int


GroupEvent = Arrived | Counted | Departed | Masked | Migrated | Raised | Removed
"""What happens to a group; nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Something that is not for this bot."""


Event = Heard | Pressed | Showed | Edited | Reach | GroupEvent | Nothing


@dataclass(frozen=True, slots=True)
class AnswerPress:
    """Tell Telegram that a press was received, with a short line or none."""

    press_id: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Replace the buttons of a message that was sent; no rows take them away."""

    chat_id: int
    message_id: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Retold:
    """Put other words, and buttons, in the place of a message that was sent."""

    chat_id: int
    message_id: int
    text: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Delete:
    """Take messages of the bot out of a chat: at most a hundred, none older than 48 hours."""

    chat_id: int
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Ask how many are in a group, the bot as well; the answer comes as a turn of its own.

    It is 0 where one of these is not among them: three others are not the two.
    """

    chat_id: int
    with_these: tuple[int, ...] = ()


Call = AnswerPress | Keyboard | Retold | Delete | Count
"""Made after the commit and never stored: losing one leaves a button or a message standing."""


@dataclass(slots=True)
class Outcome:
    """What a turn leaves to do: stored messages to send, calls to make, and whose messages not to send."""

    messages: list[Message] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    nudges: bool = False
    withdrawn: int | None = None
    """The chat whose sensitive messages must not be sent any more, where they still wait."""
    forgotten: set[int] = field(default_factory=set)
    silenced: set[str] = field(default_factory=set)
