"""`alongside run` with a handler that fails for some words and repeats them in its error (test_canary.py)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from bot.cli import main
from bot.runtime import turn
from bot.telegram import incoming

if TYPE_CHECKING:
    from bot.runtime.events import Event, Outcome

_handle, _event = turn.handle, incoming._event


def sick_handle(desk: Any, work: Any, update_id: int, event: Event) -> Outcome:  # noqa: ANN401  as handed on
    """Handle, and fail for a text that asks for it."""
    outcome = _handle(desk, work, update_id, event)
    text = getattr(event, "text", "")
    if "sick" in text:
        raise RuntimeError(f"cannot handle {event!r}: {text}")
    return outcome


def sick_event(update: dict[str, Any], seals: Any, now: Any) -> Event:  # noqa: ANN401  as handed on
    """Read, and fail for an update that asks for it."""
    if "unreadable" in str(update):
        raise ValueError(f"cannot read {update}")
    return _event(update, seals, now)


if __name__ == "__main__":
    turn.handle = sick_handle
    incoming._event = sick_event
    sys.argv = ["alongside", "run"]
    main()
