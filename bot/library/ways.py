"""Checks of the ways through a flow: that each leads somewhere, ends, waits, and starts at a button."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.model import END, OVER, RESERVED, SKIP, Ask, Choice, Node, Pick, PickMany, Rank, Scale
from bot.library.gates import PASS, is_gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.flow.model import Flow
    from bot.library.book import Book
    from bot.library.source import Issue


def unknown_nodes(book: Book) -> Iterator[Issue]:
    """Every `next:` leads somewhere."""
    known = {*book.flow.nodes, END} | ({PASS} if is_gate(book.flow.id) else set())
    if book.flow.start not in known:
        yield book.issue(("start",), "unknown-node", f"start: there is no node {book.flow.start}")
    for place, node in book.nodes():
        for target in node.targets():
            if target not in known:
                yield book.issue(
                    (*place, "next"), "unknown-node", f"{node.id} leads to {target}, which is not there"
                )
        for other in (*node.reveal, *node.shares):
            if other not in known:
                yield book.issue(place, "unknown-node", f"{node.id} names {other}, which is not there")
    for old, new in book.flow.moved.items():
        if new not in known:
            yield book.issue(("moved", old), "unknown-node", f"moved: {old} became {new}, which is not there")


def unreachable(book: Book) -> Iterator[Issue]:
    """Every node can be reached from the start."""
    seen = reachable(book.flow, [book.flow.start])
    for place, node in book.nodes():
        if node.id not in seen:
            yield book.issue(place, "unreachable", f"nothing leads to {node.id}")


def reachable(flow: Flow, starts: Iterable[str]) -> set[str]:
    """Return the nodes to which one can come from these, themselves among them."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        here = ahead.pop()
        node = flow.nodes.get(here)
        if here not in seen and node is not None:
            seen.add(here)
            ahead += open_targets(node)
    return seen


def open_targets(node: Node) -> tuple[str, ...]:
    """Return where the node can really lead."""
    if default_is_open(node):
        return node.targets()
    return replace(node, next=next(iter(node.routes.values()))).targets()


def default_is_open(node: Node) -> bool:
    """Say whether the plain `next` can be taken: not when every possible answer has its own route."""
    ids = choice_ids(node)
    return not ids or any(one not in node.routes for one in ids)


def choice_ids(node: Node) -> set[str]:
    """Return the keys by which an answer to this node can be routed; empty when they are not known."""
    match node.ask:
        case Pick(choices=choices, source=None):
            ids = {one.id for one in choices}
        case Scale(low=low, high=high):
            ids = {str(one) for one in range(low, high + 1)}
        case _:
            return set()
    extra = ({SKIP} if node.skip else set()) | ({OVER} if node.clock else set())
    return ids | {one.id for one in node.footer} | extra


def no_end(book: Book) -> Iterator[Issue]:
    """From every node an end can be reached; a flow that stores nothing is never open, so it needs none."""
    if not book.flow.about.stores:
        return
    good = {END, PASS}
    grew = True
    while grew:
        found = {node.id for node in book.flow.nodes.values() if good & set(open_targets(node))}
        grew = not found <= good
        good |= found
    for place, node in book.nodes():
        if node.id not in good:
            yield book.issue(place, "no-end", f"from {node.id} no end can be reached")


def endless_talk(book: Book) -> Iterator[Issue]:
    """No circle of nodes that only say and never wait."""
    talkers = {node.id: node for node in book.flow.nodes.values() if node.ask is None}
    for place, node in book.nodes():
        if node.id not in talkers:
            continue
        seen: set[str] = set()
        ahead = list(node.targets())
        while ahead:
            here = ahead.pop()
            if here == node.id:
                yield book.issue(place, "loop", f"{node.id} comes back to itself without a question")
                break
            if here in talkers and here not in seen:
                seen.add(here)
                ahead += talkers[here].targets()


def questions(book: Book) -> Iterator[Issue]:
    """Questions can be answered: they have their buttons, and their numbers fit each other."""
    for place, node in book.nodes():
        match node.ask:
            case Pick() | PickMany() | Rank() if not _listed(node.ask):
                yield book.issue((*place, "choices"), "choice", f"{node.id} asks without choices")
            case PickMany(least=least, most=most) if least > most:
                yield book.issue((*place, "many"), "choice", f"{node.id} wants more choices than it allows")
            case Scale(low=low, high=high) if low >= high:
                yield book.issue((*place, "scale"), "choice", f"{node.id}: low must be below high")


def choices_and_routes(book: Book) -> Iterator[Issue]:
    """Routes name buttons that exist, and no button bears the name of another."""
    for place, node in book.nodes():
        known = choice_ids(node) or {SKIP, *(one.id for one in node.footer)}
        open_list = isinstance(node.ask, Pick) and node.ask.source
        for key in node.routes:
            if node.ask is None or (key not in known and not open_list):
                yield book.issue(
                    (*place, "next", key), "choice", f"{node.id} routes {key}, which is no choice of it"
                )
        own = listed_choices(node.ask)
        for one in (*own, *node.footer):
            if one.id in RESERVED and not (one.id == SKIP and one in node.footer):
                yield book.issue((*place, "choices", one.id), "choice", f"the choice id {one.id} is reserved")
        for key in {one.id for one in own} & {one.id for one in node.footer}:
            yield book.issue((*place, "choices", key), "choice", f"{key} is in the footer too")


def _listed(ask: Ask) -> bool:
    return (isinstance(ask, Pick) and ask.source is not None) or bool(listed_choices(ask))


def listed_choices(ask: Ask | None) -> tuple[Choice, ...]:
    """Return the buttons that stand in the file itself."""
    return ask.choices if isinstance(ask, Pick | PickMany | Rank) else ()
