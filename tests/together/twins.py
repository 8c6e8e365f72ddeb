"""Twin worlds: the same to the last second but for what Bo does, so that Ann must see the same in both."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.model import PAUSE, STOP, PickMany, Rank, Text
from bot.runtime.events import Reach
from bot.store.protocol import Schedule
from tests.together.oracle import is_last_look
from tests.together.world import BEGIN, Watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.flow.model import Node
    from bot.store.protocol import Run, Work
    from bot.store.sqlite import Heart

RUN = re.compile(r"run\d{8}")
View = list[tuple[str, ...]]
ROLE = {"ann": "initiator", "bo": "partner"}


@dataclass(frozen=True, order=True, slots=True)
class Deed:
    """What somebody does at a moment: `(label)` is a press, `[blocks]` is told by Telegram."""

    minute: float
    who: str
    what: str
    chat: str = ""


def play(world: Watched, deeds: Iterable[Deed], until: timedelta) -> None:
    """Let everything happen at its moment, and what is due between."""
    for deed in sorted(deeds):
        world.until(BEGIN + timedelta(minutes=deed.minute))
        do(world, deed)
    world.until(BEGIN + until)


def do(world: Watched, deed: Deed) -> None:
    """Do one thing; a button that is not there is missed, which can be seen too."""
    who, what, chat = deed.who, deed.what, deed.chat or deed.who
    world.act += 1
    if what in {"[blocks]", "[comes back]"}:
        event = Reach(world.number(who), reachable=what == "[comes back]")
        world._event(who, event)
    elif what.startswith("("):
        if not press(world, who, what[1:-1], chat):
            world.note(who, f"nothing says {what}")
    elif not what.startswith("/") or world.person_id(who) is not None or what.startswith("/start"):
        world.say(who, what, chat)


def press(world: Watched, who: str, label: str, chat: str = "") -> bool:
    """Press the newest button that begins so; False when there is none."""
    chat = chat or who
    for bubble in reversed(world.chats.get(chat, [])):
        for row in bubble.rows:
            for text, payload in row:
                if text.startswith(label):
                    world.press_payload(who, chat, bubble.message_id, payload)
                    return True
    return False


def view(world: Watched, who: str = "ann", chats: tuple[str, ...] = ("pair",)) -> View:
    """Return all that somebody has seen: when, where, what, over which buttons.

    Our numbers for messages and runs are told by their order: chance gives them, or a clock.
    """
    order: dict[int, int] = {}
    runs: dict[str, str] = {}
    found: View = []
    for sight in world.sights:
        if sight.chat not in (who, *chats):
            continue
        number = order.setdefault(sight.message, len(order)) if sight.message else -1
        file = RUN.sub(lambda one: runs.setdefault(one[0], f"run {len(runs)}"), sight.file)
        found.append(
            (
                f"{sight.at:%d %H:%M:%S}",
                sight.chat,
                sight.kind,
                sight.text,
                *sight.labels,
                *sight.manner,
                file,
                str(number),
            )
        )
    return found


def first_difference(one: View, two: View) -> str:
    """Return where two views part, for a failure that can be read."""
    for left, right in zip(one, two, strict=False):
        if left != right:
            return f"\n  {left}\n  {right}"
    longer = one if len(one) > len(two) else two
    return f"\n  only in one of them: {longer[min(len(one), len(two))]}" if len(one) != len(two) else ""


def with_a_weekly_question(world: Watched, who: str, minute: int) -> None:
    """Let somebody's weekly question be due after some minutes."""
    due = BEGIN + timedelta(minutes=minute)
    at = due.hour * 60 + due.minute

    def unit(work: Work) -> None:
        person = work.person_in(world.number(who))
        assert person is not None
        work.save_schedule(Schedule(person.id, due.weekday(), at, "UTC", due_at=due, slot=due, wanted=due))

    world.heart.do(unit)


# Going through an exercise


@dataclass
class Policy:
    """How somebody answers: sealed questions by one chance, the others by another."""

    sealed: str
    plain: str = "plain"
    share: str = ""
    """What is pressed wherever a level is asked for, where there is such a button."""
    skips: bool = False
    closes: bool = False
    words: int = field(default=0)

    def dice(self, node: Node, turn: int) -> random.Random:
        """Return the chance for one question."""
        # What both decide before both shows by what follows, though not who pressed what.
        decides = node.where != "private" and node.branches
        name = self.sealed if node.sealed and not decides else self.plain
        return random.Random(f"{name} {node.id} {turn}")  # noqa: S311  repeatable on purpose


