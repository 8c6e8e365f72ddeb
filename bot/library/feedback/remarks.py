"""What is said about a text: at most one thing that works, at most two remarks in all, no phrase twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST: Final = 2
LONGEST_QUOTE: Final = 80

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence (Jinja source) for a label that is there (`label`, quoted) and others that are not."""

    say: str
    label: str = ""
    without: tuple[str, ...] = ()
    works: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A remark that fits, with the person's words for its `quote` and its `second`."""

    say: str
    quote: str
    second: str


def choose(remarks: Sequence[Remark], own: str, spans: Mapping[str, tuple[Span, ...]]) -> Iterator[Said]:
    """Yield what to say first and second. Nothing is said where nothing was found."""
    fitting = [one for one in remarks if spans and _fits(one, spans)]
    works = next((one for one in fitting if one.works), None)
    quoted: list[Span] = []
    said = 0
    for remark in [works, *(one for one in fitting if not one.works)]:
        if remark is None or said == MOST:
            continue
        found = spans.get(remark.label, ()) if "quote" in remark.say else ()
        if any(_overlap(one, other) for one in found[:1] for other in quoted):
            continue
        quoted += found[:1]
        said += 1
        words = [quote_of(own, one) for one in found]
        first = words[0] if words else ""
        # Of “sorry, SORRY, forgive me” the second is “forgive me”: the same again would tell nothing.
        second = next((one for one in words if one.casefold() != first.casefold()), "")
        yield Said(remark.say, first, second)


def _fits(remark: Remark, spans: Mapping[str, object]) -> bool:
    return (not remark.label or remark.label in spans) and not any(one in spans for one in remark.without)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def quote_of(own: str, span: Span) -> str:
    """Return the person's own words, in one line; what is too long to be quoted ends with a sign of it."""
    words = " ".join(own[span[0] : span[1]].split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE].rsplit(' ', 1)[0]} \u2026"
