"""The shape of `content/practice.yaml`, and everything that can be wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import TemplateError
from pydantic import ValidationError

from bot.library.practice import FILE, Gap, Practice, Reason
from bot.library.schema import Code, Strict, Words
from bot.library.source import Issue, misfits, read_or_tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.flow.model import Flow
    from bot.library.render import Renderer
    from bot.library.source import Source

MOST_WORDS = 25

NAMES = frozenset({"gap", "me", "past_of", "done"})
"""What a reason may speak of."""


class GapSpec(Strict):
    """One entry of `gaps:`."""

    flow: Words
    now: Words
    wished: Words


class ReasonSpec(Strict):
    """One entry of `reasons:`."""

    when: Words
    codes: list[Code]
    why: Words


class PracticeSpec(Strict):
    """The whole file."""

    gaps: dict[str, GapSpec]
    themes: dict[str, Words]
    codes: dict[Code, Words]
    reasons: list[ReasonSpec]
    otherwise: Words


def read_practice(
    folder: Path, flows: Mapping[str, Flow], renderer: Renderer, issues: list[Issue]
) -> Practice:
    """Read and prove the file; a folder without one offers nothing by itself."""
    if not (folder / FILE).is_file():
        return Practice()
    source = read_or_tell(folder, FILE, issues, "the reasons for offering an exercise are missing")
    if source is None:
        return Practice()
    practice = _fit(source, issues)
    issues += _faults(source, practice, flows, renderer)
    return practice


def _fit(source: Source, issues: list[Issue]) -> Practice:
    try:
        spec = PracticeSpec.model_validate(source.data)
    except ValidationError as error:
        issues += misfits(source, error)
        return Practice()
    return Practice(
        gaps={name: Gap(gap.flow, gap.now, gap.wished) for name, gap in spec.gaps.items()},
        themes=dict(spec.themes),
        codes=dict(spec.codes),
        reasons=tuple(Reason(one.when, tuple(one.codes), one.why) for one in spec.reasons),
        otherwise=spec.otherwise,
    )


def _faults(
    source: Source, practice: Practice, flows: Mapping[str, Flow], renderer: Renderer
) -> Iterator[Issue]:
    for name, gap in practice.gaps.items():
        flow = flows.get(gap.flow)
        for node in (gap.now, gap.wished):
            if flow is None or flow.find(node) is None:
                yield Issue(FILE, source.line(("gaps", name)), "unknown-node", f"{gap.flow} has no {node}")
    areas = {flow_id.split(".")[0] for flow_id in flows}
    for theme in practice.themes:
        if theme not in areas:
            yield Issue(FILE, source.line(("themes", theme)), "theme", f"no exercise is in {theme}")
    for index, reason in enumerate(practice.reasons):
        yield from _wrong_words(source.line(("reasons", index)), reason, renderer)


def _wrong_words(line: int, reason: Reason, renderer: Renderer) -> Iterator[Issue]:
    for text, condition in ((reason.when, True), (reason.why, False)):
        try:
            extra = renderer.names_in(text, condition=condition) - NAMES
        except TemplateError as error:
            yield Issue(FILE, line, "template", str(error))
            continue
        if extra:
            yield Issue(FILE, line, "unknown-name", f"{', '.join(sorted(extra))} is not known here")
    if len(reason.why.split()) > MOST_WORDS or "!" in reason.why:
        yield Issue(FILE, line, "voice", f"a reason has {MOST_WORDS} words at most, and no exclamation mark")
