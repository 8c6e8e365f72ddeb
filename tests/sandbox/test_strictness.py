"""For each rule one request that breaks it, and Telegram's own words in reply."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox import Limits, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Caller = Callable[..., Coroutine[Any, Any, Any]]

ANN = 1001
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (320).to_bytes(4) + (200).to_bytes(4) + b"rest"
LONG = "\N{GRINNING FACE}" * 2049

UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def button(**fields: object) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Yes", **fields}]]}


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"text": "hi"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 5, "text": "hi"}, "chat not found"),
    ("sendMessage", {"chat_id": "@somebody", "text": "hi"}, "chat not found"),
    ("sendMessage", {"chat_id": ANN}, "message text is empty"),
    ("sendMessage", {"chat_id": ANN, "text": ""}, "message text is empty"),
    ("sendMessage", {"chat_id": ANN, "text": " \n "}, "text must be non-empty"),
    ("sendMessage", {"chat_id": ANN, "text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ("sendMessage", {"chat_id": ANN, "text": ["hi"]}, 'field "text" must be of type String'),
    ("sendMessage", {"chat_id": ANN, "text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": ANN, "text": LONG}, "message is too long"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "message_thread_id": 7}, "message thread not found"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": {"message_id": 99}},
     "message to be replied not found"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "entities": [{"type": "bold", "offset": 1, "length": 9}]},
     "can't parse entities: entity is outside the text or lacks type, offset or length"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": "{"},
     "can't parse reply keyboard markup JSON object"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": [1]}, "object expected as reply markup"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"inline_keyboard": {}}},
     'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"inline_keyboard": [{"text": "x"}]}},
     'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"keyboard": [1]}},
     'field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"keyboard": [[{}]]}},
     'can\'t parse keyboard button: Can\'t find field "text"'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button()},
     "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"inline_keyboard": [["Yes"]]}},
     "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data="")},
     "BUTTON_DATA_INVALID"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data="x" * 65)},
     "BUTTON_DATA_INVALID"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data="ї" * 33)},
     "BUTTON_DATA_INVALID"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data=1)},
     'can\'t parse inline keyboard button: Field "callback_data" must be of type String'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(url="javascript:1")},
     "inline keyboard button URL 'javascript:1' is invalid: Wrong HTTP URL"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup":
     {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}}, "REPLY_MARKUP_TOO_LONG"),
    ("editMessageText", {"chat_id": ANN, "text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"chat_id": ANN, "message_id": 99, "text": "x"}, "message to edit not found"),
    ("editMessageText", {"chat_id": ANN, "message_id": 1, "text": "x"}, "message can't be edited"),
    ("editMessageText", {"chat_id": ANN, "message_id": 2, "text": "Hello"},
     UNCHANGED),
    ("editMessageText", {"chat_id": ANN, "message_id": 2, "text": "x", "reply_markup": {"force_reply": True}},
     "inline keyboard expected"),
    ("editMessageReplyMarkup", {"chat_id": ANN, "message_id": 2},
     UNCHANGED),
    ("deleteMessage", {"chat_id": ANN, "message_id": 99}, "message to delete not found"),
    ("answerCallbackQuery", {"callback_query_id": "7"},
     "query is too old and response timeout expired or query ID is invalid"),
    ("answerCallbackQuery", {"callback_query_id": "7", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("sendChatAction", {"chat_id": ANN, "action": "sleeping"}, "wrong parameter action in request"),
    ("sendDocument", {"chat_id": ANN}, "there is no document in the request"),
    ("sendDocument", {"chat_id": ANN, "document": "made-up"}, "wrong file identifier/HTTP URL specified"),
    ("setMyCommands", {"commands": {}}, "can't parse commands: expected an Array of BotCommand"),
    ("setMyCommands", {"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "start", "description": ""}]},
     "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": [], "scope": {"type": "moon"}},
     "can't parse BotCommandScope: unsupported type specified"),
    ("setMyDescription", {"description": "x" * 513}, "bot description is too long"),
    ("getUpdates", {"offset": "soon"}, 'field "offset" must be of type Number'),
    ("getUpdates", {"allowed_updates": "message"}, "can't parse allowed_updates JSON object"),
]  # fmt: skip

MARKUP = [
    ("<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
    ("ї <blink>x</blink>", 'Unsupported start tag "blink" at byte offset 3'),
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<a href='x>y</a>", "Unclosed start tag at byte offset 0"),
    ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<tg-time unix='soon'>x</tg-time>", 'Tag "tg-time" must have a valid attribute "unix" at byte offset 0'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


@pytest.fixture(autouse=True)
async def talk(server: SandboxServer, call: Caller) -> None:
    """Ann has said message 1, the bot has answered with message 2."""
    server.world.say(ANN, "/start")
    await call("sendMessage", chat_id=ANN, text="Hello")


@pytest.mark.parametrize(("method", "params", "why"), BROKEN)
async def test_refused_in_telegrams_words(
    call: Caller, method: str, params: dict[str, Any], why: str
) -> None:
    status, reply = await call(method, **params)
    assert (status, reply) == (
        400,
        {"ok": False, "error_code": 400, "description": f"Bad Request: {why}"},
    )


@pytest.mark.parametrize(("source", "why"), MARKUP)
async def test_broken_markup(call: Caller, source: str, why: str) -> None:
    status, reply = await call("sendMessage", chat_id=ANN, text=source, parse_mode="HTML")
    assert (status, reply["description"]) == (400, f"Bad Request: can't parse entities: {why}")


async def test_unknown_method(call: Caller) -> None:
    assert await call("sendLove") == (404, {"ok": False, "error_code": 404, "description": "Not Found"})


async def test_wrong_token(http: aiohttp.ClientSession) -> None:
    async with http.get("/bot1:wrong/getMe") as reply:
        assert reply.status == 401
        assert (await reply.json())["description"] == "Unauthorized"


async def test_a_blocked_bot_and_a_closed_account(server: SandboxServer, call: Caller) -> None:
    update = server.world.block(ANN)
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    status, reply = await call("sendMessage", chat_id=ANN, text="x")
    assert (status, reply["description"]) == (403, "Forbidden: bot was blocked by the user")
    server.world.unblock(ANN)
    assert (await call("sendMessage", chat_id=ANN, text="x"))[0] == 200
    server.world.close_account(ANN)
    status, reply = await call("sendMessage", chat_id=ANN, text="x")
    assert (status, reply["description"]) == (403, "Forbidden: user is deactivated")


async def test_deleting_ends_after_48_hours(server: SandboxServer, call: Caller) -> None:
    assert (await call("deleteMessage", chat_id=ANN, message_id=1))[0] == 200
    await server.jump(timedelta(hours=48, seconds=1))
    status, reply = await call("deleteMessage", chat_id=ANN, message_id=2)
    assert (status, reply["description"]) == (400, "Bad Request: message can't be deleted for everyone")


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
        form = aiohttp.FormData(fields)
        form.add_field("extra", b"bytes", filename="x.bin")
        ask = http.post(address, data=form)
    async with ask as reply:
        result = (await reply.json())["result"]
    assert result["text"] == "Так & so"
    assert server.world.buttons(result) == [{"text": "Yes", "callback_data": "y"}]


async def test_a_broken_body_is_refused(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(f"/bot{server.token}/getMe", data=b"[1", headers=headers) as reply:
        assert reply.status == 400


async def test_limits_when_asked_for(server: SandboxServer, call: Caller) -> None:
    server.api.limits = Limits()
    assert (await call("sendMessage", chat_id=ANN, text="1"))[0] == 200
    status, reply = await call("sendMessage", chat_id=ANN, text="2")
    assert status == 429
    assert reply["description"] == "Too Many Requests: retry after 1"
    assert reply["parameters"] == {"retry_after": 1}
    await server.jump(timedelta(seconds=1))
    assert (await call("sendMessage", chat_id=ANN, text="2"))[0] == 200


async def test_calls_are_listed_with_what_telegram_would_ignore(server: SandboxServer, call: Caller) -> None:
    await call("sendmessage", chat_id=ANN, text="x", colour="red")
    seen = server.calls[-1]
    assert (seen.method, seen.status, seen.unknown) == ("sendMessage", 200, ("colour",))
