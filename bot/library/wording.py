"""Checks of the words: their length, and the names that they use.

The limits are Telegram's (reliability.md a1): 4,096 characters a message, 200 a toast, 64 bytes a button's
data. What can be heard of the voice is in `voice.py`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from jinja2 import Environment, TemplateError, nodes

from bot.flow.model import Node, Pick, Scale
from bot.library.feedback.labels import LABELS
from bot.library.messages import KEYS, TOASTS
from bot.library.source import Issue, Place
from bot.library.ways import listed_choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.library.book import Book
    from bot.library.messages import MessageKey
    from bot.library.render import Renderer

Kind = Literal["words", "list", "way"]

MAX_MESSAGE = 4096
MAX_TOAST = 200
MAX_LABEL = 64
CALLBACK_BYTES = 64
CALLBACK_SPENT = 34
"""Of the 64 bytes: 11 session, 11 seal, 4 turn and the dots; the rest is the choice's."""

OF_BOTH = frozenset({"everyone_chose", "anyone_chose", "everyone_answered", "everyone_opened"})
"""What may be asked about two people: in the conditions of a flow for two, and nowhere else in it."""

OF_ONE = frozenset(
    {
        "past", "past_of", "done", "runs", "begun", "gap", "practice", "left_runs",
        "couple", "pending", "invitation", "knock", "together",
        "kept_plan", "plans", "plan_no", "plan_days", "journal",
    }
)  # fmt: skip
"""One person's history, which a flow for two does not look at."""

FOR_BOTH = frozenset(
    {
        "initiator", "partner", "group", "opened", "both", "said", "title", "minutes", "hint", "asks",
        "days_ahead", "day_words", "operator", "min", "max",
    }
)  # fmt: skip
"""What may be named where both read: nothing of one person that the other has not been shown."""

NAMES_OF_TWO = (FOR_BOTH - {"operator", "min", "max"}) | {"mine", "theirs", "other"}
"""What only an exercise for two may name: who they are to each other, and what was opened."""

SHARED_NAMES = OF_BOTH | OF_ONE | {
    "me", "nudge", "operator", "commands", "stored", "clock_hours", "cities",
    "more_cities", "countries", "help", "help_in", "exit_word", "feedback", "worrying", "min", "max",
}  # fmt: skip
"""Names that every template and condition may use, beside the flow's own node ids."""

PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_READER = Environment(autoescape=True)
_TAG = re.compile(r"<[^>]*>")
_FEEDBACK = re.compile(r"""\bfeedback\(\s*["'](\w*)["']""")


def lengths(book: Book) -> Iterator[Issue]:
    """Messages, labels and button data fit Telegram's limits."""
    for place, node in book.nodes():
        ends = (node.ask.low_words, node.ask.high_words) if isinstance(node.ask, Scale) else ()
        if units("\n".join((node.say, *ends))) > MAX_MESSAGE // 2:
            yield book.issue(
                (*place, "say"), "too-long", f"{node.id}: leave half of {MAX_MESSAGE} for what is filled in"
            )
        for one in (*listed_choices(node.ask), *node.footer):
            if len(one.label) > MAX_LABEL:
                yield book.issue(
                    place, "too-long", f"{node.id}: the label of {one.id} is over {MAX_LABEL} characters"
                )
            if len(one.id.encode()) > CALLBACK_BYTES - CALLBACK_SPENT:
                yield book.issue(
                    place, "too-long", f"{node.id}: the choice id {one.id} does not fit a button"
                )


def spoken_by(node: Node) -> Iterator[str]:
    """Yield everything that people read of a node: its words, its buttons, the ends of its scale."""
    yield node.say
    for one in (*listed_choices(node.ask), *node.footer):
        yield one.label
    if isinstance(node.ask, Scale):
        yield node.ask.low_words
        yield node.ask.high_words


@cache
def longest_reading(source: str) -> str:
    """Return the text with the longest branch of each {% if %}, loops once, and a word for each value."""
    if "{%" not in source and "{{" not in source:
        return _TAG.sub(" ", source)
    try:
        tree = _READER.parse(source)
    except TemplateError:
        return ""
    return _TAG.sub(" ", _longest(tree.body))


def _longest(parts: Sequence[nodes.Node]) -> str:
    return "".join(_reading(part) for part in parts)


