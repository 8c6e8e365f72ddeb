"""What the exercises cover: the codes of mission.md, counted from the content (`alongside coverage`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bot.flow.model import Flow

KINDS: Final = {"W": 3, "H": 9, "T": 9, "P": 8, "N": 4, "S": 3, "G": 5}
"""How many codes of each kind there are."""

CODES: Final = tuple(f"{kind}{number}" for kind, most in KINDS.items() for number in range(1, most + 1))

LEAST_ALONE: Final = {"P": 3}
"""Exercises for one that a code needs, where it is not `LEAST`."""

LEAST, LEAST_FLOWS, MOST_MINUTES = 2, 45, 5

JOINT: Final = frozenset("NHS")
"""The kinds that exercises for two must cover as well, once there are any."""

_TITLE = re.compile(r"^# ([a-z][a-z0-9-]*\.[a-z][a-z0-9-]*)(?=[:\s])")


@dataclass(frozen=True, slots=True)
class Covered:
    """One code: the exercises for one and for two that practise it."""

    code: str
    alone: tuple[str, ...]
    together: tuple[str, ...]


def exercises(flows: Mapping[str, Flow]) -> list[Flow]:
    """Return what counts as practice: no menus, forms or cards, nor the weekly questions."""
    return [flow for flow in flows.values() if flow.about.kind == "exercise" and flow.about.tags]


def table(flows: Mapping[str, Flow]) -> list[Covered]:
    """Return every code with its exercises."""
    counted = exercises(flows)

    def with_code(code: str, seats: int) -> tuple[str, ...]:
        return tuple(
            flow.id for flow in counted if code in flow.about.tags and min(len(flow.roles), 2) == seats
        )

    return [Covered(code, with_code(code, 1), with_code(code, 2)) for code in CODES]


def told_in(transcripts: Path) -> set[str]:
    """Return the flows that a transcript is about, by its first line."""
    first = (path.read_text(encoding="utf-8").split("\n", 1)[0] for path in sorted(transcripts.glob("*.txt")))
    return {found[1] for line in first if (found := _TITLE.match(line))}


def gaps(flows: Mapping[str, Flow], told: Iterable[str] | None) -> Iterator[str]:
    """Yield what is missing, in words; without `told` nothing is said about transcripts."""
    counted = exercises(flows)
    for one in table(flows):
        least = LEAST_ALONE.get(one.code[0], LEAST)
        if len(one.alone) < least:
            yield f"{one.code}: {len(one.alone)} for one, {least} are needed"
        if (
            one.code[0] in JOINT
            and len(one.together) < LEAST
            and any(len(flow.roles) > 1 for flow in counted)
        ):
            yield f"{one.code}: {len(one.together)} for two, {LEAST} are needed"
    if len(counted) < LEAST_FLOWS:
        yield f"{len(counted)} exercises, {LEAST_FLOWS} are needed"
    if counted and median_minutes(flows) > MOST_MINUTES:
        yield f"the median takes {median_minutes(flows):g} minutes, {MOST_MINUTES} is the most"
    for flow in counted:
        if told is not None and flow.id not in set(told):
            yield f"{flow.id}: no transcript begins with “# {flow.id}: …”"


def median_minutes(flows: Mapping[str, Flow]) -> float:
    """Return the median of the minutes of all exercises; 0 when there is none."""
    minutes = [flow.about.minutes for flow in exercises(flows)]
    return median(minutes) if minutes else 0
