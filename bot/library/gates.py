"""Puts the gate in front of the exercises that need it (`gate: safety`).

A gate is a flow of its own (`gate.safety`), written by the same authors; its `next: pass` leads to the
exercise. It is joined to the exercise before anything is checked, so that the checks prove the two as one,
and no exercise can forget it. Its node ids begin with `gate_`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.model import Branch, Flow, Node, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "gate_"
PASS = "pass"  # noqa: S105  the word an author writes, not a password


def gate_id(flow: Flow) -> str | None:
    """Return the id of the flow's gate, or None."""
    return None if flow.about.gate == "none" else f"gate.{flow.about.gate}"


def is_gate(flow_id: str) -> bool:
    """Say whether this flow is a gate, and so never begun by itself."""
    return flow_id.startswith("gate.")


def splice(flow: Flow, gate: Flow) -> Flow:
    """Return the exercise with the gate before its first node."""
    nodes = {node.id: _lead_on(node, flow.start, flow.roles) for node in gate.nodes.values()}
    joined, moved = {**nodes, **flow.nodes}, {**gate.moved, **flow.moved}
    return replace(flow, start=gate.start, behind_gate=flow.start, nodes=joined, moved=moved)


def _lead_on(node: Node, start: str, roles: tuple[Role, ...]) -> Node:
    def to(target: str) -> str:
        return start if target == PASS else target

    routes: Mapping[str, str] = {key: to(target) for key, target in node.routes.items()}
    return replace(
        node,
        who="initiator" if len(roles) == 1 else "everyone",
        where="private",
        sealed=len(roles) > 1,
        quiet=len(roles) > 1,
        back=False,
        branches=tuple(Branch(one.when, to(one.next)) for one in node.branches),
        routes=routes,
        next=to(node.next),
    )