def _reading(part: nodes.Node) -> str:
    match part:
        case nodes.TemplateData():
            return str(part.data)
        case nodes.Output():
            return _longest(part.nodes)
        case nodes.If():
            ways = [part.body, *(one.body for one in part.elif_), part.else_]
        case nodes.For():
            ways = [part.body, part.else_]
        case nodes.Expr():
            return "x"
        case _:
            ways = [getattr(part, "body", [])]
    return max((_longest(way) for way in ways), key=lambda text: len(text.split()))


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def unknown_names(book: Book, renderer: Renderer) -> Iterator[Issue]:
    """Templates and conditions compile, and use only names that exist."""
    for place, node in book.nodes():
        for where, source, kind in _sources(node):
            try:
                used = renderer.names_in(source, condition=kind != "words")
            except TemplateError as error:
                yield book.issue((*place, *where), "template", f"{node.id}: {error}")
                continue
            for name in sorted(used - names_known(book, node, kind)):
                yield book.issue((*place, *where), "unknown-name", f"{node.id}: {name} is not known here")
            for name in sorted({*_FEEDBACK.findall(source)} - {*LABELS}):
                yield book.issue(
                    (*place, *where), "unknown-name", f"{node.id}: there is no feedback on {name}"
                )


def unknown_parts(book: Book) -> Iterator[Issue]:
    """Behind a name of two stands a node for which it can hold something: `theirs.small`, `said.day`."""
    if not book.for_two:
        return
    flow = book.flow
    revealed = {one for node in flow.nodes.values() for one in node.reveal}
    asked = {one.id for one in flow.nodes.values() if one.ask is not None}
    said = {one.id for one in flow.nodes.values() if is_said(one)}
    parts = {"theirs": revealed, "opened": revealed, "both": revealed, "mine": asked, "said": said}
    for place, node in book.nodes():
        for where, source, kind in _sources(node):
            for name, part in _parts_in(source, kind):
                known = name in parts and name in names_known(book, node, kind)
                if known and part not in parts[name]:
                    yield book.issue(
                        (*place, *where), "unknown-name", f"{node.id}: {name}.{part} stands for nothing"
                    )


def is_said(node: Node) -> bool:
    """Say whether what one of them answers here is told before both."""
    return node.ask is not None and node.where != "private" and not node.sealed and node.who != "everyone"


@cache
def _parts_in(source: str, kind: Kind) -> frozenset[tuple[str, str]]:
    try:
        tree = _READER.parse(source if kind == "words" else "{{ " + source + " }}")
    except TemplateError:
        return frozenset()
    found = ((one.node, one.attr) for one in tree.find_all(nodes.Getattr))
    return frozenset((node.name, part) for node, part in found if isinstance(node, nodes.Name))


def names_known(book: Book, node: Node, kind: Kind) -> frozenset[str]:
    """Return what may be named here. For two, neither words nor ways may tell of the other (rule 8)."""
    asked = {one.id for one in book.flow.nodes.values() if one.ask is not None}
    if not book.for_two:
        return SHARED_NAMES | asked
    if kind == "way":
        # One way for both: what is known of one person only would be told by it.
        return OF_BOTH | {"min", "max"}
    if node.where != "private":
        return FOR_BOTH
    # Only a reader who is alone has answers of their own.
    return (SHARED_NAMES - OF_BOTH - OF_ONE) | NAMES_OF_TWO | asked


def _sources(node: Node) -> Iterator[tuple[Place, str, Kind]]:
    yield ("say",), node.say, "words"
    if isinstance(node.ask, Scale):
        yield ("scale",), node.ask.low_words, "words"
        yield ("scale",), node.ask.high_words, "words"
    for one in (*listed_choices(node.ask), *node.footer):
        yield ("choices", one.id), one.label, "words"
    for index, branch in enumerate(node.branches):
        yield ("branches", index), branch.when, "way"
    if isinstance(node.ask, Pick) and node.ask.source:
        yield ("source",), node.ask.source, "list"
    for index, action in enumerate(node.then):
        if action.value:
            yield ("then", index), action.value, "words"
        if action.do == "start" and "{{" in action.name:
            yield ("then", index), action.name, "words"


def sentences(messages: Mapping[MessageKey, str], renderer: Renderer) -> Iterator[Issue]:
    """Rules for an author's words hold for the bot's own sentences too."""
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
