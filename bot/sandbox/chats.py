"""The methods that ask about chats, their members and files, or leave a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.asked import chat_id_in
from bot.sandbox.errors import bad_request
from bot.sandbox.groups import member
from bot.sandbox.uploads import path_of

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.scene import Chat
    from bot.sandbox.shapes import Json
    from bot.sandbox.topics import Topics

_GIFTS: Final = (
    "unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels",
)  # fmt: skip
_LARGEST_DOWNLOAD: Final = 20 * 2**20
_LONGEST_TOPIC: Final = 128


class Chats:
    """What a bot may know of its chats."""

    def __init__(self, scene: Topics) -> None:
        """Answer about the chats of `scene`."""
        self._scene = scene

    def get_chat(self, params: Params) -> object:
        """Carry out getChat."""
        chat = self._known(params)
        gifts = {"accepted_gift_types": dict.fromkeys(_GIFTS, False)}
        return {**chat.shape, "accent_color_id": 0, "max_reaction_count": 11, **gifts}

    def get_member(self, params: Params) -> object:
        """Carry out getChatMember."""
        chat = self._known(params)
        user_id = params.integer("user_id")
        if user_id <= 0:
            raise bad_request("invalid user_id specified")
        if user_id == self._scene.bot["id"]:
            return self._bot_in(chat)
        if user_id not in self._scene.people:
            raise bad_request("member not found")
        return self._person_in(chat, user_id)

    def count_members(self, params: Params) -> object:
        """Carry out getChatMemberCount; the bot counts as well."""
        return len(self._known(params).members) + 1

    def get_administrators(self, params: Params) -> object:
        """Carry out getChatAdministrators."""
        chat = self._known(params)
        if chat.private:
            raise bad_request("there are no administrators in the private chat")
        people = [self._person_in(chat, one) for one in sorted(chat.members)]
        return [one for one in [*people, self._bot_in(chat)] if one["status"] in {"creator", "administrator"}]

    def leave(self, params: Params) -> object:
        """Carry out leaveChat."""
        chat = self._known(params)
        if chat.private:
            raise bad_request("chat member status can't be changed in private chats")
        self._scene.take_bot_out(chat)
        return True

    def create_topic(self, params: Params) -> object:
        """Carry out createForumTopic, for which the bot must be an administrator."""
        chat = self._known(params)
        title = params.text("name")
        if not chat.shape.get("is_forum"):
            raise bad_request("the chat is not a forum")
        if not chat.bot_admin:
            raise bad_request("not enough rights to create a topic")
        if not 1 <= len(title) <= _LONGEST_TOPIC:
            raise bad_request("TOPIC_TITLE_EMPTY")
        number, message = self._scene.start_topic(chat, self._scene.bot, title)
        return {"message_thread_id": number, **message["forum_topic_created"]}

    def get_file(self, params: Params) -> object:
        """Carry out getFile."""
        file_id = params.text("file_id")
        if not file_id:
            raise bad_request("file_id not specified")
        stored = self._scene.files.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")
        if len(stored.content) > _LARGEST_DOWNLOAD:
            raise bad_request("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": file_id[:12],
            "file_size": len(stored.content),
            "file_path": path_of(file_id, stored),
        }

    def _known(self, params: Params) -> Chat:
        return self._scene.known(chat_id_in(params))

    def _bot_in(self, chat: Chat) -> Json:
        return member(self._scene.bot, "administrator" if chat.bot_admin else "member")

    def _person_in(self, chat: Chat, user_id: int) -> Json:
        user = self._scene.person(user_id).shape
        if user_id not in chat.members:
            return member(user, "kicked" if user_id in chat.banned else "left")
        if user_id == chat.creator:
            return member(user, "creator")
        return member(user, "administrator" if user_id in chat.admins else "member")
