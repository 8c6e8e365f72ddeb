"""A bot on a store on the disk that may be killed at any moment, and what it said before and after."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.library.render import plain
from bot.runtime import ticker, turn
from bot.runtime.clock import MovableClock
from bot.runtime.desk import Desk
from bot.runtime.events import Pressed
from bot.store.folder import Files
from bot.store.sqlite import open_heart
from tests.together.twins import Course, Policy, begun, press
from tests.together.world import library_for_two

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from bot.flow.model import Role
    from bot.runtime.events import Event, Outcome
    from bot.store.protocol import Message, Work

OPENS = ("lets you see", "Nothing was opened", "What now?")
"""What stands in the messages that open, privately and before both."""


def files_in(folder: Path) -> Files:
    """Return where a bot keeps everything."""
    return Files(folder / "data" / "alongside.db", folder / "data" / "keys.db", folder / "data.key")


@dataclass(frozen=True)
class Stage:
    """A store in which an opening is about to come: folder, run, time, and the presses just before it."""

    folder: Path
    run_id: str
    turn: int
    now: datetime
    events: dict[int, Event]
    group: int


def staged(folder: Path, node: str, *, group: bool, last: str = "", wait: timedelta) -> Stage:
    """Go up to a node of `two.devices`, both opening all; `last` is what both are about to press there."""
    heart = open_heart(files_in(folder))
    world = begun("two.devices", group=group, heart=heart)
    press(world, "ann", "Yes, now")
    press(world, "bo", "Yes, now")
    course = Course(world, {name: Policy(name, share="words") for name in ("ann", "bo")})
    while (run := course.run()) is not None and run.session.node != node:
        assert course.step()
    assert run is not None
    events: dict[int, Event] = {}
    for number, name in enumerate(("ann", "bo"), 900):
        payload = f"{run.id}.{run.session.turn}.{last}"
        for bubble in world.chats[name]:
            if any(one == payload for row in bubble.rows for _, one in row):
                where = world.number(name)
                events[number] = Pressed(where, where, True, "press", bubble.message_id, payload)  # noqa: FBT003
    assert len(events) == 2 * bool(last)
    now = world.clock.now() + wait
    heart.close()
    return Stage(folder, run.id, run.session.turn, now, events, world.number("pair"))


class Life:
    """One life of a bot, from its start to its end or its kill."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        """Start on a copy of the stage."""
        self.stage = stage
        self.heart = open_heart(files_in(folder))
        self.clock = MovableClock(frozen_at=stage.now)
        self.desk = Desk(library_for_two(), self.clock, lambda: f"run{os.urandom(4).hex()}")
        self._said = folder / "telegram"

    def keep(self, number: int) -> None:
        """Keep an update, before anything else happens to it."""
        self.heart.do(lambda work: work.take_in(number, str(number).encode(), self.clock.now()))

    def at_once(self, *what: int) -> None:
        """Take presses, and what is due (0), under one commit, in this order."""
        units = [
            partial(turn.handle, self.desk, update_id=one, event=self.stage.events[one])
            if one
            else partial(ticker.time_out, self.desk, run_id=self.stage.run_id, turn=self.stage.turn)
            for one in what
        ]
        outcomes = self.heart.together([partial(_call, unit) for unit in units])
        for succeeded, outcome in outcomes:
            assert succeeded, outcome
            self.deliver(outcome)

    def tick(self) -> None:
        """Let happen what is due."""
        timers, _, _ = self.heart.do(partial(ticker.due, self.clock.now()))
        for run_id, number in timers:
            self.deliver(self.heart.do(partial(ticker.time_out, self.desk, run_id=run_id, turn=number)))

    def deliver(self, outcome: Outcome) -> None:
        """Say what a turn has to say."""
        for message in outcome.messages:
            self.send(message)

    def send(self, message: Message) -> None:
        """Say something: once it is in Telegram's hands, no kill takes it back."""
        line = json.dumps([message.chat_id, plain(message.body["text"])]) + "\n"
        number = os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(number, line.encode())
        os.close(number)
        self.heart.do(lambda work: work.message_sent(message, message.id, self.clock.now()))

    def recover(self) -> None:
        """Do what an earlier life has left: as `App` does, messages first, then kept updates."""
        for message in self.heart.do(lambda work: work.waiting_messages()):
            self.send(message)
        for number, _ in self.heart.do(lambda work: work.waiting_updates()):
            event = self.stage.events[number]
            self.deliver(self.heart.do(partial(turn.handle, self.desk, update_id=number, event=event)))

    # What there is to be seen

    def said(self) -> list[tuple[int, str]]:
        """Return what has been said in all lives: to which chat, and the words."""
        if not self._said.exists():
            return []
        return [(chat, text) for chat, text in map(json.loads, self._said.read_text("utf-8").splitlines())]

    def waiting(self) -> list[tuple[int, str]]:
        """Return what waits to be said."""
        found = self.heart.do(lambda work: work.waiting_messages())
        return [(message.chat_id, plain(message.body["text"])) for message in found]

    def opened(self, *roles: Role, of: str) -> bool:
        """Say whether the session has opened the answers of these to a question."""
        run = self.heart.do(lambda work: work.run(self.stage.run_id))
        assert run is not None
        return all((role, of) in run.session.revealed for role in roles)


def _call(unit: Callable[..., Outcome], work: Work) -> Outcome:
    return unit(work=work)


def opening(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return those messages by which something is opened."""
    return [(chat, text) for chat, text in lines if any(mark in text for mark in OPENS)]
