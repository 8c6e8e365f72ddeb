"""Small pieces of Bot API JSON: lengths as Telegram counts them, found entities, buttons."""

from __future__ import annotations

import re
from typing import Any, Final

Json = dict[str, Any]
"""One JSON object as the Bot API writes it."""

TEXT_LIMIT: Final = 4096
"""Longest message text, in UTF-16 code units after entities are parsed."""

CAPTION_LIMIT: Final = 1024
"""Longest caption, counted the same way."""

ADMIN_RIGHTS: Final[Json] = dict.fromkeys(
    (
        "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
        "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
    ),
    True,
) | dict.fromkeys(
    ("is_anonymous", "can_promote_members", "can_post_stories", "can_edit_stories", "can_delete_stories"),
    False,
)  # fmt: skip
"""What an administrator of a group may do here."""

_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?P<url>\bhttps?://[^\s<>\"']+)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
)


def length16(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, the unit of every Telegram limit and offset."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """Cut `text` into parts of at most `limit` UTF-16 units, as a Telegram app does with a long paste."""
    if length16(text) <= limit:
        return [text]
    parts: list[str] = []
    part: list[str] = []
    size = 0
    for char in text:
        width = 2 if char > "\uffff" else 1
        if size + width > limit:
            parts.append("".join(part))
            part, size = [], 0
        part.append(char)
        size += width
    return [*parts, "".join(part)]


def found_entities(text: str) -> list[Json]:
    """Return the entities Telegram finds by itself: commands, links and mentions, with UTF-16 offsets."""
    if "/" not in text and "@" not in text:
        return []
    return [
        {
            "type": match.lastgroup,
            "offset": length16(text[: match.start()]),
            "length": length16(match.group()),
        }
        for match in _FOUND.finditer(text)
    ]


def buttons(message: Json) -> list[Json]:
    """Return the inline buttons of `message` in reading order, each `{"text", "callback_data" | "url" …}`."""
    markup: Json = message.get("reply_markup") or {}
    return [button for row in markup.get("inline_keyboard", []) for button in row]


def worded(text: str) -> Json:
    """Return the content of a message of `text`, with the entities that Telegram finds."""
    entities = found_entities(text)
    return {"text": text, "entities": entities} if entities else {"text": text}
