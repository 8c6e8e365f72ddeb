"""SIGTERM finishes what is in hand, within ten seconds, with everything sent or kept (fault 44)."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import Place, bot_texts, rows, stopped, until

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

ANN = 1001
MOST_SECONDS = 10.0


async def test_a_quiet_bot_stops_at_once(bot: Place) -> None:
    process = bot.start()
    await until(lambda: "event='started'" in bot.errors())
    began = time.monotonic()
    assert await stopped(process) == 0
    assert time.monotonic() - began < 2
    assert "Traceback" not in bot.errors()


async def test_what_is_in_hand_is_sent_or_kept(bot: Place, server: SandboxServer) -> None:
    process = bot.start()
    await until(lambda: "event='started'" in bot.errors())
    users = range(ANN, ANN + 30)
    server.faults.delay("sendMessage", 0.5, times=None)
    for user in users:
        server.world.add_user(user, "Somebody")
        server.world.say(user, "/start")
        server.world.say(user, "/start")
    await asyncio.sleep(0.2)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.05)
    assert await stopped(process) == 0, "a second SIGTERM changes nothing"
    assert time.monotonic() - began < MOST_SECONDS
    server.faults.clear()
    heart = bot.heart()
    unhandled = rows(heart, "SELECT count(*) FROM inbox WHERE state = 'new'")[0][0]
    unsent = rows(heart, "SELECT count(*) FROM outbox")[0][0]
    sent = sum(len(bot_texts(server, user)) for user in users)
    waiting = len(server.world.updates)
    heart.close()
    assert sent + unsent + unhandled + waiting >= 60
    again = bot.start()
    await until(lambda: all(len(bot_texts(server, user)) >= 2 for user in users))
    assert await stopped(again) == 0
    assert all(len(bot_texts(server, user)) == 2 for user in users), "and none of it twice"


@pytest.mark.parametrize("method", ["sendMessage", "setMyCommands", "deleteWebhook", "getUpdates"])
async def test_a_telegram_that_does_not_answer_cannot_hold_it_up(
    bot: Place, server: SandboxServer, method: str
) -> None:
    """Fault 53."""
    server.faults.delay(method, 60, times=None)
    server.world.add_user(ANN, "Ann")
    server.world.say(ANN, "/start")
    process = bot.start()
    await until(
        lambda: any(call.method != "getUpdates" for call in server.calls) or "started" in bot.errors()
    )
    await asyncio.sleep(0.3)
    began = time.monotonic()
    assert await stopped(process) == 0
    assert time.monotonic() - began < MOST_SECONDS
    server.faults.clear()
    started = bot.errors().count("event='started'")
    again = bot.start()
    await until(lambda: bot_texts(server, ANN) and bot.errors().count("event='started'") > started)
    assert await stopped(again) == 0


async def test_a_stop_before_it_is_awake(bot: Place, server: SandboxServer) -> None:
    server.world.add_user(ANN, "Ann")
    server.world.say(ANN, "/start")
    process = bot.start()
    await until(lambda: server.calls)
    assert await stopped(process) == 0
    assert "Traceback" not in bot.errors()
    started = bot.errors().count("event='started'")
    again = bot.start()
    await until(lambda: bot_texts(server, ANN) and bot.errors().count("event='started'") > started)
    assert await stopped(again) == 0
