"""What every turn needs beside the store: the library, the time, and who runs this."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.runtime.greeted import Greeted
from bot.runtime.knocks import Knocks
from bot.runtime.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.library.load import Library
    from bot.runtime.clock import Clock


@dataclass(slots=True)
class Itself:
    """What Telegram says of the bot, once it has been asked: its name, and whether it sees all of a group."""

    username: str = ""
    reads_all: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """The bot's place of work. `new_run_id` and `new_token` give what nobody can guess; tests freeze both."""

    library: Library
    clock: Clock
    new_run_id: Callable[[], str]
    operator: str = ""
    exit_word: str = "exit"
    shown: Shown = field(default_factory=Shown)
    knocks: Knocks = field(default_factory=Knocks)
    greeted: Greeted = field(default_factory=Greeted)
    itself: Itself = field(default_factory=Itself)
    operator_id: int | None = None
    new_token: Callable[[], str] = field(default=partial(secrets.token_urlsafe, 16))
