"""The shape of `helplines.yaml`, and its shelf life: numbers are compared with their source every year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from bot.library.helplines import ELSEWHERE, Help, Helplines, Line
from bot.library.schema import Strict, Words
from bot.library.source import Issue, misfits, read_or_tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.library.source import Place, Source

FILE = "helplines.yaml"
FEWEST, MOST = 20, 90
"""Countries: fewer help too few people, more do not fit one screen of buttons."""

GOOD_FOR = timedelta(days=365)
WARNED = timedelta(days=30)

Kind = Literal["violence", "suicide", "child", "own_behaviour", "men", "lgbt"]
Known = Literal["yes", "no", "unknown"]
Way = Annotated[str, StringConstraints(pattern=r"^(call|text|WhatsApp|TTY|chat|web|dial) \S")]
Code = Annotated[str, StringConstraints(pattern=r"^([a-z]{2}|elsewhere)$")]


class SourcedSpec(Strict):
    """Something that was read somewhere, on a day."""

    source: Words
    seen: date | Words
    checked: date


class LineSpec(SourcedSpec):
    """One entry of `lines:`."""

    kinds: Annotated[list[Kind], Field(alias="for", min_length=1)]
    name: Words
    ways: Annotated[list[Way], Field(min_length=1)]
    hours: Words
    languages: list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]]
    cost: Literal["free", "local", "unknown"]
    on_bill: Known
    in_call_log: Known
    status: Literal["A", "B"]
    note: str = ""


class EmergencySpec(SourcedSpec):
    """`emergency:` of a country."""

    numbers: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 -]*$")]], Field(min_length=1)
    ]
    note: str = ""


class CountrySpec(Strict):
    """One country."""

    name: Words
    note: str = ""
    emergency: EmergencySpec
    lines: list[LineSpec]


SHAPE = TypeAdapter(dict[Code, CountrySpec])


def read_helplines(folder: Path, issues: list[Issue], today: date | None) -> Helplines:
    """Read the file; with `today` it must be complete and fresh too, which stops no running bot."""
    source = read_or_tell(folder, FILE, issues, "the numbers that can help are missing")
    if source is None:
        return Helplines()
    try:
        found = SHAPE.validate_python(source.data)
    except ValidationError as error:
        issues += misfits(source, error)
        return Helplines()
    if ELSEWHERE not in found or not found[ELSEWHERE].emergency.note:
        text = "elsewhere: is needed, with a note for its emergency: what to do where no number is known"
        issues.append(Issue(FILE, source.line((ELSEWHERE,)), "helpline", text))
        return Helplines()
    if today is not None:
        issues += _complete(found, source)
        issues += _fresh(found, source, today)
    built = {code: _help(one) for code, one in found.items()}
    # No number holds everywhere: there the note speaks.
    elsewhere = replace(built.pop(ELSEWHERE), numbers=())
    return Helplines(built, elsewhere)


def _help(spec: CountrySpec) -> Help:
    lines = tuple(
        Line(tuple(one.kinds), one.name, tuple(one.ways), one.hours, one.cost, one.note) for one in spec.lines
    )
    return Help(spec.name, tuple(spec.emergency.numbers), spec.emergency.note, spec.note, lines)


def _complete(found: dict[str, CountrySpec], source: Source) -> Iterator[Issue]:
    count = len(found) - 1
    if not FEWEST <= count <= MOST:
        yield Issue(source.file, 1, "helpline", f"{count} countries; from {FEWEST} to {MOST} are wanted")


def _fresh(found: dict[str, CountrySpec], source: Source, today: date) -> Iterator[Issue]:
    for code, country in found.items():
        dated: list[tuple[Place, date]] = [((code, "emergency", "checked"), country.emergency.checked)]
        dated += [((code, "lines", index, "checked"), one.checked) for index, one in enumerate(country.lines)]
        for place, checked in dated:
            left = checked + GOOD_FOR - today
            line = source.line(place)
            if checked > today:
                yield Issue(source.file, line, "helpline", f"checked on {checked}, which is still to come")
            elif left < timedelta():
                yield Issue(
                    source.file,
                    line,
                    "helpline",
                    f"checked on {checked}: compare it again, it is over a year",
                )
            elif left <= WARNED:
                text = f"checked on {checked}: {left.days} days left to compare it again"
                yield Issue(source.file, line, "helpline", text, warning=True)
