"""Small pieces of Bot API JSON: lengths as Telegram counts them, found entities, sample media."""

from __future__ import annotations

import re
from typing import Any, Final

Json = dict[str, Any]
"""One JSON object as the Bot API writes it."""

TEXT_LIMIT: Final = 4096
"""Longest message text, in UTF-16 code units after entities are parsed."""

CAPTION_LIMIT: Final = 1024
"""Longest caption, counted the same way."""

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


def media(kind: str, number: int) -> Json:
    """Return the content of a message of `kind` as a person sends it; `number` makes its file ids unique.

    Kinds: photo, voice, sticker, location, contact, document. Raises KeyError for any other.
    """
    file = {"file_id": f"human-file-{number}", "file_unique_id": f"u{number}", "file_size": 20_480}
    samples: dict[str, Any] = {
        "photo": [{**file, "width": 640, "height": 480}],
        "voice": {**file, "duration": 4, "mime_type": "audio/ogg"},
        "sticker": {
            **file,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "\N{SLIGHTLY SMILING FACE}",
        },
        "location": {"latitude": 50.45, "longitude": 30.52},
        "contact": {"phone_number": "+10000000000", "first_name": "Somebody"},
        "document": {**file, "file_name": "letter.pdf", "mime_type": "application/pdf"},
    }
    return {kind: samples[kind]}
