"""What people do: the human half of the sandbox, as plain methods without any I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.sandbox.errors import HumanError
from bot.sandbox.samples import media
from bot.sandbox.scene import Person, Press
from bot.sandbox.shapes import TEXT_LIMIT, Json, buttons, length16, worded
from bot.sandbox.topics import Topics
from bot.sandbox.updates import PRESS_LIFE

if TYPE_CHECKING:
    from bot.sandbox.scene import Chat


class World(Topics):
    """People, their chats and what they do in them.

    Each act returns the update it made. One that the bot is not told of (hidden by privacy mode, or of a
    kind it did not ask for) comes back without `update_id`. An act that no Telegram app would offer
    raises HumanError.
    """

    def add_user(
        self, user_id: int, first_name: str, username: str | None = None, language_code: str = "en"
    ) -> Json:
        """Give somebody an account and return their user object; they have not met the bot yet."""
        shape: Json = {"id": user_id, "is_bot": False, "first_name": first_name}
        if username:
            shape["username"] = username
        self.people[user_id] = Person({**shape, "language_code": language_code})
        self.tell("chat", {"chat_id": user_id})
        return self.people[user_id].shape

    def say(
        self, user_id: int, text: str, chat_id: int | None = None, reply_to: int | None = None,
        topic: int | None = None,
    ) -> Json:  # fmt: skip
        """Send `text` (1 to 4096 UTF-16 units) to the bot, or into the group `chat_id` and its `topic`."""
        if not text.strip() or length16(text) > TEXT_LIMIT:
            raise HumanError(f"no app sends a message of {length16(text)} units")
        return self._send(user_id, worded(text), chat_id, reply_to, topic)

    def send_media(
        self, user_id: int, kind: str, chat_id: int | None = None, caption: str = "",
        topic: int | None = None,
    ) -> Json:  # fmt: skip
        """Send a photo, voice, sticker, location, contact or document."""
        try:
            content = media(kind, self.next_message_id, self.files)
        except KeyError:
            raise HumanError(f"nobody can send a {kind} here") from None
        if caption:
            content["caption"] = caption
        return self._send(user_id, content, chat_id, None, topic)

    def edit(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> Json:
        """Change the text of one's own message."""
        chat = self.chat_of(user_id, chat_id)
        message = chat.messages.get(message_id)
        if message is None or message["from"]["id"] != user_id or "text" not in message:
            raise HumanError(f"{user_id} has no text {message_id} to edit")
        changed = self.rewrite(chat, message, worded(text), drop=("entities",))
        return self.tell_bot("edited_message", chat, changed)

    def press(self, user_id: int, message_id: int, data: str, chat_id: int | None = None) -> Json:
        """Press a button carrying `data` under a message of the bot.

        An app can send any data, and for a message that has changed or gone since: so can this.
        """
        self.person(user_id)
        where = chat_id if chat_id is not None else user_id
        chat = self.chats.get(where)
        if chat is None or (chat.private and where != user_id):
            raise HumanError(f"{user_id} sees no buttons in chat {where}")
        number = len(self.presses) + 1
        press = Press(f"{user_id}{number:08d}", user_id, where, message_id, self.now())
        self.presses[press.query_id] = press
        gone: Json = {"chat": chat.shape, "message_id": message_id, "date": 0}
        body: Json = {
            "id": press.query_id,
            "from": self.person(user_id).shape,
            "message": chat.messages.get(message_id, gone),
            "chat_instance": str(where * 1_000_003),
            "data": data,
        }
        self._show_press(chat, press, data)
        return self.updates.put("callback_query", body, now=press.at, life=PRESS_LIFE)

    def tap(self, user_id: int, label: str, chat_id: int | None = None) -> Json:
        """Press the newest button that reads `label`; HumanError naming what there is when none does."""
        where = chat_id if chat_id is not None else user_id
        seen: list[str] = []
        for message in reversed(self.messages(where)):
            for button in buttons(message):
                if button["text"] == label and "callback_data" in button:
                    return self.press(user_id, message["message_id"], button["callback_data"], chat_id)
                seen.append(button["text"])
        raise HumanError(f"no button {label!r} in chat {where}, only {seen[:20]}")

    def block(self, user_id: int) -> Json:
        """Block the bot: its calls get 403 from now on."""
        return self._standing(user_id, blocked=True)

    def unblock(self, user_id: int) -> Json:
        """Unblock the bot."""
        return self._standing(user_id, blocked=False)

    def close_account(self, user_id: int) -> None:
        """Delete the person's Telegram account: the bot is not told, its calls get 403."""
        self.people[user_id] = replace(self.person(user_id), gone=True)

    def inject(self, update: Json | bytes) -> int:
        """Queue an update as it stands, however odd, and return the id it goes under."""
        return self.updates.inject(update)

    def _send(
        self, user_id: int, content: Json, chat_id: int | None, reply_to: int | None, topic: int | None
    ) -> Json:
        chat = self.chat_of(user_id, chat_id)
        if reply_to is not None:
            if reply_to not in chat.messages:
                raise HumanError(f"there is no message {reply_to} to reply to")
            topic = topic or chat.messages[reply_to].get("message_thread_id")
        if topic is not None:
            self._with_topic(user_id, chat.id, topic)
            if chat.topics[topic].closed and not chat.administered_by(user_id):
                raise HumanError(f"topic {topic} is closed")
        message = self.post(chat, self.person(user_id).shape, content, reply_to, topic)
        return self.tell_bot("message", chat, message)

    def _show_press(self, chat: Chat, press: Press, data: str) -> None:
        """Tell the listeners of a press: the button's label, and whether no newer button reads the same."""
        pressed = chat.messages.get(press.message_id, {})
        labels = [one["text"] for one in buttons(pressed) if one.get("callback_data") == data]
        offered = (
            number
            for number, message in reversed(chat.messages.items())
            if any(one["text"] in labels for one in buttons(message))
        )
        self.tell("pressed", {
            "chat_id": press.chat_id, "user_id": press.user_id, "message_id": press.message_id, "data": data,
            "label": labels[0] if labels else "",
            "newest": next(offered, None) == press.message_id,
        })  # fmt: skip

    def _standing(self, user_id: int, *, blocked: bool) -> Json:
        chat = self.chats.get(user_id)
        person = self.person(user_id)
        if chat is None or person.blocked == blocked:
            raise HumanError(f"{user_id} cannot do that: the bot is unknown to them, or so already")
        person.blocked = blocked
        self.tell("chat", {"chat_id": user_id})
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        return self._membership(chat, user_id, old, new)
