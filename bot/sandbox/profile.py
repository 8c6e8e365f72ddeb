"""What the bot tells Telegram about itself: its commands and its descriptions."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.shapes import Json, length16

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS: Final = 100
_LONGEST: Final = {"description": 512, "short_description": 120}
_SCOPES: Final = frozenset({
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat",
    "chat_administrators", "chat_member",
})  # fmt: skip


class Profile:
    """Commands by scope and language, descriptions by language."""

    def __init__(self) -> None:
        """Begin as a bot fresh from BotFather: without commands or descriptions."""
        self.descriptions: dict[tuple[str, str], str] = {}
        self._commands: dict[tuple[str, str], list[Json]] = {}

    def set_commands(self, commands: object, scope: object, language: str) -> None:
        """Store a list of `{"command", "description"}`; ApiError 400 when Telegram would not take it."""
        if not isinstance(commands, list):
            raise bad_request("can't parse commands: expected an Array of BotCommand")
        if len(commands) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._commands[_scope_key(scope), language] = [_command(entry) for entry in commands]

    def commands(self, scope: object, language: str) -> list[Json]:
        """Return exactly what was set for this scope and language."""
        return self._commands.get((_scope_key(scope), language), [])

    def commands_for(self, language: str) -> list[Json]:
        """Return the commands that someone with this language sees in a private chat with the bot."""
        private = _scope_key({"type": "all_private_chats"})
        for scope in (private, _scope_key(None)):
            for spoken in (language, ""):
                if self._commands.get((scope, spoken)):
                    return self._commands[scope, spoken]
        return []

    def describe(self, kind: str, text: str, language: str) -> None:
        """Store the "description" (at most 512) or "short_description" (at most 120 UTF-16 units)."""
        if length16(text) > _LONGEST[kind]:
            raise bad_request(
                "bot description is too long" if kind == "description" else "bot about text is too long"
            )
        self.descriptions[kind, language] = text

    def described(self, kind: str, language: str) -> Json:
        """Return a description as somebody with this language reads it."""
        text = self.descriptions.get((kind, language)) or self.descriptions.get((kind, ""), "")
        return {kind: text}


def _scope_key(scope: object) -> str:
    if scope is None:
        scope = {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    return orjson.dumps(scope, option=orjson.OPT_SORT_KEYS).decode()


def _command(entry: Any) -> Json:  # noqa: ANN401  (it is whatever JSON was sent)
    if not isinstance(entry, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(entry.get("command", "")).removeprefix("/")
    description = str(entry.get("description", ""))
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= length16(description) <= 256:  # noqa: PLR2004  (the documented length, used nowhere else)
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
