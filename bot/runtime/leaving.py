"""Leaving: what is going on, or in a hurry and unseen (`/exit`).

What `/exit` cannot do is told beforehand, in /help and /settings: a person's own words stay, so does what is
older than Telegram lets a bot delete, and so does what another device has shown already.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.inbound import Left
from bot.runtime.care import open_runs
from bot.runtime.events import Delete

if TYPE_CHECKING:
    from bot.runtime.scene import Scene

DELETABLE = timedelta(hours=48)
"""How long Telegram lets a bot delete what it sent."""

AT_ONCE = 100
"""Messages in one call, by Telegram's rule."""


def leave_all(scene: Scene) -> bool:
    """Leave everything that the person of this turn has open; say whether there was anything."""
    runs = open_runs(scene)
    for run, role in runs:
        scene.go_on(run, Left(role))
    return bool(runs)


def leave_unseen(scene: Scene) -> None:
    """Leave everything, take what the bot said out of this chat, and say something harmless."""
    leave_all(scene)
    ids = scene.work.withdraw(scene.chat_id, scene.now - DELETABLE)
    scene.outcome.withdrawn = scene.chat_id
    for first in range(0, len(ids), AT_ONCE):
        scene.outcome.calls.append(Delete(scene.chat_id, tuple(ids[first : first + AT_ONCE])))
    scene.tell("exit", sensitive=False)
