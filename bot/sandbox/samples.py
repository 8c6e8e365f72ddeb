"""What people send besides words: one sample of each kind, with bytes that can be fetched."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.scene import StoredFile

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json

_WIDTH: Final = 640
_HEIGHT: Final = 480


def _chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def _picture() -> bytes:
    """Return a PNG that fades from grey to white."""
    rows = b"".join(b"\0" + bytes([128 + row * 127 // _HEIGHT]) * _WIDTH for row in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


_FILES: Final = {
    "photo": StoredFile("photo.png", "image/png", _picture()),
    "voice": StoredFile("voice.ogg", "audio/ogg", b"OggS" + bytes(20)),
    "sticker": StoredFile("sticker.webp", "image/webp", b"RIFF\x0c\0\0\0WEBPVP8 "),
    "document": StoredFile("letter.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n"),
}


def media(kind: str, number: int, files: dict[str, StoredFile]) -> Json:
    """Return the content of a message of `kind` as a person sends it, and put its file into `files`.

    Kinds: photo, voice, sticker, location, contact, document; KeyError for any other. `number` makes the
    file ids unique.
    """
    stored = _FILES.get(kind)
    size = len(stored.content) if stored else 0
    file_id = f"human-file-{number}"
    file = {"file_id": file_id, "file_unique_id": f"u{number}", "file_size": size}
    samples: dict[str, Any] = {
        "photo": [{**file, "width": _WIDTH, "height": _HEIGHT}],
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
    content = {kind: samples[kind]}
    if stored:
        files[file_id] = stored
    return content
