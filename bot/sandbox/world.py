"""What people do: the human half of the sandbox, as plain methods without any I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import HumanError
from bot.sandbox.scene import Chat, Person, Press, Scene
from bot.sandbox.shapes import TEXT_LIMIT, Json, buttons, found_entities, length16, media
from bot.sandbox.updates import PRESS_LIFE

if TYPE_CHECKING:
    from collections.abc import Iterable


class World(Scene):
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
        return self.people[user_id].shape

    def say(self, user_id: int, text: str, chat_id: int | None = None, reply_to: int | None = None) -> Json:
        """Send `text` (1 to 4096 UTF-16 units) to the bot, or into the group `chat_id`."""
        if not text.strip() or length16(text) > TEXT_LIMIT:
            raise HumanError(f"no app sends a message of {length16(text)} units")
        return self._send(user_id, _worded(text), chat_id, reply_to)

    def send_media(self, user_id: int, kind: str, chat_id: int | None = None, caption: str = "") -> Json:
        """Send a photo, voice, sticker, location, contact or document."""
        try:
            content = media(kind, self.updates.next_id)
        except KeyError:
            raise HumanError(f"nobody can send a {kind} here") from None
        if caption:
            content["caption"] = caption
        return self._send(user_id, content, chat_id, None)

    def edit(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> Json:
        """Change the text of one's own message."""
        chat = self._chat(user_id, chat_id)
        message = chat.messages.get(message_id)
        if message is None or message["from"]["id"] != user_id or "text" not in message:
            raise HumanError(f"{user_id} has no text {message_id} to edit")
        changed = self.rewrite(chat, message, _worded(text), drop=("entities",))
        return self._tell_bot("edited_message", chat, changed)

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

    def create_group(self, chat_id: int, title: str, members: Iterable[int]) -> Json:
        """Make a group (a negative id) of people and the bot; the first member makes it."""
        people = list(members)
        if chat_id >= 0 or not people:
            raise HumanError("a group has a negative id and somebody in it")
        shape: Json = {"id": chat_id, "title": title, "type": "group"}
        chat = self.chats[chat_id] = Chat(shape, set(people))
        self._membership(chat, people[0], "left", "member")
        message = self.post(chat, self.person(people[0]).shape, {"group_chat_created": True})
        return self._tell_bot("message", chat, message)

    def join(self, user_id: int, chat_id: int) -> Json:
        """Join a group; the bot sees the service message."""
        chat, person = self.chats[chat_id], self.person(user_id)
        chat.members.add(user_id)
        message = self.post(chat, person.shape, {"new_chat_members": [person.shape]})
        return self._tell_bot("message", chat, message)

    def leave(self, user_id: int, chat_id: int) -> Json:
        """Leave a group; the bot sees the service message."""
        chat = self._chat(user_id, chat_id)
        person = self.person(user_id)
        message = self.post(chat, person.shape, {"left_chat_member": person.shape})
        chat.members.discard(user_id)
        return self._tell_bot("message", chat, message)

    def kick_bot(self, user_id: int, chat_id: int) -> Json:
        """Put the bot out of a group: its calls there get 403 from now on."""
        chat = self._chat(user_id, chat_id)
        chat.has_bot = False
        return self._membership(chat, user_id, "member", "kicked")

    def _chat(self, user_id: int, chat_id: int | None) -> Chat:
        person = self.person(user_id)
        if chat_id is None or chat_id == user_id:
            if person.blocked:
                raise HumanError(f"{user_id} has blocked the bot: unblock first")
            known = ("id", "first_name", "username")
            shape = {k: person.shape[k] for k in known if k in person.shape}
            return self.chats.setdefault(user_id, Chat({**shape, "type": "private"}, {user_id}))
        chat = self.chats.get(chat_id)
        if chat is None or user_id not in chat.members:
            raise HumanError(f"{user_id} is not in chat {chat_id}")
        return chat

    def _send(self, user_id: int, content: Json, chat_id: int | None, reply_to: int | None) -> Json:
        chat = self._chat(user_id, chat_id)
        if reply_to is not None and reply_to not in chat.messages:
            raise HumanError(f"there is no message {reply_to} to reply to")
        message = self.post(chat, self.person(user_id).shape, content, reply_to)
        return self._tell_bot("message", chat, message)

    def _tell_bot(self, kind: str, chat: Chat, message: Json) -> Json:
        if not self._shown_to_bot(chat, message):
            return {kind: message}
        return self.updates.put(kind, message, now=self.now())

    def _shown_to_bot(self, chat: Chat, message: Json) -> bool:
        """Privacy mode: in groups a bot gets commands meant for it, replies to it and service messages."""
        if chat.private:
            return True
        if not chat.has_bot:
            return False
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"]:
            return True
        text: Any = message.get("text")
        if text is None:
            return any(k in message for k in ("group_chat_created", "new_chat_members", "left_chat_member"))
        addressee = str(text).split(maxsplit=1)[0].partition("@")[2].lower()
        return str(text).startswith("/") and addressee in {"", self.bot["username"].lower()}

    def _standing(self, user_id: int, *, blocked: bool) -> Json:
        chat = self.chats.get(user_id)
        person = self.person(user_id)
        if chat is None or person.blocked == blocked:
            raise HumanError(f"{user_id} cannot do that: the bot is unknown to them, or so already")
        person.blocked = blocked
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        return self._membership(chat, user_id, old, new)

    def _membership(self, chat: Chat, user_id: int, old: str, new: str) -> Json:
        body: Json = {
            "chat": chat.shape,
            "from": self.person(user_id).shape,
            "date": int(self.now()),
            "old_chat_member": self._member(old),
            "new_chat_member": self._member(new),
        }
        return self.updates.put("my_chat_member", body, now=self.now())

    def _member(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.bot, "status": status, **until}


def _worded(text: str) -> Json:
    entities = found_entities(text)
    return {"text": text, "entities": entities} if entities else {"text": text}
