"""A year of Ann with the bot, played in seconds: she checks in, skips some weeks, and does what is offered.

What she does is worked out from the date and from what stands before her, so that the year goes the same each
time. What she writes is in `year_words.yaml`: a line for a question where one fits, and some that fit many.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.flow.model import Pick, PickMany, Rank, Scale, Text
from bot.store.memory import heart_in_memory
from tests.play_script import Player

if TYPE_CHECKING:
    from datetime import datetime

    from bot.flow.model import Node
    from bot.store.protocol import Begun, Run, Work

WORDS = yaml.safe_load((Path(__file__).parent / "year_words.yaml").read_text(encoding="utf-8"))
HEAD = "# a year of Ann, with what was asked and offered      clock 2026-01-04 12:00 Europe/Lisbon"
ANN = "# person ann Ann g3 Europe/Lisbon"
SETTINGS = ("/settings", "(Weekly question)", "(Yes)", "(Sunday)", "(18:00)", "(Every week)")
WEEKS = 52

ROOM = (2, 2, 3, 2, 3, 3, 4, 3, 4, 4, 5, 4)
CLOSE = (4, 4, 5, 4, 3, 4, 4, 5, 4, 4, 5, 5)
"""How near it was and how much room she had, month by month; she wishes for five of each."""

LEAVES = ("Not now", "Leave it", "Enough", "Skip")


class Year:
    """Plays the year and writes it down."""

    def __init__(self) -> None:
        """Let Ann begin on the first Sunday of January."""
        self.text = ""
        self._player = Player(f"{HEAD}\n{ANN}\n", heart_in_memory())
        self.simulator = self._player.simulator
        self.lines = [HEAD, ANN]
        self.offered: list[tuple[str, datetime]] = []
        self._presses: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self._player._act(ANN)

    def play(self) -> str:
        """Live through the year; return it as a transcript."""
        for what in SETTINGS:
            self.do(f"ann>  {what}")
        for week in range(WEEKS):
            self._week(week)
        return "\n".join([*self.lines, self._player._end()]) + "\n"

    def do(self, line: str) -> None:
        """Let something happen, and write down what is seen."""
        self.lines.append(line)
        seen = self._player._act(line)
        if seen is not None:
            self.lines += self._player._show(seen, line)

    def _week(self, week: int) -> None:
        self._until_sunday()
        if week % 7 == 5:
            # A week in which she does not look at it.
            return
        self._answer(week)
        if week % 2 == 0:
            self.do("ann>  /checkin")
            self._answer(week)
        if week % 3 != 2:
            self.do("ann>  /practice")
            self._take_offer(week)
        if week % 13 == 12:
            self.do("ann>  /map")

    def _until_sunday(self) -> None:
        """Let the days pass; whatever comes meanwhile is answered when it comes."""
        for day in ("wednesday", "friday", "saturday"):
            before = len(self.lines)
            self.do(f"--- until {day} 18:00")
            if len(self.lines) == before + 1:
                self.lines.pop()
            else:
                self._answer(len(self.lines))
        self.do("--- until sunday 18:00")

    def _take_offer(self, week: int) -> None:
        labels = list(self.simulator.labels("ann"))
        choice = "Something else" if week % 5 == 4 and "Something else" in labels else "Begin"
        if choice not in labels:
            return
        self.do(f"ann>  ({choice})")
        if choice == "Something else":
            self.do(f"ann>  ({next(iter(self.simulator.labels('ann')))})")
        self.offered += [(run.session.flow, run.started_at) for run in self.simulator.open_runs("ann")[:1]]
        self._answer(week)

    def _answer(self, week: int) -> None:
        """Answer what is open until nothing is."""
        for _ in range(60):
            runs = self.simulator.open_runs("ann")
            if not runs:
                return
            self._answer_one(runs[0], week)
        message = f"{self.simulator.open_runs('ann')[0].session.flow} does not end"
        raise AssertionError(message)

    def _answer_one(self, run: Run, week: int) -> None:
        flow = self.simulator.desk.library.flows[run.session.flow]
        node = flow.nodes[run.session.node]
        labels = [label for label in self.simulator.labels("ann") if label != "Back"]
        if isinstance(node.ask, Text):
            self.do(f"ann>  {self._words(flow.id, node)}")
        elif isinstance(node.ask, Scale):
            self.do(f"ann>  ({self._number(node, node.ask, week)})")
        elif isinstance(node.ask, PickMany):
            for label in labels[: max(node.ask.least, min(2, node.ask.most))]:
                self.do(f"ann>  ({label})")
            self.do("ann>  (Done)")
        elif isinstance(node.ask, Rank):
            for label in labels[: len(node.ask.choices)]:
                self.do(f"ann>  ({label})")
        elif isinstance(node.ask, Pick):
            self.do(f"ann>  ({self._label(flow.id, node, labels, week)})")

    def _label(self, flow_id: str, node: Node, labels: list[str], week: int) -> str:
        """Press another button each time; a question met over and over is left in the end."""
        key = f"{flow_id}.{node.id}"
        self._presses[key] += 1
        if self._presses[key] > 40:
            return next((one for one in LEAVES if one in labels), labels[-1])
        wanted = WORDS["presses"].get(key, "Yes, now")
        if wanted in labels:
            return str(wanted)
        count = len(labels) - len(node.footer) - (1 if node.skip else 0)
        return labels[(week + self._presses[key]) % max(1, count)]

    def _number(self, node: Node, scale: Scale, week: int) -> int:
        month = week // 4 % 12
        known = {"close_now": CLOSE[month], "close_wish": 5, "room_now": ROOM[month], "room_wish": 5}
        return max(scale.low, min(scale.high, known.get(node.id, scale.low + (week + len(node.id)) % 5)))

    def _words(self, flow_id: str, node: Node) -> str:
        key = f"{flow_id}.{node.id}"
        lines = WORDS["lines"].get(key) or WORDS["any"]
        self._used[key] += 1
        return str(lines[(self._used[key] - 1) % len(lines)])

    def begun(self) -> list[Begun]:
        """Return what Ann began in the year, the newest first."""
        number = self.simulator.number("ann")

        def unit(work: Work) -> list[Begun]:
            person = work.person_in(number)
            assert person
            return work.begun_since(person.id, self.simulator.clock.now() - timedelta(days=400))

        return self.simulator.heart.do(unit)
