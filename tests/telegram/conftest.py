"""A stand-in Telegram that Ann has written to, and a sender that speaks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox import SandboxServer
from bot.telegram.api import Api
from bot.telegram.buttons import Seals
from bot.telegram.sender import Sender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANN = 1001
SEALS = Seals(b"k" * 32)


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    sandbox = SandboxServer()
    await sandbox.start()
    sandbox.world.add_user(ANN, "Ann")
    sandbox.world.say(ANN, "/start")
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def sender(server: SandboxServer) -> AsyncIterator[Sender]:
    api = Api(server.token, server.url)
    await api.open()
    yield Sender(api, SEALS)
    await api.close()
