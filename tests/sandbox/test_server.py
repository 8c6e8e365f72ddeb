"""The door, the restart, the clock, the page's two addresses, and python-telegram-bot as a client."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import telegram
from telegram.error import BadRequest

from bot.sandbox import PERSON, SandboxServer

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
    assert server.world.messages(PERSON) == []


async def test_acting_and_listening(server: SandboxServer, http: aiohttp.ClientSession, call: Caller) -> None:
    own = {"Origin": server.url}
    await call("setMyCommands", commands=[{"command": "menu", "description": "What we can do"}])
    async with http.ws_connect("/sandbox/live", headers=own) as line:
        hello = await line.receive_json()
        assert hello["me"]["first_name"] == "Ann"
        assert hello["commands"] == [{"command": "menu", "description": "What we can do"}]
        async with http.post("/sandbox/act", json={"do": "say", "text": "x" * 5000}, headers=own) as reply:
            assert reply.status == 200
        parts = [(await line.receive_json())["what"]["text"] for _ in range(2)]
        assert [len(part) for part in parts] == [4096, 904]
        keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
        _, sent = await call("sendMessage", chat_id=PERSON, text="?", reply_markup=keyboard)
        assert (await line.receive_json())["what"] == sent["result"]
        act = {"do": "press", "message_id": sent["result"]["message_id"], "data": "y"}
        async with http.post("/sandbox/act", json=act, headers=own) as reply:
            assert reply.status == 200
        query_id = next(reversed(server.world.presses))
        await call("answerCallbackQuery", callback_query_id=query_id, text="Noted")
        heard = await line.receive_json()
        assert (heard["type"], heard["what"]["text"]) == ("answered", "Noted")
        async with http.post("/sandbox/act", json={"do": "jump", "seconds": 604800}, headers=own) as reply:
            assert reply.status == 200
        assert (await line.receive_json())["type"] == "clock"


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
    server.world.say(PERSON, "/export")
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as bot:
        sent = await bot.send_document(PERSON, document=b"all of it", filename="<words>.html")
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
    assert server.world.say(PERSON, "hi")["message"]["date"] == int(server.world.now())


async def test_a_restart_keeps_the_world_and_the_port(server: SandboxServer, call: Caller) -> None:
    server.world.say(PERSON, "before")
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
        world.say(PERSON, "/start")
        said = (await bot.get_updates(timeout=0, allowed_updates=["message", "callback_query"]))[0]
        assert said.message is not None
        assert said.message.entities[0].type == "bot_command"
        await bot.send_chat_action(PERSON, "typing")
        markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Yes", callback_data="y")]])
        sent = await bot.send_message(
            PERSON,
            "<b>Ready</b>, Ann &amp; Bo?",
            parse_mode="HTML",
            reply_markup=markup,
            protect_content=True,
        )
        assert sent.text == "Ready, Ann & Bo?"
        assert sent.entities[0].type == "bold"
        assert sent.has_protected_content
        assert sent.reply_markup == markup
        world.tap(PERSON, "Yes")
        pressed = (await bot.get_updates(offset=said.update_id + 1))[0].callback_query
        assert pressed is not None
        assert pressed.data == "y"
        assert await bot.answer_callback_query(pressed.id, "Noted")
        await bot.edit_message_reply_markup(PERSON, sent.message_id)
        assert world.buttons(world.last(PERSON)) == []
        await bot.edit_message_text("Ready.", PERSON, sent.message_id)
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("Ready.", PERSON, sent.message_id)
        await bot.send_photo(
            PERSON, Path(__file__).with_name("dot.png"), caption="A <i>dot</i>", parse_mode="HTML"
        )
        assert world.last(PERSON)["photo"][0]["width"] == 1
        await bot.delete_message(PERSON, sent.message_id)
    assert all(call.unknown == () for call in server.calls)
