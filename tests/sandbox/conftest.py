"""A sandbox with Ann in it, a frozen clock, and a caller that speaks plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.runtime.clock import MovableClock
from bot.sandbox import SandboxServer

Caller = Callable[..., Coroutine[Any, Any, tuple[int, dict[str, Any]]]]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    sandbox = SandboxServer(clock=MovableClock(frozen_at=NOON))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def http(server: SandboxServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


@pytest.fixture
def call(server: SandboxServer, http: aiohttp.ClientSession) -> Caller:
    """Call a method with a JSON body; give back the HTTP status and the decoded reply."""

    async def caller(method: str, **params: object) -> tuple[int, dict[str, Any]]:
        async with http.post(f"/bot{server.token}/{method}", json=params) as reply:
            return reply.status, await reply.json()

    return caller
