"""What the bots to compare with share: settings from the environment, and the dialogue's words."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

TOKEN = os.environ["BOT_TOKEN"]
API = os.environ["BOT_API_URL"]
PRELOADED = range(10_000_000, 10_000_000 + int(os.environ.get("BOT_PRELOAD", "0")))
"""People who are in the middle of the dialogue when the bot starts."""

POLL_SECONDS = 10
ASK, WHY, THANKS = (
    "How do you feel today, 1 to 5?",
    "What made it so? Write a few words.",
    "Thank you, saved.",
)
SCORES = ("1", "2", "3", "4", "5")
KEPT = 30
"""Saved answers a person keeps, in the bots that keep them in memory."""


def sample(person: int) -> tuple[int, str]:
    """Return the answer that a preloaded person gave earlier."""
    return 3, f"note {person} about an ordinary day at work"


def run(main: Coroutine[None, None, None]) -> None:
    """Run until SIGTERM."""

    async def until_told() -> None:
        task = asyncio.ensure_future(main)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(until_told())
