"""The queue of updates: rising ids, confirmed offsets, expiry, and a door for poison."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.faults import NO_TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.sandbox.faults import Trouble
    from bot.sandbox.params import Params
    from bot.sandbox.shapes import Json

DAY: Final = 86_400.0
"""How long Telegram keeps a message nobody fetched, in seconds."""

PRESS_LIFE: Final = 150.0
"""How long Telegram keeps a button press, and how long it may be answered, in seconds."""

_ASKED_FOR_ONLY: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_KINDS: Final = _ASKED_FOR_ONLY | {
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages", "guest_message",
    "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query",
    "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_join_request", "chat_boost",
    "removed_chat_boost", "managed_bot",
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One update that waits. A `repeat` was delivered before; one that is `late` lets the next one pass."""

    update_id: int
    raw: bytes
    expires: float | None
    repeat: bool = False
    late: bool = False

    def expired(self, now: float) -> bool:
        """Whether Telegram would have forgotten it by `now`."""
        return self.expires is not None and self.expires <= now


class UpdateQueue:
    """Updates waiting for the bot, each serialised once; confirmed by asking for a higher offset."""

    def __init__(self, first_id: int = 100_000_001) -> None:
        """Start an empty queue whose first update will be called `first_id`."""
        self.next_id = first_id
        self.on_put: list[Callable[[], None]] = []
        self.trouble: Callable[[], Trouble] = lambda: NO_TROUBLE
        self.allowed: frozenset[str] | None = None
        self._entries: deque[Entry] = deque()

    def __len__(self) -> int:
        """Return how many updates are not confirmed yet; some of them may have expired unseen."""
        return len(self._entries)

    def allow(self, kinds: Iterable[str]) -> None:
        """Queue only these kinds from now on; none named means Telegram's default set."""
        self.allowed = frozenset(kinds) or None

    def put(self, kind: str, body: Json, *, now: float, life: float = DAY) -> Json:
        """Queue one update and return it; without `update_id` when the bot did not ask for this kind.

        `now` is in seconds since the epoch, `life` how many seconds it is kept when not fetched.
        """
        wanted = kind in self.allowed if self.allowed is not None else kind not in _ASKED_FOR_ONLY
        if not wanted:
            return {kind: body}
        trouble = self.trouble()
        if trouble.poison is not None:
            self.inject(trouble.poison)
        update: Json = {"update_id": self.next_id, kind: body}
        raw = orjson.dumps(update)
        self._push(Entry(self.next_id, raw, now + life, late=trouble.late))
        if trouble.twice:
            self._push(Entry(update["update_id"], raw, now + life, repeat=True))
        return update

    def inject(self, update: Json | bytes) -> int:
        """Queue something Telegram might one day send, or never should; return the id it goes under.

        Bytes are sent as they are, whatever they hold; they stand where the update `next_id` would stand.
        A dict without `update_id` is given the next; with an old one it is delivered once more, as a
        repeated delivery would be; with a later one the ids jump there.
        """
        if isinstance(update, bytes):
            return self._push(Entry(self.next_id, update, None))
        body = {"update_id": self.next_id, **update}
        given = body["update_id"]
        if not isinstance(given, int):
            return self._push(Entry(self.next_id, orjson.dumps(body), None))
        return self._push(Entry(given, orjson.dumps(body), None, repeat=given < self.next_id))

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
        self._forget_expired(now)
        chosen: list[Entry] = []
        ids: set[int] = set()
        for entry in self._entries:
            if len(chosen) == limit:
                break
            # A repeat is never in the same reply as the first delivery: it would be no repeat.
            if entry.expired(now) or (entry.repeat and entry.update_id in ids):
                continue
            if entry.update_id >= offset or entry.repeat:
                # A repeat has an id below the bot's offset, so being shown once is its only confirmation.
                entry.repeat = False
                chosen.append(entry)
                ids.add(entry.update_id)
        # Only within one reply: confirming a later one would otherwise forget an earlier one unseen.
        return [entry.raw for entry in _in_order(chosen)]

    def first(self, now: float) -> Entry | None:
        """Return the update that a webhook is to get next."""
        self._forget_expired(now)
        if len(self._entries) > 1 and self._entries[0].late:
            late = self._entries.popleft()
            late.late = False
            self._entries.insert(1, late)
        return next((entry for entry in self._entries if not entry.expired(now)), None)

    def remove(self, entry: Entry) -> None:
        """Forget an update that a webhook took."""
        if self._entries and self._entries[0] is entry:
            self._entries.popleft()
        else:
            self._entries = deque(kept for kept in self._entries if kept is not entry)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._entries.clear()

    def _forget_expired(self, now: float) -> None:
        while self._entries and self._entries[0].expired(now):
            self._entries.popleft()

    def _push(self, entry: Entry) -> int:
        self.next_id = max(self.next_id, entry.update_id + 1)
        self._entries.append(entry)
        for called in self.on_put:
            called()
        return entry.update_id


def _in_order(entries: list[Entry]) -> list[Entry]:
    """Return entries after each that is late has changed places with the next."""
    ordered: list[Entry] = []
    waiting: list[Entry] = []
    for entry in entries:
        if entry.late and not waiting:
            waiting = [entry]
        else:
            ordered += [entry, *waiting]
            waiting = []
    return ordered + waiting


def read_allowed(params: Params) -> list[str] | None:
    """Return `allowed_updates`, None when it is left as it is; ApiError 400 when it is no list of kinds.

    Telegram passes over kinds it does not know, and so do lenient parameters.
    """
    kinds: Any = params.structure("allowed_updates", "allowed_updates")
    if kinds is None:
        return None
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown and not params.lenient:
        raise bad_request(f"can't parse allowed_updates: unknown kind {unknown[0]}")
    return [kind for kind in kinds if kind in _KINDS]
