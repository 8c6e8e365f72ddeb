"""What the outbox writes down of what became of a message, each as a unit of work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.protocol import Message, Work


def move(old: int, new: int, work: Work) -> None:
    """Note that a group has another id now."""
    work.move_chat(old, new)


def leave_topic(chat_id: int, work: Work) -> None:
    """Note that a group's topic is gone: what follows goes to the group itself."""
    couple = work.couple_in(chat_id)
    if couple is not None:
        work.save_couple(replace(couple, thread_id=None))


def later(message: Message, until: datetime, work: Work) -> None:
    """Note that a message waits until a moment."""
    work.message_later(message, until)


def unreachable(chat_id: int, work: Work) -> None:
    """Note that a chat cannot be written to; a group where the bot is not any more is nobody's."""
    work.set_reachable(chat_id, reachable=False)
    couple = work.couple_in(chat_id)
    if couple is not None:
        one, two = (replace(partner, inside=False) for partner in (couple.one, couple.two))
        work.save_couple(replace(couple, one=one, two=two, group_id=None, thread_id=None, alone=False))
