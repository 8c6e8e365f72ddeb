"""Finds the labels of a text, and what to say about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from bot.library.feedback.patterns import PatternError, compiled
from bot.library.feedback.reading import read
from bot.library.feedback.remarks import Remark, Said, choose, quote_of

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from bot.library.feedback.patterns import Language
    from bot.library.feedback.reading import Sentence, Text
    from bot.library.feedback.remarks import Span

Widened = Literal["words", "rest", "clause", "sentence"]
"""What to quote: what was found, that and the rest of its clause, the clause, or the sentence."""

JOINT: Final = "joint"
"""The list of words that join a clause on: a quote begins behind them and ends before them."""

JUST_BEFORE: Final = r"^(?:.* )?(?:{}) $"
JUST_AFTER: Final = r"^ (?:{})(?= )"


class Find(NamedTuple):
    """Where a pattern fits, how much that counts, and which of the writer's own words to quote for it."""

    start: int
    end: int
    counts: int
    quote: Span


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
    quote: Widened = "words"

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

    @cached_property
    def _cut(self) -> re.Pattern[str]:
        joint = "|{joint}" if JOINT in self.language.words else ""
        found = compiled(rf"[^\w\s]{joint}", self.language)
        assert found is not None  # noqa: S101  there is something in it
        return found

    def finds(self, text: Text) -> Iterator[Find]:
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
            start, end = found.start() + 1, found.end()
            yield Find(start, end, self.counts, text.span(*self._quoted(text.said, one, start, end)))

    def _quoted(self, said: str, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
        """Return what to quote for a find: itself, or more of its sentence."""
        if self.quote == "words":
            return start, end
        if self.quote == "sentence":
            return sentence.start + 1, sentence.end - 1
        behind = self._cut.search(said, end, sentence.end)
        end = behind.start() if behind else sentence.end - 1
        if self.quote == "clause":
            cuts = self._cut.finditer(said, sentence.start, end)
            start = max((cut.end() + 1 for cut in cuts if cut.end() < start), default=sentence.start + 1)
        return start, end


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

    def finds(self, text: Text, found: Mapping[str, object]) -> list[Find] | None:
        """Return what makes the label hold (perhaps nothing that could be quoted), or None."""
        if any(one in found for one in (*self.unless_labels, *self.when_none)):
            return None
        if self.unless_text and any(self.unless_text.finds(text)):
            return None
        if self.over_words is not None:
            return [] if text.words > self.over_words else None
        if not self.rules:
            return [] if text.words else None
        finds = _apart(find for rule in self.rules for find in rule.finds(text))
        return finds if finds and sum(one.counts for one in finds) >= self.least else None


def _apart(finds: Iterator[Find]) -> list[Find]:
    """Return the finds in the order of the text, without those that overlap an earlier one."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda one: (one.start, -one.end)):
        if not kept or find.start >= kept[-1].end:
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
                    spans[label.name] = tuple(dict.fromkeys(one.quote for one in finds))
        except PatternError:
            return NOTHING
        quotes = {name: tuple(quote_of(text.own, one) for one in found) for name, found in spans.items()}
        labels = tuple(name for name in self.order if name in spans)
        return Seen(labels, quotes, tuple(choose(self.remarks, text.own, spans)))
