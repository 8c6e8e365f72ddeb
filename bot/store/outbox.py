"""What is on its way out: the part of a unit of work about messages that wait, were sent or given up."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from bot.store.protocol import Message
from bot.store.rows import Ids, moment_or_none, ms_or_none, to_ms
from bot.store.vault import THE_BOT, Vault, VaultError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class OutboxWork:
    """The part of `protocol.Work` about the outbox."""

    _db: Any
    _q: Any
    _vault: Vault
    _ids: Ids

    def next_message_id(self, now: datetime) -> int:
        return self._ids.next(to_ms(now))

    def add_message(self, message: Message) -> None:
        self._q.add_message(
            self._db,
            id=message.id,
            chat_id=message.chat_id,
            kind=message.kind,
            person_id=message.person_id,
            session_id=message.run_id,
            turn=message.turn,
            not_before=ms_or_none(message.not_before),
            good_until=ms_or_none(message.good_until),
            sensitive=int(message.sensitive),
            sealed=self._vault.seal(
                message.person_id or THE_BOT, f"outbox|{message.id}", orjson.dumps(message.body)
            ),
        )

    def waiting_messages(self) -> list[Message]:
        self._q.give_up_half_sent_nudges(self._db)
        return self._messages(self._q.waiting_replies(self._db))

    def drop_nudges(self, person_id: int) -> None:
        self._q.drop_nudges(self._db, person_id=person_id)

    def claim_nudges(self, now: datetime, limit: int) -> list[Message]:
        self._q.give_up_late_nudges(self._db, now=to_ms(now))
        claimed = self._messages(self._q.nudges_to_send(self._db, now=to_ms(now), most=limit))
        for message in claimed:
            self._q.claim_message(self._db, id=message.id)
        return claimed

    def _messages(self, rows: Iterable[tuple[Any, ...]]) -> list[Message]:
        found = []
        for *row, not_before, sensitive, sealed in list(rows):
            number, chat_id, kind, person_id, run_id, turn, tries = row
            try:
                body = orjson.loads(self._vault.open(person_id or THE_BOT, f"outbox|{number}", sealed))
            except VaultError:
                # One row that does not open must not keep the others from being sent.
                self._q.park_message(self._db, id=number, reason="sealed")
                continue
            where = (person_id, run_id, turn, tries, moment_or_none(not_before))
            found.append(Message(number, chat_id, kind, body, *where, sensitive=bool(sensitive)))
        return found

    def message_sent(self, message: Message, message_id: int | None, at: datetime) -> None:
        if _of_nobody(message):
            self.drop_message(message)
        else:
            self._q.message_sent(self._db, id=message.id, message_id=message_id, sent_at=to_ms(at))

    def message_later(self, message: Message, not_before: datetime) -> None:
        self._q.message_later(self._db, id=message.id, not_before=to_ms(not_before))

    def park_message(self, message: Message, reason: str) -> None:
        if _of_nobody(message):
            self.drop_message(message)
        else:
            self._q.park_message(self._db, id=message.id, reason=reason)

    def drop_message(self, message: Message) -> None:
        self._q.drop_message(self._db, id=message.id)

    def sent_message_id(self, run_id: str, turn: int, chat_id: int) -> int | None:
        found = self._q.sent_message_id(self._db, session_id=run_id, turn=turn, chat_id=chat_id)
        return None if found is None else int(found)


def _of_nobody(message: Message) -> bool:
    """Say whether no row may stay: it was for a stranger, and no exercise of two needs its number."""
    return message.person_id is None and message.run_id is None
