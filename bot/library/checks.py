"""Proves the content before anybody meets it: one function for each kind of fault, all faults at once.

The limits are Telegram's (reliability.md a1): 4,096 characters a message, 200 a toast, 64 bytes a button's
data. Words a message and exclamation marks are the voice's law.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from bot.flow.model import END, RESERVED, SKIP, Ask, Choice, Flow, Node, Pick, PickMany, Rank, Scale, Text
from bot.library.gates import PASS, PREFIX, is_gate
from bot.library.messages import KEYS, TOASTS
from bot.library.source import Issue, Place, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.library.messages import MessageKey
    from bot.library.render import Renderer

MAX_MESSAGE = 4096
MAX_TOAST = 200
MAX_LABEL = 64
MAX_WORDS = 60
CALLBACK_BYTES = 64
CALLBACK_SPENT = 34
"""Of the 64 bytes: 11 session, 11 seal, 4 turn and the dots; the rest is the choice's."""

REMEMBERED = frozenset(
    {
        "consent", "name", "stage", "zone", "nudge_day", "nudge_hour", "nudge_pace", "nudge_snooze", "nudge_on",
        "quiet",
    }
)  # fmt: skip
"""What `remember:` knows how to keep; `runtime/people.py` and `runtime/ticker.py` carry it out."""

