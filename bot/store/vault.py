"""Seals words: AES-256-GCM with a data key per person, each wrapped by the master key (rule 9).

A sealed value is `nonce (12 bytes) + ciphertext + tag (16 bytes)`. The associated data names table, row and
owner, so that a value moved elsewhere does not open. Wrapped keys live in `keys.db`, apart from the data:
destroying a person's key makes their words unreadable in every copy of the database. Owner 0 is the bot
itself: it seals raw updates and what is said to people who have not agreed to anything yet.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.master import KEY_BYTES
from bot.store.private import make_file
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from pathlib import Path

NONCE_BYTES = 12
THE_BOT = 0
KEPT_READY = 4096
"""Unwrapped keys held in memory."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (owner INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS erased (owner INTEGER PRIMARY KEY);
"""


class VaultError(Exception):
    """Something sealed does not open: another key, another place, or a damaged row.

    The fault of one row, not of the store: it is dealt with where that row is, and trying again is no help.
    """


def unwrap(master: bytes, owner: int, wrapped: bytes) -> bytes:
    """Open a wrapped key with its master key. Raises VaultError."""
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrapping(owner))
    except (InvalidTag, ValueError):
        message = "a wrapped key does not open"
        raise VaultError(message) from None


def wrap(master: bytes, owner: int, key: bytes) -> bytes:
    """Seal an owner's key with a master key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, key, _wrapping(owner))


class Vault:
    """Seals and opens, and keeps the wrapped keys. Belongs to the store's thread."""

    def __init__(self, master: bytes, path: Path | str) -> None:
        """Open the file of wrapped keys (`:memory:` for tests). Raises StoreRefusedError."""
        self._master = master
        self._ready: OrderedDict[int, AESGCM] = OrderedDict()
        self._fresh: list[int] = []
        try:
            make_file(path)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; {_SCHEMA}"
            )
            known = self._wrapped(THE_BOT)
            if known is None:
                self.make(THE_BOT)
                self.commit()
            else:
                self._unwrap(THE_BOT, known)
        except sqlite3.Error as error:
            message = f"the key file {path} cannot be opened ({error}); restore it from its backup"
            raise StoreRefusedError(message) from None
        except VaultError:
            message = f"the master key does not fit the key file {path}; use the key that it was made with"
            raise StoreRefusedError(message) from None

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for a purpose (sealing buttons, say), the same at every start."""
        key = unwrap(self._master, THE_BOT, self._wrapped(THE_BOT) or b"")
        return hmac.digest(key, purpose.encode(), "sha256")

    def make(self, owner: int) -> None:
        """Make a key for this owner, durable with the next `commit`."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
        key = secrets.token_bytes(KEY_BYTES)
        wrapped = wrap(self._master, owner, key)
        self._db.execute("DELETE FROM erased WHERE owner = ?", (owner,))
        self._db.execute("INSERT OR REPLACE INTO key VALUES (?, ?)", (owner, wrapped))
        self._hold(owner, AESGCM(key))
        self._fresh.append(owner)

    def owners(self) -> set[int]:
        """Return who has a key: whoever has none cannot be read any more."""
        return {owner for (owner,) in self._db.execute("SELECT owner FROM key")}

    def erased(self) -> set[int]:
        """Return whose key was destroyed, and may still be in a copy."""
        return {owner for (owner,) in self._db.execute("SELECT owner FROM erased")}

    def forget_erased(self, owners: set[int]) -> None:
        """Drop the numbers of those whose key is in no copy any more."""
        self._db.executemany("DELETE FROM erased WHERE owner = ?", [(owner,) for owner in owners])

    def copy_to(self, path: Path) -> None:
        """Write a whole copy of the wrapped keys into an empty file. Raises sqlite3.Error."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def commit(self) -> None:
        """Put new keys on disk; must come before the commit of rows sealed with them."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._fresh.clear()

    def rollback(self) -> None:
        """Forget the keys made since the last commit."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        for owner in self._fresh:
            self._ready.pop(owner, None)
        self._fresh.clear()

    def destroy(self, owner: int) -> None:
        """Destroy a key for good: nothing sealed with it opens again, in no backup."""
        self.commit()
        self._ready.pop(owner, None)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM key WHERE owner = ?", (owner,))
        # The number alone stays: it tells which copies of the keys must go (store/backup.py).
        self._db.execute("INSERT OR IGNORE INTO erased VALUES (?)", (owner,))
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def rewrap(self, master: bytes) -> int:
        """Wrap every key with another master key, all in one commit; return how many. Raises VaultError."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            rows = self._db.execute("SELECT owner, wrapped FROM key").fetchall()
            for owner, wrapped in rows:
                anew = wrap(master, owner, unwrap(self._master, owner, wrapped))
                self._db.execute("UPDATE key SET wrapped = ? WHERE owner = ?", (anew, owner))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._master = master
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(rows)

    def seal(self, owner: int, place: str, clear: bytes) -> bytes:
        """Seal bytes for an owner at a place (`table|row`). Raises VaultError without a key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._key(owner).encrypt(nonce, clear, f"{place}|{owner}".encode())

    def open(self, owner: int, place: str, sealed: bytes) -> bytes:
        """Open what `seal` made for the same owner and place. Raises VaultError."""
        try:
            return self._key(owner).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{place}|{owner}".encode()
            )
        except (InvalidTag, ValueError):
            message = f"a sealed value of {place.split('|', maxsplit=1)[0]} does not open"
            raise VaultError(message) from None

    def close(self) -> None:
        """Let go of the file."""
        self.commit()
        self._db.close()

    def _key(self, owner: int) -> AESGCM:
        ready = self._ready.get(owner)
        if ready is not None:
            self._ready.move_to_end(owner)
            return ready
        wrapped = self._wrapped(owner)
        if wrapped is None:
            message = "there is no key for this owner"
            raise VaultError(message)
        key = self._unwrap(owner, wrapped)
        self._hold(owner, key)
        return key

    def _hold(self, owner: int, key: AESGCM) -> None:
        self._ready[owner] = key
        if len(self._ready) > KEPT_READY:
            self._ready.popitem(last=False)

    def _wrapped(self, owner: int) -> bytes | None:
        row = self._db.execute("SELECT wrapped FROM key WHERE owner = ?", (owner,)).fetchone()
        return row[0] if row else None

    def _unwrap(self, owner: int, wrapped: bytes) -> AESGCM:
        return AESGCM(unwrap(self._master, owner, wrapped))


def _wrapping(owner: int) -> bytes:
    return f"key|{owner}".encode()
