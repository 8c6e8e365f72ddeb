"""The names for two: who they are to each other, and what each has opened (design.md, rule 8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.flow.model import SHARES, Pick, PickMany, Rank
from bot.library.wording import is_said
from bot.runtime.couples import called
from bot.runtime.dates import day_words, days_ahead
from bot.runtime.history import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.flow.model import Flow, Node, Role
    from bot.flow.session import Session, Value
    from bot.library.render import Own
    from bot.runtime.desk import Desk
    from bot.store.protocol import Run, Work

MATCHING = frozenset({"match", "words"})
TOLD = frozenset({"theme", "words"})
"""What is opened whatever the other has chosen; a match needs both."""


def of_two(desk: Desk, work: Work, flow: Flow, run: Run, role: Role | None) -> dict[str, Callable[[], Any]]:
    """Return the names of an exercise for two; `role` is None where both read."""
    session = run.session
    names = partial(called, desk, work, run)
    makers: dict[str, Callable[[], Any]] = {
        "group": lambda: run.pair_chat is not None,
        "title": lambda: flow.about.title,
        "hint": lambda: flow.about.hint,
        "asks": lambda: flow.about.asks,
        "minutes": lambda: flow.about.minutes,
        "initiator": lambda: names()["initiator"],
        "partner": lambda: names()["partner"],
        "said": lambda: _said(flow, session),
        "days_ahead": lambda: (
            lambda: days_ahead(work.person(run.seats.get("initiator", 0)), desk.clock.now())
        ),
        "day_words": lambda: day_words,
        "opened": lambda: {node: _opened(flow, session, node, names()) for node in _revealed(flow)},
        "both": lambda: {node: _both(flow, session, node) for node in _revealed(flow)},
    }
    if role is not None:
        other: Role = "partner" if role == "initiator" else "initiator"
        makers |= {
            "other": lambda: names()[other],
            "mine": lambda: {
                one.id: _words(one, session.value(role, one.id)) for one in flow.nodes.values() if one.ask
            },
            "theirs": lambda: {node: _theirs(flow, session, node, other) for node in _revealed(flow)},
        }
    return makers


def _revealed(flow: Flow) -> set[str]:
    return {asked for node in flow.nodes.values() for asked in node.reveal}


def _said(flow: Flow, session: Session) -> dict[str, Any]:
    """Return what one of them answered to questions that stood before both."""
    found: dict[str, Any] = {}
    for node in flow.nodes.values():
        if is_said(node):
            values = [session.value(role, node.id) for role in session.roles if session.final(role, node.id)]
            found[node.id] = _words(node, values[0]) if values else None
    return found


def _theirs(flow: Flow, session: Session, node_id: str, of: Role) -> Any:  # noqa: ANN401  an answer of any kind
    """Return what the other opened: their words, the theme they named, what both picked, or None."""
    answer, node = session.answer(of, node_id), flow.find(node_id)
    if answer is None or node is None or (of, node_id) not in session.revealed:
        return None
    match answer.share:
        case "words":
            return _words(node, answer.value)
        case "theme":
            return _theme(flow, session, of, node_id)
        case "match":
            return _both(flow, session, node_id) or None
    return None


def _both(flow: Flow, session: Session, node_id: str) -> list[str]:
    """Return what both picked, where both have opened at least that."""
    node, picked = flow.find(node_id), []
    for role in session.roles:
        answer = session.answer(role, node_id)
        if (
            answer is None
            or (role, node_id) not in session.revealed
            or answer.share not in {"match", "words"}
        ):
            return []
        picked.append(answer.value if isinstance(answer.value, tuple) else (answer.value,))
    return [label for key, label in _choices(node) if all(key in one for one in picked)]


def _opened(flow: Flow, session: Session, node_id: str, names: dict[Role, Own]) -> list[dict[str, Any]]:
    """Return what was opened to both, with whose it is."""
    found = []
    for role in session.roles:
        answer = session.answer(role, node_id)
        words = _theirs(flow, session, node_id, role)
        if answer is not None and answer.share in TOLD and words is not None:
            found.append({"who": names[role], "words": words})
    return found


def _theme(flow: Flow, session: Session, of: Role, node_id: str) -> str | None:
    """Return the label of the button by which somebody told no more than a theme."""
    for node in flow.nodes.values():
        answer = session.answer(of, node.id)
        if node_id in node.shares and answer is not None and answer.value not in SHARES:
            return dict(_choices(node)).get(str(answer.value))
    return None


def _words(node: Node, value: Value) -> Any:  # noqa: ANN401  an answer of any kind
    """Return an answer as it reads: the labels of buttons, or what `shown` makes of it."""
    known = dict(_choices(node))
    if isinstance(value, tuple):
        return [known.get(one, one) for one in value]
    return known[value] if isinstance(value, str) and value in known else shown(node, value)


def _choices(node: Node | None) -> list[tuple[str, str]]:
    if node is None or not isinstance(node.ask, Pick | PickMany | Rank):
        return []
    return [(one.id, one.label) for one in node.ask.choices]
