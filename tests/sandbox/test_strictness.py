"""For each rule one request that breaks it, and Telegram's own words in reply."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import aiohttp

    from bot.sandbox import SandboxServer

    Caller = Callable[..., Coroutine[Any, Any, Any]]

ANN = 1001
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
    ("getUpdates", {"limit": [1]}, 'field "limit" must be of type Number'),
    ("getUpdates", {"timeout": True}, 'field "timeout" must be of type Number'),
    ("getUpdates", {"allowed_updates": "message"}, "can't parse allowed_updates JSON object"),
    ("getUpdates", {"allowed_updates": {}}, "can't parse allowed_updates: expected an Array of String"),
    ("getUpdates", {"allowed_updates": [1]}, "can't parse allowed_updates: expected an Array of String"),
    ("editMessageCaption", {"chat_id": ANN, "message_id": 2, "caption": "x"},
     "there is no caption in the message to edit"),
    ("editMessageText", {"inline_message_id": "x", "text": "x"}, "MESSAGE_ID_INVALID"),
    ("deleteMessage", {"chat_id": ANN}, "message identifier is not specified"),
    ("deleteMessages", {"chat_id": ANN}, "message identifiers are not specified"),
    ("deleteMessages", {"chat_id": ANN, "message_ids": []}, "message identifiers are not specified"),
    ("deleteMessages", {"chat_id": ANN, "message_ids": 5}, "expected an Array of message identifiers"),
    ("deleteMessages", {"chat_id": ANN, "message_ids": ["x"]}, "message identifier must be a Number"),
    ("deleteMessages", {"chat_id": ANN, "message_ids": [0]}, "invalid message identifier specified"),
    ("deleteMessages", {"chat_id": ANN, "message_ids": list(range(1, 102))},
     "too many message identifiers specified"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "business_connection_id": "x"},
     "business connection not found"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": [1]},
     "object expected as reply parameters"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": {"message_id": "first"}},
     'can\'t parse reply parameters: Field "message_id" must be of type Number'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": {"message_id": 1, "quote": "nay"}},
     "QUOTE_TEXT_INVALID"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "link_preview_options": [1]},
     "object expected as link preview options"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "link_preview_options": {"is_disabled": "yes"}},
     'can\'t parse link preview options: Field "is_disabled" must be of type Boolean'),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup":
     {"keyboard": [["Yes"]], "resize_keyboard": 1}},
     'can\'t parse ReplyKeyboardMarkup: Field "resize_keyboard" must be of type Boolean'),
    ("getChat", {"chat_id": 77}, "chat not found"),
    ("getChatMember", {"chat_id": ANN}, "invalid user_id specified"),
    ("getChatMember", {"chat_id": ANN, "user_id": 77}, "member not found"),
    ("getChatAdministrators", {"chat_id": ANN}, "there are no administrators in the private chat"),
    ("leaveChat", {"chat_id": ANN}, "chat member status can't be changed in private chats"),
    ("createForumTopic", {"chat_id": ANN, "name": "x"}, "the chat is not a forum"),
    ("getFile", {}, "file_id not specified"),
    ("getFile", {"file_id": "made-up"}, "invalid file_id"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "secret_token": "a b"},
     "secret token contains unallowed characters"),
]  # fmt: skip

STRICTER: list[tuple[str, dict[str, Any], str]] = [
    # What Telegram would take, and the sandbox refuses in words of its own.
    ("sendMessage", {"chat_id": ANN, "text": "hi", "colour": "red"}, "unknown parameter colour"),
    ("getMe", {"chat_id": ANN}, "unknown parameter chat_id"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"colour": 1}},
     "unknown parameter reply_markup.colour"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data="y", hide=False)},
     "unknown parameter reply_markup.inline_keyboard.hide"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup":
     {"keyboard": [[{"text": "x", "data": 1}]]}},
     "unknown parameter reply_markup.keyboard.data"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"force_reply": True, "hint": "x"}},
     "unknown parameter reply_markup.hint"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": {"message": 1}},
     "unknown parameter reply_parameters.message"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "link_preview_options": {"disabled": True}},
     "unknown parameter link_preview_options.disabled"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "entities": [{"kind": "bold"}]},
     "unknown parameter entities.kind"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "b", "icon": "c"}]},
     "unknown parameter commands.icon"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "protect_content": "perhaps"},
     'field "protect_content" must be of type Boolean'),
    ("sendMessage", {"chat_id": ANN, "text": "*hi*", "parse_mode": "MarkdownV2"},
     "the sandbox reads HTML only, not Markdown"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": button(callback_data="y", url="http://a.b")},
     "can't parse inline keyboard button: exactly one action expected, found callback_data and url"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup": {"keyboard":
     [[{"text": "x", "request_contact": True, "request_location": True}]]}},
     "can't parse keyboard button: at most one request expected"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup":
     {"keyboard": [["x"]], "input_field_placeholder": "x" * 65}},
     "input field placeholder must be 1-64 characters long"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_markup":
     {"force_reply": True, "input_field_placeholder": ""}},
     "input field placeholder must be 1-64 characters long"),
    ("sendMessage", {"chat_id": ANN, "text": "hi", "reply_parameters": {"message_id": 1, "chat_id": 5}},
     "the sandbox answers messages of the same chat only"),
    ("getUpdates", {"allowed_updates": ["massage"]}, "can't parse allowed_updates: unknown kind massage"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "max_connections": 101},
     "bad webhook: max_connections must be 1-100"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "secret_token": ""},
     "secret token must be 1-256 characters long"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "secret_token": "x" * 257},
     "secret token must be 1-256 characters long"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "certificate": "x"},
     "bad webhook: the sandbox takes no certificates"),
    ("setWebhook", {"url": "https://example.org/hook"},
     "bad webhook: the sandbox delivers to this machine only, such as http://127.0.0.1"),
    ("setWebhook", {"url": "http://127.0.0.1/hook", "ip_address": "192.0.2.1"},
     "bad webhook: the sandbox delivers to this machine only, such as 127.0.0.1"),
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
    ("<tg-emoji emoji-id='smile'>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


@pytest.fixture(autouse=True)
async def talk(server: SandboxServer, call: Caller) -> None:
    """Ann has said message 1, the bot has answered with message 2."""
    server.world.say(ANN, "/start")
    await call("sendMessage", chat_id=ANN, text="Hello")


@pytest.mark.parametrize(("method", "params", "why"), BROKEN + STRICTER)
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


async def test_a_broken_body_is_refused(server: SandboxServer, http: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(f"/bot{server.token}/getMe", data=b"[1", headers=headers) as reply:
        assert reply.status == 400
