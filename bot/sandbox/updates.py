"""The queue of updates: rising ids, confirmed offsets, expiry, and a door for poison."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.sandbox.shapes import Json

DAY: Final = 86_400.0
"""How long Telegram keeps a message nobody fetched, in seconds."""

PRESS_LIFE: Final = 150.0
"""How long Telegram keeps a button press, and how long it may be answered, in seconds."""

_ASKED_FOR_ONLY: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class _Entry:
    update_id: int
    raw: bytes
    expires: float | None
    repeat: bool = False

    def expired(self, now: float) -> bool:
        return self.expires is not None and self.expires <= now


class UpdateQueue:
    """Updates waiting for the bot, each serialised once; confirmed by asking for a higher offset."""

    def __init__(self, first_id: int = 100_000_001) -> None:
        """Start an empty queue whose first update will be called `first_id`."""
        self.next_id = first_id
        self.on_put: Callable[[], None] = lambda: None
        self._entries: deque[_Entry] = deque()
        self._allowed: frozenset[str] | None = None

    def __len__(self) -> int:
        """Return how many updates are not confirmed yet; some of them may have expired unseen."""
        return len(self._entries)

    def allow(self, kinds: Iterable[str]) -> None:
        """Queue only these kinds from now on; none named means Telegram's default set."""
        self._allowed = frozenset(kinds) or None

    def put(self, kind: str, body: Json, *, now: float, life: float = DAY) -> Json:
        """Queue one update and return it; without `update_id` when the bot did not ask for this kind.

        `now` is in seconds since the epoch, `life` how many seconds it is kept when not fetched.
        """
        wanted = kind in self._allowed if self._allowed is not None else kind not in _ASKED_FOR_ONLY
        if not wanted:
            return {kind: body}
        update: Json = {"update_id": self.next_id, kind: body}
        self._push(_Entry(self.next_id, orjson.dumps(update), now + life))
        return update

    def inject(self, update: Json | bytes) -> int:
        """Queue something Telegram might one day send, or never should; return the id it goes under.

        Bytes are sent as they are, whatever they hold; they stand where the update `next_id` would stand.
        A dict without `update_id` is given the next; with an old one it is delivered once more, as a
        repeated delivery would be; with a later one the ids jump there.
        """
        if isinstance(update, bytes):
            return self._push(_Entry(self.next_id, update, None))
        body = {"update_id": self.next_id, **update}
        given = body["update_id"]
        if not isinstance(given, int):
            return self._push(_Entry(self.next_id, orjson.dumps(body), None))
        return self._push(_Entry(given, orjson.dumps(body), None, repeat=given < self.next_id))

    def confirm(self, offset: int) -> None:
        """Forget every update below `offset`; a negative one keeps only the last `-offset`."""
        if offset < 0:
            while len(self._entries) > -offset:
                self._entries.popleft()
            return
        while self._entries and self._entries[0].update_id < offset and not self._entries[0].repeat:
            self._entries.popleft()

    def batch(self, offset: int, limit: int, now: float) -> list[bytes]:
        """Return at most `limit` unconfirmed updates from `offset` on, oldest first, as JSON bytes."""
        while self._entries and self._entries[0].expired(now):
            self._entries.popleft()
        chosen: list[bytes] = []
        for entry in self._entries:
            if len(chosen) == limit:
                break
            if (entry.update_id >= offset or entry.repeat) and not entry.expired(now):
                # A repeat has an id below the bot's offset, so being shown once is its only confirmation.
                entry.repeat = False
                chosen.append(entry.raw)
        return chosen

    def clear(self) -> None:
        """Forget everything that waits."""
        self._entries.clear()

    def _push(self, entry: _Entry) -> int:
        self.next_id = max(self.next_id, entry.update_id + 1)
        self._entries.append(entry)
        self.on_put()
        return entry.update_id
