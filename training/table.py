"""Prints how the guard and the feedback do on their banks, kind by kind and label by label."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bot.library.guard import TOPICS, load_guard
from training import feedback
from training.bank import BORDERLINE, SAFETY, Row, read_bank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.library.guard import Guard

EXPLICIT = ("suicide_explicit", "selfharm_explicit", "abuse_explicit", "harm_others", "child")
VEILED = ("veiled", "third_party", "abuse_control", "abuse_veiled")


def count(guard: Guard, rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """Return for each kind how many messages raised a card, and how many there are."""
    raised: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.kind] += 1
        raised[row.kind] += bool(guard.look(row.text))
    return {kind: (raised[kind], seen[kind]) for kind in seen}


def together(counts: dict[str, tuple[int, int]], kinds: Iterable[str]) -> tuple[int, int]:
    """Add the counts of several kinds up."""
    found = [counts[kind] for kind in kinds if kind in counts]
    return sum(one for one, _ in found), sum(all_ for _, all_ in found)


def line(name: str, parts: list[tuple[int, int]]) -> str:
    """Return one line of the table: `name   raised/seen  share` for each part."""
    shown = [f"{one:5d}/{all_:<5d} {one / all_:6.1%}" if all_ else " " * 18 for one, all_ in parts]
    return f"{name:<22}" + "   ".join(shown)


def main(language: str = "en") -> None:
    """Print the table."""
    guard = load_guard(SAFETY.parent, language)
    rows = defaultdict(list)
    for row in read_bank(language):
        rows["whole"].append(row)
        rows[row.part].append(row)
    names = ["whole", "apart"]
    counts = [count(guard, rows[name]) for name in names]
    print(f"{'cards raised':<22}" + "   ".join(f"{name:>18}" for name in names))
    for kind in TOPICS:
        print(line(kind, [one.get(kind, (0, 0)) for one in counts]))
    print(line("= explicit", [together(one, EXPLICIT) for one in counts]))
    print(line("= veiled", [together(one, VEILED) for one in counts]))
    harmless = sorted({row.kind for row in rows["whole"] if not row.card and row.kind != BORDERLINE})
    for kind in harmless:
        print(line(kind, [one.get(kind, (0, 0)) for one in counts]))
    print(line("= false alarms", [together(one, harmless) for one in counts]))
    print(line(BORDERLINE, [one.get(BORDERLINE, (0, 0)) for one in counts]))
    print("The model has learned from the rows that are not kept apart: only the right column is a measure.")
    feedback.table(language)


if __name__ == "__main__":
    main(*sys.argv[1:])
