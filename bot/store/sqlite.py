"""The store on SQLite: one connection, on aiosqlite's thread, and one hop there for a whole unit (rule 10).

Units that wait while the thread is busy share its next commit, each in a savepoint of its own; nobody gets
an answer before that commit is on disk. `Heart` is the plain, synchronous half and is used alone by tests
and by `alongside play`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from bot.store.migrate import bring_up_to_date, look
from bot.store.protocol import StoreError, StoreRefusedError
from bot.store.queries import load_queries
from bot.store.rows import Ids
from bot.store.vault import THE_BOT, Vault, read_master_key
from bot.store.work import SqlWork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.store.protocol import Work

T = TypeVar("T")
Outcome = tuple[bool, Any]
"""Whether a unit succeeded, and its result or exception."""

MOST_TOGETHER = 256
PATIENCE = 0.005
"""Seconds that a patient unit waits at most for a commit that it can join."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where the store keeps what: the data folder's two databases, and the master key outside of it."""

    database: Path
    keys: Path
    master_key: Path
    master_key_value: str | None = None


class Heart:
    """The synchronous store. Not shared between threads: whoever holds it calls it."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        """Work on an open, migrated connection."""
        self._db = connection
        self._vault = vault
        self._doomed: list[int] = []
        last = connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0]
        self._work = SqlWork(connection, load_queries("sqlite3"), vault, Ids(last))

    def derive(self, purpose: str) -> bytes:
        """Return the secret for a purpose; see `Vault.derive`."""
        return self._vault.derive(purpose)

    def do(self, unit: Callable[[Work], T]) -> T:
        """Run one unit in a transaction of its own. Raises what the unit raises."""
        ok, result = self.together([unit])[0]
        if not ok:
            raise result
        done: T = result
        return done

    def together(self, units: list[Callable[[Work], Any]]) -> list[Outcome]:
        """Run units one after another under one commit; one that raises takes back only its own rows.

        Raises StoreError when the commit itself fails: then nothing of any of them is kept.
        """
        execute = self._db.execute
        try:
            execute("BEGIN IMMEDIATE")
            outcomes = [self._one(unit) for unit in units]
            self._vault.commit()
            execute("COMMIT")
        except BaseException as error:
            self._work.erased.clear()
            if self._db.in_transaction:
                execute("ROLLBACK")
            self._vault.rollback()
            if isinstance(error, sqlite3.Error):
                raise _failed(error) from None
            raise
        self._doomed += self._work.erased
        self._work.erased.clear()
        self._destroy_keys()
        return outcomes

    def _destroy_keys(self) -> None:
        """Destroy the keys of those whose rows are now gone: no backup of the rows can be read any more."""
        if not self._doomed:
            return
        try:
            while self._doomed:
                self._vault.destroy(self._doomed[-1])
                self._doomed.pop()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            # The units are on disk and must be told so; what is left is tried again after the next commit.
            return

    def _one(self, unit: Callable[[Work], Any]) -> Outcome:
        self._db.execute("SAVEPOINT unit")
        erased = len(self._work.erased)
        try:
            outcome = (True, unit(self._work))
        except Exception as error:  # noqa: BLE001  handed to the caller, whose unit it was
            self._db.execute("ROLLBACK TO unit")
            del self._work.erased[erased:]
            outcome = (False, _failed(error) if _is_ours(error) else error)
        self._db.execute("RELEASE unit")
        return outcome

    def close(self) -> None:
        """Let go of both files."""
        self.close_vault()
        self._db.close()

    def close_vault(self) -> None:
        """Let go of the key file only: aiosqlite closes its own connection."""
        self._vault.close()


def _failed(error: Exception) -> StoreError:
    return StoreError(f"the database could not be written ({type(error).__name__}: {error})")


def _is_ours(error: Exception) -> bool:
    """Say whether the store is to blame (a full disk, a broken page) and not what the unit asked of it."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def connect(path: Path | str) -> sqlite3.Connection:
    """Open a connection the way this store needs it."""
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
        files.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"the data folder {files.database.parent} cannot be made: {error.strerror}"
        raise StoreRefusedError(message) from None
    if not os.access(files.database.parent, os.W_OK | os.X_OK):
        message = f"the data folder {files.database.parent} cannot be written"
        raise StoreRefusedError(message)
    has_data, has_keys = files.database.exists(), files.keys.exists()
    if has_data:
        _prove_keys(files.keys)
    if has_keys and not has_data and not _is_first_start(files):
        message = f"there are keys, but the database {files.database} is missing; restore it from a backup"
        raise StoreRefusedError(message)
    master = read_master_key(files.master_key_value, files.master_key, may_make=not has_data and not has_keys)
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


