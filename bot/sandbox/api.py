"""The methods of the Bot API that the sandbox knows, each as strict as Telegram."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.sandbox.entities import formatted
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.markup import Markup, read_markup
from bot.sandbox.profile import Profile
from bot.sandbox.shapes import CAPTION_LIMIT, TEXT_LIMIT, Json, length16
from bot.sandbox.uploads import picture_size, uploaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.limits import Limits
    from bot.sandbox.params import Params
    from bot.sandbox.scene import Chat, Scene

_ANSWER_LIMIT: Final = 200
_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
_UNCHANGED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_SEND: Final = frozenset({
    "chat_id", "message_thread_id", "direct_messages_topic_id", "disable_notification", "protect_content",
    "allow_paid_broadcast", "message_effect_id", "suggested_post_parameters", "reply_parameters",
    "reply_to_message_id", "allow_sending_without_reply", "reply_markup", "parse_mode",
    "business_connection_id",
})  # fmt: skip
_TEXT: Final = frozenset({"text", "entities", "link_preview_options", "disable_web_page_preview"})
_CAPTION: Final = frozenset({"caption", "caption_entities", "show_caption_above_media", "has_spoiler"})
_EDIT: Final = frozenset({
    "chat_id", "message_id", "inline_message_id", "reply_markup", "business_connection_id"
})  # fmt: skip
_SCOPED: Final = frozenset({"scope", "language_code"})


class Method(NamedTuple):
    """One method: its name as documented, what does it, and the parameters Telegram documents."""

    name: str
    run: Callable[[Params], object]
    fields: frozenset[str] = frozenset()


class Api:
    """Carries calls out on a scene. Everything but `getUpdates`, which waits and so lives elsewhere."""

    def __init__(self, scene: Scene, limits: Limits | None = None) -> None:
        """Serve `scene`; with `limits`, refuse what comes too fast."""
        self.scene = scene
        self.limits = limits
        self.profile = Profile()
        methods = [
            Method("getMe", self._get_me),
            Method("sendMessage", self._send_message, _SEND | _TEXT),
            Method("sendDocument", self._send_document, _SEND | _CAPTION | {
                "document", "thumbnail", "disable_content_type_detection",
            }),
            Method("sendPhoto", self._send_photo, _SEND | _CAPTION | {"photo"}),
            Method("editMessageText", self._edit_text, _EDIT | _TEXT | {"parse_mode"}),
            Method("editMessageReplyMarkup", self._edit_markup, _EDIT),
            Method("deleteMessage", self._delete_message, frozenset({"chat_id", "message_id"})),
            Method("answerCallbackQuery", self._answer, frozenset({
                "callback_query_id", "text", "show_alert", "url", "cache_time",
            })),
            Method("sendChatAction", self._send_action, frozenset({
                "chat_id", "action", "message_thread_id", "business_connection_id",
            })),
            Method("setMyCommands", self._set_commands, _SCOPED | {"commands"}),
            Method("getMyCommands", self._get_commands, _SCOPED),
            Method("setMyDescription", self._set_description, frozenset({"description", "language_code"})),
            Method("setMyShortDescription", self._set_short_description, frozenset({
                "short_description", "language_code",
            })),
            Method("deleteWebhook", self._delete_webhook, frozenset({"drop_pending_updates"})),
            Method("getWebhookInfo", self._webhook_info),
        ]  # fmt: skip
        self._methods = {method.name.lower(): method for method in methods}

    def find(self, name: str) -> Method:
        """Return a method by its name in any case, as Telegram does; ApiError 404 when unknown."""
        try:
            return self._methods[name.lower()]
        except KeyError:
            raise ApiError(404, "Not Found") from None

    def _get_me(self, _: Params) -> object:
        abilities = ("can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business")
        return {**self.scene.bot, "can_join_groups": True, **dict.fromkeys(abilities, False)}

    def _send_message(self, params: Params) -> object:
        chat = self._chat(params)
        content = _words(params, "text", "entities", TEXT_LIMIT, "message is too long")
        return self._post(chat, content, params)

    def _send_document(self, params: Params) -> object:
        chat = self._chat(params)
        stored = uploaded(params, "document", self.scene.files)
        document = {"file_name": stored.name, "mime_type": stored.mime_type, **self._keep(stored.content)}
        self.scene.files[document["file_id"]] = stored
        return self._post(chat, {"document": document, **_caption(params)}, params)

    def _send_photo(self, params: Params) -> object:
        chat = self._chat(params)
        stored = uploaded(params, "photo", self.scene.files)
        width, height = picture_size(stored.content)
        photo = {"width": width, "height": height, **self._keep(stored.content)}
        self.scene.files[photo["file_id"]] = stored
        return self._post(chat, {"photo": [photo], **_caption(params)}, params)

    @staticmethod
    def _keep(content: bytes) -> Json:
        file_id = secrets.token_urlsafe(18)
        return {"file_id": file_id, "file_unique_id": file_id[:12], "file_size": len(content)}

    def _edit_text(self, params: Params) -> object:
        chat, message = self._own_message(params)
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        content = _words(params, "text", "entities", TEXT_LIMIT, "message is too long")
        return self._rewrite(chat, message, content, params)

    def _edit_markup(self, params: Params) -> object:
        chat, message = self._own_message(params)
        return self._rewrite(chat, message, {}, params)

    def _delete_message(self, params: Params) -> object:
        chat = self._chat(params)
        self.scene.delete(chat, _message_id(params))
        return True

    def _answer(self, params: Params) -> object:
        text = params.text("text")
        if length16(text) > _ANSWER_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        self.scene.answer(params.text("callback_query_id"), text, alert=params.flag("show_alert"))
        return True

    def _send_action(self, params: Params) -> object:
        chat = self._chat(params)
        action = params.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.scene.tell("action", {"chat_id": chat.shape["id"], "action": action})
        return True

    def _set_commands(self, params: Params) -> object:
        scope = params.structure("scope", "BotCommandScope")
        commands = params.structure("commands", "commands")
        self.profile.set_commands(commands, scope, params.text("language_code"))
        self.scene.tell("commands", {})
        return True

    def _get_commands(self, params: Params) -> object:
        scope = params.structure("scope", "BotCommandScope")
        return self.profile.commands(scope, params.text("language_code"))

    def _set_description(self, params: Params) -> object:
        self.profile.describe("description", params.text("description"), params.text("language_code"))
        return True

    def _set_short_description(self, params: Params) -> object:
        text = params.text("short_description")
        self.profile.describe("short_description", text, params.text("language_code"))
        return True

    def _delete_webhook(self, params: Params) -> object:
        if params.flag("drop_pending_updates"):
            self.scene.updates.clear()
        return True

    def _webhook_info(self, _: Params) -> object:
        waiting = len(self.scene.updates)
        return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}

    def _chat(self, params: Params) -> Chat:
        wanted = params.text("chat_id")
        if not wanted:
            raise bad_request("chat_id is empty")
        if not wanted.removeprefix("-").isdecimal():
            raise bad_request("chat not found")
        return self.scene.reachable(int(wanted))

    def _own_message(self, params: Params) -> tuple[Chat, Json]:
        chat = self._chat(params)
        return chat, self.scene.own_message(chat, _message_id(params))

    def _post(self, chat: Chat, content: Json, params: Params) -> Json:
        if params.integer("message_thread_id"):
            raise bad_request("message thread not found")
        markup = _markup(params)
        reply_to = _reply_to(params, chat)
        if self.limits is not None:
            self.limits.spend(chat.shape["id"], self.scene.now())
        if params.flag("protect_content"):
            content["has_protected_content"] = True
        if markup.inline:
            content["reply_markup"] = markup.inline
        if markup.reply:
            chat.keyboard = None if markup.reply.get("remove_keyboard") else markup.reply
        return self.scene.post(chat, self.scene.bot, content, reply_to)

    def _rewrite(self, chat: Chat, message: Json, content: Json, params: Params) -> Json:
        markup = _markup(params)
        if markup.reply:
            raise bad_request("inline keyboard expected")
        wanted = {**content, "reply_markup": markup.inline} if markup.inline else content
        compared = {"text", "entities", "reply_markup"} if content else {"reply_markup"}
        if all(message.get(name) == wanted.get(name) for name in compared):
            raise bad_request(_UNCHANGED)
        return self.scene.rewrite(chat, message, wanted, drop=tuple(compared))


def _markup(params: Params) -> Markup:
    return read_markup(params.structure("reply_markup", "reply keyboard markup"))


def _words(params: Params, field: str, entities: str, limit: int, too_long: str) -> Json:
    source = params.text(field)
    if not source:
        raise bad_request("message text is empty")
    text, found = formatted(source, params.text("parse_mode"), _entities(params, entities))
    if not text:
        raise bad_request("text must be non-empty")
    if length16(text) > limit:
        raise bad_request(too_long)
    return {field: text, entities: found} if found else {field: text}


def _caption(params: Params) -> Json:
    if not params.text("caption").strip():
        return {}
    return _words(params, "caption", "caption_entities", CAPTION_LIMIT, "message caption is too long")


def _entities(params: Params, name: str) -> list[Json]:
    given: Any = params.structure(name, "entities")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(entity, dict) for entity in given):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return given


def _message_id(params: Params) -> int:
    if not params.text("message_id"):
        raise bad_request("message identifier is not specified")
    return params.integer("message_id")


def _reply_to(params: Params, chat: Chat) -> int | None:
    given: Any = params.structure("reply_parameters", "reply parameters")
    if given is not None and not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    named: Any = given.get("message_id") if given else params.integer("reply_to_message_id")
    if not named:
        return None
    if named in chat.messages:
        return int(named)
    anyway = given.get("allow_sending_without_reply") if given else params.flag("allow_sending_without_reply")
    if anyway:
        return None
    raise bad_request("message to be replied not found")
