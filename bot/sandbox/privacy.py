"""Privacy mode: what a bot gets to read in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.sandbox.scene import Chat
    from bot.sandbox.shapes import Json

_SERVICE: Final = frozenset({
    "group_chat_created", "supergroup_chat_created", "new_chat_members", "left_chat_member",
    "new_chat_title", "migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created",
    "forum_topic_closed", "forum_topic_reopened",
})  # fmt: skip


def is_shown(chat: Chat, message: Json, bot: Json, *, privacy: bool) -> bool:
    """Say whether the bot gets a person's message.

    An administrator and a bot without privacy mode get everything; others get commands meant for them,
    replies to them and service messages.
    """
    if chat.private:
        return True
    if not chat.has_bot:
        return False
    return chat.bot_admin or not privacy or not _SERVICE.isdisjoint(message) or _is_meant(message, bot)


def _is_meant(message: Json, bot: Json) -> bool:
    original = message.get("reply_to_message")
    # The message that opened a topic stands behind everything in it, so it counts for nothing here.
    if original and "forum_topic_created" not in original and original["from"]["id"] == bot["id"]:
        return True
    text = str(message.get("text", ""))
    if not text.startswith("/"):
        return False
    return text.split(maxsplit=1)[0].partition("@")[2].lower() in {"", bot["username"].lower()}
