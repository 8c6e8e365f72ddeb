"""Ann, Bo and Cy over the real turns, with everything written down that each of them gets to see.

The library is the real one with two more exercises: the fixture's, and `devices.yaml`. Each button of a
sealed question bears a mark of its own (§7), so that a text that names one can be traced to it.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.flow.model import Pick, PickMany, Rank
from bot.library.gates import PREFIX, is_gate, splice
from bot.library.render import plain
from bot.library.schema import FlowSpec, build
from bot.library.shelves import Shelf
from bot.library.source import read
from bot.runtime.clock import MovableClock
from bot.runtime.events import AnswerPress, Delete, Keyboard, Outcome, Retold
from bot.simulator import Bubble, Seen, Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Profile
from tests.play_script import library_in

if TYPE_CHECKING:
    from bot.flow.model import Choice, Flow, Node
    from bot.library.load import Library
    from bot.store.protocol import Couple, Run, Work
    from bot.store.sqlite import Heart

BEGIN = datetime(2026, 3, 2, 19, tzinfo=UTC)
NAMES = ("ann", "bo", "cy")
HERE = Path(__file__).parent
MARKED = re.compile(r"§(\d+)")
GATE = "gate.together"
MANNERS = ("silent", "protect", "reply", "thread")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark on a button stands for."""

    flow: str
    node: str
    choice: str


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that comes to be seen in a chat."""

    at: datetime
    act: int
    chat: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    run_id: str | None = None
    message: int = 0
    file: str = ""
    manner: tuple[str, ...] = ()
    """How it comes: without a sound, not to be passed on, to be replied to."""


# The library


def for_two(library: Library) -> list[str]:
    """Return the exercises for two, found by their roles."""
    return sorted(flow.id for flow in library.flows.values() if len(flow.roles) > 1 and not is_gate(flow.id))


@cache
def library_for_two() -> Library:
    """Return the real content and two more exercises for two, on one shelf, their sealed buttons marked."""
    library = library_in("content")
    gate = library.flows[GATE]
    extra = [
        _bare(flow)
        for flow in library_in("tests/fixtures/two").flows.values()
        if len(flow.roles) > 1 and not is_gate(flow.id)
    ]
    extra.append(build(FlowSpec.model_validate(read(HERE / "devices.yaml", "devices.yaml").data)))
    flows = dict(library.flows)
    for flow in extra:
        flow_id = flow.id if flow.id not in flows else f"{flow.id}-fixture"
        flows[flow_id] = splice(replace(flow, id=flow_id), gate)
    for flow_id in list(flows):
        if len(flows[flow_id].roles) > 1:
            flows[flow_id] = _marked(flows[flow_id])
    made = replace(library, flows=flows)
    made.together = (Shelf("all", "All", tuple(for_two(made))),)
    return made


@cache
def marks() -> tuple[Mark, ...]:
    """Return what each mark stands for, in their order."""
    return tuple(_marks)


_marks: list[Mark] = []


def _bare(flow: Flow) -> Flow:
    """Return an exercise without the gate before it."""
    own = {node.id: node for node in flow.nodes.values() if not node.id.startswith(PREFIX)}
    return replace(flow, start=flow.behind_gate, nodes=own, behind_gate="")


def _marked(flow: Flow) -> Flow:
    nodes = {key: _with_marks(flow, node) for key, node in flow.nodes.items()}
    return replace(flow, nodes=nodes)


def _with_marks(flow: Flow, node: Node) -> Node:
    ask = node.ask
    if not node.sealed or node.id.startswith(PREFIX) or not isinstance(ask, Pick | PickMany | Rank):
        return node
    return replace(node, ask=replace(ask, choices=tuple(_mark(flow, node, one) for one in ask.choices)))


def _mark(flow: Flow, node: Node, choice: Choice) -> Choice:
    _marks.append(Mark(flow.id, node.id, choice.id))
    return replace(choice, label=f"{choice.label} §{len(_marks) - 1}")


# The simulator, with a record of all that is seen


class Watched(Simulator):
    """The simulator, and what came to be seen in each chat, when, and in which act."""

    def __init__(self, heart: Heart | None = None) -> None:
        """Let Ann, Bo and Cy have agreed to be here, on a store in memory if no other is given."""
        self.sights: list[Sight] = []
        self.act = 0
        self._noted: set[int] = set()
        self._of_run: dict[int, str | None] = {}
        self._manners: dict[int, tuple[str, ...]] = {}
        self.waits: set[int] = set()
        heart = heart or heart_in_memory()
        super().__init__(library_for_two(), heart, MovableClock(frozen_at=BEGIN), "Robin")
        for name in NAMES:
            self.settle(name)
        self.number("pair")

    def note(self, chat: str, text: str) -> None:
        """Write down something that can be seen in a chat without the bot having done anything."""
        self.sights.append(Sight(self.clock.now(), self.act, chat, "noted", text))

    def settle(self, name: str) -> None:
        """Let somebody agree to be here."""
        number, now = self.number(name), self.clock.now()

        def unit(work: Work) -> None:
            person = work.add_person(number, now)
            profile = Profile(name.title(), "g3", "Europe/Lisbon")
            work.save_profile(replace(person, profile=profile))

        self.heart.do(unit)

    def _deliver(self, name: str, outcome: Outcome) -> Seen:
        now, act = self.clock.now(), self.act
        for call in outcome.calls:
            if isinstance(call, AnswerPress) and call.text:
                self.sights.append(Sight(now, act, name, "toast", call.text))
            elif isinstance(call, Keyboard):
                chat, run_id = self._name(call.chat_id), self._of_run.get(call.message_id)
                self.sights.append(
                    Sight(now, act, chat, "buttons", "", _labels(call.rows), run_id, call.message_id)
                )
            elif isinstance(call, Retold):
                chat, run_id = self._name(call.chat_id), self._of_run.get(call.message_id)
                text = plain(call.text)
                self.sights.append(
                    Sight(now, act, chat, "retold", text, _labels(call.rows), run_id, call.message_id)
                )
            elif isinstance(call, Delete):
                self.sights.append(Sight(now, act, self._name(call.chat_id), "deleted", ""))
        self._of_run |= {message.id: message.run_id for message in outcome.messages}
        self._manners |= {
            message.id: tuple(one for one in MANNERS if message.body.get(one)) for message in outcome.messages
        }
        seen = super()._deliver(name, outcome)
        for bubble in seen.bubbles:
            if bubble.message_id not in self._noted:
                self._noted.add(bubble.message_id)
                self.sights.append(self._sight(now, bubble))
        return seen

    def _sight(self, now: datetime, bubble: Bubble) -> Sight:
        run_id = self._of_run.get(bubble.message_id)
        file = read_file(*bubble.file) if bubble.file else ""
        return Sight(
            now,
            self.act,
            bubble.chat,
            "message",
            bubble.text,
            _labels(bubble.rows),
            run_id,
            bubble.message_id,
            file,
            self._manners.get(bubble.message_id, ()),
        )

    # What the store says, as far as an onlooker may use it

    def person_id(self, name: str) -> int | None:
        """Return our number of somebody, as long as they are here."""
        person = self.heart.do(lambda work: work.person_in(self.number(name)))
        return person.id if person else None

    def couple(self, name: str) -> Couple | None:
        """Return the couple that somebody is in."""
        number = self.number(name)

        def unit(work: Work) -> Couple | None:
            person = work.person_in(number)
            return work.couple_of(person.id) if person else None

        return self.heart.do(unit)

    def join(self, one: str = "ann", two: str = "bo", *, group: bool) -> None:
        """Make two a couple, perhaps with a group."""

        def unit(work: Work) -> None:
            first, second = (work.person_in(self.number(name)) for name in (one, two))
            assert first is not None
            assert second is not None
            self._join(work, (first, second), "pair" if group else None)

        self.heart.do(unit)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database."""
        return self.heart._db.execute(sql).fetchall()

    def run(self, run_id: str) -> Run | None:
        """Return a run as it is stored."""
        return self.heart.do(lambda work: work.run(run_id))

    def due(self) -> datetime | None:
        """Return when something wakes next."""
        return self.heart.do(lambda work: work.next_wake())

    def until(self, moment: datetime) -> None:
        """Let time pass, and let each thing wake at its own moment."""
        while (due := self.due()) is not None and due <= moment:
            self.wait(max(due - self.clock.now(), timedelta()))
            if self.due() == due:
                break
        self.wait(max(moment - self.clock.now(), timedelta()))


def _labels(rows: list[list[tuple[str, str]]]) -> tuple[str, ...]:
    return tuple(label for row in rows for label, _ in row)


def read_file(name: str, content: bytes) -> str:
    """Return what somebody can read in a file."""
    if not name.endswith(".zip"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(one).decode() for one in sorted(archive.namelist()))
