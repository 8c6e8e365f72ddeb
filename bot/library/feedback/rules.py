"""Finds the labels of a text, and what to say about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from bot.library.feedback.patterns import PatternError, compiled
from bot.library.feedback.reading import read
from bot.library.feedback.remarks import Remark, Said, choose, quote_of

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from bot.library.feedback.patterns import Language
    from bot.library.feedback.reading import Text
    from bot.library.feedback.remarks import Span

JUST_BEFORE: Final = r"^(?:.* )?(?:{}) $"
JUST_AFTER: Final = r"^ (?:{})(?= )"


@dataclass(frozen=True)
class Rule:
    """Patterns, one of which must fit, and what may not fit beside it. Compiled when first asked."""

    language: Language
    find: str
    sentences: Literal["statement", "question"] | None = None
    where: Literal["first", "last"] | None = None
    not_before: str = ""
    not_after: str = ""
    unless: str = ""
    unless_later: str = ""
    unless_text: str = ""
    counts: int = 1
    quote: Literal["words", "clause", "sentence"] = "words"

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, ...]:
        return (
            compiled(self.find, self.language),
            compiled(self.not_before, self.language, JUST_BEFORE),
            compiled(self.not_after, self.language, JUST_AFTER),
            compiled(self.unless, self.language),
            compiled(self.unless_later, self.language),
            compiled(self.unless_text, self.language),
        )

    def finds(self, text: Text) -> Iterator[Span]:
        """Yield where a pattern fits and nothing speaks against it."""
        find, before, after, sentence, later, anywhere = self._patterns
        if find is None or (anywhere and anywhere.search(text.said)):
            return
        for found in find.finditer(text.said):
            number = text.sentence(found.start())
            one = text.sentences[number]
            if self.sentences and one.asks != (self.sentences == "question"):
                continue
            if self.where and number != (0 if self.where == "first" else len(text.sentences) - 1):
                continue
            if before and before.search(text.said[one.start : found.start() + 1]):
                continue
            if after and after.search(text.said[found.end() : one.end]):
                continue
            if sentence and sentence.search(text.said[one.start : one.end]):
                continue
            if later and later.search(text.said, found.end()):
                continue
            yield text.span(found.start() + 1, found.end())


@dataclass(frozen=True, slots=True)
class Label:
    """When a label holds: by its rules, by the length, or because others do not."""

    name: str
    rules: tuple[Rule, ...] = ()
    least: int = 1
    over_words: int | None = None
    when_none: tuple[str, ...] = ()
    unless_labels: tuple[str, ...] = ()
    unless_text: Rule | None = None

    def finds(self, text: Text, found: Mapping[str, object]) -> list[tuple[Span, Rule]] | None:
        """Return what makes the label hold (perhaps nothing that could be quoted), or None."""
        if any(one in found for one in (*self.unless_labels, *self.when_none)):
            return None
        if self.unless_text and any(self.unless_text.finds(text)):
            return None
        if self.over_words is not None:
            return [] if text.words > self.over_words else None
        if not self.rules:
            return [] if text.words else None
        finds = _apart((span, rule) for rule in self.rules for span in rule.finds(text))
        return finds if finds and sum(rule.counts for _, rule in finds) >= self.least else None


def _apart(finds: Iterator[tuple[Span, Rule]]) -> list[tuple[Span, Rule]]:
    """Return the finds in the order of the text, without those that overlap an earlier one."""
    kept: list[tuple[Span, Rule]] = []
    for find in sorted(finds, key=lambda one: (one[0][0], -one[0][1])):
        if not kept or find[0][0] >= kept[-1][0][1]:
            kept.append(find)
    return kept


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in a text: the labels in their order, the person's words for each, and what to say."""

    labels: tuple[str, ...] = ()
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[Said, ...] = ()


NOTHING: Final = Seen()


@dataclass(frozen=True, slots=True)
class Reader:
    """The rules of one kind of text in one language."""

    language: Language
    order: tuple[str, ...]
    labels: tuple[Label, ...]
    remarks: tuple[Remark, ...]

    def read(self, written: str) -> Seen:
        """Return what the rules are sure of; with a broken pattern (`alongside check` tells it) nothing."""
        text = read(written, self.language.respell)
        spans: dict[str, tuple[Span, ...]] = {}
        try:
            for label in self.labels:
                finds = label.finds(text, spans)
                if finds is not None:
                    spans[label.name] = tuple(_widened(text, span, rule.quote) for span, rule in finds)
        except PatternError:
            return NOTHING
        quotes = {name: tuple(quote_of(text.own, one) for one in found) for name, found in spans.items()}
        labels = tuple(name for name in self.order if name in spans)
        return Seen(labels, quotes, tuple(choose(self.remarks, text.own, spans)))


def _widened(text: Text, span: Span, to: str) -> Span:
    """Return a span widened to its clause or its sentence, without the signs at its ends."""
    if to == "words":
        return span
    first = next(number for number, one in enumerate(text.spans) if one[0] == span[0])
    last = next(number for number, one in enumerate(text.spans) if one[1] == span[1])
    while first and not _cut(text, first - 1, to):
        first -= 1
    while last + 1 < len(text.spans) and not _cut(text, last + 1, to):
        last += 1
    return text.spans[first][0], text.spans[last][1]


def _cut(text: Text, number: int, to: str) -> bool:
    """Say whether a token ends a clause (any sign does) or a sentence."""
    place = text.starts[number]
    sign = text.said[place]
    return not sign.isalnum() if to == "clause" else sign in ".!?"
