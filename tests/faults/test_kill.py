"""The real process, killed with `kill -9` at random moments while people answer over HTTP.

Issue 2, "Shown by" 2: 0 updates lost, 0 answers lost, no step taken twice, at most the one message in flight
repeated: for each kill and each chat, because chats are written to side by side. `ALONGSIDE_KILLS` sets how
often, `ALONGSIDE_SEED` repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from tests.faults.conftest import Place, bot_texts, rows, stopped, until

if TYPE_CHECKING:
    import pytest

    from bot.sandbox import SandboxServer
    from bot.store.sqlite import Heart

KILLS = int(os.environ.get("ALONGSIDE_KILLS", "60"))
AT_ONCE = 20
EARLIEST, LATEST = 0.05, 0.6
"""Seconds between the first poll of a life and its end."""

ASK, WHY, THANKS = (
    "How do you feel today, 1 to 5?",
    "What made it so? Write a few words.",
    "Thank you, saved.",
)
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Walker:
    """Somebody on the way through the dialogue, who acts once on each question, after a moment's thought."""

    user: int
    choice: str
    text: str
    step: int = 0
    thinks_until: float | None = None

    def act(self, server: SandboxServer, now: float, thought: float) -> None:
        """Do the next step, if its question is there and was thought about."""
        if self.step == 3 or (
            self.step and (ASK, WHY, THANKS)[self.step - 1] not in bot_texts(server, self.user)
        ):
            return
        if self.thinks_until is None:
            self.thinks_until = now + thought
        if now < self.thinks_until:
            return
        self.thinks_until = None
        if self.step == 0:
            server.world.say(self.user, "/start")
        elif self.step == 1:
            server.world.tap(self.user, self.choice)
        else:
            server.world.say(self.user, self.text)
        self.step += 1

    def done(self, server: SandboxServer) -> bool:
        """Say whether the bot has said thanks."""
        return self.step == 3 and THANKS in bot_texts(server, self.user)


@dataclass
class Crowd:
    """Twenty people at a time; who is done makes room for the next."""

    server: SandboxServer
    chance: random.Random
    life: int = 0
    said: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """What the bot has said, for each person and each life of the process."""

    all: list[Walker] = field(default_factory=list)
    active: list[Walker] = field(default_factory=list)
    open: bool = True

    def hear(self, event: str, what: dict[str, Any]) -> None:
        """Note what the bot says, and in which life it says so."""
        if event == "message" and what["from"]["is_bot"]:
            self.said[what["chat"]["id"], self.life].append(what["text"])

    def repeated(self, user: int) -> list[int]:
        """Return for each life how many messages it has sent that an earlier one, or itself, had sent."""
        before: set[str] = set()
        counts = []
        for life in range(self.life + 1):
            texts = self.said.get((user, life), [])
            counts.append(len(texts) - len(set(texts) - before))
            before |= set(texts)
        return counts

    async def walk(self) -> None:
        """Let them act until the last one is done and no new one may come."""
        while self.open or self.active:
            while self.open and len(self.active) < AT_ONCE:
                self._come()
            now = time.monotonic()
            for walker in self.active:
                walker.act(self.server, now, self.chance.uniform(0, 0.1))
            self.active = [walker for walker in self.active if not walker.done(self.server)]
            await asyncio.sleep(0.002)

    def _come(self) -> None:
        number = 10_000 + len(self.all)
        walker = Walker(
            number, str(self.chance.randint(1, 5)), f"words of {number}: {self.chance.getrandbits(64):x}"
        )
        self.server.world.add_user(number, f"Person {number}")
        self.all.append(walker)
        self.active.append(walker)


