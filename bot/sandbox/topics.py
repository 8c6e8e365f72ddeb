"""Forums: supergroups whose messages stand in topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import HumanError
from bot.sandbox.groups import Groups
from bot.sandbox.scene import Topic

if TYPE_CHECKING:
    from bot.sandbox.scene import Chat
    from bot.sandbox.shapes import Json

_LONGEST_TITLE: Final = 128
_COLOUR: Final = 7_322_096
"""The blue that a topic has when nobody chose a colour."""


class Topics(Groups):
    """What people do with topics. Everybody in a forum may open and close them here."""

    def make_forum(self, user_id: int, chat_id: int) -> int:
        """Switch topics on and return the forum's id: a plain group becomes a supergroup on the way."""
        chat = self._administered(user_id, chat_id)
        if chat.shape["type"] == "group":
            chat_id = int(self.upgrade(user_id, chat_id)["message"]["chat"]["id"])
            chat = self.chats[chat_id]
        chat.shape = {**chat.shape, "is_forum": True}
        self.tell("chat", {"chat_id": chat_id})
        return chat_id

    def open_topic(self, user_id: int, chat_id: int, title: str) -> int:
        """Open a topic and return its id."""
        chat = self.chat_of(user_id, chat_id)
        if not 1 <= len(title) <= _LONGEST_TITLE or not chat.shape.get("is_forum"):
            raise HumanError("a topic has a title of 1 to 128 characters and stands in a forum")
        number, message = self.start_topic(chat, self.person(user_id).shape, title)
        self.tell_bot("message", chat, message)
        return number

    def start_topic(self, chat: Chat, opener: Json, title: str) -> tuple[int, Json]:
        """Open a topic for a person or the bot; return its id and the service message."""
        number = self.next_message_id
        chat.topics[number] = Topic(title)
        self.tell("chat", {"chat_id": chat.id})
        content: Json = {"forum_topic_created": {"name": title, "icon_color": _COLOUR}}
        return number, self.post(chat, opener, content, topic=number)

    def close_topic(self, user_id: int, chat_id: int, topic: int) -> Json:
        """Close a topic: nobody but administrators can write into it."""
        chat = self._with_topic(user_id, chat_id, topic)
        chat.topics[topic].closed = True
        self.tell("chat", {"chat_id": chat_id})
        return self._serve(chat, user_id, {"forum_topic_closed": {}}, topic)

    def reopen_topic(self, user_id: int, chat_id: int, topic: int) -> Json:
        """Open a closed topic again."""
        chat = self._with_topic(user_id, chat_id, topic)
        chat.topics[topic].closed = False
        self.tell("chat", {"chat_id": chat_id})
        return self._serve(chat, user_id, {"forum_topic_reopened": {}}, topic)

    def delete_topic(self, user_id: int, chat_id: int, topic: int) -> None:
        """Delete a topic with everything in it; the bot is not told."""
        chat = self._with_topic(user_id, chat_id, topic)
        del chat.topics[topic]
        for message in self.messages(chat_id):
            if message.get("message_thread_id") == topic:
                self.remove(chat, message["message_id"])
        self.tell("chat", {"chat_id": chat_id})

    def _with_topic(self, user_id: int, chat_id: int, topic: int) -> Chat:
        chat = self.chat_of(user_id, chat_id)
        if topic not in chat.topics:
            raise HumanError(f"there is no topic {topic} in chat {chat_id}")
        return chat
