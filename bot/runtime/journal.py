"""A person's own lines, gathered from everything they wrote, shown only when they ask.

Nothing is kept twice: a line is an answer in the exercise in which it was written. Deleting it takes the
words out of that answer.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from babel.dates import format_date

from bot.flow.model import Text
from bot.library.load import LANGUAGE
from bot.library.places import zone_or_utc
from bot.library.render import Own
from bot.runtime.words import is_choice, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.library.load import Library
    from bot.store.protocol import Person, Run, Work

PAGE = 10
"""Lines shown at a time."""

SHORT = 150
"""Letters of a line that the list shows."""

MOST_CORNERS = 18
"""Buttons of months or exercises, the newest first."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something the person wrote: where, when, and the words."""

    id: str
    flow: str
    title: str
    day: str
    month: str
    words: Own
    run_id: str
    node: str

    @property
    def short(self) -> Own:
        """Return the beginning of it."""
        return Own(shortened(self.words, SHORT))


class Journal:
    """Everything that somebody wrote and wants kept, the newest first (`journal`)."""

    def __init__(self, library: Library, work: Work, person: Person) -> None:
        """Gather it when it is first asked for."""
        self._library = library
        self._work = work
        self._person = person

    @cached_property
    def all(self) -> list[Line]:
        """Return every line."""
        found = [line for run in self._work.runs_of(self._person.id) for line in self._lines(run)]
        return found[::-1]

    def _lines(self, run: Run) -> Iterator[Line]:
        role, flow = run.role_of(self._person.id), self._library.flows.get(run.session.flow)
        wall = run.touched_at.astimezone(zone_or_utc(self._person.profile.zone))
        for node_id, answer in (run.session.answers.get(role, {}) if role else {}).items():
            node = flow.find(node_id) if flow else None
            words = answer.value
            if not isinstance(words, str) or not answer.final or is_choice(node, words):
                continue
            if node is not None and not (isinstance(node.ask, Text) and node.ask.kept):
                continue
            yield Line(
                _key(run.id, node_id), run.session.flow, flow.about.title if flow else run.session.flow,
                _day(wall), f"{wall:%Y-%m}", Own(words), run.id, node_id,
            )  # fmt: skip

    # Corners to look into

    def months(self) -> list[tuple[str, str]]:
        """Return the months in which something was written, as buttons; a full one in several parts."""
        names = {line.month: _month(line.month) for line in self.all}
        return self._corners((line.month for line in self.all), names)

    def exercises(self) -> list[tuple[str, str]]:
        """Return the exercises in which something was written, as buttons; a long one in several parts."""
        names = {line.flow: line.title for line in self.all}
        return self._corners((line.flow for line in self.all), names)

    def _corners(self, keys: Iterable[str], names: dict[str, str]) -> list[tuple[str, str]]:
        counts = Counter(keys)
        found = []
        for key, count in counts.items():
            parts = -(-count // PAGE)
            labels = [names[key]] if parts == 1 else [f"{names[key]}, {part + 1}" for part in range(parts)]
            found += [(f"{part}.{key}", label) for part, label in enumerate(labels)]
        return found[:MOST_CORNERS]

    # What stands there

    def lines(self, corner: object, search: object = None) -> list[Line]:
        """Return the lines of a corner (`0.2026-03`, `1.no.gym`), or the newest with these words in them."""
        if search is not None:
            wanted = str(search).casefold().split()
            return [line for line in self.all if all(one in line.words.casefold() for one in wanted)][:PAGE]
        part, _, key = str(corner).partition(".")
        found = [line for line in self.all if key in {line.month, line.flow}]
        start = int(part) * PAGE if part.isdecimal() else 0
        return found[start : start + PAGE]

    def numbers(self, lines: list[Line]) -> list[tuple[str, str]]:
        """Return a numbered button for each of these lines."""
        return [(line.id, str(number)) for number, line in enumerate(lines, 1)]

    def line(self, key: object) -> Line | None:
        """Return one line, or None when it is gone."""
        return next((line for line in self.all if line.id == key), None)


def delete(library: Library, work: Work, person: Person, key: str) -> None:
    """Take the words of one line out of the answer that they stand in."""
    line = Journal(library, work, person).line(key)
    run = work.run(line.run_id) if line else None
    role = run.role_of(person.id) if run else None
    if line is None or run is None or role is None:
        return
    answers = dict(run.session.answers[role])
    answers[line.node] = replace(answers[line.node], value=None)
    work.drop_words(run.id, person.id, answers)


def _key(run_id: str, node: str) -> str:
    digest = hashlib.sha256(f"{run_id}/{node}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()


def _day(wall: datetime) -> str:
    return str(format_date(wall, "d MMMM", locale=LANGUAGE))


def _month(month: str) -> str:
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM yyyy", locale=LANGUAGE))
