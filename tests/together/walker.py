"""A random walk of Ann, Bo and a stranger Cy, seeded: whatever they do, the oracle looks on.

As calm as the walk is, somebody does what is asked of them, so that it gets to the end of exercises; else
anything may happen. A failure tells the seed, and the last acts.
"""

from __future__ import annotations

import random
from collections import deque
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow.model import PAUSE, STOP, PickMany, Text
from bot.runtime.events import LINK, Reach
from tests.together.oracle import Act, BrokenError, Oracle, is_last_look
from tests.together.world import NAMES, Watched, for_two

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.together.oracle import Place

RARE = ("Erase everything", "End it now", "Yes, that is them")
PLAIN = ("pair.", "welcome.", "home.settings")
"""Flows in which people say what they want to be called: no secret is written there."""

COMMANDS = (
    "/menu", "/together", "/help", "/resume", "/journal", "/practice", "/plans", "/invite", "/unpair",
    "/export", "/pause", "/settings", "/start", "/privacy",
)  # fmt: skip


class Walk:
    """One walk on a world of its own."""

    def __init__(self, seed: int, flows: tuple[str, ...] = ()) -> None:
        """Begin with nobody linked; `flows` are the exercises that are begun."""
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311  repeatable on purpose
        self.world = Watched()
        self.world.join(group=self.chance.random() < 0.6)
        self.oracle = Oracle(self.world)
        self.flows = flows or tuple(for_two(self.world.desk.library))
        self.calm = self.chance.uniform(0.2, 0.95)
        self.last: deque[str] = deque(maxlen=25)
        self.plan: Iterator[Callable[[], None]] = iter(())
        self.steps = 0
        self.words = 0

    def go(self, steps: int) -> None:
        """Do so many acts. Raises BrokenError with the way to it."""
        end = self.steps + steps
        try:
            while self.steps < end:
                self._step()
        except BrokenError as error:
            way = "\n".join(self.last)
            raise BrokenError(f"seed {self.seed}, step {self.steps}: {error}\n{way}") from None
        except Exception as error:
            way = "\n".join(self.last)
            raise BrokenError(f"seed {self.seed}, step {self.steps}: {error!r}\n{way}") from error

    # One act

    def _do(self, act: Act, deed: Callable[[], object], payload: str = "") -> None:
        self.steps += 1
        world, oracle = self.world, self.oracle
        world.act += 1
        world.clock.move(timedelta(seconds=self.chance.randint(0, 25)))
        self.last.append(f"{world.clock.now():%d %H:%M:%S} {act} {payload}")
        strange = oracle.is_strange(act, payload)
        dump, since = (oracle.dump(act.who) if strange else {}), len(world.sights)
        if payload:
            oracle.presses(act.who, payload)
        deed()
        if strange:
            oracle.judge_stranger(act, dump, since)
        oracle.judge(act, payload)

    def says(self, who: str, text: str, chat: str = "") -> None:
        """Let somebody write."""
        chat = chat or who
        if chat == "pair" and who not in self.world.there:
            return
        self._do(Act(who, "says", text, chat), lambda: self.world.say(who, text, chat))

    def word(self, who: str, chat: str = "") -> None:
        """Let somebody write something that nobody else writes, unless it is what they want to be called."""
        if chat != "pair" and self._is_named(who):
            self.says(who, who.title())
            return
        self.words += 1
        word = f"{who}-{self.words}-{''.join(self.chance.choices('abcdefghkmnoprstuvwz', k=5))}"
        self.oracle.says(who, word)
        self.says(who, word, chat)

    def _is_named(self, who: str) -> bool:
        runs = self.world.open_runs(who)
        return any(run.session.flow.startswith(PLAIN) for run in runs)

    def press(self, who: str, chat: str, message_id: int, payload: str, label: str) -> None:
        """Let somebody press a button, seen or kept."""
        if chat == "pair" and who not in self.world.there:
            return
        how = {"Erase everything": "forgets", "End it now": "parts"}.get(label, "presses")
        place = self.oracle.now.get(payload.partition(".")[0])
        private = chat != "pair"
        deed = lambda: self.world.press_payload(who, chat, message_id, payload)  # noqa: E731
        if how != "presses" and not (
            private and payload.startswith(("~", "run")) and self._counts(who, payload)
        ):
            how = "presses"
        text = label if place is None else f"{label} ({place.flow} {place.node})"
        self._do(Act(who, how, text, chat), deed, payload)

    def _counts(self, who: str, payload: str) -> bool:
        """Say whether such a button still does what it says."""
        if payload.startswith("~"):
            return self.world.person_id(who) is not None
        run_id, turn, _ = payload.split(".", 2)
        run = self.world.run(run_id)
        number = self.world.person_id(who)
        return (
            run is not None
            and run.session.status == "active"
            and str(run.session.turn) == turn
            and run.role_of(number or -1) is not None
            and self.world.couple(who) is not None
        )

    # What comes next

    def _step(self) -> None:
        chance = self.chance
        planned = next(self.plan, None)
        if planned is not None and chance.random() < 0.85:
            planned()
            return
        if self.oracle.now_open() and chance.random() < self.calm:
            self.go_on()
            return
        ways = WAYS_OF_TWO if self.oracle.now_open() else WAYS_OF_NOBODY
        chance.choices([way for way, _ in ways], [weight for _, weight in ways])[0](self)

    def go_on(self) -> None:
        """Let somebody who is waited for do what is asked of them."""
        places = [one for one in self.oracle.now.values() if one.open and not one.paused]
        waiting = [(one, name) for one in places for name in one.waiting]
        if not waiting:
            self.wait_a_little()
            return
        place, who = self.chance.choice(waiting)
        node = self.oracle.node(place)
        if node is None:
            return
        if is_last_look(node) and self.chance.random() < 0.7:
            self.wait_a_little()
        elif isinstance(node.ask, Text):
            self.word(who)
        else:
            self._answer(place, who, many=isinstance(node.ask, PickMany))

    def _answer(self, place: Place, who: str, *, many: bool) -> None:
        found = [
            (chat, bubble.message_id, payload, label)
            for chat in (who, "pair")
            for bubble in self.world.chats.get(chat, [])[-40:]
            for row in bubble.rows
            for label, payload in row
            if payload.startswith(f"{place.id}.{place.turn}.")
        ]
        usual = [one for one in found if not one[2].endswith((PAUSE, STOP))]
        if place.gate and self.chance.random() < 0.85:
            usual = [one for one in usual if one[2].endswith(".now")]
        if not usual:
            self.says(who, "/together")
            return
        done = [one for one in usual if one[2].endswith(".done")]
        chat, message_id, payload, label = self.chance.choice(
            done if many and done and self.chance.random() < 0.4 else usual
        )
        self.press(who, chat, message_id, payload, label)

    def press_seen(self) -> None:
        """Let somebody press any button that they can see."""
        who = self.chance.choice(NAMES)
        chat = "pair" if who in self.world.there and self.chance.random() < 0.4 else who
        found = [
            (bubble.message_id, payload, label)
            for bubble in self.world.chats.get(chat, [])[-8:]
            for row in bubble.rows
            for label, payload in row
            if not payload.startswith(LINK) and (label not in RARE or self.chance.random() < 0.05)
        ]
        if found:
            message_id, payload, label = self.chance.choice(found)
            self.press(who, chat, message_id, payload, label)

    def press_old(self) -> None:
        """Let somebody press a button from any time, in the group or in their own chat."""
        who = self.chance.choice(NAMES)
        if not self.world.shown:
            return
        chat, message_id, label, payload = self.chance.choice(self.world.shown)
        mine = chat == who or (chat == "pair" and who in self.world.there)
        if mine and not payload.startswith(LINK) and label not in RARE:
            self.press(who, chat, message_id, payload, label)

    def press_stolen(self) -> None:
        """Let somebody press what was never shown to them, as if they had got hold of it."""
        if not self.world.shown:
            return
        who = self.chance.choice(NAMES)
        _, message_id, label, payload = self.chance.choice(self.world.shown[-60:])
        run_id = payload.partition(".")[0]
        place = self.oracle.now.get(run_id)
        if place is not None and who not in place.seats:
            self.press(who, who, message_id, payload, label)

    def write(self) -> None:
        """Let somebody write something, in their own chat or in the group."""
        who = self.chance.choice(NAMES)
        inside = who in self.world.there and self.chance.random() < 0.5
        self.word(who, "pair" if inside else "")

    def command(self) -> None:
        """Let somebody send a command."""
        who = self.chance.choice(NAMES)
        inside = who in self.world.there and self.chance.random() < 0.3
        self.says(who, self.chance.choice(COMMANDS), "pair" if inside else "")

    def stop(self) -> None:
        """Let somebody leave what is going on."""
        who = self.chance.choice(NAMES)
        inside = who in self.world.there and self.chance.random() < 0.3
        self.says(who, "/stop", "pair" if inside else "")

    def pause(self) -> None:
        """Let one of those in the group ask for a pause."""
        self.says(
            self.chance.choice(sorted(self.world.there)), self.chance.choice(["/pause", "Pause."]), "pair"
        )

    def wait_a_little(self) -> None:
        """Let minutes pass."""
        self._wait(timedelta(seconds=self.chance.choice([20, 61, 90, 240, 1300])))

    def wait_long(self) -> None:
        """Let hours pass."""
        self._wait(timedelta(hours=self.chance.choice([1, 5, 12, 25])))

    def _wait(self, step: timedelta) -> None:
        self._do(Act("", "waits", str(step)), lambda: self.world.wait(step))

    def come_or_go(self) -> None:
        """Let somebody come into the group, or go: mostly Cy."""
        who = "cy" if self.chance.random() < 0.9 else self.chance.choice(NAMES)
        world = self.world
        if who in world.there and len(world.there) > 1:
            self._do(Act(who, "goes", "", "pair?"), lambda: world.go(who))
        elif who not in world.there:
            self._do(Act(who, "comes", "", "pair?"), lambda: world.come(who))

    def put_right(self, two: frozenset[str] = frozenset()) -> None:
        """Let those be in the group who belong there."""
        owners = two or self.oracle.owners() or {"ann", "bo"}
        for who in sorted((owners - self.world.there) | (self.world.there - owners)):
            deed = self.world.go if who in self.world.there else self.world.come
            self._do(Act(who, "moves", "", "pair?"), partial(deed, who))

    def upset_the_group(self) -> None:
        """Let the group move, or somebody write there without a name."""
        deed = self.world.masked if self.chance.random() < 0.6 else self.world.migrate
        self._do(Act("", deed.__name__), deed)

    def put_out(self) -> None:
        """Let somebody put the bot out of the group."""
        self._do(Act("", "puts out"), self.world.removed)

    def block(self) -> None:
        """Let somebody block the bot, or come back."""
        who, back = self.chance.choice(NAMES), self.chance.random() < 0.6
        number = self.world.number(who)
        event = Reach(number, reachable=back)
        self._do(Act(who, "comes back" if back else "blocks"), lambda: self.world._event(who, event))

    def consent_again(self) -> None:
        """Let somebody who was erased agree to be here again."""
        gone = [name for name in NAMES if self.world.person_id(name) is None]
        if gone:
            who = self.chance.choice(gone)
            self._do(Act(who, "agrees"), lambda: self.world.settle(who))

    # Plans: several acts of somebody, one after the other, with whatever comes between

    def begin(self) -> None:
        """Let two begin an exercise: by /together, or as if they had."""
        who = self.chance.choice(NAMES)
        couple = self.world.couple(who)
        if couple is None:
            return
        flow = self.chance.choice(self.flows)
        mine = self.world.person_id(who)
        other = self.oracle.people[couple.other(mine or 0).person_id]
        if self.oracle.now_open():
            return
        if self.chance.random() < 0.4:
            chat = "pair" if couple.bound and couple.alone else None
            people = {"initiator": who, "partner": other}
            self._do(Act(who, "begins", flow), lambda: self.world.begin(flow, people, chat))
        else:
            self.plan = iter(
                [
                    lambda: self.says(who, "/together"),
                    *self._labels(who, "All", self._offer(flow), "Ask us both"),
                ]
            )

    def _offer(self, flow: str) -> str:
        return self.world.desk.library.offer(self.world.desk.library.flows[flow])

    def _labels(self, who: str, *labels: str) -> list[Callable[[], None]]:
        return [lambda label=label: self.press_label(who, label) for label in labels]  # type: ignore[misc]

    def press_label(self, who: str, label: str, chat: str = "") -> None:
        """Let somebody press the newest button that says this, if there is one."""
        chat = chat or who
        for bubble in reversed(self.world.chats.get(chat, [])[-12:]):
            for row in bubble.rows:
                for text, payload in row:
                    if text == label:
                        self.press(who, chat, bubble.message_id, payload, label)
                        return

    def pair(self) -> None:
        """Let one invite another, who agrees; and the first says that it is them."""
        one, two = (
            self.chance.sample(NAMES, 2)
            if self.chance.random() < 0.2
            else self.chance.sample(["ann", "bo"], 2)
        )
        if self.world.couple(one) or self.world.couple(two) or None in map(self.world.person_id, (one, two)):
            return
        sure = self.chance.random() < 0.8
        self.plan = iter(
            [
                lambda: self.says(one, "/invite"),
                *self._labels(one, "Make a new one", "Go on", "Go on"),
                lambda: self.says(one, one.title()),
                lambda: self._knock(one, two),
                *self._labels(two, "Yes, with them" if sure else "Not now", "Go on"),
                lambda: self.says(two, two.title()),
                *self._labels(one, "Yes, that is them" if sure else "No"),
            ]
        )

    def _knock(self, maker: str, who: str) -> None:
        tokens = [token for token, (owner, _) in self.oracle.links.items() if owner == maker]
        if tokens:
            self.says(who, f"/start {tokens[-1]}")

    def knock(self) -> None:
        """Let anybody press any link there ever was."""
        if self.oracle.links:
            token = self.chance.choice(list(self.oracle.links))
            self.says(self.chance.choice(NAMES), f"/start {token}")

    def bind(self) -> None:
        """Let two who have no group make one."""
        who = self.chance.choice(NAMES)
        couple = self.world.couple(who)
        if couple is None or couple.bound:
            return
        two = self.oracle.couples[couple.id]

        def add() -> None:
            for bubble in reversed(self.world.chats.get(who, [])[-6:]):
                for _, payload in (button for row in bubble.rows for button in row):
                    if "startgroup=" in payload:
                        self.says(who, f"/start {payload.rpartition('=')[2]}", "pair")
                        return

        self.plan = iter(
            [
                lambda: self.put_right(two),
                lambda: self.says(who, "/together"),
                *self._labels(who, "Our group", "Add me to a group"),
                add,
                *(lambda name=name: self.press_label(name, "I am here", "pair") for name in sorted(two)),
            ]
        )

    def part(self) -> None:
        """Let somebody end being two here."""
        who = self.chance.choice(NAMES)
        self.plan = iter([lambda: self.says(who, "/unpair"), *self._labels(who, "End it now")])

    def forget(self) -> None:
        """Let somebody have everything erased."""
        who = self.chance.choice(NAMES)
        self.plan = iter([lambda: self.says(who, "/forget"), *self._labels(who, "Erase everything")])


SOMETIMES = (
    (Walk.press_seen, 10.0), (Walk.press_old, 4.0), (Walk.press_stolen, 3.0), (Walk.write, 9.0),
    (Walk.command, 5.0), (Walk.wait_long, 0.8), (Walk.come_or_go, 2.5), (Walk.put_right, 1.5),
    (Walk.upset_the_group, 1.5), (Walk.put_out, 0.2), (Walk.block, 1.5),
    (Walk.consent_again, 2.0), (Walk.knock, 1.0), (Walk.part, 0.6), (Walk.forget, 0.25),
)  # fmt: skip
WAYS_OF_TWO = ((Walk.go_on, 20.0), (Walk.wait_a_little, 6.0), (Walk.stop, 1.0), (Walk.pause, 2.0), *SOMETIMES)
WAYS_OF_NOBODY = ((Walk.begin, 12.0), (Walk.pair, 12.0), (Walk.bind, 6.0), (Walk.wait_long, 12.0), *SOMETIMES)
