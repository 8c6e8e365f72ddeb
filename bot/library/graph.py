"""A flow as a Mermaid chart: made from the flow, so that it is never out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.flow.model import END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.flow.model import Flow, Node

SHOWN_LETTERS = 44
_MARKUP = re.compile(r"<[^>]*>|\{%.*?%\}", re.DOTALL)


def mermaid(flow: Flow) -> str:
    """Return the chart as text: questions are rounded, sayings square, ways labelled by their choice."""
    lines = ["flowchart TD", f"  {flow.start}_start(( )) --> {_id(flow.start)}"]
    for node in flow.nodes.values():
        text = _short(node.say) or node.id
        lines.append(f'  {_id(node.id)}("{text}")' if node.ask else f'  {_id(node.id)}["{text}"]')
        lines += [f"  {_id(node.id)} -->{way} {_id(target)}" for way, target in _ways(node)]
    return "\n".join([*lines, "  end_(((end)))"])


def _ways(node: Node) -> Iterator[tuple[str, str]]:
    for branch in node.branches:
        yield f'|"{_short(branch.when)}"|', branch.next
    for choice, target in node.routes.items():
        yield f'|"{choice}"|', target
    if node.timeout:
        yield f'|"after {node.timeout.seconds // 60} min"|', node.timeout.next
    yield "", node.next


def _id(node: str) -> str:
    return "end_" if node == END else node


def _short(text: str) -> str:
    words = " ".join(_MARKUP.sub(" ", text).split()).replace('"', "'")
    return words if len(words) <= SHOWN_LETTERS else words[: SHOWN_LETTERS - 1] + "…"
