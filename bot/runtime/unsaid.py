"""What must not be said any more, though it waits to be sent: to, or of, somebody who has gone for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.runtime.events import Outcome
    from bot.store.protocol import Message


class Unsaid:
    """Who was erased, and which exercises of two were theirs."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._people: set[int | None] = set()
        self._runs: set[str | None] = set()

    def add(self, outcome: Outcome) -> None:
        """Remember whom a turn has erased."""
        self._people |= outcome.forgotten
        self._runs |= outcome.silenced

    def covers(self, message: Message) -> bool:
        """Say whether a message is not to be sent."""
        return message.person_id in self._people or message.run_id in self._runs
