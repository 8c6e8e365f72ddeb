"""Following a link to the bot, as an app does: to one's own chat with it, or into a group with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.errors import HumanError

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json
    from bot.sandbox.world import World

_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{0,64}")
_START, _GROUP = "start", "startgroup"


def brings_into_group(world: World, url: str) -> bool:
    """Say whether a link brings the bot into a group; HumanError when it leads anywhere but to the bot."""
    return _GROUP in _read(world, url)


def open_alone(world: World, user: int, url: str) -> Json:
    """Follow a link in somebody's own chat. Start is its button there, and it also lets a blocked bot in."""
    start = _read(world, url).get(_START, "")
    if world.person(user).blocked:
        world.unblock(user)
    return world.say(user, f"/start {start}".strip(), user)


def open_in_group(world: World, user: int, url: str, group: int) -> Json:
    """Follow a link into a group of one's own; where the bot is already, it only gets the command."""
    start = _read(world, url).get(_GROUP, "")
    chat = world.chat_of(user, group)
    if not chat.has_bot:
        return world.add_bot(user, group, start)
    return world.say(user, f"/start@{world.bot['username']} {start}".strip(), group)


def _read(world: World, url: str) -> dict[str, str]:
    """Return what a link to the bot carries, by the name of its parameter."""
    parts = urlsplit(url)
    if parts.hostname != "t.me" or parts.path.strip("/").lower() != world.bot["username"].lower():
        raise HumanError("This link leads away from this machine, so it is not opened here.")
    carried = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if not all(_PARAMETER.fullmatch(carried.get(name, "")) for name in (_START, _GROUP)):
        raise HumanError("a link carries at most 64 letters, digits, _ and -")
    return carried
