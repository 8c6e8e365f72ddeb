"""Files and folders that only their owner may read: how they are made, proven, and put on the disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from bot.store.protocol import StoreRefusedError

OTHERS = 0o077
"""The mode bits that let somebody else in."""

CREDENTIALS = Path("/run/credentials")
"""Where systemd puts a service's credentials: in memory, for it alone; the mode there tells nothing."""


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone; one that is there stays as it is. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_file(path: Path | str) -> None:
    """Make an empty file for its owner alone, unless it is there; who opens it next says what is wrong."""
    if path != ":memory:":
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def prove_private(path: Path, what: str) -> None:
    """Raise StoreRefusedError when others can look into what is there, with the command that mends it."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreRefusedError(f"{what} {path} cannot be looked at: {error.strerror}") from None
    if status.st_mode & OTHERS and not path.resolve().is_relative_to(CREDENTIALS):
        mode = "700" if path.is_dir() else "600"
        raise StoreRefusedError(f"{what} {path} can be read by others; run: chmod {mode} {path}")


def write_file(path: Path, content: bytes, owner: os.stat_result | None = None) -> None:
    """Put a whole file on disk; a kill leaves the old one or the new. Raises OSError.

    `owner` gives it to the owner of another file: whoever types the command may be root.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if owner is not None:
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
