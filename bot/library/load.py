"""Reads the whole content folder into a `Library`, or lists everything that is wrong with it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.library.checks import Book, check
from bot.library.drawings import read_drawings
from bot.library.gates import gate_id, is_gate, splice
from bot.library.guard import Guard, languages, load_guard
from bot.library.helplines import Helplines
from bot.library.kept import KeptWords, read_kept
from bot.library.messages import KEYS
from bot.library.pages import read_pages
from bot.library.places import Places, is_zone
from bot.library.practice import Practice
from bot.library.proven import is_proven, mark_of, remember
from bot.library.render import Renderer
from bot.library.shelves import Shelf, read_shelves
from bot.library.source import ContentError, Issue, Source, SourceError, misfits, read, read_or_tell
from bot.library.voice import read_voice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from bot.flow.model import Flow
    from bot.library.feedback.rules import Reader
    from bot.library.messages import MessageKey
    from bot.library.schema import FlowSpec

LANGUAGE = "en"

FLOW_FOLDERS = ("flows", "nudges")

WELCOME, MENU = "welcome.consent", "home.menu"
"""The flows that the bot begins by itself: for a stranger, and as the way back."""


ABOUT_YOU = "welcome.about-you"
"""What follows the yes of a stranger."""

PLAN_DAY, PLAN_ASK = "plan.day", "plan.ask"
"""What asks for the day of a plan, and what asks on that day how it went."""

CARE, HELP, SAFETY = "care.", "home.help", "care.safety"
"""Cards with numbers that can help: open to everybody, also to people who have not agreed to anything."""


def page_key(flow_id: str, node_id: str) -> str:
    """Return eight letters that stand for a node in a button's data."""
    digest = hashlib.sha256(f"{flow_id}/{node_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:6]).decode()


@dataclass(slots=True)
class Library:
    """All that authors wrote, checked: flows by id, the bot's own sentences, places, numbers that help."""

    flows: Mapping[str, Flow]
    messages: Mapping[MessageKey, str]
    places: Places
    renderer: Renderer = field(default_factory=Renderer)
    helplines: Helplines = field(default_factory=Helplines)
    guard: Guard | None = None
    kept: KeptWords = field(default_factory=lambda: KeptWords({}, {}, {}))
    templates: Mapping[str, str] = field(default_factory=dict)
    feedback: Mapping[str, Reader] = field(default_factory=dict)
    drawings: Mapping[str, str] = field(default_factory=dict)
    practice: Practice = field(default_factory=Practice)
    together: tuple[Shelf, ...] = ()
    pages: dict[str, tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        """Give each node of the flows that store nothing a short key for its buttons."""
        self.pages = {
            page_key(flow.id, node): (flow.id, node)
            for flow in self.flows.values()
            if not flow.about.stores
            for node in flow.nodes
        }

    def by_command(self, command: str) -> Flow | None:
        """Return the flow that this command starts."""
        return next((flow for flow in self.flows.values() if flow.about.command == command), None)

    def offer(self, flow: Flow) -> str:
        """Return what the button of an exercise says."""
        about = flow.about
        return self.renderer.text(self.messages["offer"], {"title": about.title, "minutes": about.minutes})

    def commands(self) -> list[tuple[str, str]]:
        """Return each command with its description, in the order of the files."""
        return [(flow.about.command, flow.about.hint) for flow in self.flows.values() if flow.about.command]


def load(folder: Path, data: Path | None = None) -> Library:
    """Read and prove the content; once proven, and noted in `data`, the same bytes are only read.

    Raises ContentError with all issues at once.
    """
    mark = mark_of(folder) if data else ""
    proven = data is not None and is_proven(data, mark)
    library, issues = examine(folder, proven=proven)
    if issues or library is None:
        raise ContentError(issues)
    if data is not None and not proven:
        remember(data, mark)
    return library


def examine(
    folder: Path, today: date | None = None, *, proven: bool = False
) -> tuple[Library | None, list[Issue]]:
    """Return the library as far as it could be read, and every issue; with `today`, also the small ones.

    What is `proven` already is read without the checks that look at all of it together.
    """
    from bot.library.feedback.spec import read_rules  # noqa: PLC0415  as in `_fit`
    from bot.library.helpspec import read_helplines  # noqa: PLC0415
    from bot.library.practicespec import read_practice  # noqa: PLC0415

    issues: list[Issue] = []
    if not folder.is_dir():
        return None, [Issue(str(folder), 1, "missing", "there is no content folder here")]
    books = _read_flows(folder, issues)
    messages = _read_messages(folder, issues)
    places = _read_places(folder, issues)
    helplines = read_helplines(folder, issues, today)
    renderer = Renderer()
    kept = read_kept(folder, renderer, issues)
    templates = read_pages(folder, renderer, issues)
    drawings = read_drawings(folder, renderer, issues)
    lock = _read_lock(folder)
    if not proven:
        issues += check(books, messages, renderer, lock, drawings, read_voice(folder, issues))
    flows = {book.flow.id: book.flow for book in books}
    issues += [
        Issue("flows", 1, "missing", f"the bot needs a flow {needed}")
        for needed in (WELCOME, MENU)
        if needed not in flows
    ]
    if not any(flow.about.kind == "nudge" for flow in flows.values()):
        issues.append(Issue("flows", 1, "missing", "the bot needs a weekly question (kind: nudge)"))
    guard = _read_guard(folder, issues)
    feedback = read_rules(folder, LANGUAGE, renderer, issues, prove=today is not None)
    library = Library(
        flows,
        messages,
        places,
        renderer,
        helplines,
        guard,
        kept,
        templates,
        feedback,
        drawings,
        read_practice(folder, flows, renderer, issues),
        read_shelves(folder, flows, issues),
    )
    return library, sorted(issues, key=lambda one: (one.file, one.line))


def _read_guard(folder: Path, issues: list[Issue]) -> Guard | None:
    """Return the guard of the language that the content is written in, where there is one."""
    if LANGUAGE not in languages(folder):
        return None
    try:
        return load_guard(folder, LANGUAGE)
    except ContentError as error:
        issues += error.issues
        return None


def _read_flows(folder: Path, issues: list[Issue]) -> list[Book]:
    fitting: list[tuple[Source, FlowSpec]] = []
    root = folder.resolve()
    for top in FLOW_FOLDERS:
        for path in sorted((root / top).rglob("*.yaml")):
            name = str(path.relative_to(root))
            try:
                source = read(path, name)
            except SourceError as error:
                issues.append(error.issue)
                continue
            except OSError:
                issues.append(Issue(name, 1, "unsafe", "this cannot be read as a file"))
                continue
            spec = _fit(source, issues)
            if spec is not None:
                fitting.append((source, spec))
    return _join_gates(_build(fitting), issues)


def _build(fitting: list[tuple[Source, FlowSpec]]) -> list[Book]:
    """Make flows of what fits; a gate lends its row of buttons to the flows behind it that have none."""
    from bot.library.schema import build  # noqa: PLC0415  as in `_fit`

    rows = {spec.id: spec.footer for _, spec in fitting if is_gate(spec.id)}
    books = []
    for source, spec in fitting:
        lent = rows.get(f"gate.{spec.about.gate}", {})
        books.append(Book(source, build(spec if spec.footer else spec.model_copy(update={"footer": lent}))))
    return books


def _fit(source: Source, issues: list[Issue]) -> FlowSpec | None:
    from pydantic import ValidationError  # noqa: PLC0415  slow to import; a start from the cache needs none of it

    from bot.library.schema import FlowSpec  # noqa: PLC0415

    try:
        return FlowSpec.model_validate(source.data)
    except ValidationError as error:
        issues += misfits(source, error)
        return None


def _join_gates(books: list[Book], issues: list[Issue]) -> list[Book]:
    gates = {book.flow.id: book.flow for book in books if is_gate(book.flow.id)}
    joined = []
    for book in books:
        wanted = gate_id(book.flow)
        if wanted is None:
            joined.append(book)
        elif wanted in gates:
            joined.append(Book(book.source, splice(book.flow, gates[wanted])))
        else:
            line = book.source.line(("about", "gate"))
            issues.append(Issue(book.source.file, line, "gate", f"there is no flow {wanted}"))
    return joined


def _read_messages(folder: Path, issues: list[Issue]) -> dict[MessageKey, str]:
    source = read_or_tell(folder, "messages.yaml", issues, "the bot's own sentences are missing")
    if source is None:
        return {}
    issues += [
        Issue(source.file, 1, "message", f"{key} is missing") for key in KEYS if key not in source.data
    ]
    for key in source.data:
        if key not in KEYS:
            issues.append(
                Issue(source.file, source.line((key,)), "message", f"{key} is not a known sentence")
            )
        elif not isinstance(source.data[key], str) or not source.data[key].strip():
            issues.append(Issue(source.file, source.line((key,)), "message", f"{key} must be words"))
    return {key: str(source.data[key]).strip() for key in KEYS if key in source.data}


def _read_places(folder: Path, issues: list[Issue]) -> Places:
    source = read_or_tell(folder, "zones.yaml", issues, "the list of time zones is missing")
    if source is None:
        return Places(())
    first: Any = source.data.get("first")
    if not isinstance(first, list):
        issues.append(
            Issue(source.file, source.line(("first",)), "zone", "first: must be a list of time zones")
        )
        return Places(())
    for index, zone in enumerate(first):
        if not is_zone(str(zone)):
            issues.append(
                Issue(source.file, source.line(("first", index)), "zone", f"{zone} is not a time zone")
            )
    return Places(tuple(str(zone) for zone in first))


def _read_lock(folder: Path) -> list[tuple[str, str]]:
    path = folder / "ids.lock"
    if not path.is_file():
        return []
    rows = (
        line.split() for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    return [(row[0], row[1]) for row in rows if len(row) == 2]  # noqa: PLR2004  flow and node


def write_lock(folder: Path, library: Library) -> int:
    """Add today's ids to `ids.lock`, drop nothing, and return how many there are."""
    rows = set(_read_lock(folder)) | {
        (flow.id, node) for flow in library.flows.values() for node in flow.nodes
    }
    text = "".join(f"{flow} {node}\n" for flow, node in sorted(rows))
    (folder / "ids.lock").write_text(
        "# Ids that were once published: sessions may stand on them.\n" + text, encoding="utf-8"
    )
    return len(rows)
