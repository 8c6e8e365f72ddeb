"""How the next exercise is chosen, as data: `content/practice.yaml`.

Themes are the folders of the exercises, by their names for people. A reason is a condition about the person,
the codes of the mission that it speaks for, and one line that says why. Gaps name the two questions of a
check-in between which a gap lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = "practice.yaml"


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


def theme_of(flow_id: str) -> str:
    """Return the theme that a flow belongs to: the first part of its id."""
    return flow_id.split(".", maxsplit=1)[0]


def first_code(codes: Sequence[str], kind: str) -> str:
    """Return the first of the codes of one kind (a letter), or ""."""
    return next((code for code in codes if code[0] == kind), "")
