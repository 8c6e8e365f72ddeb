"""A small stage: Ann and Bo play a flow, and every wait goes through JSON, as it does in the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.flow.effects import Ack, CloseKeyboard, Do, Effect, Hint, Note, Redraw, Remember, Reveal, Say
from bot.flow.engine import resume, start
from bot.flow.inbound import Chose, Inbound, Joined, Left, Paused, Resumed, Said, TimedOut
from bot.flow.model import About, Ask, Choice, Flow, Node, Pick, Role
from bot.flow.session import Session, from_data, to_data

if TYPE_CHECKING:
    from bot.flow.session import Value
    from bot.flow.step import Step

ANN: Role = "initiator"
BO: Role = "partner"
BOTH: tuple[Role, ...] = (ANN, BO)

ABOUT = About(
    title="A story",
    tags=(),
    minutes=1,
    gate="none",
    evidence="a test",
    kind="exercise",
    command=None,
    hint="",
    stores=True,
)


def buttons(*ids: str) -> tuple[Choice, ...]:
    return tuple(Choice(one, one.title()) for one in ids)


def pick(*ids: str) -> Pick:
    return Pick(buttons(*ids))


def says(node_id: str, **more: Any) -> Node:  # noqa: ANN401  whatever a node has
    return Node(id=node_id, say=f"Words of {node_id}.", **more)


def asks(node_id: str, ask: Ask, **more: Any) -> Node:  # noqa: ANN401  whatever a node has
    return Node(id=node_id, say=f"Question {node_id}?", ask=ask, **more)


def alone(*nodes: Node, **more: Any) -> Flow:  # noqa: ANN401  whatever a flow has
    return Flow("story.one", ABOUT, (ANN,), nodes[0].id, {node.id: node for node in nodes}, **more)


def pair(*nodes: Node, **more: Any) -> Flow:  # noqa: ANN401  whatever a flow has
    return Flow("story.two", ABOUT, BOTH, nodes[0].id, {node.id: node for node in nodes}, **more)


def judge(condition: str, session: Session) -> bool:
    """Stand in for Jinja: `everyone_chose ready now` asks the session just that."""
    verb, *words = condition.split()
    return bool(getattr(session, verb)(*words))


def through_json(session: Session) -> Session:
    return from_data(json.loads(json.dumps(to_data(session))))


class Play:
    """One run of a flow. Each verb returns the effects of what was just done."""

    def __init__(self, flow: Flow) -> None:
        """Begin the flow."""
        self.flow = flow
        step = start(flow, judge)
        self.session = step.session
        self.effects = step.effects

    def take(self, inbound: Inbound) -> tuple[Effect, ...]:
        stored = through_json(self.session)
        assert stored == self.session
        step: Step = resume(self.flow, stored, inbound, judge)
        assert through_json(step.session) == step.session
        self.session, self.effects = step.session, step.effects
        return step.effects

    def presses(self, role: Role, choice: str, turn: int | None = None) -> tuple[Effect, ...]:
        return self.take(Chose(role, self.session.turn if turn is None else turn, choice))

    def says(self, role: Role, text: str, *, more: bool = False) -> tuple[Effect, ...]:
        return self.take(Said(role, text, more))

    def times_out(self, turn: int | None = None) -> tuple[Effect, ...]:
        return self.take(TimedOut(self.session.turn if turn is None else turn))

    def joins(self, role: Role) -> tuple[Effect, ...]:
        return self.take(Joined(role))

    def leaves(self, role: Role) -> tuple[Effect, ...]:
        return self.take(Left(role))

    def pauses(self, *, alone: bool = True) -> tuple[Effect, ...]:
        return self.take(Paused(alone))

    def resumes(self) -> tuple[Effect, ...]:
        return self.take(Resumed())

    @property
    def node(self) -> str:
        return self.session.node

    @property
    def paused(self) -> str:
        return self.session.paused

    def value(self, role: Role, node: str) -> Value:
        answer = self.session.answer(role, node)
        assert answer is not None
        return answer.value


def asked(effects: tuple[Effect, ...]) -> str | None:
    """Return the node that these effects ask, if any."""
    return next((one.node for one in effects if isinstance(one, Say) and one.asks), None)


def said(effects: tuple[Effect, ...]) -> list[str]:
    """Return the nodes whose words are said, in order."""
    return [one.node for one in effects if isinstance(one, Say)]


def reaching(effects: tuple[Effect, ...], role: Role) -> list[Effect]:
    """Return what `role` can notice of these effects."""
    seen: list[Effect] = []
    for one in effects:
        match one:
            case Say(to=to) if role in to:
                seen.append(one)
            case Hint(to=to) | Reveal(to=to) if to == role:
                seen.append(one)
            case Ack(role=who) | Redraw(role=who) | Remember(role=who) | Do(role=who) if who == role:
                seen.append(one)
            case CloseKeyboard(role=who) if who in {None, role}:
                seen.append(one)
            case Note():
                seen.append(one)
    return seen
