"""What can become of a message on its way: the words in which the edge tells the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from bot.runtime.events import Call
    from bot.store.protocol import Message


class SendError(Exception):
    """A message did not (or may not) have arrived."""


class Later(SendError):  # noqa: N818  an outcome, in one word
    """The platform asks to wait."""

    def __init__(self, wait: timedelta) -> None:
        """Carry how long."""
        super().__init__("asked to wait")
        self.wait = wait


class Moved(SendError):  # noqa: N818  an outcome, in one word
    """The chat has a new id."""

    def __init__(self, chat_id: int) -> None:
        """Carry the new id."""
        super().__init__("the chat has moved")
        self.chat_id = chat_id


class Gone(SendError):  # noqa: N818  an outcome, in one word
    """Nobody can be written to there: blocked, deleted, removed."""


class Refused(SendError):  # noqa: N818  an outcome, in one word
    """The platform will never take this message."""


class Instead(SendError):  # noqa: N818  an outcome, in one word
    """The platform does not take it like this; it may take the same words in another body."""

    def __init__(self, reason: str, body: Mapping[str, Any]) -> None:
        """Carry why, in the log's words, and what to send in its place."""
        super().__init__(reason)
        self.body = body


class NoTopic(Refused):
    """The topic of the group is closed or gone; the group itself is there."""

    def __init__(self) -> None:
        """Say so in the log's words."""
        super().__init__("no topic")


class Unknown(SendError):  # noqa: N818  an outcome, in one word
    """It may have arrived, or not."""


class Revoked(SendError):  # noqa: N818  an outcome, in one word
    """The token is not valid (any more): nothing can be sent at all."""


class Sends(Protocol):
    """Whoever can send."""

    async def send(self, message: Message) -> int | None:
        """Send one message and return its id there. Raises SendError."""
        ...

    async def make(self, call: Call) -> int | None:
        """Make one call; return the number it asked for, if it asked for one. Raises SendError."""
        ...


def without(body: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return a message's body without some of what it says."""
    return {key: value for key, value in body.items() if key not in keys}
