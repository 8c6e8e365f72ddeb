"""Where things stand, and what the bot may do about them: people, chats, messages, presses, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import ApiError, HumanError, bad_request, forbidden
from bot.sandbox.shapes import Json, buttons
from bot.sandbox.updates import PRESS_LIFE, UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.clock import Clock

    Listener = Callable[[str, Json], None]

DELETE_LIFE: Final = 48 * 3600
"""How long after sending the bot may delete a message, in seconds."""

_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram account: their user object, and how they stand to the bot."""

    shape: Json
    blocked: bool = False
    gone: bool = False


@dataclass(slots=True)
class Topic:
    """One topic of a forum."""

    title: str
    closed: bool = False


@dataclass(slots=True)
class Chat:
    """One chat as the bot sees it.

    `keyboard` is the reply keyboard or forced reply now shown in it. `bot_went` says how a bot that is not
    in the group came out of it: "left", "kicked", or "" when it never was in. A group without a `creator`
    is everybody's. `moved_to` is the supergroup that a group has become.
    """

    shape: Json
    members: set[int]
    has_bot: bool = True
    messages: dict[int, Json] = field(default_factory=dict)
    keyboard: Json | None = None
    bot_went: str = ""
    bot_admin: bool = False
    creator: int | None = None
    admins: set[int] = field(default_factory=set)
    banned: set[int] = field(default_factory=set)
    topics: dict[int, Topic] = field(default_factory=dict)
    moved_to: int | None = None

    @property
    def id(self) -> int:
        """The chat's id: a person's, or a negative one."""
        return int(self.shape["id"])

    @property
    def private(self) -> bool:
        """Whether this is one person's chat with the bot."""
        return bool(self.shape["type"] == "private")

    def administered_by(self, user_id: int) -> bool:
        """Whether this person may change the group."""
        return user_id in self.members and (
            self.creator is None or user_id == self.creator or user_id in self.admins
        )


@dataclass(slots=True)
class Press:
    """One press of an inline button; `answer` is what the bot said to it, None until then."""

    query_id: str
    user_id: int
    chat_id: int
    message_id: int
    at: float
    answer: Json | None = None


@dataclass(slots=True, frozen=True)
class StoredFile:
    """A file that the bot or a person has sent: its name, its media type and its bytes."""

    name: str
    mime_type: str
    content: bytes


