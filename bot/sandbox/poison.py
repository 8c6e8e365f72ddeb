"""Updates that are JSON but not what Telegram documents. A bot must not choke on them for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json

_ODD: Final[Json] = {"id": "1001", "is_bot": "no", "first_name": None}

POISONS: Final[tuple[Json, ...]] = (
    {"message": {"message_id": 1, "date": 0, "text": "no chat"}},
    {"message": {"message_id": 1, "date": "yesterday", "chat": {"id": 5, "type": "private"}, "text": "x"}},
    {"message": {"message_id": "7", "date": None, "chat": {"id": "-5"}, "from": _ODD, "text": 5}},
    {"message": {"message_id": 1, "date": 0, "chat": None, "from": None, "text": None}},
    {"message": "only words"},
    {"message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}, "entities": [7]}},
    {"edited_message": {"message_id": None, "edit_date": []}},
    {"callback_query": {"id": 7, "from": "Ann", "data": {"not": "text"}}},
    {"callback_query": {"data": "nobody pressed this"}},
    {"my_chat_member": {"chat": [], "from": None, "date": 0}},
)
"""Each lacks what it must have, or has it in the wrong shape; the ids are given on delivery."""
