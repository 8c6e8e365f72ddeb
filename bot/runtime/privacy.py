"""What a person may ask of the bot about what it keeps: to see it all, to have it erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.runtime.voice import Voice
    from bot.store.protocol import Person


def do(voice: Voice, person: Person | None, name: str) -> None:
    """Carry out a deed for a person; a stranger, of whom nothing is kept, has none."""
    if person is None:
        return
    match name:
        case "forget":
            voice.work.erase_person(person.id)
            voice.person = None
