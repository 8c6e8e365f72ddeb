"""What to do next, and why: chosen by rules that an author can read (`content/practice.yaml`).

The person's own check-ins, stage and history decide; nothing about anybody else is looked at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.library.practice import theme_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.flow.model import Flow
    from bot.library.load import Library
    from bot.library.practice import Reason
    from bot.runtime.lazy import Names
    from bot.store.protocol import Begun, Work

LOOK_BACK = timedelta(weeks=104)
"""How far back it is looked at what somebody has done; no exercise rests longer."""

LATELY = timedelta(days=60)
"""How long something practised counts as practised lately."""

FRESH_GAP = 8
"""Weeks after which a check-in says nothing about today any more."""

LEFT_ALONE = timedelta(days=7)
"""How long an exercise that was begun and left is not offered again by itself."""

OTHERS = 5
MOST_LISTED = 16


@dataclass(frozen=True, slots=True)
class Offer:
    """An exercise that is offered, and the one line that says why."""

    flow: str
    title: str
    minutes: int
    why: str


class Shelf:
    """The exercises for one person, at one moment, as an author may speak of them (`practice`)."""

    def __init__(self, library: Library, work: Work, person_id: int, now: datetime, names: Names) -> None:
        """Choose from `library` by `names`: those of the person, with `gap` and `past_of`."""
        self._library = library
        self._names = names
        self._now = now
        self._begun = work.begun_since(person_id, now - LOOK_BACK)

    @property
    def first(self) -> Offer | None:
        """Return what is offered first."""
        return self._offers[0] if self._offers else None

    def begin(self, label: str) -> list[tuple[str, str]]:
        """Return the one button that begins what is offered first."""
        return [(self.first.flow, label)] if self.first else []

    def others(self) -> list[tuple[str, str]]:
        """Return what else is offered, as buttons."""
        return [self._button(one.flow) for one in self._offers[1 : 1 + OTHERS]]

    def themes(self) -> list[tuple[str, str]]:
        """Return the themes, as buttons."""
        return list(self._library.practice.themes.items())

    def in_theme(self, theme: object) -> list[tuple[str, str]]:
        """Return the exercises of a theme, as buttons."""
        return self._buttons(flow for flow in self._all if theme_of(flow.id) == theme)

    def within(self, minutes: object) -> list[tuple[str, str]]:
        """Return the exercises that take so many minutes at most, those not yet known first, as buttons."""
        most = int(str(minutes)) if str(minutes).isdecimal() else 0
        short = [flow for flow in self._all if flow.about.minutes <= most]
        return self._buttons(
            sorted(short, key=lambda flow: (self._last_done(flow) is not None, -flow.about.minutes))
        )

    def codes(self) -> list[tuple[str, str]]:
        """Return the corners of the mission that have exercises, as buttons."""
        used = {code for flow in self._all for code in flow.about.tags}
        return [(code, words) for code, words in self._library.practice.codes.items() if code in used]

    def by_code(self, code: object) -> list[tuple[str, str]]:
        """Return the exercises with this code, as buttons."""
        return self._buttons(flow for flow in self._all if code in flow.about.tags)

    def _buttons(self, flows: Iterable[Flow]) -> list[tuple[str, str]]:
        return [self._button(flow.id) for flow in flows][:MOST_LISTED]

    def _button(self, flow_id: str) -> tuple[str, str]:
        return flow_id, self._library.offer(self._library.flows[flow_id])

    @cached_property
    def _all(self) -> list[Flow]:
        """Return every exercise for one that fits the person's stage."""
        stage = str(self._names["me"].stage).upper()
        return [flow for flow in self._library.flows.values() if _is_offered(self._library, flow, stage)]

    @cached_property
    def _offers(self) -> list[Offer]:
        """Return the exercises in the order in which they are offered, each with its first reason."""
        rested = [flow for flow in self._all if self._rested(flow)]
        found: dict[str, Offer] = {}
        for reason in holding(self._library, self._names):
            why = self._library.renderer.text(reason.why, self._names)
            for flow in sorted(rested, key=lambda flow: self._rank(flow, reason.codes)):
                if set(reason.codes) & set(flow.about.tags):
                    found.setdefault(flow.id, self._offer(flow, why))
        done = practised(self._library, self._begun, self._now)
        for flow in sorted(rested, key=lambda flow: (self._last_done(flow) is not None, _least(flow, done))):
            found.setdefault(flow.id, self._offer(flow, self._library.practice.otherwise))
        return list(found.values())

    def _offer(self, flow: Flow, why: str) -> Offer:
        return Offer(flow.id, flow.about.title, flow.about.minutes, why)

    def _rank(self, flow: Flow, codes: tuple[str, ...]) -> tuple[bool, int, int]:
        """Put first what is new, then what is nearest to the reason, and has the fewest other aims."""
        near = min((codes.index(code) for code in flow.about.tags if code in codes), default=len(codes))
        return self._last_done(flow) is not None, near, len(flow.about.tags)

    @cached_property
    def _done(self) -> dict[str, datetime]:
        """Return when each exercise was last done: `begun` has the newest first, so that it stays."""
        return {one.flow: one.touched_at for one in reversed(self._begun) if one.status == "done"}

    def _last_done(self, flow: Flow) -> datetime | None:
        return self._done.get(flow.id)

    def _rested(self, flow: Flow) -> bool:
        """Say whether an exercise may be offered: not done lately, nor just left."""
        done = self._last_done(flow)
        if done is not None and self._now - done < timedelta(weeks=flow.about.again):
            return False
        return not any(one.flow == flow.id and self._now - one.started_at < LEFT_ALONE for one in self._begun)


def _is_offered(library: Library, flow: Flow, stage: str) -> bool:
    about = flow.about
    stages = [tag for tag in about.tags if tag[0] == "G"]
    return (
        about.kind == "exercise"
        and len(flow.roles) == 1
        and theme_of(flow.id) in library.practice.themes
        and (not stages or stage in stages)
    )


def _least(flow: Flow, done: Mapping[str, int]) -> int:
    return min((done.get(code, 0) for code in flow.about.tags), default=0)


def practised(library: Library, begun: Iterable[Begun], now: datetime) -> Counter[str]:
    """Count how often each code was practised lately."""
    return Counter(
        code
        for one in begun
        if one.status == "done" and now - one.touched_at < LATELY and (flow := library.flows.get(one.flow))
        for code in flow.about.tags
    )


def holding(library: Library, names: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons that hold for a person, in the author's order."""
    return [one for one in library.practice.reasons if library.renderer.holds(one.when, names)]


def gaps(library: Library, names: Names) -> dict[str, int | None]:
    """Return for each gap its two numbers and the step between them (wished minus now), or None."""
    found: dict[str, int | None] = {}
    for name, gap in library.practice.gaps.items():
        past = names["past_of"](gap.flow)
        last = past[0] if past and past[0]["weeks_ago"] <= FRESH_GAP else {}
        now, wished = last.get(gap.now), last.get(gap.wished)
        found |= {f"{name}_now": now, f"{name}_wished": wished, name: None}
        if isinstance(now, int) and isinstance(wished, int):
            found[name] = wished - now
    return found
