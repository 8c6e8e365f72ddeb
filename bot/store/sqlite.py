"""The store on SQLite: one connection, on aiosqlite's thread, and one hop there for a whole unit (rule 10).

Units that wait while the thread is busy share its next commit, each in a savepoint of its own; nobody gets
an answer before that commit is on disk. `Heart` is the plain, synchronous half and is used alone by tests
and by `alongside play`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from bot.store.backup import renew_keys
from bot.store.folder import Files, connect, prepare
from bot.store.protocol import StoreError, StoreRefusedError
from bot.store.queries import load_queries
from bot.store.rows import Ids
from bot.store.work import SqlWork

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.store.protocol import Work
    from bot.store.vault import Vault

T = TypeVar("T")
Outcome = tuple[bool, Any]
"""Whether a unit succeeded, and its result or exception."""

MOST_TOGETHER = 256
PATIENCE = 0.005
"""Seconds that a patient unit waits at most for a commit that it can join."""


class Heart:
    """The synchronous store. Not shared between threads: whoever holds it calls it."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        """Work on an open, migrated connection."""
        self._db = connection
        self._vault = vault
        last = connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0]
        self.destroyed = 0
        self._work = SqlWork(connection, load_queries("sqlite3"), vault, Ids(last))
        self._destroy_keys()

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
            self._vault.rollback()
            if isinstance(error, sqlite3.Error):
                raise _failed(error) from None
            raise
        if self._work.erasing:
            self._work.erasing = False
            self._destroy_keys()
        return outcomes

    def _destroy_keys(self) -> None:
        """Destroy the keys of those whose rows are gone: no backup of the rows can be read any more.

        Who is doomed was written in the same commit: a kill before this is made good at the next start.
        """
        try:
            for (person_id,) in self._db.execute("SELECT person_id FROM doomed").fetchall():
                self._vault.destroy(person_id)
                self.destroyed += 1
                self._db.execute("DELETE FROM doomed WHERE person_id = ?", (person_id,))
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            # The units are on disk and must be told so; the next commit tries again.
            self._work.erasing = True

    def copy_to(self, database: Path, keys: Path) -> None:
        """Write whole copies of both halves, of one moment, into empty files. Raises StoreError."""
        try:
            self._db.execute("VACUUM INTO ?", (str(database),))
            self._vault.copy_to(keys)
        except sqlite3.Error as error:
            raise StoreError(f"the backup could not be written ({error})") from None

    @property
    def keys(self) -> Vault:
        """The wrapped keys, for their backup."""
        return self._vault

    @property
    def keys_left(self) -> bool:
        """Say whether a key is still there that should have been destroyed."""
        return self._work.erasing

    def _one(self, unit: Callable[[Work], Any]) -> Outcome:
        self._db.execute("SAVEPOINT unit")
        try:
            outcome = (True, unit(self._work))
        except Exception as error:  # noqa: BLE001  handed to the caller, whose unit it was
            self._db.execute("ROLLBACK TO unit")
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


def open_heart(files: Files) -> Heart:
    """Open the synchronous store on files. Raises StoreRefusedError."""
    vault = prepare(files)
    return Heart(connect(files.database), vault)


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

    async def copy_to(self, database: Path, keys: Path) -> None:
        """Write whole copies of both halves through the one connection; see `Heart.copy_to`."""
        await self._hop(self._heart.copy_to, database, keys)

    async def renew_keys(self, folder: Path | None, now: datetime) -> None:
        """Let the copies of keys in a folder know who was erased. Raises StoreError."""
        await self._hop(renew_keys, self._heart.keys, folder, now)

    @property
    def destroyed(self) -> int:
        """Say how many keys were destroyed since the start."""
        return self._heart.destroyed

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
