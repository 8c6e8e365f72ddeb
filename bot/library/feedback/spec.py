"""The shape of the files in `content/rules/<language>/`, and everything that can be wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from jinja2 import TemplateError
from pydantic import Field, ValidationError

from bot.library.feedback.labels import LABELS
from bot.library.feedback.patterns import BUILT_IN, Language, entries_of, fault_in, lines_of
from bot.library.feedback.remarks import Remark
from bot.library.feedback.rules import Label, Reader, Rule, Widened
from bot.library.schema import Strict, Words
from bot.library.source import ContentError, Issue, misfits, read_or_tell
from bot.library.wording import longest_reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.library.render import Renderer
    from bot.library.source import Place, Source

FOLDER: Final = "rules"
SHARED: Final = "words"
"""The file beside the kinds: words for all of them."""

SAYABLE: Final = frozenset({"quote", "second"})
MOST_WORDS: Final = 35
PATTERNS: Final = ("find", "not_before", "not_after", "unless", "unless_later", "unless_text")


class SharedSpec(Strict):
    """`words.yaml`."""

    respell: dict[str, Words] = Field(default_factory=dict)
    words: dict[str, Words] = Field(default_factory=dict)


class RuleSpec(Strict):
    """One entry of `rules:`."""

    find: Words
    sentences: Annotated[Literal["statement", "question"] | None, Field(alias="in")] = None
    where: Literal["first", "last"] | None = None
    not_before: str = ""
    not_after: str = ""
    unless: str = ""
    unless_later: str = ""
    unless_text: str = ""
    counts: Annotated[int, Field(ge=1, le=9)] = 1
    quote: Widened = "words"


class LabelSpec(Strict):
    """One entry of `labels:`."""

    rules: list[RuleSpec] = Field(default_factory=list)
    least: Annotated[int, Field(ge=1, le=9)] = 1
    over_words: Annotated[int, Field(ge=1)] | None = None
    when_none: list[str] = Field(default_factory=list)
    unless_labels: list[str] = Field(default_factory=list)
    unless_text: str = ""


class RemarkSpec(Strict):
    """One entry of `remarks:`."""

    say: Words
    label: str = ""
    without: list[str] = Field(default_factory=list)
    works: bool = False


class RulesSpec(Strict):
    """The file of one kind."""

    words: dict[str, Words] = Field(default_factory=dict)
    labels: dict[str, LabelSpec]
    remarks: list[RemarkSpec] = Field(default_factory=list)


def languages(content: Path) -> list[str]:
    """Return the languages that have rules."""
    return sorted(path.parent.name for path in (content / FOLDER).glob(f"*/{SHARED}.yaml"))


def load_readers(content: Path, language: str, renderer: Renderer) -> dict[str, Reader]:
    """Read and prove the rules of a language. Raises ContentError with file and line."""
    issues: list[Issue] = []
    readers = read_rules(content, language, renderer, issues, prove=True)
    if issues:
        raise ContentError(issues)
    return readers


def read_rules(
    content: Path, language: str, renderer: Renderer, issues: list[Issue], *, prove: bool
) -> dict[str, Reader]:
    """Read the rules of a language; `prove` compiles each pattern, which a start does not wait for."""
    if language not in languages(content):
        return {}
    folder = f"{FOLDER}/{language}"
    source = read_or_tell(content, f"{folder}/{SHARED}.yaml", issues, "the words for the rules are missing")
    shared = _shared(source, issues) if source else None
    if source is None or shared is None:
        return {}
    respell, common = dict(shared.respell), dict(shared.words)
    issues += _wrong_words(source, Language(respell, common)) if prove else ()
    readers = {}
    for kind in LABELS:
        own = read_or_tell(content, f"{folder}/{kind}.yaml", issues, "the rules for this kind are missing")
        spec = _rules(own, issues) if own else None
        if own is None or spec is None:
            continue
        words = Language(respell, common | spec.words)
        issues += _wrong_labels(own, spec, kind)
        issues += _wrong_remarks(own, spec, renderer)
        if prove:
            issues += _wrong_words(own, words)
            issues += _wrong_patterns(own, spec, words)
        readers[kind] = _reader(spec, kind, words)
    return readers


def _shared(source: Source, issues: list[Issue]) -> SharedSpec | None:
    try:
        return SharedSpec.model_validate(source.data)
    except ValidationError as error:
        issues += misfits(source, error)
        return None


def _rules(source: Source, issues: list[Issue]) -> RulesSpec | None:
    try:
        return RulesSpec.model_validate(source.data)
    except ValidationError as error:
        issues += misfits(source, error)
        return None


def _reader(spec: RulesSpec, kind: str, words: Language) -> Reader:
    labels = tuple(
        Label(
            name,
            tuple(Rule(words, **rule.model_dump()) for rule in one.rules),
            one.least,
            one.over_words,
            tuple(one.when_none),
            tuple(one.unless_labels),
            Rule(words, one.unless_text) if one.unless_text else None,
        )
        for name, one in spec.labels.items()
    )
    remarks = tuple(Remark(one.say, one.label, tuple(one.without), one.works) for one in spec.remarks)
    return Reader(words, LABELS[kind], labels, remarks)


def _wrong_words(source: Source, words: Language) -> Iterator[Issue]:
    for name, listed in source.data.get("words", {}).items():
        line = source.line(("words", name))
        if name in BUILT_IN:
            yield Issue(source.file, line, "rule", f"{{{name}}} is a name that stands for something already")
        for entry in entries_of(listed):
            fault = fault_in(entry, words)
            if fault:
                yield Issue(source.file, line, "rule", f"{name}: {entry}: {fault}")


def _wrong_labels(source: Source, spec: RulesSpec, kind: str) -> Iterator[Issue]:
    known = LABELS[kind]
    for name in known:
        if name not in spec.labels:
            yield Issue(source.file, source.line(("labels",)), "rule", f"the label {name} is missing")
    before: set[str] = set()
    for name, label in spec.labels.items():
        line = source.line(("labels", name))
        if name not in known:
            yield Issue(source.file, line, "rule", f"{name} is no label of {kind}")
        for other in (*label.when_none, *label.unless_labels):
            if other not in before:
                yield Issue(source.file, line, "rule", f"{name}: the label {other} must stand above it")
        if not (label.rules or label.over_words or label.when_none):
            yield Issue(source.file, line, "rule", f"{name} needs rules:, over_words: or when_none:")
        before.add(name)


def _wrong_patterns(source: Source, spec: RulesSpec, words: Language) -> Iterator[Issue]:
    for name, label in spec.labels.items():
        yield from _faults(source, ("labels", name, "unless_text"), label.unless_text, words)
        for index, rule in enumerate(label.rules):
            for part in PATTERNS:
                yield from _faults(source, ("labels", name, "rules", index, part), getattr(rule, part), words)


def _faults(source: Source, place: Place, block: str, words: Language) -> Iterator[Issue]:
    # The lines of a block begin below its name.
    first = source.line(place) + ("\n" in block)
    for index, pattern in lines_of(block):
        fault = fault_in(pattern, words)
        if fault:
            yield Issue(source.file, first + index, "rule", f"{pattern}: {fault}")


def _wrong_remarks(source: Source, spec: RulesSpec, renderer: Renderer) -> Iterator[Issue]:
    for index, remark in enumerate(spec.remarks):
        line = source.line(("remarks", index, "say"))
        for name in (remark.label, *remark.without):
            if name and name not in spec.labels:
                yield Issue(source.file, line, "rule", f"the label {name} is not here")
        try:
            used = renderer.names_in(remark.say)
        except TemplateError as error:
            yield Issue(source.file, line, "template", str(error))
            continue
        for name in sorted(used - SAYABLE):
            yield Issue(source.file, line, "unknown-name", f"{name} is not known here, only quote and second")
        label = spec.labels.get(remark.label)
        if used & SAYABLE and not (label and label.rules):
            yield Issue(source.file, line, "rule", "a remark can quote only a label that has rules")
        if len(longest_reading(remark.say).split()) > MOST_WORDS or "!" in remark.say:
            yield Issue(source.file, line, "voice", f"at most {MOST_WORDS} words, no exclamation mark")
