"""Methods that do more than say no: what they leave behind in the chat, and what they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox import ANN, Limits, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Caller = Callable[..., Coroutine[Any, Any, Any]]

PAIR = -500
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (320).to_bytes(4) + (200).to_bytes(4) + b"rest"


@pytest.fixture(autouse=True)
async def talk(server: SandboxServer, call: Caller) -> None:
    """Ann has said message 1, the bot has answered with message 2."""
    server.world.say(ANN, "/start")
    await call("sendMessage", chat_id=ANN, text="Hello")


async def test_a_picture_must_be_one(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    replies = []
    for content in (b"", b"not a picture", PNG):
        form = aiohttp.FormData({"chat_id": str(ANN), "caption": "<i>so</i>", "parse_mode": "html"})
        form.add_field("photo", content, filename="map.png", content_type="image/png")
        async with http.post(f"/bot{server.token}/sendPhoto", data=form) as reply:
            replies.append(await reply.json())
    assert replies[0]["description"] == "Bad Request: file must be non-empty"
    assert replies[1]["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    photo = replies[2]["result"]["photo"][0]
    assert (photo["width"], photo["height"], photo["file_size"]) == (320, 200, len(PNG))
    assert replies[2]["result"]["caption_entities"] == [{"type": "italic", "offset": 0, "length": 2}]
    assert server.world.files[photo["file_id"]].content == PNG


@pytest.mark.parametrize("way", ["json", "form", "multipart", "query"])
async def test_four_ways_to_ask(server: SandboxServer, http: aiohttp.ClientSession, way: str) -> None:
    address = f"/bot{server.token}/sendMessage"
    markup = '{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}]]}'
    fields = {"chat_id": str(ANN), "text": "Так & so", "reply_markup": markup}
    if way == "json":
        ask = http.post(address, json=fields)
    elif way == "form":
        ask = http.post(address, data=fields)
    elif way == "query":
        ask = http.get(address, params=fields)
    else:
        ask = http.post(address, data=aiohttp.FormData(fields, default_to_multipart=True))
    async with ask as reply:
        result = (await reply.json())["result"]
    assert result["text"] == "Так & so"
    assert server.world.buttons(result) == [{"text": "Yes", "callback_data": "y"}]


async def test_a_file_that_nothing_asks_for(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    seen = []
    for named in ("attach://extra", "attach://other"):
        form = aiohttp.FormData({"chat_id": str(ANN), "document": named})
        form.add_field("extra", b"bytes", filename="x.bin")
        async with http.post(f"/bot{server.token}/sendDocument", data=form) as reply:
            seen.append((await reply.json()).get("description"))
    assert seen == [None, "Bad Request: unknown parameter extra"]


async def test_limits_when_asked_for(server: SandboxServer, call: Caller) -> None:
    server.api.limits = Limits()
    assert (await call("sendMessage", chat_id=ANN, text="1"))[0] == 200
    status, reply = await call("sendMessage", chat_id=ANN, text="2")
    assert status == 429
    assert reply["description"] == "Too Many Requests: retry after 1"
    assert reply["parameters"] == {"retry_after": 1}
    await server.jump(timedelta(seconds=1))
    assert (await call("sendMessage", chat_id=ANN, text="2"))[0] == 200


async def test_limits_of_groups_count_edits_too(server: SandboxServer, call: Caller) -> None:
    server.world.create_group(PAIR, "Ann and her bot", [ANN])
    server.api.limits = Limits()
    _, sent = await call("sendMessage", chat_id=PAIR, text="0")
    for number in range(1, 20):
        await server.jump(timedelta(seconds=1))
        edit = {"message_id": sent["result"]["message_id"], "text": str(number)}
        assert (await call("editMessageText", chat_id=PAIR, **edit))[0] == 200
    await server.jump(timedelta(seconds=1))
    status, reply = await call("sendMessage", chat_id=PAIR, text="one more")
    assert (status, reply["parameters"]) == (429, {"retry_after": 40})
    for number in range(30):
        server.world.say(server.world.add_user(2000 + number, "Cy")["id"], "hello")
        assert (await call("sendMessage", chat_id=2000 + number, text="x"))[0] == 200
    assert (await call("sendMessage", chat_id=ANN, text="x"))[1]["parameters"] == {"retry_after": 1}


async def test_a_lenient_server_passes_over_what_telegram_would() -> None:
    server = SandboxServer(lenient=True)
    await server.start()
    server.world.say(ANN, "/start")
    asked = {
        "chat_id": ANN,
        "text": "x",
        "colour": "red",
        "protect_content": "perhaps",
        "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "y", "hide": False}]]},
    }
    async with aiohttp.ClientSession(server.url) as http:
        async with http.post(f"/bot{server.token}/sendmessage", json=asked) as reply:
            assert reply.status == 200
        async with http.post(f"/bot{server.token}/getUpdates", json={"allowed_updates": ["moon"]}) as reply:
            assert reply.status == 200
    await server.stop()
    seen = server.calls[0]
    assert (seen.method, seen.status) == ("sendMessage", 200)
    assert seen.unknown == ("colour", "reply_markup.inline_keyboard.hide")


async def test_captions_are_edited(server: SandboxServer, http: aiohttp.ClientSession, call: Caller) -> None:
    form = aiohttp.FormData({"chat_id": str(ANN), "caption": "one"})
    form.add_field("photo", PNG, filename="map.png")
    async with http.post(f"/bot{server.token}/sendPhoto", data=form) as reply:
        sent = (await reply.json())["result"]
    photo = {"chat_id": ANN, "message_id": sent["message_id"]}
    status, reply = await call("editMessageText", **photo, text="x")
    assert (status, reply["description"]) == (400, "Bad Request: there is no text in the message to edit")
    status, reply = await call("editMessageCaption", **photo, caption="one")
    assert status == 400
    assert reply["description"].startswith("Bad Request: message is not modified: ")
    _, reply = await call("editMessageCaption", **photo, caption="<b>two</b>", parse_mode="HTML")
    assert (reply["result"]["caption"], reply["result"]["photo"]) == ("two", sent["photo"])
    _, reply = await call("editMessageCaption", **photo)
    assert "caption" not in reply["result"]


async def test_many_are_deleted_and_the_missing_passed_over(server: SandboxServer, call: Caller) -> None:
    assert (await call("deleteMessages", chat_id=ANN, message_ids=[1, 2, 99])) == (
        200,
        {"ok": True, "result": True},
    )
    assert server.world.messages(ANN) == []


async def test_reply_keyboards_are_kept_and_told(server: SandboxServer, call: Caller) -> None:
    heard: list[dict[str, Any]] = []
    server.world.listeners.append(lambda event, what: heard.append(what) if event == "keyboard" else None)
    shown = {"keyboard": [[{"text": "Yes"}]], "resize_keyboard": True, "input_field_placeholder": "Yes?"}
    _, sent = await call("sendMessage", chat_id=ANN, text="?", reply_markup={**shown, "keyboard": [["Yes"]]})
    assert "reply_markup" not in sent["result"]
    assert server.world.chats[ANN].keyboard == shown
    await call("sendMessage", chat_id=ANN, text=".", reply_markup={"remove_keyboard": True})
    force = {"force_reply": True, "selective": True}
    await call("sendMessage", chat_id=ANN, text="?", reply_markup=force)
    assert heard == [{"chat_id": ANN, "keyboard": one} for one in (shown, None, force)]


async def test_a_quote_must_be_in_the_original(server: SandboxServer, call: Caller) -> None:
    server.world.say(ANN, "\N{GRINNING FACE} one, two")
    said = server.world.last(ANN)["message_id"]
    quoting = {"message_id": said, "quote": "two"}
    _, sent = await call("sendMessage", chat_id=ANN, text="x", reply_parameters=quoting)
    assert sent["result"]["quote"] == {"text": "two", "position": 8, "is_manual": True}


async def test_files_of_people_and_of_the_bot_can_be_fetched(
    server: SandboxServer, http: aiohttp.ClientSession, call: Caller
) -> None:
    photo = server.world.send_media(ANN, "photo")["message"]["photo"][0]
    _, reply = await call("getFile", file_id=photo["file_id"])
    assert reply["result"]["file_size"] == photo["file_size"]
    path = reply["result"]["file_path"]
    async with http.get(f"/file/bot{server.token}/{path}") as answer:
        body = await answer.read()
    assert (len(body), body[:4]) == (photo["file_size"], b"\x89PNG")
    for wrong in (f"/file/bot1:wrong/{path}", f"/file/bot{server.token}/photos/other.png"):
        async with http.get(wrong) as answer:
            assert answer.status == 404
