"""What the Bot API documents: the fields of its objects, and a check that nothing else was sent.

A kind is written as a word: "String", "Number" and "Boolean" are plain values, "Any" is looked at by nobody,
"Markup" is any of the four keyboards, the rest are names in `OBJECTS`; brackets make an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.params import Params

Fields = dict[str, str]
"""The fields of an object or a method, each with its kind."""


def _fields(**groups: str) -> Fields:
    """Return `{name: kind}` from `kind="name name …"`."""
    return {name: kind for kind, names in groups.items() for name in names.split()}


OBJECTS: Final[dict[str, Fields]] = {
    "ReplyParameters": _fields(
        Number="message_id quote_position checklist_task_id",
        Boolean="allow_sending_without_reply",
        String="quote quote_parse_mode poll_option_id",
        Any="chat_id",
    ) | {"quote_entities": "[MessageEntity]"},
    "LinkPreviewOptions": _fields(
        Boolean="is_disabled prefer_small_media prefer_large_media show_above_text", String="url"
    ),
    "MessageEntity": _fields(
        String="type url language custom_emoji_id date_time_format", Number="offset length unix_time",
        Any="user",
    ),
    "InlineKeyboardMarkup": {"inline_keyboard": "[[InlineKeyboardButton]]"},
    "InlineKeyboardButton": _fields(
        String="text callback_data url style icon_custom_emoji_id switch_inline_query "
        "switch_inline_query_current_chat",
        Boolean="pay disabled",
        Any="web_app login_url switch_inline_query_chosen_chat callback_game",
    ) | {"copy_text": "CopyTextButton"},
    "CopyTextButton": _fields(String="text"),
    "ReplyKeyboardMarkup": _fields(
        Boolean="is_persistent resize_keyboard one_time_keyboard selective", String="input_field_placeholder"
    ) | {"keyboard": "[[KeyboardButton]]"},
    "KeyboardButton": _fields(
        String="text style icon_custom_emoji_id", Boolean="request_contact request_location disabled",
        Any="request_users request_chat request_poll request_managed_bot web_app",
    ),
    "ReplyKeyboardRemove": _fields(Boolean="remove_keyboard selective"),
    "ForceReply": _fields(Boolean="force_reply selective", String="input_field_placeholder"),
    "BotCommand": _fields(String="command description"),
    "BotCommandScope": _fields(String="type", Any="chat_id user_id"),
}  # fmt: skip

_BY_FIELD: Final = {
    "inline_keyboard": "InlineKeyboardMarkup", "keyboard": "ReplyKeyboardMarkup",
    "remove_keyboard": "ReplyKeyboardRemove", "force_reply": "ForceReply",
}  # fmt: skip
_CALLED: Final = {
    "Markup": "reply keyboard markup", "ReplyParameters": "reply parameters",
    "LinkPreviewOptions": "link preview options", "InlineKeyboardButton": "inline keyboard button",
    "KeyboardButton": "keyboard button", "[MessageEntity]": "entities", "[BotCommand]": "commands",
}  # fmt: skip
_PLAIN: Final = frozenset({"String", "Number", "Boolean"})


def check(params: Params, fields: Mapping[str, str]) -> None:
    """Refuse with 400 a field that is not in `fields` and a value of the wrong kind, at any depth.

    An unknown name is only noted in `params.unknown` when `params` are lenient, as Telegram ignores it.
    """
    attached = {name for value in params.fields.values() for name in _attachments(value)}
    for name in (*params.fields, *params.files.keys() - attached):
        if name not in fields:
            params.unexpected(name)
    for name, kind in fields.items():
        if name in params.fields:
            _check_field(params, name, kind)


def _check_field(params: Params, name: str, kind: str) -> None:
    match kind:
        case "String":
            params.text(name)
        case "Number":
            params.integer(name)
        case "Boolean":
            params.flag(name)
        case "Any":
            pass
        case _:
            called = name if kind == "[Any]" else _CALLED.get(kind, kind)
            _walk(params, params.structure(name, called), kind, name)


def _walk(params: Params, value: Any, kind: str, path: str) -> None:  # noqa: ANN401  (whatever JSON was sent)
    if kind.startswith("["):
        for one in value if isinstance(value, list) else ():
            _walk(params, one, kind[1:-1], path)
        return
    if kind == "Markup" and isinstance(value, dict):
        kind = next((name for field, name in _BY_FIELD.items() if field in value), kind)
    # What is no object at all is refused by whoever reads it, in the words for that place.
    if not isinstance(value, dict):
        return
    known = OBJECTS.get(kind, {})
    for name, one in value.items():
        if name not in known:
            params.unexpected(f"{path}.{name}")
        elif known[name] in _PLAIN:
            if one is not None and not _fits(one, known[name]):
                raise bad_request(
                    f'can\'t parse {_CALLED.get(kind, kind)}: Field "{name}" must be of type {known[name]}'
                )
        else:
            _walk(params, one, known[name], f"{path}.{name}")


def _fits(value: object, kind: str) -> bool:
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind == "String":
        return isinstance(value, str)
    # Telegram takes digits in a string for a number.
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.removeprefix("-").isdecimal()
    )


def _attachments(value: object) -> list[str]:
    named = isinstance(value, str) and value.startswith("attach://")
    return [str(value).removeprefix("attach://")] if named else []
