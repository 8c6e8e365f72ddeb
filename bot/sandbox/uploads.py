"""Files: uploaded with the call, named by an id the bot got earlier, or fetched by it."""

from __future__ import annotations

import struct
from pathlib import PurePath
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


def path_of(file_id: str, stored: StoredFile) -> str:
    """Return the path under `/file/bot<token>/` from which a file is fetched."""
    folder = "photos" if stored.mime_type.startswith("image/") else "documents"
    suffix = PurePath(stored.name).suffix
    plain = suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ""
    return f"{folder}/{file_id}{plain}"


def id_in(path: str) -> str:
    """Return the file id in a path that `path_of` made."""
    return path.rpartition("/")[2].partition(".")[0]
