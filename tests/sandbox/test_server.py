"""The door, the restart, the clock, the page's two addresses, and python-telegram-bot as a client."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import telegram
from telegram.error import BadRequest

from bot.sandbox import ANN, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Caller = Callable[..., Coroutine[Any, Any, Any]]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/bot{token}/getMe", "/sandbox/live"])
async def test_other_hosts_are_refused(
    server: SandboxServer, http: aiohttp.ClientSession, host: str, path: str
) -> None:
    async with http.get(path.format(token=server.token), headers={"Host": host}) as reply:
        assert reply.status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:80", "LocalHost:80"])
async def test_this_machine_is_let_in(http: aiohttp.ClientSession, host: str) -> None:
    async with http.get("/", headers={"Host": host}) as reply:
        assert reply.status == 200


async def test_other_web_pages_can_neither_act_nor_listen_nor_call(
    server: SandboxServer, http: aiohttp.ClientSession
) -> None:
    act = {"do": "say", "text": "hi"}
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {}):
        async with http.post("/sandbox/act", json=act, headers=headers) as reply:
            assert reply.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect("/sandbox/live", headers=headers)
    foreign = {"Origin": "http://evil.example"}
    async with http.post(f"/bot{server.token}/getMe", headers=foreign) as reply:
        assert reply.status == 403
    assert server.world.messages(ANN) == []


async def heard(line: aiohttp.ClientWebSocketResponse, kind: str) -> Any:  # noqa: ANN401  (whatever came)
    """Return the next event of one kind that a page hears."""
    while (event := await line.receive_json())["type"] != kind:
        pass
    return event


async def test_acting_and_listening(server: SandboxServer, http: aiohttp.ClientSession, call: Caller) -> None:
    own = {"Origin": server.url}

    async def act(what: str, **more: object) -> None:
        body = {"do": what, "as": ANN, "chat": ANN, **more}
        async with http.post("/sandbox/act", json=body, headers=own) as reply:
            assert reply.status == 200

    await call("setMyCommands", commands=[{"command": "menu", "description": "What we can do"}])
    async with http.ws_connect("/sandbox/live", headers=own) as line:
        hello = await heard(line, "hello")
        assert hello["people"][0]["first_name"] == "Ann"
        assert hello["commands"] == [{"command": "menu", "description": "What we can do"}]
        await act("say", text="x" * 5000)
        parts = [(await heard(line, "message"))["what"]["text"] for _ in range(2)]
        assert [len(part) for part in parts] == [4096, 904]
        keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
        _, sent = await call("sendMessage", chat_id=ANN, text="?", reply_markup=keyboard)
        assert (await heard(line, "message"))["what"] == sent["result"]
        await act("press", message_id=sent["result"]["message_id"], data="y")
        query_id = next(reversed(server.world.presses))
        await call("answerCallbackQuery", callback_query_id=query_id, text="Noted")
        assert (await heard(line, "answered"))["what"]["text"] == "Noted"
        await act("jump", seconds=604800)
        assert await heard(line, "clock")


@pytest.mark.parametrize(
    "act",
    [{}, [], 7, {"do": "fly"}, {"do": "jump", "seconds": -1}, {"do": "say", "text": ""}, {"do": "edit"}],
)
async def test_senseless_acts_are_refused(
    server: SandboxServer, http: aiohttp.ClientSession, act: object
) -> None:
    async with http.post("/sandbox/act", json=act, headers={"Origin": server.url}) as reply:
        assert reply.status == 400


async def test_the_page_is_served_whole_and_loads_nothing_from_elsewhere(http: aiohttp.ClientSession) -> None:
    for path in ("/", "/sandbox/app.js", "/sandbox/words.js", "/sandbox/style.css", "/favicon.ico"):
        async with http.get(path) as reply:
            body = await reply.text()
            assert reply.status == 200
            assert reply.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "https://" not in body
        assert "innerHTML" not in body
        assert " style=" not in body


async def test_sent_files_can_be_fetched(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    server.world.say(ANN, "/export")
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as bot:
        sent = await bot.send_document(ANN, document=b"all of it", filename="<words>.html")
    assert sent.document is not None
    async with http.get(f"/sandbox/file/{sent.document.file_id}") as reply:
        assert await reply.read() == b"all of it"
        assert reply.content_type == "application/octet-stream"
        assert reply.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%3Cwords%3E.html"
    async with http.get("/sandbox/file/none") as reply:
        assert reply.status == 404


async def test_jumps_are_lived_through_by_the_hour_and_told_in_order(server: SandboxServer) -> None:
    seen: list[tuple[str, timedelta]] = []

    async def later(step: timedelta) -> None:
        seen.append(("async", step))

    server.on_jump.extend([lambda step: seen.append(("plain", step)), later])
    before = server.world.now()
    step, hour, half = timedelta(hours=1, minutes=30), timedelta(hours=1), timedelta(minutes=30)
    await server.jump(step)
    assert seen == [("plain", hour), ("async", hour), ("plain", half), ("async", half)]
    assert server.world.now() - before == step.total_seconds()
    assert server.world.say(ANN, "hi")["message"]["date"] == int(server.world.now())


async def test_a_restart_keeps_the_world_and_the_port(server: SandboxServer, call: Caller) -> None:
    server.world.say(ANN, "before")
    port = server.port
    await server.stop()
    await server.start(port)
    status, reply = await call("getUpdates")
    assert (status, reply["result"][0]["message"]["text"]) == (200, "before")


async def test_it_listens_on_loopback_only(server: SandboxServer) -> None:
    assert server._runner is not None
    assert {address[0] for address in server._runner.addresses} == {"127.0.0.1"}


async def test_python_telegram_bot_works_against_it(server: SandboxServer) -> None:
    world = server.world
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as bot:
        assert (await bot.get_me()).username == "sandbox_bot"
        await bot.set_my_commands([("start", "Begin"), ("stop", "Leave")])
        assert [c.command for c in await bot.get_my_commands()] == ["start", "stop"]
        await bot.set_my_description("Walks alongside")
        await bot.set_my_short_description("Alongside")
        await bot.delete_webhook()
        world.say(ANN, "/start")
        said = (await bot.get_updates(timeout=0, allowed_updates=["message", "callback_query"]))[0]
        assert said.message is not None
        assert said.message.entities[0].type == "bot_command"
        await bot.send_chat_action(ANN, "typing")
        markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Yes", callback_data="y")]])
        sent = await bot.send_message(
            ANN,
            "<b>Ready</b>, Ann &amp; Bo?",
            parse_mode="HTML",
            reply_markup=markup,
            protect_content=True,
        )
        assert sent.text == "Ready, Ann & Bo?"
        assert sent.entities[0].type == "bold"
        assert sent.has_protected_content
        assert sent.reply_markup == markup
        world.tap(ANN, "Yes")
        pressed = (await bot.get_updates(offset=said.update_id + 1))[0].callback_query
        assert pressed is not None
        assert pressed.data == "y"
        assert await bot.answer_callback_query(pressed.id, "Noted")
        await bot.edit_message_reply_markup(ANN, sent.message_id)
        assert world.buttons(world.last(ANN)) == []
        await bot.edit_message_text("Ready.", ANN, sent.message_id)
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("Ready.", ANN, sent.message_id)
        await bot.send_photo(
            ANN, Path(__file__).with_name("dot.png"), caption="A <i>dot</i>", parse_mode="HTML"
        )
        assert world.last(ANN)["photo"][0]["width"] == 1
        await bot.delete_message(ANN, sent.message_id)
    assert all(call.unknown == () for call in server.calls)
