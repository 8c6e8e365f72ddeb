"""What every turn needs beside the store: the library, the time, and who runs this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.runtime.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.library.load import Library
    from bot.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """The bot's place of work. `new_run_id` gives ids nobody can guess; tests freeze it."""

    library: Library
    clock: Clock
    new_run_id: Callable[[], str]
    operator: str = ""
    exit_word: str = "exit"
    shown: Shown = field(default_factory=Shown)
    operator_id: int | None = None