SHARED_NAMES = frozenset(
    {
        "me", "runs", "begun", "past", "nudge", "operator", "commands", "everyone_chose", "anyone_chose", "everyone_answered",
        "clock_hours", "cities", "more_cities", "min", "max",
    }
)  # fmt: skip
"""Names that every template and condition may use, beside the flow's own node ids."""

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BRANCH = re.compile(r"\{%-?\s*(?:if|elif|else|endif)\b.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Book:
    """A flow together with the file it came from."""

    source: Source
    flow: Flow

    def issue(self, place: Place, code: str, message: str) -> Issue:
        """Make an issue at a place of the file."""
        return Issue(self.source.file, self.source.line(place), code, f"{self.flow.id}: {message}")


def check(
    books: Sequence[Book],
    messages: Mapping[MessageKey, str],
    renderer: Renderer,
    lock: Sequence[tuple[str, str]],
) -> Iterator[Issue]:
    """Yield every issue of the content."""
    flow_ids = {book.flow.id for book in books}
    for book in books:
        for one in PER_FLOW:
            yield from one(book)
        yield from _unknown_names(book, renderer)
        yield from _unknown_flows(book, flow_ids)
    yield from _doubles(books)
    yield from _vanished(books, lock)
    yield from _sentences(messages, renderer)


def _nodes(book: Book) -> Iterator[tuple[Place, Node]]:
    for node in book.flow.nodes.values():
        yield ("nodes", node.id), node


def unknown_nodes(book: Book) -> Iterator[Issue]:
    """Every `next:` leads somewhere."""
    known = {*book.flow.nodes, END} | ({PASS} if is_gate(book.flow.id) else set())
    if book.flow.start not in known:
        yield book.issue(("start",), "unknown-node", f"start: there is no node {book.flow.start}")
    for place, node in _nodes(book):
        for target in node.targets():
            if target not in known:
                yield book.issue(
                    (*place, "next"), "unknown-node", f"{node.id} leads to {target}, which is not there"
                )
        for other in (*node.reveal, *filter(None, (node.shares, node.theme_of))):
            if other not in known:
                yield book.issue(place, "unknown-node", f"{node.id} names {other}, which is not there")
    for old, new in book.flow.moved.items():
        if new not in known:
            yield book.issue(("moved", old), "unknown-node", f"moved: {old} became {new}, which is not there")


def unreachable(book: Book) -> Iterator[Issue]:
    """Every node can be reached from the start."""
    seen: set[str] = set()
    ahead = [book.flow.start]
    while ahead:
        here = ahead.pop()
        node = book.flow.nodes.get(here)
        if here in seen or node is None:
            continue
        seen.add(here)
        ahead += (
            node.targets() if _default_is_open(node) else [to for to in node.targets() if to != node.next]
        )
    for place, node in _nodes(book):
        if node.id not in seen:
            yield book.issue(place, "unreachable", f"nothing leads to {node.id}")


def _default_is_open(node: Node) -> bool:
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
    return ids | {one.id for one in node.footer} | ({SKIP} if node.skip else set())


def no_end(book: Book) -> Iterator[Issue]:
    """From every node an end can be reached."""
    good = {END, PASS}
    grew = True
    while grew:
        found = {node.id for node in book.flow.nodes.values() if good & set(node.targets())}
        grew = not found <= good
        good |= found
    for place, node in _nodes(book):
        if node.id not in good:
            yield book.issue(place, "no-end", f"from {node.id} no end can be reached")


def endless_talk(book: Book) -> Iterator[Issue]:
    """No circle of nodes that only say and never wait."""
    talkers = {node.id: node for node in book.flow.nodes.values() if node.ask is None}
    for place, node in _nodes(book):
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


def choices_and_routes(book: Book) -> Iterator[Issue]:
    """Questions have their buttons, and routes name buttons that exist."""
    for place, node in _nodes(book):
        if isinstance(node.ask, Pick | PickMany | Rank) and not _listed(node.ask):
            yield book.issue((*place, "choices"), "choice", f"{node.id} asks without choices")
        if isinstance(node.ask, PickMany) and node.ask.least > node.ask.most:
            yield book.issue((*place, "many"), "choice", f"{node.id} wants more choices than it allows")
        known = choice_ids(node) or {SKIP, *(one.id for one in node.footer)}
        for key in node.routes:
            if node.ask is None or (
                key not in known and not (isinstance(node.ask, Pick) and node.ask.source)
            ):
                yield book.issue(
                    (*place, "next", key), "choice", f"{node.id} routes {key}, which is no choice of it"
                )
        for one in (*_listed_choices(node.ask), *node.footer):
            if one.id in RESERVED and not (one.id == SKIP and one in node.footer):
                yield book.issue((*place, "choices", one.id), "choice", f"the choice id {one.id} is reserved")


def _listed(ask: Ask) -> bool:
    return (isinstance(ask, Pick) and ask.source is not None) or bool(_listed_choices(ask))


def _listed_choices(ask: Ask | None) -> tuple[Choice, ...]:
    return ask.choices if isinstance(ask, Pick | PickMany | Rank) else ()


def lengths(book: Book) -> Iterator[Issue]:
    """Messages, labels and button data fit Telegram's limits; messages fit the voice's."""
    for place, node in _nodes(book):
        ends = (node.ask.low_words, node.ask.high_words) if isinstance(node.ask, Scale) else ()
        if _units("\n".join((node.say, *ends))) > MAX_MESSAGE // 2:
            yield book.issue(
                (*place, "say"), "too-long", f"{node.id}: leave half of {MAX_MESSAGE} for what is filled in"
            )
        for one in (*_listed_choices(node.ask), *node.footer):
            if len(one.label) > MAX_LABEL:
                yield book.issue(
                    place, "too-long", f"{node.id}: the label of {one.id} is over {MAX_LABEL} characters"
                )
            if len(one.id.encode()) > CALLBACK_BYTES - CALLBACK_SPENT:
                yield book.issue(
                    place, "too-long", f"{node.id}: the choice id {one.id} does not fit a button"
                )


def voice(book: Book) -> Iterator[Issue]:
    """The part of voice.md that can be counted: words a message, exclamation marks."""
    for place, node in _nodes(book):
        longest = max((len(_plain(part).split()) for part in _variants(node.say)), default=0)
        if longest > MAX_WORDS:
            yield book.issue(
                (*place, "say"), "voice", f"{node.id} has {longest} words; {MAX_WORDS} is the most"
            )
        if "!" in _plain(node.say):
            yield book.issue((*place, "say"), "voice", f"{node.id} has an exclamation mark")


def _variants(source: str) -> list[str]:
    """Return the longest reading of a text: each branch of an {% if %} counted by itself, with what stays."""
    parts = _BRANCH.split(source)
    if len(parts) == 1:
        return parts
    outside, inside = parts[0::2], parts[1::2]
    return [" ".join(outside) + " " + one for one in inside] if "{% for" not in source else inside


def _plain(source: str) -> str:
    return _TAG.sub(" ", _PLACEHOLDER.sub(" x ", source))


def _units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def sealing(book: Book) -> Iterator[Issue]:
    """Sealed and shared answers obey their rules (design.md, rule 8)."""
    shared = {node.shares for node in book.flow.nodes.values()}
    for place, node in _nodes(book):
        if node.sealed and node.who != "everyone":
            yield book.issue(place, "sealed", f"{node.id} is sealed, so everyone must be asked")
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


def roles(book: Book) -> Iterator[Issue]:
    """Nobody is asked who does not take part."""
    for place, node in _nodes(book):
        if node.who == "partner" and "partner" not in book.flow.roles:
            yield book.issue(place, "who", f"{node.id} asks the partner, who has no role in this flow")


def stateless(book: Book) -> Iterator[Issue]:
    """A flow that stores nothing has only buttons: its state is in them."""
    if book.flow.about.stores:
        return
    for place, node in _nodes(book):
        if node.ask is not None and not isinstance(node.ask, Pick):
            yield book.issue(place, "stores", f"{node.id} needs a stored answer, but the flow stores nothing")
        if node.timeout or node.sealed or node.reveal:
            yield book.issue(place, "stores", f"{node.id} needs a session, but the flow stores nothing")


def actions(book: Book) -> Iterator[Issue]:
    """`remember:` names something that can be kept."""
    for place, node in _nodes(book):
        for action in node.then:
            if action.do == "remember" and action.name not in REMEMBERED:
                yield book.issue(
                    (*place, "then"), "remember", f"{node.id}: {action.name} is nothing that can be kept"
                )
            if action.do == "remember" and action.value is None and node.ask is None:
                yield book.issue(
                    (*place, "then"), "remember", f"{node.id} remembers an answer but asks nothing"
                )


def gate_names(book: Book) -> Iterator[Issue]:
    """Nodes called `gate_…` belong to gates."""
    if is_gate(book.flow.id):
        for place, node in _nodes(book):
            if not node.id.startswith(PREFIX):
                yield book.issue(place, "gate", f"a gate's node must be called {PREFIX}{node.id}")


PER_FLOW: tuple[Callable[[Book], Iterator[Issue]], ...] = (
    unknown_nodes,
    unreachable,
    no_end,
    endless_talk,
    choices_and_routes,
    lengths,
    voice,
    sealing,
    roles,
    stateless,
    actions,
    gate_names,
)


def _unknown_names(book: Book, renderer: Renderer) -> Iterator[Issue]:
    """Templates and conditions compile, and use only names that exist."""
    asked = {node.id for node in book.flow.nodes.values() if node.ask is not None}
    for place, node in _nodes(book):
        known = SHARED_NAMES | asked | ({"theirs"} if node.reveal else set())
        if len(book.flow.roles) > 1:
            known -= {"past", "runs"}
        for where, source, is_condition in _sources(node):
            try:
                used = renderer.names_in(source, condition=is_condition)
            except TemplateError as error:
                yield book.issue((*place, *where), "template", f"{node.id}: {error}")
                continue
            # A condition about two people may look at no single answer: the way on would tell it.
            allowed = known - asked if is_condition and len(book.flow.roles) > 1 else known
            for name in sorted(used - allowed):
                yield book.issue((*place, *where), "unknown-name", f"{node.id}: {name} is not known here")


def _sources(node: Node) -> Iterator[tuple[Place, str, bool]]:
    yield ("say",), node.say, False
    if isinstance(node.ask, Scale):
        yield ("scale",), node.ask.low_words, False
        yield ("scale",), node.ask.high_words, False
    for one in (*_listed_choices(node.ask), *node.footer):
        yield ("choices", one.id), one.label, False
    for index, branch in enumerate(node.branches):
        yield ("branches", index), branch.when, True
    if isinstance(node.ask, Pick) and node.ask.source:
        yield ("source",), node.ask.source, True
    for index, action in enumerate(node.then):
        if action.value:
            yield ("then", index), action.value, False


def _unknown_flows(book: Book, flow_ids: set[str]) -> Iterator[Issue]:
    for place, node in _nodes(book):
        for action in node.then:
            if action.do == "start" and action.name not in flow_ids:
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


def _sentences(messages: Mapping[MessageKey, str], renderer: Renderer) -> Iterator[Issue]:
    for key, source in messages.items():
        try:
            extra = renderer.names_in(source) - KEYS[key]
        except TemplateError as error:
            yield Issue("messages.yaml", 1, "template", f"{key}: {error}")
            continue
        if extra:
            yield Issue(
                "messages.yaml", 1, "unknown-name", f"{key}: {', '.join(sorted(extra))} is not known here"
            )
        if key in TOASTS and len(source) > MAX_TOAST:
            yield Issue("messages.yaml", 1, "too-long", f"{key} is over {MAX_TOAST} characters")
        if len(source.split()) > MAX_WORDS or "!" in source:
            yield Issue("messages.yaml", 1, "voice", f"{key}: at most {MAX_WORDS} words, no exclamation mark")


__all__ = ["Book", "check", "choice_ids"]
