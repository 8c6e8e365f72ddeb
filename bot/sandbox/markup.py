"""Keyboards, checked as Telegram checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.sandbox.errors import bad_request
from bot.sandbox.shapes import length16

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json

_MOST_BUTTONS: Final = 100
_MOST_IN_A_ROW: Final = 8
_MOST_DATA_BYTES: Final = 64
_LONGEST_PLACEHOLDER: Final = 64
_KINDS: Final = (
    "callback_data", "url", "web_app", "login_url", "copy_text", "pay", "callback_game",
    "switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat",
)  # fmt: skip
_REPLY_KINDS: Final = (
    "request_contact", "request_location", "request_users", "request_chat", "request_poll", "web_app",
)  # fmt: skip


class Markup(NamedTuple):
    """What a `reply_markup` asks for: inline buttons under the message, or a change of the reply keyboard.

    `inline` is an InlineKeyboardMarkup with at least one button. `reply` is a ReplyKeyboardMarkup, ForceReply
    or ReplyKeyboardRemove.
    """

    inline: Json | None = None
    reply: Json | None = None


def read_markup(value: object) -> Markup:
    """Check a decoded `reply_markup`; None means that none was given. ApiError 400 in Telegram's words."""
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value["inline_keyboard"], "inline_keyboard", "InlineKeyboardMarkup")
        checked = [[_inline_button(button) for button in row] for row in rows if row]
        _count(checked)
        return Markup(inline={"inline_keyboard": checked} if checked else None)
    if "keyboard" in value:
        rows = _rows(value["keyboard"], "keyboard", "ReplyKeyboardMarkup")
        shown = [[_reply_button(button) for button in row] for row in rows if row]
        _count(shown)
        _placeholder(value)
        return Markup(reply={**value, "keyboard": shown})
    if value.get("remove_keyboard") is True or value.get("force_reply") is True:
        _placeholder(value)
        return Markup(reply=value)
    return Markup()


def _rows(value: object, field: str, kind: str) -> list[list[Any]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{field}" of the {kind} must be an Array')
    if not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{field}" of the {kind} must be an Array of Arrays')
    return value


def _count(rows: list[list[Json]]) -> None:
    if sum(map(len, rows)) > _MOST_BUTTONS or any(len(row) > _MOST_IN_A_ROW for row in rows):
        raise bad_request("REPLY_MARKUP_TOO_LONG")


def _placeholder(keyboard: Json) -> None:
    hint = keyboard.get("input_field_placeholder")
    if hint is not None and not 1 <= length16(hint) <= _LONGEST_PLACEHOLDER:
        raise bad_request("input field placeholder must be 1-64 characters long")


def _inline_button(button: object) -> Json:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "InlineKeyboardButton must be an Object")
    _text(button, prefix)
    actions = [kind for kind in _KINDS if kind in button]
    if not actions:
        raise bad_request(prefix + "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        # Telegram takes one of them and forgets the others; its documentation asks for exactly one.
        raise bad_request(prefix + f"exactly one action expected, found {' and '.join(actions)}")
    if "callback_data" in button:
        _data(button["callback_data"], prefix)
    if "url" in button:
        _url(button["url"], prefix)
    return button


def _reply_button(button: object) -> Json:
    if isinstance(button, str):
        return {"text": button}
    prefix = "can't parse keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "KeyboardButton must be an Object")
    _text(button, prefix)
    if sum(bool(button.get(kind)) for kind in _REPLY_KINDS) > 1:
        raise bad_request(prefix + "at most one request expected")
    return button


def _text(button: Json, prefix: str) -> None:
    if "text" not in button:
        raise bad_request(prefix + 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad_request(prefix + 'Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")


def _data(data: object, prefix: str) -> None:
    if not isinstance(data, str):
        raise bad_request(prefix + 'Field "callback_data" must be of type String')
    if not 1 <= len(data.encode()) <= _MOST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _url(url: object, prefix: str) -> None:
    if not isinstance(url, str):
        raise bad_request(prefix + 'Field "url" must be of type String')
    if not url.startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
