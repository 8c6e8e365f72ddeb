"""Files that the bot sends: uploaded with the call, or named by an id it got earlier."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.scene import StoredFile

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_UNKNOWN_SIZE: Final = (640, 480)


def uploaded(params: Params, field: str, known: dict[str, StoredFile]) -> StoredFile:
    """Return the file that `field` carries: a part of that name, `attach://part`, or a known file id.

    ApiError 400 when there is none, when it is empty, or when the id or address is not known here.
    """
    named = params.text(field)
    stored = params.files.get(named.removeprefix("attach://") if named.startswith("attach://") else field)
    if stored is None and named:
        stored = known.get(named)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
    if stored is None:
        raise bad_request(f"there is no {field} in the request")
    if not stored.content:
        raise bad_request("file must be non-empty")
    return stored


def picture_size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a PNG (a guess for a JPEG); ApiError 400 for what is neither."""
    if content.startswith(_PNG) and len(content) >= 24:  # noqa: PLR2004  (a PNG's first chunk ends there)
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    if content.startswith(_JPEG):
        return _UNKNOWN_SIZE
    raise bad_request("IMAGE_PROCESS_FAILED")
