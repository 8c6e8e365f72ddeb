"""Many units, one commit: what callers of the asynchronous store can rely on. Rule 10 of design.md."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.store.protocol import StoreError
from bot.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.store.folder import Files
    from bot.store.protocol import Work
    from bot.store.sqlite import SqliteStore

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Failing:
    """A connection in front of the real one that fails at chosen statements, and lists all."""

    def __init__(self, real: sqlite3.Connection) -> None:
        """Stand before `real`; nothing fails yet."""
        self._real = real
        self.seen: list[str] = []
        self.failing: list[str] = []

    def execute(self, sql: str, *values: Any) -> Any:  # noqa: ANN401  a cursor
        self.seen.append(sql)
        if sql in self.failing:
            self.failing.remove(sql)
            raise sqlite3.OperationalError("database or disk is full")
        return self._real.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a connection has
        return getattr(self._real, name)


@pytest.fixture
async def store(files: Files) -> AsyncIterator[SqliteStore]:
    opened = await open_store(files)
    yield opened
    await opened.close()


@pytest.fixture
def disk(store: SqliteStore) -> Failing:
    """Put the failing connection between the heart and SQLite."""
    heart = store._heart
    heart._db = disk = Failing(heart._db)  # type: ignore[assignment]
    return disk


def taking(number: int) -> Callable[[Work], bool]:
    return lambda work: work.take_in(number, b"x", NOW)


async def kept(store: SqliteStore) -> list[int]:
    return [number for number, _ in await store.run(lambda work: work.waiting_updates())]


async def test_rule_10_five_hundred_units_share_a_few_commits(store: SqliteStore, disk: Failing) -> None:
    assert all(await asyncio.gather(*(store.run(taking(number)) for number in range(500))))
    assert disk.seen.count("COMMIT") <= 10
    assert disk.seen.count("SAVEPOINT unit") == 500
    assert await kept(store) == list(range(500))


async def test_rule_10_nobody_is_answered_before_the_commit(store: SqliteStore, disk: Failing) -> None:
    disk.failing.append("COMMIT")
    results = await asyncio.gather(
        *(store.run(taking(number)) for number in range(50)), return_exceptions=True
    )
    assert all(isinstance(result, StoreError) for result in results)
    assert await kept(store) == []
    assert await store.run(taking(7))
    assert await kept(store) == [7]


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SAVEPOINT unit", "RELEASE unit"])
async def test_any_failing_statement_keeps_nothing_and_passes(
    store: SqliteStore, disk: Failing, statement: str
) -> None:
    disk.failing.append(statement)
    results = await asyncio.gather(
        *(store.run(taking(number)) for number in range(3)), return_exceptions=True
    )
    assert all(isinstance(result, StoreError) for result in results)
    assert all([await store.run(taking(number)) for number in range(3)])


async def test_the_text_of_a_failed_commit_holds_no_content(store: SqliteStore, disk: Failing) -> None:
    disk.failing.append("COMMIT")
    with pytest.raises(StoreError, match="disk is full") as caught:
        await store.run(lambda work: work.take_in(1, b"canary", NOW))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_person_made_in_a_failed_commit_can_come_again(store: SqliteStore, disk: Failing) -> None:
    """Rule 9: the key made for nothing is forgotten, and the next one is on disk before the row."""
    disk.failing.append("COMMIT")
    with pytest.raises(StoreError):
        await store.run(lambda work: work.add_person(1001, NOW))
    ann = await store.run(lambda work: work.add_person(1001, NOW))
    store._heart._vault._ready.clear()
    assert await store.run(lambda work: work.person(ann.id)) == ann


async def test_keys_that_cannot_be_written_keep_the_rows_back(store: SqliteStore) -> None:
    """Rule 9: rows are never on disk without the key that opens them."""
    vault = store._heart._vault
    vault._db = keys = Failing(vault._db)  # type: ignore[assignment]
    keys.failing.append("COMMIT")
    with pytest.raises(StoreError):
        await store.run(lambda work: work.add_person(1001, NOW))
    assert await store.run(lambda work: work.person_in(1001)) is None
    ann = await store.run(lambda work: work.add_person(1001, NOW))
    vault._ready.clear()
    assert await store.run(lambda work: work.person(ann.id)) == ann


async def test_a_key_that_cannot_be_destroyed_at_once_is_destroyed_later(store: SqliteStore) -> None:
    """Rule 9: whoever asked is told that the rows are gone, and the key follows."""
    ann = await store.run(lambda work: work.add_person(1001, NOW))
    vault = store._heart._vault
    vault._db = keys = Failing(vault._db)  # type: ignore[assignment]
    keys.failing.append("DELETE FROM key WHERE owner = ?")
    await store.run(lambda work: work.erase_person(ann.id))
    assert await store.run(lambda work: work.person(ann.id)) is None
    assert vault._wrapped(ann.id) is None


async def test_a_full_disk_inside_a_unit_is_the_stores_fault_and_not_the_units(store: SqliteStore) -> None:
    """Else a turn would count as poison, and what a person said would be put aside."""

    def full(work: Work) -> None:
        work.take_in(1, b"x", NOW)
        raise sqlite3.OperationalError("database or disk is full")

    def broken_page(_: Work) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    def wrong(_: Work) -> None:
        raise sqlite3.IntegrityError("UNIQUE constraint failed")

    for unit, expected in ((full, StoreError), (broken_page, StoreError), (wrong, sqlite3.IntegrityError)):
        with pytest.raises(expected):
            await store.run(unit)
    assert await kept(store) == []


async def test_a_cancelled_caller_hurts_nobody(store: SqliteStore) -> None:
    callers = [asyncio.create_task(store.run(taking(number))) for number in range(40)]
    await asyncio.sleep(0)
    for task in callers[::2]:
        task.cancel()
    for number, task in enumerate(callers):
        if number % 2:
            assert await task
        else:
            with contextlib.suppress(asyncio.CancelledError):
                await task
    assert set(range(1, 40, 2)) <= set(await kept(store))
    assert not store._heart._db.in_transaction


async def test_closing_finishes_what_waits(files: Files) -> None:
    store = await open_store(files)
    waiting = [asyncio.create_task(store.run(taking(number))) for number in range(300)]
    await asyncio.sleep(0)
    await store.close()
    assert all(await asyncio.gather(*waiting))
    with pytest.raises(StoreError):
        await store.run(taking(1))
    again = await open_store(files)
    assert await kept(again) == list(range(300))
    await again.close()


async def test_rule_10_the_settings_of_the_connection(store: SqliteStore) -> None:
    def settings(_: Work) -> list[Any]:
        return [
            store._heart._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]

    assert await store.run(settings) == ["wal", 2, 1]
