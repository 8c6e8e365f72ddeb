"""The transport: PTB's errors, and never an address, because the token is part of it. Rule 13."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.sandbox import TOKEN, SandboxServer
from bot.telegram.api import Api
from bot.telegram.request import AiohttpRequest, UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    sandbox = SandboxServer()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def api(server: SandboxServer) -> AsyncIterator[Api]:
    opened = Api(server.token, server.url)
    await opened.open()
    yield opened
    await opened.close()


def secretless(error: BaseException) -> None:
    """Prove that no text of an error, or of those behind it, names the token or the address."""
    told = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert TOKEN not in told
    assert TOKEN.partition(":")[2] not in told
    assert "127.0.0.1" not in str(error)


async def failing(api: Api, method: str = "getMe") -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await api.call(method, {"text": "private words"})
    secretless(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


async def test_a_call(api: Api, server: SandboxServer) -> None:
    assert (await api.call("getMe", {}))["id"] == server.world.bot["id"]
    assert (await api.bot.get_me()).username == server.world.bot["username"]
    assert server.calls[0].params == {}


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply"])
async def test_a_broken_line(api: Api, server: SandboxServer, fault: str) -> None:
    getattr(server.faults, fault)("getMe")
    assert type(await failing(api)) is NetworkError


async def test_nobody_listens(api: Api, server: SandboxServer) -> None:
    await server.stop()
    assert type(await failing(api)) is NetworkError


async def test_an_address_that_is_none() -> None:
    for address in ("http://", "nonsense", "http://[::1", "ftp://127.0.0.1"):
        api = Api(TOKEN, address)
        await api.open()
        with pytest.raises(TelegramError) as caught:
            await api.call("getMe", {})
        assert TOKEN not in str(caught.value)
        await api.close()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok":true,"resu', b"null", b"[]", b"\xff"])
async def test_an_answer_that_is_no_json_object(api: Api, server: SandboxServer, body: bytes) -> None:
    server.faults.answer("getMe", 200, body)
    assert type(await failing(api)) is UnreadableAnswerError


async def test_an_answer_without_a_result(api: Api, server: SandboxServer) -> None:
    server.faults.not_ok("getMe")
    with pytest.raises(KeyError):
        await api.call("getMe", {})
    server.faults.null_result("getMe")
    assert await api.call("getMe", {}) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 599])
@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"", b'{"ok":false,"description":"Forbidden: no"}'])
async def test_every_status_is_an_error_of_ptb(
    api: Api, server: SandboxServer, status: int, body: bytes
) -> None:
    server.faults.answer("getMe", status, body)
    await failing(api)


async def test_time_runs_out(api: Api, server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram.request.ANSWER_SECONDS", 0.05)
    monkeypatch.setattr("bot.telegram.request.CONNECT_SECONDS", 0.05)
    server.faults.delay("getMe", 0.3)
    assert type(await failing(api)) is TimedOut


async def test_a_server_that_stops_in_the_middle_of_its_answer() -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok":true,"result":{"text":"private')
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(half, "127.0.0.1", 0)
    api = Api(TOKEN, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    await api.open()
    assert type(await failing(api)) is NetworkError
    await api.close()
    listening.close()
    await listening.wait_closed()


async def test_open_and_close_twice() -> None:
    request = AiohttpRequest()
    with pytest.raises(NetworkError):
        await request.do_request("http://127.0.0.1", "POST")
    await request.initialize()
    await request.initialize()
    await request.shutdown()
    await request.shutdown()
    with pytest.raises(NetworkError):
        await request.do_request("http://127.0.0.1", "POST")


async def test_files_go_out_whole(api: Api, server: SandboxServer) -> None:
    server.world.add_user(1, "Ann")
    server.world.say(1, "/start")
    sent = await api.bot.send_document(1, b"a letter", filename="letter.txt", caption="<b>x</b>")
    assert sent.document is not None
    assert server.world.files[sent.document.file_id].content == b"a letter"


async def test_the_guard_of_these_tests_lets_nothing_out(request: pytest.FixtureRequest) -> None:
    """Not a test of the bot: see conftest.py."""
    import sys  # noqa: PLC0415

    guard: Any = next(
        m for name, m in sys.modules.items() if name.endswith("conftest") and hasattr(m, "_tried")
    )
    async with aiohttp.ClientSession() as session:
        for address in ("http://api.telegram.org", "http://192.0.2.1"):
            with pytest.raises((aiohttp.ClientError, OSError)):
                await session.get(address)
    assert guard._tried == ["api.telegram.org", "192.0.2.1"], request.node.name
    guard._tried.clear()
