"""A new master key: every key is wrapped anew, and a kill at any moment leaves all of them readable.

The new key lies beside the old one, under a name of its own, before anything hangs on it. Then all keys are
wrapped with it in one commit; the bot's own wrapped key, which is among them, is the mark that tells which
master key is meant. Only then does the new key take the old one's place. `settle` finishes what a kill has
cut off: after the commit it goes on, before it the new key is dropped.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.store.master import KEY_BYTES, read_master_key, write_master_key
from bot.store.migrate import look
from bot.store.private import sync
from bot.store.protocol import StoreRefusedError
from bot.store.vault import THE_BOT, Vault, VaultError, unwrap

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files

IN_ENVIRONMENT = (
    "the master key stands in MASTER_KEY, where no command can change it; put it into a file with mode 600, "
    "name that in MASTER_KEY_FILE, remove MASTER_KEY, and run this again"
)


def beside(path: Path) -> Path:
    """Return where a new master key waits until everything is wrapped with it."""
    return path.with_name(path.name + ".rotating")


def settle(path: Path, keys: Path) -> Path:
    """Finish a change of the master key that was cut off, or drop it; return the file that is meant.

    Where the folder may not be written (a service sees /etc so), the new key is used from where it waits.
    """
    path = path.resolve()
    fresh = beside(path)
    if not fresh.exists():
        return path
    if fits(path, keys):
        with suppress(OSError):
            fresh.unlink()
            sync(path.parent)
    elif fits(fresh, keys):
        try:
            fresh.rename(path)
            sync(path.parent)
        except OSError:
            return path if not fresh.exists() else fresh
    return path


def rotate(files: Files) -> int:
    """Wrap every key with a new master key; return how many. Raises StoreRefusedError, with nothing changed.

    The caller holds the folder.
    """
    if files.master_key_value:
        raise StoreRefusedError(IN_ENVIRONMENT)
    if not files.keys.exists():
        raise StoreRefusedError("there are no keys yet: the first start makes them, and a master key")
    path = settle(files.master_key, files.keys)
    old = read_master_key(None, path, may_make=False)
    if path.stat().st_dev != path.parent.stat().st_dev:
        raise StoreRefusedError(
            f"the master key file {path} is mounted by itself and cannot be replaced; mount its folder"
        )
    vault = Vault(old, files.keys)
    try:
        new, fresh = secrets.token_bytes(KEY_BYTES), beside(path)
        write_master_key(fresh, new, path.stat())
        count = vault.rewrap(new)
    except VaultError:
        raise StoreRefusedError(
            f"a key in {files.keys} does not open; nothing is changed: restore it from its backup"
        ) from None
    except sqlite3.Error as error:
        raise StoreRefusedError(f"the key file {files.keys} could not be written: {error}") from None
    finally:
        vault.close()
    try:
        fresh.rename(path)
        sync(path.parent)
    except OSError as error:
        raise StoreRefusedError(
            f"all keys hang on the new master key {fresh} now, but it could not take its place "
            f"({error.strerror}); move it to {path} by hand"
        ) from None
    return count


def fits(path: Path, keys: Path) -> bool:
    """Say whether a master key file opens the keys; changes nothing."""
    try:
        master = read_master_key(None, path, may_make=False)
        row = look(keys, "SELECT wrapped FROM key WHERE owner = ?", THE_BOT)
        return row is not None and bool(unwrap(master, THE_BOT, row[0]))
    except (StoreRefusedError, VaultError, sqlite3.Error):
        return False
