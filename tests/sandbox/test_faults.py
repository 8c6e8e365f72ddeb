"""Each fault, seen from the caller's side of the wire."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox import Fault, Faults, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Caller = Callable[..., Coroutine[Any, Any, Any]]

ANN = 1001


@pytest.fixture(autouse=True)
def talk(server: SandboxServer) -> None:
    server.world.say(ANN, "/start")


async def raw(http: aiohttp.ClientSession, server: SandboxServer) -> tuple[int, bytes]:
    async with http.post(f"/bot{server.token}/sendMessage", json={"chat_id": ANN, "text": "x"}) as reply:
        return reply.status, await reply.read()


def sent(server: SandboxServer) -> int:
    return len(server.world.messages(ANN)) - 1


async def test_the_next_calls_of_one_method_fail(server: SandboxServer, call: Caller) -> None:
    server.faults.fail("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3, times=2)
    assert (await call("getMe"))[0] == 200
    for _ in range(2):
        status, reply = await call("sendMessage", chat_id=ANN, text="x")
        assert (status, reply["parameters"]) == (429, {"retry_after": 3})
    assert sent(server) == 0
    assert (await call("sendMessage", chat_id=ANN, text="x"))[0] == 200


async def test_any_answer(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    server.faults.answer("*", 502, b"bad gateway")
    assert await raw(http, server) == (502, b"bad gateway")


async def test_a_lost_request_does_nothing(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    server.faults.lose_request("sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await raw(http, server)
    assert sent(server) == 0
    assert (server.calls[-1].status, server.calls[-1].fault) == (0, Fault.LOSE_REQUEST)
    assert (await raw(http, server))[0] == 200


async def test_a_lost_reply_hides_work_done(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    server.faults.lose_reply("sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await raw(http, server)
    assert sent(server) == 1
    assert (server.calls[-1].status, server.calls[-1].fault) == (200, Fault.LOSE_REPLY)


async def test_a_delay(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    server.faults.delay("sendMessage", 0.1)
    began = time.monotonic()
    assert (await raw(http, server))[0] == 200
    assert time.monotonic() - began >= 0.1


async def test_spoiled_replies(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    faults = server.faults
    for make in (faults.garbage, faults.truncate, faults.not_ok, faults.null_result):
        make("sendMessage")
    garbage, truncated, not_ok, null = [(await raw(http, server))[1] for _ in range(4)]
    for body in (garbage, truncated):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(body)
    assert json.loads(not_ok) == {"ok": False}
    assert json.loads(null) == {"ok": True, "result": None}
    assert sent(server) == 4


def test_chance_repeats_with_its_seed() -> None:
    def run(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.lose_reply("sendMessage", times=None, chance=0.05)
        return [faults.plan("sendMessage").fault is not None for _ in range(2000)]

    assert run(7) == run(7)
    assert run(7) != run(8)
    assert 60 < sum(run(7)) < 140


def test_a_fresh_seed_is_shown_and_rules_can_be_cleared() -> None:
    faults = Faults()
    assert str(faults.seed) in repr(faults)
    faults.garbage("*", times=None)
    faults.clear()
    assert faults.plan("getMe").fault is None
