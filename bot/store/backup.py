"""Backups: whole copies of the database and, apart from them and for a shorter time, of the wrapped keys.

A copy gets its final name only when all of it is on the disk. Of the keys only the newest copies are kept: an
old one would bring back the key of somebody who was erased since.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.store.private import make_file, make_folder, sync
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files
    from bot.store.vault import Vault

KEYS_KEPT = timedelta(days=2)
FEWEST, MOST_KEYS = 2, 2
"""Copies kept whatever their age (a clock may jump), and the most copies of the keys."""

_PART = ".part"
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(?:alongside|keys)-(\d{8}T\d{6}Z)\.db")


@dataclass(frozen=True, slots=True)
class Copies:
    """Where a backup is written to: under names that are not yet final, in a folder and in its `keys`."""

    database: Path
    keys: Path


def begin(folder: Path, now: datetime) -> Copies:
    """Make empty files for a backup, and remove what a kill has left of others. Raises StoreError."""
    database = folder / f"alongside-{_stamp(now)}.db{_PART}"
    _begin(database)
    return Copies(database, begin_keys(folder, now))


def begin_keys(folder: Path, now: datetime) -> Path:
    """Make an empty file for a copy of the keys alone. Raises StoreError."""
    keys = folder / "keys" / f"keys-{_stamp(now)}.db{_PART}"
    _begin(keys)
    return keys


def _begin(path: Path) -> None:
    try:
        make_folder(path.parent)
        for left in path.parent.glob(f"*.db{_PART}*"):
            left.unlink()
        make_file(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from None


def finish(copies: Copies) -> Path:
    """Put a written backup on the disk and give it its names; return the database's. Raises StoreError."""
    # Without its keys a copy cannot be read: so they are there before it is.
    _finish(copies.keys)
    return _finish(copies.database)


def _finish(path: Path) -> Path:
    try:
        sync(path)
        finished = path.rename(path.with_suffix(""))
        sync(path.parent)
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    return finished


def renew_keys(vault: Vault, folder: Path | None, now: datetime) -> None:
    """Replace the copies of keys that would bring back somebody who was erased since. Raises StoreError.

    Then it need not be known any longer who that was.
    """
    erased = vault.erased()
    stale = [path for path in found(folder / "keys") if _owners(path) & erased] if folder else []
    if folder and stale:
        fresh = begin_keys(folder, now)
        try:
            vault.copy_to(fresh)
        except sqlite3.Error as error:
            raise StoreError(f"the backup could not be written ({error})") from None
        kept = _finish(fresh)
        for path in stale:
            if path != kept:
                path.unlink(missing_ok=True)
    vault.forget_erased(erased)


def _owners(path: Path) -> set[int]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return {owner for (owner,) in db.execute("SELECT owner FROM key")}
    except sqlite3.Error:
        # Nobody can be brought back from what cannot be read.
        return set()


def prune(folder: Path, now: datetime, days: int) -> None:
    """Remove the copies that have had their time, and those of keys that are not among the newest."""
    for path in _older(found(folder), now - timedelta(days=days)):
        path.unlink(missing_ok=True)
    keys = found(folder / "keys")
    for path in {*_older(keys, now - KEYS_KEPT), *list(keys)[:-MOST_KEYS]}:
        path.unlink(missing_ok=True)


def found(folder: Path) -> dict[Path, datetime]:
    """Return the finished copies in a folder and when they were begun, oldest first."""
    copies = {}
    for path in sorted(folder.glob("*.db")):
        if match := _NAME.fullmatch(path.name):
            copies[path] = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    return copies


def last(folder: Path) -> datetime | None:
    """Return when the newest backup was made."""
    return max(found(folder).values(), default=None)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime(_STAMP)


def _older(copies: dict[Path, datetime], than: datetime) -> list[Path]:
    return [path for path in list(copies)[:-FEWEST] if copies[path] < than]


def at_rest(files: Files, folder: Path, now: datetime) -> Path:
    """Back up a store that nobody has open; the caller holds the folder. Raises StoreError."""
    for path in (files.database, files.keys):
        if not path.exists():
            raise StoreError(f"there is nothing to back up: {path} is missing")
    copies = begin(folder, now)
    _copy(files.database, copies.database)
    _copy(files.keys, copies.keys)
    return finish(copies)


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as db:
            db.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise StoreError(f"the backup could not be written ({error})") from None


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"the backup folder {folder} cannot be written: {error.strerror}")
