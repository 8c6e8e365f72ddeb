"""Updates that come while the bot is waking are handled by it, not by its next life. Rule 3 of design.md."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.runtime.clock import SystemClock
from bot.runtime.inbox import Inbox
from bot.store.folder import Files
from bot.store.protocol import StoreError
from bot.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.runtime.inbox import Kept
    from bot.store.sqlite import SqliteStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_store(Files(tmp_path / "a" / "a.db", tmp_path / "a" / "keys.db", tmp_path / "a.key"))
    yield opened
    await opened.close()


@pytest.mark.parametrize("steps", range(6))
async def test_none_falls_between_keeping_and_waking(store: SqliteStore, steps: int) -> None:
    """However the two meet: the bot wakes `steps` rounds of the loop after the update has come."""
    inbox = Inbox(store, SystemClock())
    seen: set[int] = set()

    async def handle(kept: Kept) -> None:
        seen.update(number for number, _ in kept)

    async def wake() -> None:
        for _ in range(steps):
            await asyncio.sleep(0)
        inbox.on_kept = handle
        seen.update([number for number, _ in await store.run(lambda work: work.waiting_updates())])

    await asyncio.gather(inbox.take([(1, b"x")]), wake())
    assert seen == {1}


async def test_what_could_not_be_kept_is_not_confirmed(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    inbox = Inbox(store, SystemClock())
    monkeypatch.setattr(store, "run", fails)
    with pytest.raises(StoreError):
        await inbox.take([(1, b"x")])