@dataclass
class Course:
    """Goes through the open exercise of the two, each by a policy of their own."""

    world: Watched
    policies: dict[str, Policy]
    order: tuple[str, ...] = ("ann", "bo")
    pace: timedelta = timedelta(seconds=20)

    def run(self) -> Run | None:
        """Return the exercise that is open, if there is one."""
        runs = [one for one in self.world.open_runs("ann") if len(one.session.roles) > 1]
        return runs[0] if runs else None

    def node(self, run: Run) -> Node:
        """Return where it stands."""
        return self.world.desk.library.flows[run.session.flow].nodes[run.session.node]

    def step(self) -> bool:
        """Let everybody who is waited for answer once; else let the time run out. False when it is over."""
        run = self.run()
        if run is None:
            return False
        node, turn = self.node(run), run.session.turn
        before = run.session
        for who in self.order:
            self.world.until(self.world.clock.now() + self.pace)
            run = self.run()
            if run is None or run.session.turn != turn:
                return run is not None
            role = run.role_of(self.world.person_id(who) or -1)
            if role in run.session.waiting:
                self.answer(who, run, node)
        run = self.run()
        if run is not None and (run.session.turn, run.session.status) == (before.turn, before.status):
            due = self.world.due()
            self.world.until(due or self.world.clock.now() + timedelta(minutes=1))
        return self.run() is not None

    def answer(self, who: str, run: Run, node: Node) -> None:
        """Let somebody answer the question that stands."""
        policy = self.policies[who]
        if is_last_look(node):
            if policy.closes:
                self.choose(who, run, "keep")
            return
        dice = policy.dice(node, run.session.turn)
        if isinstance(node.ask, Text):
            if policy.skips and node.skip:
                self.choose(who, run, "skip")
            else:
                number = dice.randint(1, 1000)
                self.world.say(who, f"words of {who}, {number} of them")
            return
        offered = self.offered(who, run)
        if node.shares and policy.share in offered:
            self.choose(who, run, policy.share)
        elif policy.skips and node.sealed and "skip" in offered:
            self.choose(who, run, "skip")
        elif isinstance(node.ask, PickMany | Rank):
            self.pick(who, run, node.ask, dice)
        elif offered:
            usual = [one for one in offered if one != "skip"] or offered
            self.choose(who, run, dice.choice(usual))

    def pick(self, who: str, run: Run, ask: PickMany | Rank, dice: random.Random) -> None:
        """Press some choices and Done, or all of them in some order."""
        own = [one.id for one in ask.choices]
        picked = dice.sample(own, max(ask.least, 1) if isinstance(ask, PickMany) else len(own))
        for choice in [*picked, *(["done"] if isinstance(ask, PickMany) else [])]:
            self.choose(who, run, choice)

    def offered(self, who: str, run: Run) -> list[str]:
        """Return the choices under the question, in somebody's own chat or before both."""
        prefix = f"{run.id}.{run.session.turn}."
        found = [
            payload.removeprefix(prefix)
            for chat in (who, "pair")
            for bubble in self.world.chats.get(chat, [])
            for row in bubble.rows
            for _, payload in row
            if payload.startswith(prefix)
        ]
        return [one for one in dict.fromkeys(found) if one not in {PAUSE, STOP}]

    def choose(self, who: str, run: Run, choice: str) -> None:
        """Press the button of a choice, where it stands."""
        payload = f"{run.id}.{run.session.turn}.{choice}"
        for chat in (who, "pair"):
            for bubble in reversed(self.world.chats.get(chat, [])):
                if any(one == payload for row in bubble.rows for _, one in row):
                    self.world.act += 1
                    self.world.press_payload(who, chat, bubble.message_id, payload)
                    return


def begun(flow: str, *, group: bool, asker: str = "ann", heart: Heart | None = None) -> Watched:
    """Return a world in which the two are asked whether it is a good moment."""
    world = Watched(heart)
    world.join(group=group)
    other = "bo" if asker == "ann" else "ann"
    world.begin(flow, {"initiator": asker, "partner": other}, "pair" if group else None)
    return world
