"""A flow as a Mermaid chart: made from the flow, so that it is never out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.flow.model import END
from bot.library.ways import default_is_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.flow.model import Flow, Node

SHOWN_LETTERS = 44
_MARKUP = re.compile(r"<[^>]*>|\{%.*?%\}", re.DOTALL)
_ESCAPED = {'"': "'", "<": "#lt;", ">": "#gt;", "#": "#35;"}
_MERMAIDS_OWN = frozenset(
    {
        "call",
        "class",
        "classdef",
        "click",
        "default",
        "direction",
        "flowchart",
        "graph",
        "href",
        "style",
        "subgraph",
    }
)


def mermaid(flow: Flow) -> str:
    """Return the chart as text: questions are rounded, sayings square, ways labelled by their choice."""
    lines = ["flowchart TD", f"  Start(( )) --> {_id(flow.start)}"]
    for node in flow.nodes.values():
        text = _short(node.say) or node.id
        lines.append(f'  {_id(node.id)}("{text}")' if node.ask else f'  {_id(node.id)}["{text}"]')
        lines += [f"  {_id(node.id)} -->{way} {_id(target)}" for way, target in _ways(node)]
    return "\n".join([*lines, "  End(((end)))"])


def _ways(node: Node) -> Iterator[tuple[str, str]]:
    for branch in node.branches:
        yield f'|"{_shown(branch.when)}"|', branch.next
    for choice, target in node.routes.items():
        yield f'|"{choice}"|', target
    if node.timeout:
        yield f'|"after {node.timeout.seconds // 60} min"|', node.timeout.next
    if default_is_open(node):
        yield "", node.next


def _id(node: str) -> str:
    """Return an id for the chart that is none of Mermaid's own words, which are in small letters."""
    return node.capitalize() if node == END or node in _MERMAIDS_OWN else node


def _short(text: str) -> str:
    return _shown(_MARKUP.sub(" ", text))


def _shown(text: str) -> str:
    """Return one short line that can stand in Mermaid's quotes."""
    words = " ".join(text.split())
    words = words if len(words) <= SHOWN_LETTERS else words[: SHOWN_LETTERS - 1] + "…"
    return "".join(_ESCAPED.get(letter, letter) for letter in words)
