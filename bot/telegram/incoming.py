"""From a raw update to what happened. Reads only the few fields that are needed, and trusts none of them.

PTB's `Update.de_json` would build every object of an update, and one it cannot build would stop the rest.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from bot.runtime.events import (
    QUOTES,
    Arrived,
    Departed,
    Edited,
    Event,
    Heard,
    Masked,
    Migrated,
    Nothing,
    Pressed,
    Raised,
    Reach,
    Removed,
    Showed,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.telegram.buttons import Seals

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]

NOBODY = frozenset({1087968824, 777000, 136817688})
"""Accounts that stand for an anonymous admin, Telegram itself and a channel: never a person."""

LARGEST = 2**63
"""What a database can hold; Telegram's ids need 52 bits."""

MOST_ACCOUNT = 64

GONE = frozenset({"kicked", "left"})
SHOWN = (
    "photo", "voice", "video", "video_note", "audio", "document", "sticker", "animation", "contact",
    "location", "venue", "poll", "dice", "story", "paid_media", "checklist",
)  # fmt: skip


class UnreadableError(Exception):
    """An update that does not have the shape it should have. Says nothing of its content."""


def parse(raw: bytes, seals: Seals, now: datetime) -> Event:
    """Read one update. Raises UnreadableError."""
    try:
        update = orjson.loads(raw)
        return _event(update, seals, now)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableError(type(error).__name__) from None


def _event(update: dict[str, Any], seals: Seals, now: datetime) -> Event:
    if message := update.get("message"):
        return _message(message, now)
    if query := update.get("callback_query"):
        return _press(query, seals)
    if message := update.get("edited_message"):
        return _edit(message)
    if change := update.get("my_chat_member"):
        chat_id, gone = _number(change["chat"]["id"]), change["new_chat_member"]["status"] in GONE
        if change["chat"]["type"] != "private":
            return _standing(chat_id, change["new_chat_member"]["status"])
        return Reach(chat_id, not gone)
    return Nothing()


def _standing(chat_id: int, status: str) -> Event:
    if status in GONE:
        return Removed(chat_id)
    return Raised(chat_id) if status == "administrator" else Nothing()


def _edit(message: dict[str, Any]) -> Event:
    chat_id, user_id, private = _where(message)
    # A live location is edited every few seconds: only text that was changed is worth a word.
    text = message.get("text")
    if user_id in NOBODY or not isinstance(text, str):
        return Nothing()
    return Edited(chat_id, user_id, private, _clean(text))


def _where(message: dict[str, Any]) -> tuple[int, int, bool]:
    """Return chat, writer and whether the chat is private."""
    chat = message["chat"]
    writer = message.get("from") or {"id": 777000}
    return _number(chat["id"]), _number(writer["id"]), chat["type"] == "private"


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    if not -LARGEST <= value < LARGEST:
        raise OverflowError
    return value


def _message(message: dict[str, Any], now: datetime) -> Event:
    chat_id, user_id, private = _where(message)
    if not private and (happened := _service(chat_id, message)):
        return happened
    if user_id in NOBODY or (message.get("from") or {}).get("is_bot"):
        return Nothing() if private else Masked(chat_id)
    text = message.get("text")
    if isinstance(text, str):
        age = timedelta(seconds=max(0, int(now.timestamp()) - _number(message["date"])))
        topic = message.get("message_thread_id") if message.get("is_topic_message") else None
        thread_id = None if topic is None else _number(topic)
        return Heard(chat_id, user_id, private, _clean(text), age, _account(message["from"]), thread_id)
    if any(kind in message for kind in SHOWN):
        caption = message.get("caption")
        return Showed(chat_id, user_id, private, _clean(caption) if isinstance(caption, str) else "")
    return Nothing()


def _service(chat_id: int, message: dict[str, Any]) -> Event | None:
    """Read what happened to a group; None for a message of somebody."""
    if new := message.get("new_chat_members"):
        return Arrived(chat_id, tuple(_number(one["id"]) for one in new))
    if gone := message.get("left_chat_member"):
        return Departed(chat_id, _number(gone["id"]))
    if to := message.get("migrate_to_chat_id"):
        return Migrated(chat_id, _number(to))
    if old := message.get("migrate_from_chat_id"):
        return Migrated(_number(old), chat_id)
    return None


def _account(user: dict[str, Any]) -> str:
    """Return what Telegram shows of an account: its @name, else the name that somebody gave it."""
    username, name = user.get("username"), user.get("first_name")
    if isinstance(username, str) and username:
        return f"@{_clean(username)}"[:MOST_ACCOUNT]
    # A name can be anything, also one that looks like somebody's @name.
    plain = unicodedata.normalize("NFKC", _clean(name)) if isinstance(name, str) else ""
    shown = "".join(
        one
        for one in plain
        if (one != "@" and one not in QUOTES and unicodedata.category(one)[0] not in "CZ") or one == " "
    )
    return shown.strip()[:MOST_ACCOUNT]


def _clean(text: str) -> str:
    """Drop what no database and no terminal can hold: NUL and half characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _press(query: dict[str, Any], seals: Seals) -> Event:
    message = query.get("message")
    user_id = _number(query["from"]["id"])
    if message is None or user_id in NOBODY:
        return Nothing()
    chat = message["chat"]
    chat_id = _number(chat["id"])
    data = query.get("data")
    payload = seals.read(chat_id, data) if isinstance(data, str) else None
    press_id, message_id = query["id"], _number(message["message_id"])
    if not isinstance(press_id, str):
        raise TypeError
    account = _account(query["from"])
    return Pressed(chat_id, user_id, chat.get("type") == "private", press_id, message_id, payload, account)
