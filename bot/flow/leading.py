"""Where a node leads, whom it asks, and what it has done once it is passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.effects import Do, Effect, Remember
from bot.flow.model import SKIP, Node, Role, Who

if TYPE_CHECKING:
    from bot.flow.effects import AckKey
    from bot.flow.session import Session
    from bot.flow.step import Judge


def route(node: Node, session: Session, role: Role | None, judge: Judge) -> str:
    """Return where the node leads: the first branch that holds, else the choice's route, else `next`."""
    for branch in node.branches:
        if judge(branch.when, session):
            return branch.next
    answer = session.answer(role, node.id) if role else None
    # Of two who answer, the last must not decide for both, nor show by the way what they chose.
    together = node.who != "everyone" or len({session.value(one, node.id) for one in session.roles}) == 1
    if answer is None or not together:
        return node.routes.get("else", node.next)
    key = SKIP if answer.value is None else str(answer.value)
    return node.routes.get(key) or node.routes.get("else", node.next)


def deeds(node: Node, roles: tuple[Role, ...]) -> list[Effect]:
    """Return what is to be remembered and done for each of these roles, in the author's order."""
    return [
        Remember(role, action.name, node.id, action.value)
        if action.do == "remember"
        else Do(role, action.name, action.value)
        for action in node.then
        if action.do != "start"
        for role in roles
    ]


def asked(session: Session, who: Who) -> tuple[Role, ...]:
    """Return the roles that a node speaks to: none that has left."""
    here = tuple(role for role in session.roles if role not in session.gone)
    return here if who in ("anyone", "everyone") else tuple(role for role in here if role == who)


def ack_for(node: Node, *, stays: bool) -> AckKey:
    """Return what to say to an answer; where it goes on, the next question says it."""
    if node.where == "pair":
        return "noted" if node.sealed or stays else ""
    return "noted_sealed" if stays and node.sealed and not node.quiet else ""


def looks_like_silence(session: Session, node: Node, follows: str) -> bool:
    """Say whether to wait for the time to run out, though all have answered.

    Where a sealed answer leads to the same place as no answer, it comes at the same moment too: else who said
    yes would know that the other has said no (rule 8).
    """
    return (
        node.sealed and len(session.roles) > 1 and node.timeout is not None and follows == node.timeout.next
    )
