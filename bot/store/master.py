"""The master key: 32 bytes in base64, in a file or in the environment. It wraps everybody's key."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from bot.store.private import make_folder, prove_private, write_file
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    import os
    from pathlib import Path

KEY_BYTES = 32


def read_master_key(value: str | None, path: Path, *, may_make: bool) -> bytes:
    """Return the master key (32 bytes) from a base64 value, or from its file.

    A missing file is made (mode 0600) only when `may_make`: an existing database without its key must not
    get a new one. Raises StoreRefusedError.
    """
    if value:
        return _decode(value, "MASTER_KEY")
    try:
        if not path.exists():
            if not may_make:
                raise StoreRefusedError(
                    f"the master key file {path} is missing, but there are keys that it made; "
                    "restore it from its backup"
                )
            key = secrets.token_bytes(KEY_BYTES)
            write_master_key(path, key)
            return key
        if path.is_file():
            prove_private(path, "the master key file")
        return _decode(path.read_text(encoding="ascii", errors="replace"), str(path))
    except OSError as error:
        raise StoreRefusedError(f"the master key file {path} cannot be read: {error.strerror}") from None


def write_master_key(path: Path, key: bytes, owner: os.stat_result | None = None) -> None:
    """Put a master key on disk, wholly or not at all. Raises StoreRefusedError."""
    try:
        make_folder(path.parent)
        write_file(path, base64.b64encode(key) + b"\n", owner)
    except OSError as error:
        raise StoreRefusedError(f"the master key file {path} cannot be written: {error.strerror}") from None


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreRefusedError(f"{where} is not a master key: it must be {KEY_BYTES} bytes in base64")
    return key
