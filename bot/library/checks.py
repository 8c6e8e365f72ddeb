"""Proves the content before anybody meets it: one function for each kind of fault, all faults at once.

The ways through a flow are in `ways.py`, the words in `wording.py`; here are the people, and the whole shelf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.model import END, PLAN, ROLES, Pick, Scale, Text
from bot.library.book import Book
from bot.library.drawings import drawings_named
from bot.library.gates import PREFIX, is_gate
from bot.library.source import Issue
from bot.library.together import gated, in_time, opening, shared_before, speaking
from bot.library.voice import Voice, loud, voice
from bot.library.ways import (
    choice_ids,
    choices_and_routes,
    endless_talk,
    no_end,
    open_targets,
    questions,
    unknown_nodes,
    unreachable,
)
from bot.library.wording import NAMES_OF_TWO, SHARED_NAMES, lengths, sentences, unknown_names, unknown_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.flow.model import Node
    from bot.library.messages import MessageKey
    from bot.library.render import Renderer

REMEMBERED = frozenset(
    {
        "consent", "name", "stage", "zone", "quiet",
        "nudge_day", "nudge_hour", "nudge_pace", "nudge_snooze", "nudge_on",
        "country", "discreet", "keep_words", "keep_months", "pause_word",
    }
)  # fmt: skip
"""What `remember:` knows how to keep; `runtime/people.py` carries it out."""

DEEDS = frozenset(
    {
        "export", "forget", "go_on", "hide", "leave", "resume", "drop_line",
        "invite", "take_back", "accept", "decline", "confirm", "refuse", "withdraw", "unpair",
        "go_on_together", "keep_closed", "group_link", "calendar",
        PLAN, "plan_day", "plan_ended", "plan_cancel",
    }
)  # fmt: skip
"""What `do:` knows how to do; `runtime/privacy.py` and `runtime/care.py` carry it out."""


def check(  # noqa: PLR0913, PLR0917  the whole shelf
    books: Sequence[Book],
    messages: Mapping[MessageKey, str],
    renderer: Renderer,
    lock: Sequence[tuple[str, str]],
    drawings: Mapping[str, str],
    heard: Voice,
) -> Iterator[Issue]:
    """Yield every issue of the content."""
    flow_ids = {book.flow.id for book in books}
    for book in books:
        for one in PER_FLOW:
            yield from one(book)
        yield from unknown_names(book, renderer)
        yield from unknown_parts(book)
        yield from voice(book, heard)
        yield from drawings_named(book, drawings, renderer)
        yield from _unknown_flows(book, flow_ids)
    yield from _doubles(books)
    yield from _vanished(books, lock)
    yield from sentences(messages, renderer)
    for key, source in messages.items():
        yield from loud(key, source, heard)


def sealing(book: Book) -> Iterator[Issue]:
    """Sealed and shared answers obey their rules (design.md, rule 8)."""
    shared = {one for node in book.flow.nodes.values() for one in node.shares}
    for place, node in book.nodes():
        if node.sealed and node.who != "everyone":
            yield book.issue(place, "sealed", f"{node.id} is sealed, so everyone must be asked")
        if node.sealed and node.where != "private" and not isinstance(node.ask, Pick | Scale):
            yield book.issue(place, "sealed", f"{node.id} is sealed, so it needs where: private")
        if node.sealed and node.back:
            yield book.issue(place, "sealed", f"{node.id} is sealed, so nobody can go back from it alone")
        for other in node.reveal:
            if other not in shared:
                yield book.issue(
                    place, "reveal", f"{node.id} reveals {other}, but nobody is asked how much (shares:)"
                )
        if (
            node.ask is not None
            and node.who == "anyone"
            and isinstance(node.ask, Text)
            and node.where != "pair"
        ):
            yield book.issue(place, "who", f"{node.id}: words from anyone need where: pair")


def one_decides(book: Book) -> Iterator[Issue]:
    """Where two answer, no single answer shows the way: that would tell it, or let the last one decide."""
    for place, node in book.nodes():
        if book.for_two and node.who == "everyone" and node.routes:
            yield book.issue(
                (*place, "next"), "route", f"{node.id} asks both, so its ways need branches: over everyone"
            )


def roles(book: Book) -> Iterator[Issue]:
    """Nobody is asked who does not take part."""
    if book.flow.roles not in {ROLES, ROLES[:1]}:
        yield book.issue(("roles",), "who", "roles are [initiator] or [initiator, partner]")
    for place, node in book.nodes():
        if node.who == "partner" and "partner" not in book.flow.roles:
            yield book.issue(place, "who", f"{node.id} asks the partner, who has no role in this flow")


def stateless(book: Book) -> Iterator[Issue]:
    """Only buttons are in a flow that stores nothing: its state is in them."""
    if book.flow.about.stores:
        return
    for place, node in book.nodes():
        if node.ask is not None and not isinstance(node.ask, Pick):
            yield book.issue(place, "stores", f"{node.id} needs a stored answer, but the flow stores nothing")
        if node.timeout or node.sealed or node.reveal:
            yield book.issue(place, "stores", f"{node.id} needs a session, but the flow stores nothing")


def actions(book: Book) -> Iterator[Issue]:
    """`remember:` names something that can be kept, and `do:` something that can be done."""
    for place, node in book.nodes():
        for action in node.then:
            if action.do == "remember" and action.name not in REMEMBERED:
                yield book.issue(
                    (*place, "then"), "remember", f"{node.id}: {action.name} is nothing that can be kept"
                )
            if action.do == "deed" and action.name not in DEEDS:
                yield book.issue(
                    (*place, "then"), "do", f"{node.id}: {action.name} is nothing that can be done"
                )
            if action.do == "deed" and action.name == PLAN and not _may_plan(book, node):
                yield book.issue(
                    (*place, "then"), "plan", f"{node.id}: a plan is made where an exercise for one ends"
                )
            if action.do == "remember" and action.value is None and node.ask is None:
                yield book.issue(
                    (*place, "then"), "remember", f"{node.id} remembers an answer but asks nothing"
                )


def _may_plan(book: Book, node: Node) -> bool:
    return not book.for_two and book.flow.about.stores and set(open_targets(node)) == {END}


def gate_names(book: Book) -> Iterator[Issue]:
    """Nodes called `gate_…` belong to gates, and a gate is never begun by itself."""
    gate = is_gate(book.flow.id)
    # The file's own nodes: a gate's have joined the flow's by now.
    for node_id in book.source.data.get("nodes", {}):
        if gate and not node_id.startswith(PREFIX):
            yield book.issue(("nodes", node_id), "gate", f"a gate's node must be called {PREFIX}{node_id}")
        if not gate and node_id.startswith(PREFIX):
            yield book.issue(("nodes", node_id), "gate", f"only a gate's node may be called {node_id}")
    if gate and book.flow.about.command:
        yield book.issue(("about", "command"), "gate", "a gate is not begun by itself")


def node_names(book: Book) -> Iterator[Issue]:
    """No node hides a name that templates use, nor the word that ends a flow."""
    for place, node in book.nodes():
        if node.id in SHARED_NAMES | {END} | (NAMES_OF_TWO if book.for_two else set()):
            yield book.issue(place, "name", f"{node.id} already means something; call the node otherwise")


PER_FLOW: tuple[Callable[[Book], Iterator[Issue]], ...] = (
    unknown_nodes,
    unreachable,
    no_end,
    endless_talk,
    questions,
    choices_and_routes,
    lengths,
    sealing,
    one_decides,
    roles,
    gated,
    in_time,
    opening,
    shared_before,
    speaking,
    stateless,
    actions,
    gate_names,
    node_names,
)


def _unknown_flows(book: Book, flow_ids: set[str]) -> Iterator[Issue]:
    for place, node in book.nodes():
        for action in node.then:
            if "{{" in action.name:
                continue
            if action.do == "start" and (action.name not in flow_ids or is_gate(action.name)):
                yield book.issue(
                    (*place, "then"), "unknown-flow", f"{node.id} starts {action.name}, which is not there"
                )


def _doubles(books: Sequence[Book]) -> Iterator[Issue]:
    ids: dict[str, str] = {}
    commands: dict[str, str] = {}
    for book in books:
        if book.flow.id in ids:
            yield book.issue(("id",), "double", f"this id is also in {ids[book.flow.id]}")
        ids.setdefault(book.flow.id, book.source.file)
        command = book.flow.about.command
        if command and command in commands:
            yield book.issue(("about", "command"), "double", f"/{command} also starts {commands[command]}")
        if command and not book.flow.about.hint:
            yield book.issue(
                ("about",), "command", f"/{command} needs a hint: the line beside it in the menu"
            )
        if command:
            commands.setdefault(command, book.flow.id)


def _vanished(books: Sequence[Book], lock: Sequence[tuple[str, str]]) -> Iterator[Issue]:
    flows = {book.flow.id: book for book in books}
    for flow_id, node_id in lock:
        book = flows.get(flow_id)
        if book is None:
            yield Issue("ids.lock", 1, "vanished", f"the flow {flow_id} is gone; sessions may stand in it")
        elif book.flow.find(node_id) is None:
            yield book.issue(
                ("nodes",), "vanished", f"the node {node_id} is gone: say in moved: what it became"
            )


__all__ = ["Book", "check", "choice_ids"]
