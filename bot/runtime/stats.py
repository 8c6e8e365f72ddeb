"""`/stats`, for whoever runs the bot: numbers only, and none so small that it could point at somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.runtime.scene import Scene

COMMAND = "stats"
A_WEEK = timedelta(days=7)
FEWEST = 5
"""Counts below this are not told."""


def is_asked(scene: Scene, word: str) -> bool:
    """Say whether this is the operator, and their command; for anybody else there is none."""
    return word == COMMAND and scene.chat_id == scene.desk.operator_id


def tell(scene: Scene) -> None:
    """Tell the operator how many."""
    stats, few = scene.work.stats(scene.now - A_WEEK), scene.desk.library.messages["few"]

    def many(count: int) -> str:
        return str(count) if count >= FEWEST else few

    flows = scene.desk.library.flows
    finished = [
        f"{flows[flow].about.title if flow in flows else flow}: {count}"
        for flow, count in stats.finished.items()
        if count >= FEWEST
    ]
    scene.tell(
        "stats",
        people=many(stats.people),
        active=many(stats.active),
        nudges=many(stats.nudges),
        parked=many(stats.parked),
        finished="\n".join(finished),
    )