class Scene:
    """The state of one little Telegram with one bot in it, and the changes a bot can make.

    `listeners` are called at once with an event's name and its JSON: "message" and "edited" (a message),
    "deleted" (`chat_id`, `message_id`), "pressed" (`chat_id`, `user_id`, `message_id`, `data`, `label`,
    `newest`), "answered" (an answer to a press), "action" (`chat_id`, `action`), "commands" (nothing),
    "keyboard" (`chat_id`, `keyboard` or None) and "chat" (`chat_id`, and `from` after a move): whoever is in
    a chat, its title, its topics or somebody's blocking has changed.

    With `privacy` off the bot hears everything in its groups.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        bot_id: int = 7_000_000_001,
        bot_name: str = "Sandbox bot",
        bot_username: str = "sandbox_bot",
    ) -> None:
        """Begin with nobody there; dates and expiry follow `clock`. Use it from one thread only."""
        self.clock = clock
        self.bot: Json = {
            "id": bot_id, "is_bot": True, "first_name": bot_name, "username": bot_username,
        }  # fmt: skip
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.files: dict[str, StoredFile] = {}
        self.updates = UpdateQueue()
        self.listeners: list[Listener] = []
        self.privacy = True
        self._last_message_id = 0

    def start_over(self) -> None:
        """Forget everybody and everything that was said; whoever listens goes on listening."""
        for kept in (self.people, self.chats, self.presses, self.files, self.updates):
            kept.clear()

    def now(self) -> float:
        """Return the clock's time in seconds since the epoch."""
        return self.clock.now().timestamp()

    def messages(self, chat_id: int) -> list[Json]:
        """Return the messages of a chat that are not deleted, oldest first; empty for an unknown chat."""
        chat = self.chats.get(chat_id)
        return list(chat.messages.values()) if chat else []

    def last(self, chat_id: int) -> Json:
        """Return the newest message of a chat; LookupError when there is none."""
        chat = self.chats.get(chat_id)
        if chat is None or not chat.messages:
            raise LookupError(f"nothing was said in chat {chat_id}")
        return chat.messages[next(reversed(chat.messages))]

    @staticmethod
    def buttons(message: Json) -> list[Json]:
        """Return the inline buttons of `message` in reading order."""
        return buttons(message)

    def person(self, user_id: int) -> Person:
        """Return the person with this id; HumanError when nobody was added under it."""
        try:
            return self.people[user_id]
        except KeyError:
            raise HumanError(f"nobody has the id {user_id}: add_user first") from None

    def known(self, chat_id: int) -> Chat:
        """Return a chat the bot may ask about; ApiError 400 or 403 with Telegram's reason when it may not."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise self._no_chat(chat_id)
        if chat.moved_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, migrate_to_chat_id=chat.moved_to)
        if not chat.has_bot:
            if not chat.bot_went:
                raise bad_request("chat not found")
            how = "was kicked from" if chat.bot_went == "kicked" else "is not a member of"
            raise forbidden(f"bot {how} the {chat.shape['type']} chat")
        return chat

    def reachable(self, chat_id: int) -> Chat:
        """Return a chat the bot may write to; ApiError 400 or 403 with Telegram's reason when it may not."""
        chat = self.known(chat_id)
        if chat.private:
            person = self.people[chat_id]
            if person.gone:
                raise forbidden("user is deactivated")
            if person.blocked:
                raise forbidden("bot was blocked by the user")
        return chat

    def _no_chat(self, chat_id: int) -> ApiError:
        groups = (chat for chat in self.chats.values() if chat.has_bot and not chat.private)
        if any(chat_id in group.members for group in groups):
            return forbidden("bot can't initiate conversation with a user")
        return bad_request("chat not found")

    @staticmethod
    def open_thread(chat: Chat, thread: int | None) -> int | None:
        """Return the topic that the bot may write into, None for none; ApiError 400 when it may not."""
        if not thread:
            return None
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad_request("message thread not found")
        if topic.closed and not chat.bot_admin:
            raise bad_request("TOPIC_CLOSED")
        return thread

    @property
    def next_message_id(self) -> int:
        """The id that the next message will have."""
        return self._last_message_id + 1

    def post(
        self, chat: Chat, sender: Json, content: Json, reply_to: int | None = None, topic: int | None = None
    ) -> Json:
        """Put a new message with `content` into `chat` from `sender` (a user object) and return it."""
        message: Json = {
            "message_id": self.next_message_id,
            "from": sender,
            "chat": chat.shape,
            "date": int(self.now()),
            **content,
        }
        self._last_message_id += 1
        if topic:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        # As in Telegram, whatever answers nothing in a topic answers the message that opened it.
        original = chat.messages.get(reply_to or topic or 0)
        if original is not None:
            message["reply_to_message"] = {k: v for k, v in original.items() if k != "reply_to_message"}
        chat.messages[self._last_message_id] = message
        self.tell("message", message)
        return message

    def show_keyboard(self, chat: Chat, keyboard: Json | None) -> None:
        """Show a reply keyboard or forced reply in a chat, or take it away."""
        chat.keyboard = keyboard
        self.tell("keyboard", {"chat_id": chat.id, "keyboard": keyboard})

    def rewrite(self, chat: Chat, message: Json, content: Json, drop: tuple[str, ...] = ()) -> Json:
        """Replace fields of a message by `content`, without those named in `drop`; return the new one."""
        kept = {key: value for key, value in message.items() if key not in drop}
        # Telegram marks a message as edited for new words, not for new buttons.
        mark = {"edit_date": int(self.now())} if drop != ("reply_markup",) else {}
        # A new dict, so that whoever holds the old one still holds what was said then.
        changed = {**kept, **mark, **content}
        chat.messages[message["message_id"]] = changed
        self.tell("edited", changed)
        return changed

    def own_message(self, chat: Chat, message_id: int) -> Json:
        """Return a message the bot may edit; ApiError 400 when it is gone or another's."""
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"]["id"] != self.bot["id"]:
            raise bad_request("message can't be edited")
        return message

    def delete(self, chat: Chat, message_id: int) -> None:
        """Delete a message as the bot; ApiError 400 when it is gone, too old or not the bot's to delete."""
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("message to delete not found")
        own = message["from"]["id"] == self.bot["id"]
        if not (own or chat.private or chat.bot_admin):
            raise bad_request("message can't be deleted")
        if self.now() - message["date"] > DELETE_LIFE:
            raise bad_request("message can't be deleted for everyone")
        self.remove(chat, message_id)

    def remove(self, chat: Chat, message_id: int) -> None:
        """Take a message out of a chat."""
        del chat.messages[message_id]
        self.tell("deleted", {"chat_id": chat.id, "message_id": message_id})

    def answer(self, query_id: str, text: str, *, alert: bool) -> None:
        """Answer a press once and in time; ApiError 400 for a second, a late or an unknown one."""
        press = self.presses.get(query_id)
        if press is None or press.answer is not None or self.now() - press.at > PRESS_LIFE:
            raise bad_request(_TOO_OLD)
        press.answer = {"text": text, "alert": alert}
        where = {"chat_id": press.chat_id, "message_id": press.message_id, "user_id": press.user_id}
        self.tell("answered", {**where, **press.answer})

    def tell(self, event: str, what: Json) -> None:
        """Call every listener with this event."""
        for listener in self.listeners:
            listener(event, what)
