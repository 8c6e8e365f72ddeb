"""Checks of exercises for two: both agree, nothing waits for ever, nothing opens without a last look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.model import SHARES, Pick
from bot.library.gates import is_gate
from bot.library.ways import choice_ids, open_targets, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.flow.model import Node
    from bot.library.book import Book
    from bot.library.source import Issue

TOGETHER = "together"
"""The gate before everything for two."""

LAST_LOOK = (
    "before it must stand a last look (sealed: true, choices: {keep: …}, shares: all that is revealed,"
    " timeout: {minutes: 1} to the same place)"
)


def gated(book: Book) -> Iterator[Issue]:
    """Both are asked alone before each exercise for two (product.md, D1-1)."""
    if book.for_two and not is_gate(book.flow.id) and book.flow.about.gate != TOGETHER:
        yield book.issue(("about", "gate"), "gate", f"an exercise for two needs gate: {TOGETHER}")
    if not book.for_two and book.flow.about.gate == TOGETHER:
        yield book.issue(("about", "gate"), "gate", f"gate: {TOGETHER} is for two")


def in_time(book: Book) -> Iterator[Issue]:
    """No question of two waits for ever: one of them may be gone, and the other must not learn it."""
    for place, node in book.nodes():
        if book.for_two and node.ask is not None and node.timeout is None:
            yield book.issue(
                place, "late", f"{node.id} waits for ever: the flow needs late:, or the node timeout:"
            )


def opening(book: Book) -> Iterator[Issue]:
    """See that what is revealed was shared, and for a last minute both could still keep theirs closed."""
    for place, node in book.nodes():
        if not node.reveal:
            continue
        for before in book.flow.nodes.values():
            if node.id in open_targets(before) and not _last_look(before, node):
                yield book.issue(
                    place, "reveal", f"{before.id} leads to {node.id}, which reveals: {LAST_LOOK}"
                )


def _last_look(before: Node, node: Node) -> bool:
    """Say whether this is a minute in which each may keep closed all that the next node reveals."""
    return (
        before.sealed
        and isinstance(before.ask, Pick)
        and {one.id for one in before.ask.choices} == {SHARES[0]}
        and set(before.shares) >= set(node.reveal)
        and before.timeout is not None
        and set(open_targets(before)) == {node.id}
    )


def shared_before(book: Book) -> Iterator[Issue]:
    """See that where something is shared its answer can be there already: else nothing ever opens."""
    for place, node in book.nodes():
        for shared in node.shares:
            asked = book.flow.nodes.get(shared)
            if asked is not None and node.id not in reachable(book.flow, open_targets(asked)):
                yield book.issue(place, "shares", f"{node.id} shares {shared}, which is only asked later")


def speaking(book: Book) -> Iterator[Issue]:
    """See that a clock runs for one person, before both, and a reply counts as a choice that is there."""
    for place, node in book.nodes():
        before_both = book.for_two and node.where == "pair" and isinstance(node.ask, Pick)
        if node.clock and not (before_both and node.who in book.flow.roles):
            yield book.issue(
                place, "clock", f"{node.id}: clock: needs choices, where: pair and who: initiator or partner"
            )
        stands_alone = book.for_two and node.sealed and node.where == "private" and node.timeout
        if node.quiet and node.ask and not stands_alone:
            yield book.issue(place, "quiet", f"{node.id}: quiet: needs a sealed question in private, in time")
        if node.reply and not (before_both and node.reply in choice_ids(node)):
            yield book.issue(place, "reply", f"{node.id}: reply: needs where: pair and one of its choices")
