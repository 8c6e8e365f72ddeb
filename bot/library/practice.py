"""How the next exercise is chosen, as data: `content/practice.yaml`.

Themes are the folders of the exercises, by their names for people. A reason is a condition about the person,
the codes of the mission that it speaks for, and one line that says why. Gaps name the two questions of a
check-in between which a gap lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from jinja2 import TemplateError

from bot.library.source import Issue, misfits, read_or_tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.flow.model import Flow
    from bot.library.render import Renderer
    from bot.library.source import Source

FILE = "practice.yaml"
MOST_WORDS = 25

NAMES = frozenset({"gap", "me", "past_of", "done"})
"""What a reason may speak of."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Two questions of a flow with the same scale: how it is, and how it is wished."""

    flow: str
    now: str
    wished: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is offered: when it holds, for which codes it speaks, and the line (Jinja source)."""

    when: str
    codes: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Practice:
    """Everything that the choice goes by; `otherwise` is the line where no reason holds."""

    gaps: Mapping[str, Gap] = field(default_factory=dict)
    themes: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    otherwise: str = ""


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
    from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError  # noqa: PLC0415  as in `load._fit`

    words = Annotated[str, StringConstraints(min_length=1)]
    code = Annotated[str, StringConstraints(pattern=r"^[WHTPNSG][1-9]$")]

    class Part(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)

    class GapSpec(Part):
        flow: words
        now: words
        wished: words

    class ReasonSpec(Part):
        when: words
        codes: list[code]
        why: words

    class PracticeSpec(Part):
        gaps: dict[str, GapSpec]
        themes: dict[str, words]
        codes: dict[code, words]
        reasons: list[ReasonSpec]
        otherwise: words

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


def theme_of(flow_id: str) -> str:
    """Return the theme that a flow belongs to: the first part of its id."""
    return flow_id.split(".", maxsplit=1)[0]


def first_code(codes: Sequence[str], kind: str) -> str:
    """Return the first of the codes of one kind (a letter), or ""."""
    return next((code for code in codes if code[0] == kind), "")
