"""Prints how the rules for feedback do on their banks; with a kind and a label, the open rows they get wrong.

python -m training.feedback                     precision and recall for each label
python -m training.feedback refusal excuse      the open rows that this label gets wrong, with what was found
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from bot.library.feedback.labels import LABELS
from bot.library.feedback.spec import load_readers
from bot.library.render import Renderer
from training.bank import CONTENT, Labelled, read_labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.library.feedback.rules import Reader

PARTS: Final = ("whole", "apart")
Counts = tuple[int, int, int]
"""Found rightly, found, and to be found."""


def count(reader: Reader, rows: Sequence[Labelled]) -> dict[str, Counts]:
    """Return the counts for each label, in their order."""
    found = [(frozenset(reader.read(row.text).labels), row.labels) for row in rows]
    return {
        label: (
            sum(label in seen and label in wanted for seen, wanted in found),
            sum(label in seen for seen, _ in found),
            sum(label in wanted for _, wanted in found),
        )
        for label in reader.order
    }


def together(counts: dict[str, Counts]) -> Counts:
    """Add the counts of all labels up."""
    right, found, wanted = (sum(column) for column in zip(*counts.values(), strict=True))
    return right, found, wanted


def shown(counts: Counts) -> str:
    """Return precision and recall with what each is a share of."""
    right, found, wanted = counts
    return f"{_share(right, found)}  {_share(right, wanted)}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:6.1%} of {whole:<4d}" if whole else f"{'-':>6} of 0   "


def table(language: str = "en") -> None:
    """Print precision and recall for each label, on the whole bank and on the part kept apart."""
    readers = load_readers(CONTENT, language, Renderer())
    for kind in LABELS:
        rows = read_labelled(kind, language)
        if not rows:
            print(f"\n{kind}: there is no bank yet")
            continue
        parts = [rows, [row for row in rows if row.part == "apart"]]
        counts = [count(readers[kind], part) for part in parts]
        heads = (f"{name} (n={len(part)})" for name, part in zip(PARTS, parts, strict=True))
        print(f"\n{kind:<16}" + "   ".join(f"{head:<28}" for head in heads))
        print(f"{'':<16}" + "   ".join(f"{'precision':<15}{'recall':<13}" for _ in PARTS))
        for label in LABELS[kind]:
            print(f"{label:<16}" + "   ".join(shown(one[label]) for one in counts))
        print(f"{'= all':<16}" + "   ".join(shown(together(one)) for one in counts))
    print("\nRules are written by the open rows: only the right columns are a measure.")


def misses(kind: str, label: str, language: str = "en") -> None:
    """Print the open rows where a label is wrongly found (+) or not found (-)."""
    reader = load_readers(CONTENT, language, Renderer())[kind]
    for row in read_labelled(kind, language):
        seen = reader.read(row.text)
        if row.part == "open" and (label in seen.labels) != (label in row.labels):
            quotes = " | ".join(seen.quotes.get(label, ()))
            print(f"{'+' if label in seen.labels else '-'} {row.text}{f'  [{quotes}]' if quotes else ''}")


if __name__ == "__main__":
    if sys.argv[1:]:
        misses(*sys.argv[1:])
    else:
        table()
