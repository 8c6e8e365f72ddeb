"""The methods that put messages into chats and change or delete them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.asked import chat_id_in, entities_in, message_id_in, whole_numbers
from bot.sandbox.entities import formatted
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.markup import Markup, read_markup
from bot.sandbox.shapes import CAPTION_LIMIT, TEXT_LIMIT, Json, length16
from bot.sandbox.uploads import picture_size, uploaded

if TYPE_CHECKING:
    from bot.sandbox.limits import Limits
    from bot.sandbox.params import Params
    from bot.sandbox.scene import Chat, Scene, StoredFile

_MOST_DELETED: Final = 100
_UNCHANGED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_NOT_FOUND: Final = "Bad Request: message to delete not found"


class Sending:
    """Sends, edits and deletes as the bot; with `limits`, refuses what comes too fast."""

    def __init__(self, scene: Scene, limits: Limits | None) -> None:
        """Send into the chats of `scene`."""
        self.scene = scene
        self.limits = limits

    def send_message(self, params: Params) -> object:
        """Carry out sendMessage."""
        chat = self._chat(params)
        return self._post(chat, _text(params), params)

    def send_document(self, params: Params) -> object:
        """Carry out sendDocument."""
        chat = self._chat(params)
        stored = uploaded(params, "document", self.scene.files)
        document = {"file_name": stored.name, "mime_type": stored.mime_type, **self._keep(stored)}
        return self._post(chat, {"document": document, **_caption(params)}, params)

    def send_photo(self, params: Params) -> object:
        """Carry out sendPhoto."""
        chat = self._chat(params)
        stored = uploaded(params, "photo", self.scene.files)
        width, height = picture_size(stored.content)
        shown = {**_caption(params), **({"has_media_spoiler": True} if params.flag("has_spoiler") else {})}
        photo = {"width": width, "height": height, **self._keep(stored)}
        return self._post(chat, {"photo": [photo], **shown}, params)

    def edit_text(self, params: Params) -> object:
        """Carry out editMessageText."""
        chat, message = self._own_message(params)
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        return self._rewrite(chat, message, _text(params), params, ("text", "entities"))

    def edit_caption(self, params: Params) -> object:
        """Carry out editMessageCaption; no caption takes the old one away."""
        chat, message = self._own_message(params)
        if "photo" not in message and "document" not in message:
            raise bad_request("there is no caption in the message to edit")
        return self._rewrite(chat, message, _caption(params), params, ("caption", "caption_entities"))

    def edit_markup(self, params: Params) -> object:
        """Carry out editMessageReplyMarkup."""
        chat, message = self._own_message(params)
        return self._rewrite(chat, message, {}, params, ())

    def delete_one(self, params: Params) -> object:
        """Carry out deleteMessage."""
        chat = self._chat(params)
        self.scene.delete(chat, message_id_in(params))
        return True

    def delete_many(self, params: Params) -> object:
        """Carry out deleteMessages; ids that are not there are passed over, as Telegram does."""
        ids = whole_numbers(params, "message_ids")
        if not ids:
            raise bad_request("message identifiers are not specified")
        if len(ids) > _MOST_DELETED:
            raise bad_request("too many message identifiers specified")
        chat = self._chat(params)
        for number in ids:
            try:
                self.scene.delete(chat, number)
            except ApiError as refusal:
                if refusal.description != _NOT_FOUND:
                    raise
        return True

    def _chat(self, params: Params) -> Chat:
        if params.text("business_connection_id"):
            raise bad_request("business connection not found")
        return self.scene.reachable(chat_id_in(params))

    def _own_message(self, params: Params) -> tuple[Chat, Json]:
        if params.text("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        chat = self._chat(params)
        return chat, self.scene.own_message(chat, message_id_in(params))

    def _keep(self, stored: StoredFile) -> Json:
        file_id = secrets.token_urlsafe(18)
        self.scene.files[file_id] = stored
        return {"file_id": file_id, "file_unique_id": file_id[:12], "file_size": len(stored.content)}

    def _post(self, chat: Chat, content: Json, params: Params) -> Json:
        markup = _markup(params)
        reply_to, quote = _reply_to(params, chat)
        thread = params.integer("message_thread_id")
        if not thread and reply_to is not None:
            thread = chat.messages[reply_to].get("message_thread_id", 0)
        topic = self.scene.open_thread(chat, thread)
        if self.limits is not None:
            self.limits.spend(chat.id, self.scene.now())
        if params.flag("protect_content"):
            content["has_protected_content"] = True
        if markup.inline:
            content["reply_markup"] = markup.inline
        message = self.scene.post(chat, self.scene.bot, {**content, **quote}, reply_to, topic)
        if markup.reply:
            keyboard = None if markup.reply.get("remove_keyboard") else markup.reply
            self.scene.show_keyboard(chat, keyboard)
        return message

    def _rewrite(
        self, chat: Chat, message: Json, content: Json, params: Params, names: tuple[str, ...]
    ) -> Json:
        markup = _markup(params)
        if markup.reply:
            raise bad_request("inline keyboard expected")
        wanted = {**content, "reply_markup": markup.inline} if markup.inline else content
        compared = (*names, "reply_markup")
        if all(message.get(name) == wanted.get(name) for name in compared):
            raise bad_request(_UNCHANGED)
        if self.limits is not None and not chat.private:
            self.limits.spend(chat.id, self.scene.now())
        return self.scene.rewrite(chat, message, wanted, drop=compared)


def _markup(params: Params) -> Markup:
    return read_markup(params.structure("reply_markup", "reply keyboard markup"))


def _text(params: Params) -> Json:
    preview = params.structure("link_preview_options", "link preview options")
    if preview is not None and not isinstance(preview, dict):
        raise bad_request("object expected as link preview options")
    return _words(params, "text", "entities", TEXT_LIMIT, "message is too long")


def _words(params: Params, field: str, entities: str, limit: int, too_long: str) -> Json:
    source = params.text(field)
    if not source:
        raise bad_request("message text is empty")
    text, found = formatted(source, params.text("parse_mode"), entities_in(params, entities))
    if not text:
        raise bad_request("text must be non-empty")
    if length16(text) > limit:
        raise bad_request(too_long)
    return {field: text, entities: found} if found else {field: text}


def _caption(params: Params) -> Json:
    if not params.text("caption").strip():
        return {}
    return _words(params, "caption", "caption_entities", CAPTION_LIMIT, "message caption is too long")


def _reply_to(params: Params, chat: Chat) -> tuple[int | None, Json]:
    """Return which message is answered, None for none, and the quote as fields of the new message."""
    given: Any = params.structure("reply_parameters", "reply parameters")
    if given is not None and not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    given = given or {
        "message_id": params.integer("reply_to_message_id"),
        "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
    }
    if str(given.get("chat_id") or chat.id) != str(chat.id):
        raise bad_request("the sandbox answers messages of the same chat only")
    named = int(given.get("message_id") or 0)
    if not named:
        return None, {}
    original = chat.messages.get(named)
    if original is None:
        if given.get("allow_sending_without_reply"):
            return None, {}
        raise bad_request("message to be replied not found")
    return named, _quote(given, original)


def _quote(given: Json, original: Json) -> Json:
    if not given.get("quote"):
        return {}
    text, _ = formatted(given["quote"], given.get("quote_parse_mode", ""), given.get("quote_entities", []))
    whole = str(original.get("text", original.get("caption", "")))
    at = whole.find(text)
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return {"quote": {"text": text, "position": length16(whole[:at]), "is_manual": True}}
