"""The parameters of every method that the sandbox knows, each with its kind (see schema.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.sandbox.schema import Fields

_CHAT: Final[Fields] = {"chat_id": "String"}
_MESSAGE: Final[Fields] = {**_CHAT, "message_id": "Number"}
_SEND: Final[Fields] = {
    **_CHAT,
    "message_thread_id": "Number",
    "direct_messages_topic_id": "Number",
    "disable_notification": "Boolean",
    "protect_content": "Boolean",
    "allow_paid_broadcast": "Boolean",
    "message_effect_id": "String",
    "suggested_post_parameters": "Any",
    "reply_parameters": "ReplyParameters",
    "reply_to_message_id": "Number",
    "allow_sending_without_reply": "Boolean",
    "reply_markup": "Markup",
    "parse_mode": "String",
    "business_connection_id": "String",
}
_TEXT: Final[Fields] = {
    "text": "String",
    "entities": "[MessageEntity]",
    "link_preview_options": "LinkPreviewOptions",
    "disable_web_page_preview": "Boolean",
}
_CAPTION: Final[Fields] = {
    "caption": "String",
    "caption_entities": "[MessageEntity]",
    "show_caption_above_media": "Boolean",
}
_EDIT: Final[Fields] = {
    **_MESSAGE,
    "inline_message_id": "String",
    "reply_markup": "Markup",
    "business_connection_id": "String",
}
_LANGUAGE: Final[Fields] = {"language_code": "String"}
_SCOPED: Final[Fields] = {"scope": "BotCommandScope", **_LANGUAGE}

FIELDS: Final[dict[str, Fields]] = {
    "getMe": {},
    "getUpdates": {
        "offset": "Number", "limit": "Number", "timeout": "Number", "allowed_updates": "[Any]",
    },
    "setWebhook": {
        "url": "String", "certificate": "String", "ip_address": "String", "max_connections": "Number",
        "allowed_updates": "[Any]", "drop_pending_updates": "Boolean", "secret_token": "String",
    },
    "deleteWebhook": {"drop_pending_updates": "Boolean"},
    "getWebhookInfo": {},
    "sendMessage": _SEND | _TEXT,
    "sendPhoto": _SEND | _CAPTION | {"photo": "String", "has_spoiler": "Boolean"},
    "sendDocument": _SEND | _CAPTION | {
        "document": "String", "thumbnail": "String", "disable_content_type_detection": "Boolean",
    },
    "sendChatAction": {
        **_CHAT, "action": "String", "message_thread_id": "Number", "business_connection_id": "String",
    },
    "editMessageText": _EDIT | _TEXT | {"parse_mode": "String"},
    "editMessageCaption": _EDIT | _CAPTION | {"parse_mode": "String"},
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": _MESSAGE,
    "deleteMessages": {**_CHAT, "message_ids": "[Any]"},
    "answerCallbackQuery": {
        "callback_query_id": "String", "text": "String", "show_alert": "Boolean", "url": "String",
        "cache_time": "Number",
    },
    "getChat": _CHAT,
    "getChatMember": {**_CHAT, "user_id": "Number"},
    "getChatMemberCount": _CHAT,
    "getChatAdministrators": _CHAT,
    "leaveChat": _CHAT,
    "createForumTopic": {
        **_CHAT, "name": "String", "icon_color": "Number", "icon_custom_emoji_id": "String",
    },
    "getFile": {"file_id": "String"},
    "setMyCommands": {**_SCOPED, "commands": "[BotCommand]"},
    "getMyCommands": _SCOPED,
    "deleteMyCommands": _SCOPED,
    "setMyDescription": {**_LANGUAGE, "description": "String"},
    "getMyDescription": _LANGUAGE,
    "setMyShortDescription": {**_LANGUAGE, "short_description": "String"},
    "getMyShortDescription": _LANGUAGE,
}  # fmt: skip
