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
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from bot.store.migrate import bring_up_to_date
from bot.store.protocol import StoreError, StoreRefusedError
from bot.store.vault import Vault, read_master_key
from bot.store.work import Ids, SqlWork, load_queries

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.protocol import Work

T = TypeVar("T")
Outcome = tuple[bool, Any]
"""Whether a unit succeeded, and its result or exception."""

MOST_TOGETHER = 256
CHECKED_UP_TO = 64 * 1024 * 1024
"""Bytes of database that are read through at every start; a larger one is left to `alongside doctor`."""


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
            if self._db.in_transaction:
                execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                message = f"the database could not be written ({type(error).__name__}: {error})"
                raise StoreError(message) from None
            raise
        return outcomes

    def _one(self, unit: Callable[[Work], Any]) -> Outcome:
        self._db.execute("SAVEPOINT unit")
        try:
            outcome = (True, unit(self._work))
        except Exception as error:  # noqa: BLE001  handed to the caller, whose unit it was
            self._db.execute("ROLLBACK TO unit")
            outcome = (False, error)
        self._db.execute("RELEASE unit")
        return outcome

    def close(self) -> None:
        """Let go of both files."""
        self.close_vault()
        self._db.close()

    def close_vault(self) -> None:
        """Let go of the key file only: aiosqlite closes its own connection."""
        self._vault.close()


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
    if has_data and not has_keys:
        message = f"there is a database, but its key file {files.keys} is missing; restore it from its backup"
        raise StoreRefusedError(message)
    if has_keys and not has_data and not _is_first_start(files):
        message = f"there are keys, but the database {files.database} is missing; restore it from a backup"
        raise StoreRefusedError(message)
    master = read_master_key(files.master_key_value, files.master_key, may_make=not has_data and not has_keys)
    vault = Vault(master, files.keys)
    try:
        bring_up_to_date(files.database)
    except sqlite3.Error as error:
        message = f"the database {files.database} cannot be opened: {error}"
        raise StoreRefusedError(message) from None
    return vault


def _is_first_start(files: Files) -> bool:
    """Say whether a start was killed between making the keys and making the database: no person has a key."""
    try:
        with sqlite3.connect(f"{files.keys.absolute().as_uri()}?mode=ro", uri=True) as db:
            return bool(db.execute("SELECT count(*) FROM key WHERE owner != 0").fetchone()[0] == 0)
    except sqlite3.Error:
        return False


def open_checked(files: Files) -> sqlite3.Connection:
    """Open the database and read it through, if it is not too large. Raises StoreRefusedError."""
    try:
        db = connect(files.database)
        if files.database.stat().st_size <= CHECKED_UP_TO:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                message = (
                    f"the database {files.database} is damaged; it is left as it is: restore it from a backup"
                )
                raise StoreRefusedError(message)
    except sqlite3.DatabaseError as error:
        message = f"the database {files.database} is damaged ({error}); it is left as it is: restore it from a backup"
        raise StoreRefusedError(message) from None
    return db


def open_heart(files: Files) -> Heart:
    """Open the synchronous store on files. Raises StoreRefusedError."""
    vault = prepare(files)
    return Heart(open_checked(files), vault)


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

    async def run(self, unit: Callable[[Work], T]) -> T:
        """Do one unit on the store's thread; see `protocol.Store`."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._drain())
        return await future

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
        while self._pump is not None and not self._pump.done():
            await self._pump
        await self._hop(self._heart.close_vault)
        await self._aio.close()


async def open_store(files: Files) -> SqliteStore:
    """Open the store on files, on a thread of its own. Raises StoreRefusedError."""
    vault = await asyncio.to_thread(prepare, files)
    aio = aiosqlite.Connection(lambda: open_checked(files), 64)
    try:
        await aio
        heart = Heart(aio._conn, vault)  # noqa: SLF001  see `_hop`
    except BaseException:
        await aio.close()
        raise
    return SqliteStore(aio, heart)
