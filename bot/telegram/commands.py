"""Tells Telegram which commands there are, so that people find them under the menu button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.telegram.api import Api

STOP = ("stop", "Leave whatever is going on")


async def introduce(api: Api, commands: list[tuple[str, str]]) -> None:
    """Register the commands. Raises PTB's errors."""
    await api.bot.set_my_commands([*commands, STOP])
