"""Seals words: AES-256-GCM with a data key per person, each wrapped by the master key (rule 9).

A sealed value is `nonce (12 bytes) + ciphertext + tag (16 bytes)`. The associated data names table, row and
owner, so that a value moved elsewhere does not open. Wrapped keys live in `keys.db`, apart from the data:
destroying a person's key makes their words unreadable in every copy of the database. Owner 0 is the bot
itself: it seals raw updates and what is said to people who have not agreed to anything yet.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
NONCE_BYTES = 12
THE_BOT = 0
KEPT_READY = 4096
"""Unwrapped keys held in memory."""

_SCHEMA = "CREATE TABLE IF NOT EXISTS key (owner INTEGER PRIMARY KEY, wrapped BLOB NOT NULL)"


class VaultError(Exception):
    """Something sealed does not open: another key, another place, or a damaged row.

    The fault of one row, not of the store: it is dealt with where that row is, and trying again is no help.
    """


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
            return _make_master_key(path)
        if path.stat().st_mode & 0o077 and path.is_file():
            raise StoreRefusedError(
                f"the master key file {path} can be read by others; run: chmod 600 {path}"
            )
        return _decode(path.read_text(encoding="ascii", errors="replace"), str(path))
    except OSError as error:
        raise StoreRefusedError(f"the master key file {path} cannot be read: {error.strerror}") from None


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{where} is not a master key: it must be {KEY_BYTES} bytes in base64"
        raise StoreRefusedError(message)
    return key


def _make_master_key(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    # Under another name first: a kill in the middle must not leave half a key under the real one.
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        message = f"the master key file {path} cannot be written: {error.strerror}"
        raise StoreRefusedError(message) from None
    return key


def _sync_folder(folder: Path) -> None:
    """Put a new name in a folder on disk: everything that is sealed from now on hangs on it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Vault:
    """Seals and opens, and keeps the wrapped keys. Belongs to the store's thread."""

    def __init__(self, master: bytes, path: Path | str) -> None:
        """Open the file of wrapped keys (`:memory:` for tests). Raises StoreRefusedError."""
        self._master = AESGCM(master)
        self._ready: OrderedDict[int, AESGCM] = OrderedDict()
        self._fresh: list[int] = []
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; {_SCHEMA};"
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
        wrapped = self._wrapped(THE_BOT) or b""
        key = self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrapping(THE_BOT))
        return hmac.digest(key, purpose.encode(), "sha256")

    def make(self, owner: int) -> None:
        """Make a key for this owner, durable with the next `commit`."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
        key = secrets.token_bytes(KEY_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._master.encrypt(nonce, key, _wrapping(owner))
        self._db.execute("INSERT OR REPLACE INTO key VALUES (?, ?)", (owner, wrapped))
        self._hold(owner, AESGCM(key))
        self._fresh.append(owner)

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
        self._db.execute("DELETE FROM key WHERE owner = ?", (owner,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

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
        try:
            return AESGCM(
                self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrapping(owner))
            )
        except (InvalidTag, ValueError):
            message = "a wrapped key does not open"
            raise VaultError(message) from None


def _wrapping(owner: int) -> bytes:
    return f"key|{owner}".encode()