def _prove_keys(keys: Path) -> None:
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


def open_heart(files: Files) -> Heart:
    """Open the synchronous store on files. Raises StoreRefusedError."""
    vault = prepare(files)
    return Heart(connect(files.database), vault)


class InstanceLock:
    """Holds a data folder for one process; the operating system lets go when the process dies."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises StoreRefusedError when another process has it."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = (folder / "alongside.lock").open("w")
        except OSError as error:
            message = f"the data folder {folder} cannot be written: {error.strerror}"
            raise StoreRefusedError(message) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"another Alongside is running on the data folder {folder}"
            raise StoreRefusedError(message) from None

    def release(self) -> None:
        """Let others have the folder."""
        self._file.close()


class SqliteStore:
    """The asynchronous store: `run` is the one bridge between the shell and the heart."""

    def __init__(self, connection: aiosqlite.Connection, heart: Heart) -> None:
        """Use `open_store`."""
        self._aio = connection
        self._heart = heart
        self._waiting: list[tuple[Callable[[Work], Any], asyncio.Future[Any]]] = []
        self._pump: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._closed = False

    async def run(self, unit: Callable[[Work], T], *, patient: bool = False) -> T:
        """Do one unit on the store's thread; see `protocol.Store`."""
        if self._closed:
            raise StoreError("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        if not patient:
            self._start()
        elif self._late is None:
            self._late = asyncio.get_running_loop().call_later(PATIENCE, self._start)
        return await future

    def _start(self) -> None:
        """Begin to work off what waits, unless that is under way."""
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._waiting and (self._pump is None or self._pump.done()):
            self._pump = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            try:
                outcomes = await self._hop(self._heart.together, [unit for unit, _ in batch])
            except Exception as error:  # noqa: BLE001  each waiting caller gets it
                outcomes = [(False, error)] * len(batch)
            for (_, future), (ok, result) in zip(batch, outcomes, strict=True):
                if future.done():
                    continue
                if ok:
                    future.set_result(result)
                else:
                    future.set_exception(result)

    async def _hop(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  any unit's result
        # aiosqlite has no public way to run a whole function on its thread; ADR 0001 says why we want that.
        return await self._aio._execute(function, *arguments)  # type: ignore[no-untyped-call]  # noqa: SLF001

    async def derive(self, purpose: str) -> bytes:
        """Return the secret for a purpose; see `Vault.derive`."""
        secret: bytes = await self._hop(self._heart.derive, purpose)
        return secret

    async def close(self) -> None:
        """Finish what waits, then close."""
        self._closed = True
        self._start()
        while self._pump is not None and not self._pump.done():
            await self._pump
        await self._hop(self._heart.close_vault)
        await self._aio.close()


async def open_store(files: Files) -> SqliteStore:
    """Open the store on files, on a thread of its own. Raises StoreRefusedError."""
    vault = await asyncio.to_thread(prepare, files)
    aio = aiosqlite.Connection(lambda: connect(files.database), 64)
    try:
        await aio
        heart = Heart(aio._conn, vault)  # noqa: SLF001  see `_hop`
    except BaseException as error:
        vault.close()
        await aio.close()
        if isinstance(error, sqlite3.Error):
            message = f"the database {files.database} cannot be opened: {error}"
            raise StoreRefusedError(message) from None
        raise
    return SqliteStore(aio, heart)
