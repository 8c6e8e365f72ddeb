"""Makes the calls that leave the bot, and says in the outbox's words how each ended."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.library.render import plain
from bot.runtime.dates import FILE_NAME as DATE_FILE
from bot.runtime.events import LINK, AnswerPress, Call, Count, Delete, Keyboard, Retold
from bot.runtime.sends import (
    Gone,
    Instead,
    Later,
    Moved,
    NoTopic,
    Refused,
    Revoked,
    SendError,
    Unknown,
    without,
)
from bot.telegram.api import HTML

if TYPE_CHECKING:
    from bot.runtime.events import Row
    from bot.store.protocol import Message
    from bot.telegram.api import Api
    from bot.telegram.buttons import Seals
    from bot.telegram.request import Files

UNREACHABLE = (
    "chat not found",
    "user is deactivated",
    "bot was blocked",
    "bot can't initiate",
    "peer_id_invalid",
)
BAD_MARKUP = "can't parse entities"
NOT_MODIFIED = "not modified"
ABSENT = frozenset({"left", "kicked"})
"""What Telegram calls somebody who is not in a group (any more)."""
TOPIC_GONE = ("thread not found", "topic_closed", "topic_deleted")
_RETRY_IN_TEXT = re.compile(r"retry after (\d+)", re.IGNORECASE)


class Sender:
    """Sends outbox messages and makes the calls of a turn."""

    def __init__(self, api: Api, seals: Seals) -> None:
        """Send through `api`; buttons are sealed with `seals`."""
        self._api = api
        self._seals = seals

    async def send(self, message: Message) -> int:
        """Send one message by one call, and return its id there. Raises those of `runtime/sends.py`."""
        if "file" in message.body:
            return await self._send_file(message)
        if "photo" in message.body:
            try:
                return await self._send_picture(message)
            except NoTopic:
                raise
            except Refused as error:
                # The words matter more: too many for a caption, or no pictures in this group.
                raise Instead(str(error), without(message.body, "photo")) from None
        chat_id, message_id = message.body.get("edit", (0, 0))
        # A group that has moved has other numbers.
        if chat_id == message.chat_id:
            return await self._edit(message, message_id)
        try:
            return await self._send(self._parameters(message))
        except Refused as error:
            if str(error) != BAD_MARKUP or message.body.get("plain"):
                raise
            # The words matter more than their looks.
            raise Instead(BAD_MARKUP, {**message.body, "plain": True}) from None

    async def _edit(self, message: Message, message_id: int) -> int:
        """Put the words in the place of a message; where that is gone they are to be sent."""
        edit = {**self._parameters(message), "message_id": message_id}
        for key in ("message_thread_id", "protect_content", "disable_notification"):
            edit.pop(key, None)
        try:
            await self._api.call("editMessageText", edit)
        except Exception as error:  # noqa: BLE001  as in `_send`
            known = translate(error)
            if not isinstance(known, Refused):
                raise known from None
            if str(known) != NOT_MODIFIED:
                raise Instead("edit refused", without(message.body, "edit")) from None
        return message_id

    async def _send_file(self, message: Message) -> int:
        """Send a document that cannot be passed on nor saved to a gallery by itself."""
        file = message.body["file"]
        parameters = {
            "chat_id": message.chat_id,
            "caption": plain(message.body["text"]),
            "disable_content_type_detection": True,
        }
        if file["name"] != DATE_FILE:
            parameters["protect_content"] = True
        if message.body.get("silent"):
            parameters["disable_notification"] = True
        if message.body.get("thread"):
            parameters["message_thread_id"] = message.body["thread"]
        kind = "text/calendar" if file["name"] == DATE_FILE else "application/zip"
        part = (file["name"], b64decode(file["data"]), kind)
        return await self._send(parameters, "sendDocument", {"document": part})

    async def _send_picture(self, message: Message) -> int:
        """Send a picture with the words under it; a discreet person taps to see it."""
        parameters = self._parameters(message)
        parameters["caption"] = parameters.pop("text")
        del parameters["link_preview_options"]
        if message.body.get("protect"):
            parameters["has_spoiler"] = True
        name, png = message.body["photo"]
        return await self._send(parameters, "sendPhoto", {"photo": (f"{name}.png", png, "image/png")})

    async def _send(
        self, parameters: dict[str, Any], method: str = "sendMessage", files: Files | None = None
    ) -> int:
        try:
            sent = await self._api.call(method, parameters, files)
        except Exception as error:  # noqa: BLE001  a 200 that is no answer raises anything
            raise translate(error) from None
        message_id = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(message_id, int):
            # `result: null` and the like: nobody can say whether it arrived.
            raise Unknown("NoMessage")
        return message_id

    def _parameters(self, message: Message) -> dict[str, Any]:
        body = message.body
        parameters: dict[str, Any] = {
            "chat_id": message.chat_id,
            "text": body["text"],
            "parse_mode": HTML,
            "link_preview_options": {"is_disabled": True},
        }
        if body.get("plain"):
            del parameters["parse_mode"]
            parameters["text"] = plain(body["text"])
        if body.get("protect"):
            parameters["protect_content"] = True
        if body.get("silent"):
            parameters["disable_notification"] = True
        if body.get("thread"):
            parameters["message_thread_id"] = body["thread"]
        if body["rows"]:
            parameters["reply_markup"] = self._markup(message.chat_id, body["rows"])
        elif body.get("reply"):
            parameters["reply_markup"] = {"force_reply": True}
        return parameters

    def _markup(self, chat_id: int, rows: list[Row]) -> dict[str, Any]:
        buttons = [[self._button(chat_id, label, payload) for label, payload in row] for row in rows]
        return {"inline_keyboard": buttons}

    def _button(self, chat_id: int, label: str, payload: str) -> dict[str, str]:
        if payload.startswith(LINK):
            return {"text": label, "url": payload}
        return {"text": label, "callback_data": self._seals.seal(chat_id, payload)}

    async def make(self, call: Call) -> int | None:
        """Make one call of a turn. Raises the errors of `runtime/outbox.py`; most may be ignored."""
        if isinstance(call, Count):
            return await self._count(call)
        await self._ask(*self._as_method(call))
        return None

    async def _count(self, call: Count) -> int | None:
        """Count who is in a group; 0 where somebody is certainly not in it, who should be."""
        number = await self._ask("getChatMemberCount", {"chat_id": call.chat_id})
        for user_id in call.with_these:
            try:
                member = await self._ask("getChatMember", {"chat_id": call.chat_id, "user_id": user_id})
            except (Gone, Refused):
                # Promised only to administrators; what a group does not tell is not held against anybody.
                continue
            if isinstance(member, dict) and member.get("status") in ABSENT:
                return 0
        return number if isinstance(number, int) else None

    async def _ask(self, method: str, parameters: dict[str, Any]) -> object:
        try:
            return await self._api.call(method, parameters)
        except Exception as error:  # noqa: BLE001  a 200 that is no answer raises anything
            raise translate(error) from None

    def _as_method(self, call: AnswerPress | Delete | Keyboard | Retold) -> tuple[str, dict[str, Any]]:
        if isinstance(call, AnswerPress):
            parameters: dict[str, Any] = {"callback_query_id": call.press_id}
            if call.text:
                parameters["text"] = call.text
            return "answerCallbackQuery", parameters
        if isinstance(call, Delete):
            return "deleteMessages", {"chat_id": call.chat_id, "message_ids": list(call.message_ids)}
        parameters = {
            "chat_id": call.chat_id,
            "message_id": call.message_id,
            "reply_markup": self._markup(call.chat_id, call.rows),
        }
        if isinstance(call, Retold):
            return "editMessageText", parameters | {"text": call.text, "parse_mode": HTML}
        return "editMessageReplyMarkup", parameters


def _refusal(text: str) -> SendError:
    """Say what a 400 means; PTB begins its text with a capital letter."""
    if any(part in text for part in UNREACHABLE):
        return Gone("chat not found")
    if any(part in text for part in TOPIC_GONE):
        return NoTopic()
    return Refused(next((part for part in (BAD_MARKUP, NOT_MODIFIED) if part in text), "bad request"))


def translate(error: Exception) -> Exception:  # noqa: PLR0911  a table, in effect
    """Say in the outbox's words what PTB raised; texts of the API are kept only where they are known."""
    text = str(error)
    match error:
        case RetryAfter(retry_after=seconds):
            wait = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
            return Later(wait)
        case ChatMigrated(new_chat_id=chat_id):
            return Moved(chat_id)
        case InvalidToken():
            return Revoked()
        case Forbidden():
            return Gone("forbidden")
        case BadRequest():
            return _refusal(text.lower())
        case NetworkError() if found := _RETRY_IN_TEXT.search(text):
            return Later(timedelta(seconds=int(found[1])))
        case NetworkError() if text.startswith("ClientConnector"):
            return Unknown("Unreached")
        case TelegramError():
            return Unknown(type(error).__name__)
    return Unknown(type(error).__name__)
