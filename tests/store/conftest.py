"""Every store that there is, behind one face: a further one is one more line in `FACTORIES`."""

from __future__ import annotations

import asyncio
import base64
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from bot.store.folder import Files
from bot.store.memory import heart_in_memory
from bot.store.sqlite import Heart, open_heart, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.store.protocol import Work
    from bot.store.sqlite import SqliteStore

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Stored(Protocol):
    """A store, as the contract tests use it."""

    def do(self, unit: Callable[[Work], T]) -> T:
        """Run one unit; raise what it raises."""
        ...

    def together(self, *units: Callable[[Work], object]) -> list[object]:
        """Run units that wait at the same time; give back each one's result or exception."""
        ...

    def reopen(self) -> None:
        """Close and open again, where that means anything."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class InMemory:
    """The heart, on nothing."""

    def __init__(self, _folder: Path) -> None:
        """Begin empty."""
        self._heart = heart_in_memory()

    def do(self, unit: Callable[[Work], T]) -> T:
        return self._heart.do(unit)

    def together(self, *units: Callable[[Work], object]) -> list[object]:
        return [result for _, result in self._heart.together(list(units))]

    def reopen(self) -> None:
        """Nothing survives it, so it stays open."""

    def close(self) -> None:
        self._heart.close()


class OnFiles(InMemory):
    """The heart, on files."""

    def __init__(self, folder: Path) -> None:
        """Open, or open again, what is in the folder."""
        self._files = files_in(folder)
        self._heart: Heart = open_heart(self._files)

    def reopen(self) -> None:
        self._heart.close()
        self._heart = open_heart(self._files)


class Asynchronous:
    """The store that the bot uses, on a loop of its own."""

    def __init__(self, folder: Path) -> None:
        """Open, or open again, what is in the folder."""
        self._files = files_in(folder)
        self._loop = asyncio.new_event_loop()
        self._store: SqliteStore = self._loop.run_until_complete(open_store(self._files))

    def do(self, unit: Callable[[Work], T]) -> T:
        return self._loop.run_until_complete(self._store.run(unit))

    def together(self, *units: Callable[[Work], object]) -> list[object]:
        async def all_at_once() -> list[object]:
            return list(await asyncio.gather(*map(self._store.run, units), return_exceptions=True))

        return self._loop.run_until_complete(all_at_once())

    def reopen(self) -> None:
        self._loop.run_until_complete(self._store.close())
        self._store = self._loop.run_until_complete(open_store(self._files))

    def close(self) -> None:
        self._loop.run_until_complete(self._store.close())
        self._loop.close()


FACTORIES: dict[str, Callable[[Path], Stored]] = {
    "memory": InMemory,
    "files": OnFiles,
    "async": Asynchronous,
}


def files_in(folder: Path, master: str | None = None) -> Files:
    """Return the places of a store in a folder."""
    data = folder / "data"
    return Files(data / "alongside.db", data / "keys.db", folder / "data.key", master)


def new_master() -> str:
    """Return a fresh master key, as an operator writes it."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(params=FACTORIES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stored]:
    """Each store in turn."""
    opened = FACTORIES[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Return where a store on files lies."""
    return files_in(tmp_path)
