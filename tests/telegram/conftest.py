"""A stand-in Telegram that Ann has written to, and a sender that speaks to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.runtime.sends import Instead
from bot.sandbox import SandboxServer
from bot.telegram.api import Api
from bot.telegram.buttons import Seals
from bot.telegram.sender import Sender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.protocol import Message

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


class Following(Sender):
    """A sender that goes on as the outbox does, where the platform wants it otherwise."""

    async def send(self, message: Message) -> int:
        while True:
            try:
                return await super().send(message)
            except Instead as error:
                message = replace(message, body=error.body)


@pytest.fixture
async def sender(server: SandboxServer) -> AsyncIterator[Sender]:
    api = Api(server.token, server.url)
    await api.open()
    yield Following(api, SEALS)
    await api.close()
