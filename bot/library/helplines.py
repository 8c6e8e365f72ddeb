"""Numbers that can help, by country: `content/helplines.yaml`, read (`helpspec.py`) and ready to be shown.

A person chooses their country themselves; until then they see `elsewhere`, which guesses no number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from bot.library.places import country_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.library.places import Option

ELSEWHERE = "elsewhere"

FIRST_SHOWN = 3
"""Lines in one message at most, unless all are asked for."""

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """One service: whom it is for, and how to reach it."""

    kinds: tuple[str, ...]
    name: str
    ways: tuple[str, ...]
    hours: str = UNKNOWN
    cost: str = UNKNOWN
    note: str = ""

    def words(self, *, notes: bool) -> Markup:
        """Return the line as Telegram HTML, ready to be shown."""
        known = [word for word in (self.hours, self.cost) if word not in {UNKNOWN, "local"}]
        more = f" ({', '.join(known)})" if known else ""
        note = f" {self.note}" if notes and self.note else ""
        return Markup("<b>{}</b>: {}{}.{}").format(self.name, ", ".join(self.ways), more, note)


@dataclass(frozen=True, slots=True)
class Help:
    """What there is for one country, as an author may show it (`help` in a template)."""

    country: str
    numbers: tuple[str, ...] = ()
    emergency_note: str = ""
    note: str = ""
    services: tuple[Line, ...] = ()
    chosen: bool = True

    @property
    def emergency(self) -> Markup:
        """Return the emergency number, or what to do where no number is known; with its note."""
        if not self.numbers:
            return Markup("<b>Emergency:</b> {}").format(self.emergency_note)
        text = Markup("<b>Emergency ({}): {}.</b> {}")
        return text.format(self.country, " or ".join(self.numbers), self.emergency_note).strip()

    def lines(self, *kinds: str, most: int = FIRST_SHOWN) -> list[Markup]:
        """Return lines for these kinds, the first kind first, those for everybody before those for some."""
        found: list[Line] = []
        for kind in kinds:
            fitting = (one for one in self.services if kind in one.kinds and one not in found)
            found += sorted(fitting, key=lambda one: len({"men", "lgbt"} & {*one.kinds}))
        return [one.words(notes=False) for one in found[:most]]

    def all_lines(self) -> list[Markup]:
        """Return every line of the country, with its notes."""
        return [one.words(notes=True) for one in self.services]


@dataclass(frozen=True, slots=True)
class Helplines:
    """Every country, by its two-letter code, and what is shown anywhere else."""

    countries: Mapping[str, Help] = field(default_factory=dict)
    elsewhere: Help = field(default_factory=lambda: Help(""))

    def of(self, code: str | None) -> Help:
        """Return what there is for a country; while none is chosen, only what holds anywhere."""
        if code == ELSEWHERE:
            return self.elsewhere
        return self.countries.get(code or "") or replace(self.elsewhere, services=(), chosen=False)

    def choices(self, zone: str) -> list[Option]:
        """Return all countries by name, the one whose clock the person lives by first."""
        near = country_of(zone)
        named = [(code, one.country) for code, one in self.countries.items()]
        ordered = sorted(named, key=lambda one: (one[0] != near, one[1]))
        return [*ordered, (ELSEWHERE, self.elsewhere.country)]

    def knows(self, code: str) -> bool:
        """Say whether a person may choose this."""
        return code == ELSEWHERE or code in self.countries
