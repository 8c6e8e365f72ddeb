"""The engine's answer, and who judges an author's conditions for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.flow.session import Session

if TYPE_CHECKING:
    from bot.flow.effects import Effect

Judge = Callable[[str, Session], bool]
"""Answers an author's condition about a session."""


class FlowError(Exception):
    """A flow that cannot be run: the static checks should have refused it. Names ids only."""


@dataclass(frozen=True, slots=True)
class Step:
    """The engine's answer: the session as it is now, and what is to happen."""

    session: Session
    effects: tuple[Effect, ...]
