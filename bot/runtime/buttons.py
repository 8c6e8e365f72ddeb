"""Which buttons stand under a question, and what a press of one says.

A payload is `run.turn.choice`, or `~page.choice` for flows that store nothing; the edge seals it
(`telegram/buttons.py`), so that only buttons we drew can be pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.flow.model import AGAIN, BACK, DONE, PAUSE, SKIP, STOP, Pick, PickMany, Rank, Scale, Text
from bot.library.load import page_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.flow.model import Flow, Node, Role
    from bot.runtime.desk import Desk
    from bot.runtime.events import Row
    from bot.runtime.lazy import Names
    from bot.store.protocol import Run

ROW_WIDTH = 34
"""Letters that fit beside each other on a small phone."""

MOST_IN_ROW = 8
PICKED = "✓ "

PRESENT, ALONE = "@here", "@alone"
"""Payloads of the group's own buttons: one of the two is here; the two say that they are alone again."""

MARK = "="
"""The payload of a button that only shows what was chosen."""


@dataclass(frozen=True, slots=True)
class Key:
    """A payload, read: a choice at a turn of a run, or at a node of a page."""

    choice: str
    run_id: str = ""
    turn: int = 0
    page: str = ""


def read_payload(payload: str) -> Key | None:
    """Read a payload, or return None for one of another kind."""
    if payload.startswith("~"):
        page, _, choice = payload[1:].partition(".")
        return Key(choice, page=page) if choice else None
    parts = payload.split(".", 2)
    if len(parts) != 3 or not parts[1].isdecimal():  # noqa: PLR2004  run, turn, choice
        return None
    return Key(parts[2], run_id=parts[0], turn=int(parts[1]))


def payload_for(flow: Flow, run: Run, node: Node, choice: str) -> str:
    """Return the payload of a choice at the run's present turn."""
    if not flow.about.stores:
        return f"~{page_key(flow.id, node.id)}.{choice}"
    return f"{run.id}.{run.session.turn}.{choice}"


def labels(desk: Desk, node: Node, names: Names) -> list[tuple[str, str]]:
    """Return the (choice id, label) pairs of a node's own answers, footer included."""
    render = desk.library.renderer.text
    match node.ask:
        case Pick(source=str() as source):
            own = [(key, label) for key, label in desk.library.renderer.value(source, names)]
        case Scale(low=low, high=high):
            own = [(str(number), str(number)) for number in range(low, high + 1)]
        case Pick(choices=choices) | PickMany(choices=choices) | Rank(choices=choices):
            own = [(one.id, render(one.label, names)) for one in choices]
        case _:
            own = []
    return own + [(one.id, render(one.label, names)) for one in node.footer]


def keyboard(  # noqa: PLR0913  a keyboard stands in a run, for a reader
    desk: Desk, flow: Flow, run: Run, node: Node, role: Role | None, *, names: Names
) -> list[Row]:
    """Return the rows of buttons under a question, as they stand now."""
    pairs = labels(desk, node, names)
    extra = len(node.footer)
    own, footer = (pairs[:-extra], pairs[-extra:]) if extra else (pairs, [])
    answer = run.session.answer(role, node.id) if role else None
    picked = answer.value if answer and not answer.final and isinstance(answer.value, tuple) else ()
    if isinstance(node.ask, PickMany):
        own = [(key, PICKED + label if key in picked else label) for key, label in own]
    if isinstance(node.ask, Rank):
        own = [(key, f"{picked.index(key) + 1} · {label}" if key in picked else label) for key, label in own]
    rows = [*_rows(own), *_rows(footer), *_rows(_controls(desk, run, node, picked))]
    own_rows = [[(label, payload_for(flow, run, node, key)) for key, label in row] for row in rows]
    return own_rows + controls(desk, flow, run, node)


def controls(desk: Desk, flow: Flow, run: Run, node: Node) -> list[Row]:
    """Return the row by which both can break off or leave what stands before both."""
    if not before_both(run, node):
        return []
    messages = desk.library.messages
    pairs = [(PAUSE, messages["button_pause"]), (STOP, messages["button_stop"])]
    return [[(label, payload_for(flow, run, node, key)) for key, label in row] for row in _rows(pairs)]


def before_both(run: Run, node: Node) -> bool:
    """Say whether a question of two stands where both see it, over buttons."""
    return (
        len(run.session.roles) > 1
        and node.where != "private"
        and node.ask is not None
        and not isinstance(node.ask, Text)
    )


def has_buttons(run: Run, node: Node) -> bool:
    """Say whether the node's question stands over any buttons."""
    own = node.ask is not None and not isinstance(node.ask, Text)
    return (
        own
        or bool(node.footer)
        or (node.ask is not None and (node.skip or (node.back and bool(run.session.trail))))
    )


def _controls(desk: Desk, run: Run, node: Node, picked: Sequence[str]) -> list[tuple[str, str]]:
    messages = desk.library.messages
    found = []
    if isinstance(node.ask, PickMany):
        found.append((DONE, messages["button_done"]))
    if isinstance(node.ask, Rank) and picked:
        found.append((AGAIN, messages["button_again"]))
    if node.back and run.session.trail:
        found.append((BACK, messages["button_back"]))
    if node.skip:
        found.append((SKIP, messages["button_skip"]))
    return found


def _rows(pairs: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Put as many buttons beside each other as a small phone shows whole, in rows of equal length."""
    if not pairs:
        return []
    longest = max(len(label) for _, label in pairs)
    fit = max(1, min(MOST_IN_ROW, ROW_WIDTH // (longest + 1)))
    rows = -(-len(pairs) // fit)
    width = -(-len(pairs) // rows)
    return [pairs[start : start + width] for start in range(0, len(pairs), width)]
