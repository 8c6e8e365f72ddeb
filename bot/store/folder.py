"""The data folder: what lies in it, who holds it, and whether it may be opened at all.

Whatever is missing, broken or newer is refused with one clear line; nothing fresh is put in its place.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.store.master import read_master_key
from bot.store.migrate import bring_up_to_date, look
from bot.store.private import make_file, make_folder, prove_private
from bot.store.protocol import StoreRefusedError
from bot.store.rotate import settle
from bot.store.vault import THE_BOT, Vault

if TYPE_CHECKING:
    from pathlib import Path


LOCK = "alongside.lock"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the store keeps what: the data folder's two databases, and the master key outside of it."""

    database: Path
    keys: Path
    master_key: Path
    master_key_value: str | None = None


class InUseError(StoreRefusedError):
    """Another process has the data folder."""


class InstanceLock:
    """Holds a data folder for one process; the operating system lets go when the process dies."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises InUseError when another process has it, StoreRefusedError otherwise."""
        try:
            make_folder(folder)
            make_file(folder / LOCK)
            self._file = (folder / LOCK).open("w")
        except OSError as error:
            message = f"the data folder {folder} cannot be written: {error.strerror}"
            raise StoreRefusedError(message) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            message = f"another Alongside is running on the data folder {folder}"
            raise InUseError(message) from None

    def release(self) -> None:
        """Let others have the folder."""
        self._file.close()


def connect(path: Path | str) -> sqlite3.Connection:
    """Open a connection the way this store needs it."""
    make_file(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA temp_store=MEMORY")
    return db


def prepare(files: Files) -> Vault:
    """Check that both halves are there and belong together, migrate, and open the vault.

    Raises StoreRefusedError with one clear line; never makes a fresh file where one is missing or broken.
    """
    try:
        make_folder(files.database.parent)
    except OSError as error:
        message = f"the data folder {files.database.parent} cannot be made: {error.strerror}"
        raise StoreRefusedError(message) from None
    if not os.access(files.database.parent, os.W_OK | os.X_OK):
        message = f"the data folder {files.database.parent} cannot be written"
        raise StoreRefusedError(message)
    prove_private(files.database.parent, "the data folder")
    prove_private(files.keys, "the key file")
    has_data, has_keys = files.database.exists(), files.keys.exists()
    if has_data:
        prove_keys(files.keys)
    if has_keys and not has_data and not _is_first_start(files):
        message = f"there are keys, but the database {files.database} is missing; restore it from a backup"
        raise StoreRefusedError(message)
    place = files.master_key if files.master_key_value else settle(files.master_key, files.keys)
    master = read_master_key(files.master_key_value, place, may_make=not has_data and not has_keys)
    vault = Vault(master, files.keys)
    try:
        bring_up_to_date(files.database)
    except StoreRefusedError:
        vault.close()
        raise
    except sqlite3.Error as error:
        vault.close()
        message = f"the database {files.database} cannot be opened: {error}"
        raise StoreRefusedError(message) from None
    return vault


def prove_keys(keys: Path) -> None:
    """Check the keys of a database that is there, and change nothing. Raises StoreRefusedError."""
    if not keys.exists():
        raise StoreRefusedError(
            f"there is a database, but its key file {keys} is missing; restore it from its backup"
        )
    try:
        whole = look(keys, "PRAGMA quick_check(1)") == ("ok",) and look(
            keys, "SELECT 1 FROM key WHERE owner = ?", THE_BOT
        )
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        raise StoreRefusedError(
            f"the key file {keys} is damaged; it is left as it is: restore it from its backup"
        )


def _is_first_start(files: Files) -> bool:
    """Say whether a start was killed between making the keys and making the database: no person has a key."""
    try:
        return look(files.keys, "SELECT 1 FROM key WHERE owner != ?", THE_BOT) is None
    except sqlite3.DatabaseError as error:
        return "no such table" in str(error)
