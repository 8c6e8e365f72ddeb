"""The rules of the guard: patterns that an author can read, from `content/safety/rules.<language>.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEGATED: Final = "negated"
"""The one doubt that must stand just before what was found; every other one may stand anywhere."""

_NAMED = re.compile(r"\{(\w+)\}")
_GAP: Final = r"(?:\S+ ){0,3}?"
MOST_NESTING: Final = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """The patterns of one kind of sign; none counts when one of the doubts fits."""

    kind: str
    sure: tuple[re.Pattern[str], ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a language, in their order, and the doubts by name."""

    rules: tuple[Rule, ...]
    doubts: Mapping[str, re.Pattern[str]]

    def sure(self, said: str) -> str:
        """Return the kind of the first rule that is sure of these words, or "" when none is."""
        return next((rule.kind for rule in self.rules if self._fits(rule, said)), "")

    def _fits(self, rule: Rule, said: str) -> bool:
        return any(
            not self._doubt(rule, said, found.start() + 1)
            for pattern in rule.sure
            for found in pattern.finditer(said)
        )

    def _doubt(self, rule: Rule, said: str, start: int) -> bool:
        for name in rule.unless:
            if self.doubts[name].search(said[:start] if name == NEGATED else said):
                return True
        return False


def build(words: Mapping[str, str], doubts: Mapping[str, str], rules: Sequence[Mapping[str, Any]]) -> Rules:
    """Compile what was read. Raises KeyError for an unknown name and re.error for a broken pattern."""
    made = [
        Rule(
            rule["kind"],
            tuple(_compile(one, words) for one in rule["sure"]),
            tuple(rule["unless"]),
        )
        for rule in rules
    ]
    known = {
        name: re.compile(f" (?:{source})" if name == NEGATED else f" (?:{source}) ")
        for name, source in doubts.items()
    }
    return Rules(tuple(made), known)


def _compile(source: str, words: Mapping[str, str]) -> re.Pattern[str]:
    for _ in range(MOST_NESTING):
        source = _NAMED.sub(lambda found: f"(?:{words[found[1]]})", source)
    # A gap stands between two words, so it swallows the space behind it.
    source = source.replace(" … ", f" {_GAP}").replace("( .|$)", r"(?= [.,!?;)]| $)")
    return re.compile(f" (?:{source})(?= )")
