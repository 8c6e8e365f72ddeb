"""Tells Telegram which commands there are, so that people find them under the menu button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.runtime.desk import Desk
    from bot.telegram.api import Api

STOP = ("stop", "Leave whatever is going on")


async def introduce(api: Api, desk: Desk) -> None:
    """Ask Telegram who we are, and register the commands. Raises PTB's errors."""
    me = await api.bot.get_me()
    desk.itself.username = me.username or ""
    desk.itself.reads_all = bool(me.can_read_all_group_messages)
    await api.bot.set_my_commands([*desk.library.commands(), STOP])
