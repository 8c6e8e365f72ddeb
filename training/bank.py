"""Reads the safety bank: invented messages with their kinds, `content/safety/bank.<language>.tsv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.library.guard import TOPICS

ROOT: Final = Path(__file__).parent.parent
SAFETY: Final = ROOT / "content" / "safety"
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
    rows = []
    for line in (SAFETY / f"bank.{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) != COLUMNS:
            raise ValueError(f"a row has {len(fields)} columns instead of {COLUMNS}")
        rows.append(Row(*fields))
    return rows
