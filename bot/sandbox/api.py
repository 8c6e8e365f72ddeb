"""The methods of the Bot API that the sandbox knows, each as strict as Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.sandbox.asked import chat_id_in
from bot.sandbox.chats import Chats
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.profile import Profile
from bot.sandbox.sending import Sending
from bot.sandbox.shapes import length16

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.limits import Limits
    from bot.sandbox.params import Params
    from bot.sandbox.topics import Topics

_ANSWER_LIMIT: Final = 200
_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


class Method(NamedTuple):
    """One method: its name as documented and what does it."""

    name: str
    run: Callable[[Params], object]


class Api:
    """Carries calls out on a scene. Everything but `getUpdates`, which waits and so lives elsewhere."""

    def __init__(self, scene: Topics, limits: Limits | None = None) -> None:
        """Serve `scene`; with `limits`, refuse what comes too fast."""
        self.scene = scene
        self.profile = profile = Profile()
        self._sending = sending = Sending(scene, limits)
        chats = Chats(scene)
        self._methods: dict[str, Method] = {}
        for name, run in {
            "getMe": self._get_me,
            "sendMessage": sending.send_message,
            "sendPhoto": sending.send_photo,
            "sendDocument": sending.send_document,
            "sendChatAction": self._send_action,
            "editMessageText": sending.edit_text,
            "editMessageCaption": sending.edit_caption,
            "editMessageReplyMarkup": sending.edit_markup,
            "deleteMessage": sending.delete_one,
            "deleteMessages": sending.delete_many,
            "answerCallbackQuery": self._answer,
            "getChat": chats.get_chat,
            "getChatMember": chats.get_member,
            "getChatMemberCount": chats.count_members,
            "getChatAdministrators": chats.get_administrators,
            "leaveChat": chats.leave,
            "createForumTopic": chats.create_topic,
            "getFile": chats.get_file,
            "setMyCommands": self._set_commands,
            "getMyCommands": lambda params: profile.commands(*_scope(params)),
            "deleteMyCommands": self._delete_commands,
            "setMyDescription": lambda params: self._describe(params, "description"),
            "getMyDescription": lambda params: profile.described("description", _language(params)),
            "setMyShortDescription": lambda params: self._describe(params, "short_description"),
            "getMyShortDescription": lambda params: profile.described("short_description", _language(params)),
        }.items():
            self.add(name, run)

    @property
    def limits(self) -> Limits | None:
        """Telegram's sending limits; None while they are off."""
        return self._sending.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self._sending.limits = limits

    def add(self, name: str, run: Callable[[Params], object]) -> None:
        """Take a method in that is carried out elsewhere."""
        self._methods[name.lower()] = Method(name, run)

    def find(self, name: str) -> Method:
        """Return a method by its name in any case, as Telegram does; ApiError 404 when unknown."""
        try:
            return self._methods[name.lower()]
        except KeyError:
            raise ApiError(404, "Not Found") from None

    def _get_me(self, _: Params) -> object:
        abilities = (
            "supports_inline_queries", "can_connect_to_business", "has_main_web_app",
        )  # fmt: skip
        return {
            **self.scene.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": not self.scene.privacy,
            **dict.fromkeys(abilities, False),
        }

    def _answer(self, params: Params) -> object:
        text = params.text("text")
        if length16(text) > _ANSWER_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        self.scene.answer(params.text("callback_query_id"), text, alert=params.flag("show_alert"))
        return True

    def _send_action(self, params: Params) -> object:
        chat = self.scene.reachable(chat_id_in(params))
        self.scene.open_thread(chat, params.integer("message_thread_id"))
        action = params.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.scene.tell("action", {"chat_id": chat.id, "action": action})
        return True

    def _set_commands(self, params: Params) -> object:
        self.profile.set_commands(params.structure("commands", "commands"), *_scope(params))
        self.scene.tell("commands", {})
        return True

    def _delete_commands(self, params: Params) -> object:
        self.profile.set_commands([], *_scope(params))
        self.scene.tell("commands", {})
        return True

    def _describe(self, params: Params, kind: str) -> object:
        self.profile.describe(kind, params.text(kind), _language(params))
        return True


def _scope(params: Params) -> tuple[object, str]:
    return params.structure("scope", "BotCommandScope"), _language(params)


def _language(params: Params) -> str:
    return params.text("language_code")
