"""Groups: who is in them, who may change them, and what becomes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import HumanError
from bot.sandbox.privacy import is_shown
from bot.sandbox.scene import Chat, Scene
from bot.sandbox.shapes import ADMIN_RIGHTS, Json, worded

if TYPE_CHECKING:
    from collections.abc import Iterable

ANONYMOUS: Final[Json] = {
    "id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot",
}  # fmt: skip
"""The account behind which every anonymous administrator writes."""

_FIRST_GROUP: Final = -2_001
_FIRST_SUPERGROUP: Final = -1_001_000_000_001
_START = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Groups(Scene):
    """What people do with groups. Each act returns the last update it made, see `World`."""

    def create_group(
        self, chat_id: int, title: str, members: Iterable[int], *, with_bot: bool = True
    ) -> Json:
        """Make a group (a negative id) of people and perhaps the bot; the first member makes it."""
        people = list(members)
        if chat_id >= 0 or not people:
            raise HumanError("a group has a negative id and somebody in it")
        shape: Json = {"id": chat_id, "title": title, "type": "group"}
        chat = self.chats[chat_id] = Chat(shape, set(people), with_bot, creator=people[0])
        self.tell("chat", {"chat_id": chat_id})
        if with_bot:
            self._membership(chat, people[0], "left", "member")
        return self._serve(chat, people[0], {"group_chat_created": True})

    def new_group(self, user_id: int, others: Iterable[int]) -> int:
        """Make a group of oneself and others, without the bot, named after them; return its id."""
        members = list(dict.fromkeys([user_id, *others]))
        names = [str(self.person(one).shape["first_name"]) for one in members]
        plain = [number for number in self.chats if _FIRST_SUPERGROUP < number < 0]
        number = min([_FIRST_GROUP + 1, *plain]) - 1
        title = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        taken = sum(str(chat.shape.get("title", "")).startswith(title) for chat in self.chats.values())
        self.create_group(number, f"{title} {taken + 1}" if taken else title, members, with_bot=False)
        return number

    def join(self, user_id: int, chat_id: int) -> Json:
        """Join a group; the bot sees the service message."""
        chat, person = self._group(chat_id), self.person(user_id)
        chat.members.add(user_id)
        chat.banned.discard(user_id)
        self._member_changed(chat, user_id, user_id, "left", "member")
        return self._serve(chat, user_id, {"new_chat_members": [person.shape]})

    def leave(self, user_id: int, chat_id: int) -> Json:
        """Leave a group; the bot sees the service message."""
        chat = self.chat_of(user_id, chat_id)
        return self._out(chat, user_id, user_id, "left")

    def kick(self, user_id: int, other_id: int, chat_id: int) -> Json:
        """Put another person out of a group that one administers."""
        chat = self._administered(user_id, chat_id)
        if other_id in (user_id, chat.creator):
            raise HumanError("nobody puts themselves or the creator out of a group")
        self.chat_of(other_id, chat_id)
        chat.banned.add(other_id)
        return self._out(chat, user_id, other_id, "kicked")

    def add_bot(self, user_id: int, chat_id: int, start: str = "") -> Json:
        """Bring the bot into a group, as its `?startgroup=` link does; `start` is what the link carries."""
        chat = self.chat_of(user_id, chat_id)
        if chat.private or chat.has_bot:
            raise HumanError(f"the bot is in chat {chat_id} already")
        if not _START.fullmatch(start):
            raise HumanError("a link carries at most 64 letters, digits, _ and -")
        chat.has_bot = True
        self._membership(chat, user_id, chat.bot_went or "left", "member")
        update = self._serve(chat, user_id, {"new_chat_members": [self.bot]})
        if not start:
            return update
        command = worded(f"/start@{self.bot['username']} {start}")
        return self.tell_bot("message", chat, self.post(chat, self.person(user_id).shape, command))

    def kick_bot(self, user_id: int, chat_id: int) -> Json:
        """Put the bot out of a group: its calls there get 403 from now on."""
        chat = self._administered(user_id, chat_id)
        was = "administrator" if chat.bot_admin else "member"
        chat.has_bot, chat.bot_admin, chat.bot_went = False, False, "kicked"
        return self._membership(chat, user_id, was, "kicked")

    def take_bot_out(self, chat: Chat) -> None:
        """Let the bot leave a group by its own will."""
        was = "administrator" if chat.bot_admin else "member"
        self.post(chat, self.bot, {"left_chat_member": self.bot})
        chat.has_bot, chat.bot_admin, chat.bot_went = False, False, "left"
        self.tell("chat", {"chat_id": chat.id})
        body = self._change(chat, self.bot, self.bot, was, "left")
        self.updates.put("my_chat_member", body, now=self.now())

    def make_bot_admin(self, user_id: int, chat_id: int) -> Json:
        """Make the bot an administrator: it sees everything and may delete what others wrote."""
        chat = self._administered(user_id, chat_id)
        if not chat.has_bot or chat.bot_admin:
            raise HumanError("the bot is not a plain member of this group")
        chat.bot_admin = True
        return self._membership(chat, user_id, "member", "administrator")

    def make_admin(self, user_id: int, other_id: int, chat_id: int) -> Json:
        """Make another person an administrator."""
        chat = self._administered(user_id, chat_id)
        self.chat_of(other_id, chat_id)
        chat.admins.add(other_id)
        return self._member_changed(chat, user_id, other_id, "member", "administrator")

    def rename(self, user_id: int, chat_id: int, title: str) -> Json:
        """Give a group another title."""
        chat = self._administered(user_id, chat_id)
        chat.shape = {**chat.shape, "title": title}
        self.tell("chat", {"chat_id": chat_id})
        return self._serve(chat, user_id, {"new_chat_title": title})

    def upgrade(self, user_id: int, chat_id: int) -> Json:
        """Turn a group into a supergroup with a new id: `update["message"]["chat"]["id"]`."""
        old = self._administered(user_id, chat_id)
        if old.shape["type"] != "group":
            raise HumanError(f"chat {chat_id} is a supergroup already")
        new_id = min(_FIRST_SUPERGROUP + 1, *self.chats) - 1
        shape = {**old.shape, "id": new_id, "type": "supergroup"}
        new = self.chats[new_id] = Chat(
            shape, set(old.members), old.has_bot, bot_went=old.bot_went, bot_admin=old.bot_admin,
            creator=old.creator, admins=set(old.admins), banned=set(old.banned),
        )  # fmt: skip
        old.moved_to = new_id
        self.tell("chat", {"chat_id": new_id, "from": chat_id})
        self._serve(old, user_id, {"migrate_to_chat_id": new_id})
        return self._serve(new, user_id, {"migrate_from_chat_id": chat_id})

    def say_anonymously(self, chat_id: int, text: str, topic: int | None = None) -> Json:
        """Write as an anonymous administrator of a supergroup: as the group itself."""
        chat = self._group(chat_id)
        if chat.shape["type"] != "supergroup":
            raise HumanError("only supergroups have anonymous administrators: upgrade it first")
        message = self.post(chat, ANONYMOUS, {"sender_chat": chat.shape, **worded(text)}, topic=topic)
        return self.tell_bot("message", chat, message)

    def chat_of(self, user_id: int, chat_id: int | None) -> Chat:
        """Return a chat that the person is in, theirs with the bot for None; HumanError when they are not."""
        person = self.person(user_id)
        if chat_id is None or chat_id == user_id:
            if person.blocked:
                raise HumanError(f"{user_id} has blocked the bot: unblock first")
            known = ("id", "first_name", "username")
            shape = {k: person.shape[k] for k in known if k in person.shape}
            return self.chats.setdefault(user_id, Chat({**shape, "type": "private"}, {user_id}))
        chat = self._group(chat_id)
        if user_id not in chat.members:
            raise HumanError(f"{user_id} is not in chat {chat_id}")
        return chat

    def tell_bot(self, kind: str, chat: Chat, message: Json) -> Json:
        """Queue an update about a message, unless privacy mode hides it from the bot."""
        if not is_shown(chat, message, self.bot, privacy=self.privacy):
            return {kind: message}
        return self.updates.put(kind, message, now=self.now())

    def _group(self, chat_id: int) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None or chat.private:
            raise HumanError(f"there is no group {chat_id}")
        if chat.moved_to is not None:
            raise HumanError(f"chat {chat_id} has become {chat.moved_to}")
        return chat

    def _administered(self, user_id: int, chat_id: int) -> Chat:
        chat = self.chat_of(user_id, chat_id)
        if chat.private or not chat.administered_by(user_id):
            raise HumanError(f"{user_id} does not administer chat {chat_id}")
        return chat

    def _serve(self, chat: Chat, user_id: int, what: Json, topic: int | None = None) -> Json:
        """Post a service message of a person and tell the bot."""
        return self.tell_bot("message", chat, self.post(chat, self.person(user_id).shape, what, topic=topic))

    def _out(self, chat: Chat, by: int, user_id: int, how: str) -> Json:
        was = "administrator" if user_id in chat.admins else "member"
        message = self.post(chat, self.person(by).shape, {"left_chat_member": self.person(user_id).shape})
        chat.members.discard(user_id)
        chat.admins.discard(user_id)
        self._member_changed(chat, by, user_id, was, how)
        return self.tell_bot("message", chat, message)

    def _membership(self, chat: Chat, by: int, old: str, new: str) -> Json:
        """Tell the bot that it stands otherwise in a chat."""
        self.tell("chat", {"chat_id": chat.id})
        return self.updates.put(
            "my_chat_member", self._change(chat, self.person(by).shape, self.bot, old, new), now=self.now()
        )

    def _member_changed(self, chat: Chat, by: int, user_id: int, old: str, new: str) -> Json:
        """Tell the pages, and a bot that is administrator and asked for it, how a person stands now."""
        self.tell("chat", {"chat_id": chat.id})
        body = self._change(chat, self.person(by).shape, self.person(user_id).shape, old, new)
        if not chat.bot_admin:
            return {"chat_member": body}
        return self.updates.put("chat_member", body, now=self.now())

    def _change(self, chat: Chat, by: Json, user: Json, old: str, new: str) -> Json:
        return {
            "chat": chat.shape,
            "from": by,
            "date": int(self.now()),
            "old_chat_member": member(user, old),
            "new_chat_member": member(user, new),
        }


def member(user: Json, status: str) -> Json:
    """Return a ChatMember of one of Telegram's statuses, with no special rights."""
    more: dict[str, Json] = {
        "kicked": {"until_date": 0},
        "creator": {"is_anonymous": False},
        "administrator": {"can_be_edited": False, **ADMIN_RIGHTS},
    }
    return {"user": user, "status": status, **more.get(status, {})}
