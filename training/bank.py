"""Reads the banks of invented messages.

The guard's is `content/safety/bank.<language>.tsv`, those for feedback are in `content/rules/<language>/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.library.feedback.labels import LABELS
from bot.library.guard import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
CONTENT: Final = ROOT / "content"
SAFETY: Final = CONTENT / "safety"
BORDERLINE: Final = "borderline"
COLUMNS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One message: the part it belongs to, who wrote it, its kind, and the words."""

    part: str
    author: str
    kind: str
    text: str

    @property
    def card(self) -> bool:
        """Whether the message should raise a card."""
        return self.kind in TOPICS


def read_bank(language: str = "en") -> list[Row]:
    """Return every row. Raises ValueError for a row of another shape."""
    return [Row(*fields) for fields in _lines(SAFETY / f"bank.{language}.tsv")]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text for feedback: the part it belongs to, who wrote it, the labels it should get, the words."""

    part: str
    author: str
    labels: frozenset[str]
    text: str


def read_labelled(kind: str, language: str = "en") -> list[Labelled]:
    """Return every row of a bank, or none where there is no bank. Raises ValueError for what is amiss."""
    path = CONTENT / "rules" / language / f"bank.{kind}.tsv"
    rows = []
    for part, author, labels, text in _lines(path) if path.is_file() else ():
        found = frozenset(filter(None, map(str.strip, labels.split(","))))
        if not found <= {*LABELS[kind]}:
            raise ValueError(f"not known in {path.name}: {', '.join(found - {*LABELS[kind]})}")
        rows.append(Labelled(part, author, found, text))
    return rows


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) != COLUMNS:
            raise ValueError(f"a row of {path.name} has {len(fields)} columns instead of {COLUMNS}")
        yield fields
