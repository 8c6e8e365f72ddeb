"""One run of a flow: where it is, who is waited for, and what was answered. Plain data, JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from bot.flow.model import SHARES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.model import Flow, Role, Share

Status = Literal["active", "done", "left", "expired", "changed"]
Pause = Literal["", "time", "others", "both"]
"""For a while that the bot ends by itself, until the two are alone again, or until both are over."""

Value = str | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one person to one node.

    `value` is words, a number, a choice id, several ids, or None when skipped. `share` is what its owner
    allowed the other to see. `final` is false while a many-choice is open or words were too long to take.
    """

    value: Value
    share: Share = "keep"
    final: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """The state of one run. `turn` rises with each new wait; `waiting` are those who have yet to answer.

    While it is `paused` only leaving and going on are possible. Who is `gone` has left without a word.
    """

    flow: str
    node: str
    roles: tuple[Role, ...]
    turn: int = 0
    status: Status = "active"
    waiting: tuple[Role, ...] = ()
    trail: tuple[str, ...] = ()
    revealed: tuple[tuple[Role, str], ...] = ()
    answers: Mapping[Role, Mapping[str, Answer]] = field(default_factory=dict)
    paused: Pause = ""
    gone: tuple[Role, ...] = ()

    def answer(self, role: Role, node: str) -> Answer | None:
        """Return what `role` answered to `node`, final or not, or None."""
        return self.answers.get(role, {}).get(node)

    def value(self, role: Role, node: str) -> Value:
        """Return the value that `role` answered to `node`, or None when skipped or not answered."""
        answer = self.answer(role, node)
        return answer.value if answer else None

    def with_answer(self, role: Role, node: str, answer: Answer) -> Session:
        """Return the session with this answer in place of any earlier one, and open to nobody yet."""
        mine = {**self.answers.get(role, {}), node: answer}
        revealed = tuple(one for one in self.revealed if one != (role, node))
        return replace(self, answers={**self.answers, role: mine}, revealed=revealed)

    def with_share(self, role: Role, node: str, level: Value) -> Session:
        """Return the session with this answer open at `level`; a choice that is no level names the theme."""
        answer = self.answer(role, node)
        closed, named = SHARES[0], SHARES[1]
        share = next((one for one in SHARES if one == level), named if isinstance(level, str) else closed)
        if answer is None or answer.share == share or (answer.value is None and share != closed):
            # Of a question that was skipped there is nothing to open, not even what it was about.
            return self
        return self.with_answer(role, node, replace(answer, share=share))

    def renamed(self, flow: Flow) -> Session:
        """Return the session under today's node ids (`moved:`), with its answers."""
        old = {was: now for was, now in flow.moved.items() if was not in flow.nodes}
        if not old:
            return self
        return replace(
            self,
            node=old.get(self.node, self.node),
            trail=tuple(old.get(node, node) for node in self.trail),
            revealed=tuple((role, old.get(node, node)) for role, node in self.revealed),
            answers={
                role: {old.get(node, node): answer for node, answer in answers.items()}
                for role, answers in self.answers.items()
            },
        )

    def final(self, role: Role, node: str) -> bool:
        """Say whether `role` has given a final answer to `node` (a skip counts)."""
        answer = self.answer(role, node)
        return answer is not None and answer.final

    def everyone_answered(self, node: str) -> bool:
        """Say whether all roles have answered `node`."""
        return all(self.final(role, node) for role in self.roles)

    def everyone_chose(self, node: str, choice: str) -> bool:
        """Say whether all roles chose `choice` at `node`."""
        return all(self._chose(role, node, choice) for role in self.roles)

    def everyone_opened(self, node: str) -> bool:
        """Say whether something of every role's answer to `node` is open to the other."""
        return all((role, node) in self.revealed for role in self.roles)

    def anyone_chose(self, node: str, choice: str) -> bool:
        """Say whether at least one role chose `choice` at `node`."""
        return any(self._chose(role, node, choice) for role in self.roles)

    def _chose(self, role: Role, node: str, choice: str) -> bool:
        answer = self.answer(role, node)
        if answer is None or not answer.final:
            return False
        return choice in answer.value if isinstance(answer.value, tuple) else answer.value == choice


def to_data(session: Session) -> dict[str, Any]:
    """Return the session as JSON-ready data, answers and all; `from_data` reads it back equal."""
    return {
        "flow": session.flow,
        "node": session.node,
        "roles": list(session.roles),
        "turn": session.turn,
        "status": session.status,
        "waiting": list(session.waiting),
        "trail": list(session.trail),
        "revealed": [list(pair) for pair in session.revealed],
        "paused": session.paused,
        "gone": list(session.gone),
        "answers": {
            role: {node: answer_to_data(answer) for node, answer in answers.items()}
            for role, answers in session.answers.items()
        },
    }


def from_data(data: Mapping[str, Any]) -> Session:
    """Read what `to_data` wrote."""
    return Session(
        flow=data["flow"],
        node=data["node"],
        roles=tuple(data["roles"]),
        turn=data["turn"],
        status=data["status"],
        waiting=tuple(data["waiting"]),
        trail=tuple(data["trail"]),
        revealed=tuple((role, node) for role, node in data["revealed"]),
        answers={
            role: {node: answer_from_data(answer) for node, answer in answers.items()}
            for role, answers in data["answers"].items()
        },
        paused=data["paused"],
        gone=tuple(data["gone"]),
    )


def answer_to_data(answer: Answer) -> list[Any]:
    """Return an answer as `[value, share, final]`; several ids become a list."""
    value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
    return [value, answer.share, answer.final]


def answer_from_data(data: list[Any]) -> Answer:
    """Read what `answer_to_data` wrote."""
    value, share, final = data
    return Answer(tuple(value) if isinstance(value, list) else value, share, final)
