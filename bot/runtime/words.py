"""Answers without their words: for whoever wants none kept, and for those that have grown old.

Numbers and choices stay; what a person typed becomes "answered, and not kept". What cannot be told apart, in
an exercise that is gone, counts as words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.model import MAX_DRAFT, Pick, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.model import Flow, Node
    from bot.flow.session import Answer

BLANK = "\u00b7"


def to_keep(flow: Flow, answers: Mapping[str, Answer], *, all_words: bool) -> dict[str, Answer]:
    """Return the answers as they may be stored: without words that nobody wants kept."""
    if not all_words:
        return without_words(flow, answers)
    passing = {node.id for node in flow.nodes.values() if isinstance(node.ask, Text) and not node.ask.kept}
    return {
        node_id: _without(flow.find(node_id), one) if node_id in passing else one
        for node_id, one in answers.items()
    }


def without_words(flow: Flow | None, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the answers with everything that was typed taken out."""
    return {node_id: _without(flow.find(node_id) if flow else None, one) for node_id, one in answers.items()}


def _without(node: Node | None, answer: Answer) -> Answer:
    if not isinstance(answer.value, str) or is_choice(node, answer.value):
        return answer
    if answer.final:
        return replace(answer, value=None)
    # Words that were too long are no answer yet; their length tells where the rest of a cut message belongs.
    units = len(answer.value.encode("utf-16-le", "replace")) // 2
    return replace(answer, value=BLANK * min(units, MAX_DRAFT))


def is_choice(node: Node | None, value: str) -> bool:
    """Say whether an answer is the id of a button, and so nothing that a person typed."""
    if node is None:
        return False
    if isinstance(node.ask, Pick) and node.ask.source:
        return True
    listed = node.ask.choices if isinstance(node.ask, Pick) else ()
    return value in {one.id for one in (*listed, *node.footer)}


def shortened(words: str, most: int) -> str:
    """Return words in one line, cut with a sign of it where they are longer than `most` letters."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