@dataclass
class Tally:
    """What became of everything that was said."""

    updates_lost: int = 0
    answers_lost: int = 0
    wrong: list[str] = field(default_factory=list)
    taken_twice: int = 0
    repeated: int = 0
    most_repeated: int = 0
    leftovers: list[tuple[Any, ...]] = field(default_factory=list)

    def count(self, heart: Heart, crowd: Crowd) -> None:
        """Compare the database, opened with its keys, and the chats with what people did."""
        self.updates_lost = (
            3 * len(crowd.all) - rows(heart, "SELECT count(*) FROM inbox WHERE state = 'done'")[0][0]
        )
        self.leftovers = rows(heart, "SELECT state, reason FROM inbox WHERE state != 'done'")
        self.leftovers += rows(heart, "SELECT state, reason FROM outbox WHERE state != 'sent'")
        written = Counter(row[0] for row in rows(heart, "SELECT person_id FROM outbox"))
        begun = Counter(row[0] for row in rows(heart, "SELECT initiator_id FROM sessions"))
        for walker in crowd.all:
            self._heard(bot_texts(crowd.server, walker.user), crowd.repeated(walker.user))
            person = heart.do(methodcaller("person_in", walker.user))
            if person is None:
                self.answers_lost += 1
                continue
            found = heart.do(methodcaller("past", person.id, "bench.note", MUCH_LATER, 9))
            answers = [one.answers["why"].value for one in found]
            self.answers_lost += walker.text not in answers or person.profile.stage != walker.choice
            self.taken_twice += (written[person.id], begun[person.id], len(answers)) != (2, 1, 1)

    def _heard(self, texts: list[str], repeated: list[int]) -> None:
        """Look at what one person was told: the three texts in order, some of them again perhaps."""
        if list(dict.fromkeys(texts)) != [ASK, WHY, THANKS]:
            self.wrong.append(str(texts))
        self.repeated += len(texts) - 3
        self.most_repeated = max(self.most_repeated, *repeated)


async def live_and_die(bot: Place, server: SandboxServer, life: int, chance: random.Random) -> None:
    """Start the bot and kill it at a random moment."""
    old, asked = server._poller._waiting, polls(server)
    process = bot.start()

    def is_awake() -> bool:
        return process.poll() is not None or polls(server) > asked or fresh(server, old)

    # Every fifth life ends before it is awake, the first one included, when there is not even a database.
    if life % 5:
        await until(is_awake)
    await asyncio.sleep(chance.uniform(EARLIEST, LATEST))
    assert process.poll() is None, bot.errors()
    process.send_signal(signal.SIGKILL)
    process.wait()
    # What it had sent off still arrives, and counts as said in this life.
    await asyncio.sleep(0.05)


async def test_kill(bot: Place, server: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Rules 2, 3 and 4."""
    seed = int(os.environ.get("ALONGSIDE_SEED", secrets.randbits(32)))
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    bot.settings["LOG_LEVEL"] = "INFO"
    crowd = Crowd(server, chance)
    server.world.listeners.append(crowd.hear)
    walking = asyncio.create_task(crowd.walk())
    began = time.monotonic()
    for crowd.life in range(KILLS):
        await live_and_die(bot, server, crowd.life, chance)
        if walking.done():
            walking.result()
    crowd.open, crowd.life = False, KILLS
    process = bot.start()
    await asyncio.wait([walking], timeout=30)
    await asyncio.sleep(0.3)
    assert await stopped(process) == 0
    took = time.monotonic() - began

    tally, heart = Tally(), bot.heart()
    tally.count(heart, crowd)
    heart.close()
    with capsys.disabled():
        print(  # noqa: T201  the figures that issue 2 asks for
            f"\nkill -9: seed {seed}, {KILLS} kills in {took:.1f} s, {len(crowd.all)} people, "
            f"{3 * len(crowd.all)} updates: {tally.updates_lost} updates lost, "
            f"{tally.answers_lost} answers lost, {tally.taken_twice} steps taken twice, "
            f"{tally.repeated} messages repeated, at most {tally.most_repeated} for a kill and a chat"
        )
    stuck = [(walker.user, walker.step, bot_texts(server, walker.user)) for walker in crowd.active]
    walking.cancel()
    assert stuck == [], (stuck, tally, bot.errors()[-3000:])
    assert not server.world.updates, "every update was confirmed"
    assert len(crowd.all) > AT_ONCE, "people got somewhere between the kills"
    assert tally.most_repeated <= 1
    assert tally == Tally(repeated=tally.repeated, most_repeated=tally.most_repeated)
    assert "Traceback" not in bot.errors()
    assert "words of" not in bot.errors()


def polls(server: SandboxServer) -> int:
    """Return how many polls were answered."""
    return sum(call.method == "getUpdates" for call in server.calls)


def fresh(server: SandboxServer, old: object) -> bool:
    """Say whether another poll waits than before."""
    waiting = server._poller._waiting
    return waiting is not None and waiting is not old
