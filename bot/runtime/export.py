"""Everything about a person as one file: a page to read and the same as JSON, packed together.

It is made of what the person may see anyway: their own answers, and of the other's only what was opened to
them (`names.theirs`). The rows behind it are added as the list of fields says.
"""

from __future__ import annotations

import zipfile
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson

from bot.flow.model import Pick, PickMany, Rank, Scale
from bot.library.pages import EXPORT
from bot.library.places import zone_or_utc
from bot.library.render import Own, TemplateError, plain
from bot.runtime.buttons import labels
from bot.runtime.names import me, names_for, nudge_view
from bot.runtime.stored import stored
from bot.store.protocol.fields import FIELDS

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.flow.model import Flow, Node, Role
    from bot.flow.session import Answer
    from bot.runtime.desk import Desk
    from bot.runtime.lazy import Names
    from bot.store.protocol import Person, Run, Work

FILE_NAME = "notes.zip"
"""A name that tells nothing to somebody who sees it lie there."""

ALL = 10_000_000
CLOCK = "clock_hours"
"""The list of hours by the wall: each button is called differently an hour later."""

SHARED = {
    "keep": "",
    "theme": "you opened the theme",
    "match": "you opened what both picked",
    "words": "you opened this",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: the question as it was asked, the stored value, and how it reads."""

    node: str
    question: str
    value: Any
    shown: str
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One run, as its person may see it: their answers, and what the other opened to them."""

    flow: str
    title: str
    when: str
    began: str
    last: str
    status: str
    two: bool
    answers: list[Told]
    opened: list[Told]


@dataclass(frozen=True, slots=True)
class Intended:
    """A plan: its words, when it was made, and what became of it."""

    words: str
    made: str
    state: str


def export(desk: Desk, work: Work, person: Person) -> bytes:
    """Return the file."""
    zone, now = zone_or_utc(person.profile.zone or "UTC"), desk.clock.now()
    couple = work.couple_of(person.id)
    exercises = [
        _exercise(desk, work, run, role, person, zone)
        for run in work.runs_of(person.id)
        if (role := run.role_of(person.id))
    ]
    plans = [
        Intended(Own(plan.words), _day(plan.made_at, zone), plan.outcome or plan.state)
        for plan in work.plans_of(person.id)
    ]
    names = {
        "made": _day(now, zone),
        "since": _day(person.consent_at, zone),
        "operator": Own(desk.operator),
        "me": me(person),
        "nudge": nudge_view(work.schedule_of(person.id)),
        "exercises": exercises,
        "plans": plans,
        "stored": stored(desk.library, person.profile),
    }
    data = {
        "made_at": now.isoformat(),
        "profile": asdict(person.profile),
        "exercises": [asdict(one) for one in exercises],
        "plans": [asdict(one) for one in plans],
        "pause_word": couple.word if couple else "",
        "rows": _rows(work, person),
    }
    page = desk.library.renderer.text(desk.library.templates[EXPORT], names)
    return _packed(page.encode(), orjson.dumps(data, option=orjson.OPT_INDENT_2), now.astimezone(zone))


def _packed(page: bytes, data: bytes, now: datetime) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("notes.html", page), ("notes.json", data)):
            info = zipfile.ZipInfo(name, (max(now.year, 1980), *now.timetuple()[1:6]))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return packed.getvalue()


def _rows(work: Work, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return the rows about a person as they lie in the tables, without what is sealed."""
    wanted = {(one.table, one.column) for one in FIELDS if one.exported and not one.sealed}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in work.stored_about(person.id, ALL):
        columns = {name: value for name, value in row.columns if (row.table, name) in wanted}
        if columns:
            found.setdefault(row.table, []).append(columns)
    return found


def _exercise(  # noqa: PLR0913, PLR0917  a run is told to a person, at a desk, before a store
    desk: Desk, work: Work, run: Run, role: Role, person: Person, zone: ZoneInfo
) -> Exercise:
    flow = desk.library.flows.get(run.session.flow)
    answers = {
        node: one if (role, node) in run.session.revealed else replace(one, share="keep")
        for node, one in run.session.answers.get(role, {}).items()
    }
    opened: list[Told] = []
    if flow is None:
        told = [_plainly(node_id, answer) for node_id, answer in answers.items()]
    else:
        names = names_for(desk, work, flow, run, role, person=person)
        told = [_told(desk, flow, node_id, answer, names) for node_id, answer in answers.items()]
        theirs = names.get("theirs", {})
        opened = [
            Told(node_id, _question(desk, flow.find(node_id), names), value, _words(value))
            for node_id, value in theirs.items()
            if value is not None
        ]
    title = flow.about.title if flow else run.session.flow
    return Exercise(
        run.session.flow, title, _day(run.started_at, zone), run.started_at.isoformat(),
        run.touched_at.isoformat(), run.session.status, len(run.session.roles) > 1, told, opened,
    )  # fmt: skip


def _told(desk: Desk, flow: Flow, node_id: str, answer: Answer, names: Names) -> Told:
    node = flow.find(node_id)
    if node is None:
        return _plainly(node_id, answer)
    value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
    shown = _reading(desk, node, answer, names)
    if answer.share == "match" and value == []:
        shown = "nothing that both picked"
    return Told(node.id, _question(desk, node, names), value, shown, SHARED[answer.share])


def _plainly(node_id: str, answer: Answer) -> Told:
    """Tell an answer whose question is not in the content any more."""
    value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
    return Told(node_id, node_id, value, _words(value), SHARED[answer.share])


def _reading(desk: Desk, node: Node, answer: Answer, names: Names) -> str:
    """Return an answer as it reads: the label of a button, a number on its scale, the person's words."""
    value = answer.value
    if value is None:
        return "skipped, or not kept"
    if isinstance(node.ask, Scale) and isinstance(value, int):
        low, high = (_plain(desk, one, names) for one in (node.ask.low_words, node.ask.high_words))
        return f"{value} ({node.ask.low}: {low}, {node.ask.high}: {high})"
    known: dict[str, str] = {}
    if isinstance(node.ask, Pick) and node.ask.source and CLOCK in node.ask.source:
        # What this button said depends on the moment at which it was pressed.
        return str(value)
    if isinstance(node.ask, Pick | PickMany | Rank) or node.footer:
        try:
            known = {key: plain(label) for key, label in labels(desk, node, names)}
        except (TemplateError, KeyError, TypeError, ValueError):
            known = {}
    if isinstance(value, tuple):
        return ", ".join(known.get(one, one) for one in value) or "nothing"
    return known.get(str(value)) or _words(value)


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return Own("" if value is None else value)


def _question(desk: Desk, node: Node | None, names: Names) -> str:
    return _plain(desk, node.say, names) if node else ""


def _plain(desk: Desk, source: str, names: Names) -> str:
    """Return an author's words as plain text, as they read for this run."""
    try:
        return Own(plain(desk.library.renderer.text(source, names)))
    except (TemplateError, KeyError, TypeError, ValueError):
        # Words that lean on something which is not there any more.
        return ""


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %B %Y, %H:%M}"
