"""A content folder of a test's own: the few files that the bot cannot do without, and whatever a story adds.

A fault is marked where it is expected, at the end of its line: `next: nowhere  # here: unknown-node`.
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

from bot.library.kept import GROUPS, RULES
from bot.library.load import Library, examine
from bot.library.messages import KEYS

if TYPE_CHECKING:
    from pathlib import Path

_MARK = re.compile(r"# here: ([a-z, -]+)$")

BARE = {
    "flows/welcome/consent.yaml": """\
        spec: 1
        id: welcome.consent
        about: {title: Welcome, minutes: 1, gate: none, evidence: none needed, kind: page}
        start: hello
        nodes:
          hello: {say: Hello.}
        """,
    "flows/home/menu.yaml": """\
        spec: 1
        id: home.menu
        about: {title: Menu, minutes: 0, gate: none, evidence: none needed, kind: page}
        start: menu
        nodes:
          menu: {say: The menu.}
        """,
    "nudges/weekly.yaml": """\
        spec: 1
        id: nudge.weekly
        about: {title: Weekly, minutes: 1, gate: none, evidence: none needed, kind: nudge}
        start: hello
        nodes:
          hello: {say: Hello.}
        """,
    "helplines.yaml": """\
        elsewhere:
          name: Somewhere else
          emergency: {numbers: ["112"], note: Call., source: test, seen: unknown, checked: 2026-03-01}
          lines: []
        """,
    "zones.yaml": "first: [Europe/Kyiv, Europe/Berlin]\n",
    "messages.yaml": "".join(f"{key}: A sentence.\n" for key in KEYS),
    "templates/export.html.j2": "<p>{{ made }}</p>\n",
    "privacy.yaml": "".join(
        f"{part}:\n" + "".join(f"  {key}: Words.\n" for key in keys)
        for part, keys in (("what", GROUPS), ("why", GROUPS), ("stays", RULES))
    ),
}

ONE = """\
spec: 1
id: story.one
about: {title: A story, minutes: 1, gate: none, evidence: none needed}
start: a
nodes:
"""

TWO = (
    ONE.replace("id: story.one", "id: story.two")
    .replace("gate: none", "gate: together")
    .replace("start: a", "roles: [initiator, partner]\nstart: a\nlate: {hours: 24, next: end}")
)
"""For two: behind their gate, on a shelf, and no question of it waits for ever."""

GATE_OF_TWO = """\
spec: 1
id: gate.together
about: {title: Before, minutes: 0, gate: none, evidence: none needed, kind: page}
roles: [initiator, partner]
start: gate_ready
nodes:
  gate_ready:
    say: "Now?"
    where: private
    sealed: true
    choices: {now: "Yes", later: "No"}
    branches: [{when: "everyone_chose('gate_ready', 'now')", next: pass}]
    next: gate_not_today
    timeout: {minutes: 1440, next: gate_not_today}
  gate_not_today: {say: "Not today.", where: private}
"""

_ID = re.compile(r"^id: (\S+)", re.MULTILINE)
_FOR_TWO = re.compile(r"^roles: \[\w+, \w+\]", re.MULTILINE)

STORY = "flows/story.yaml"


def write(folder: Path, files: dict[str, str] | None = None, *, bare: bool = True) -> Path:
    """Write the bare necessities and these files, with what a flow for two needs; return the folder."""
    for name, text in {**(BARE if bare else {}), **_of_two(files or {}), **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def _of_two(files: dict[str, str]) -> dict[str, str]:
    """Return the gate and the shelf that exercises for two need."""
    for_two = [
        found[1]
        for text in files.values()
        if _FOR_TWO.search(dedent(text)) and "kind: page" not in text and (found := _ID.search(dedent(text)))
    ]
    shelf = f"both:\n  title: For two\n  flows: [{', '.join(for_two)}]\n"
    return {"flows/gates/together.yaml": GATE_OF_TWO, "together.yaml": shelf} if for_two else {}


def found(folder: Path) -> list[tuple[str, int, str]]:
    """Return every issue as (file, line, code)."""
    return sorted((one.file, one.line, one.code) for one in examine(folder)[1])


def marked(files: dict[str, str]) -> list[tuple[str, int, str]]:
    """Return the faults that the files themselves announce."""
    return sorted(
        (name, number, code.strip())
        for name, text in files.items()
        for number, line in enumerate(dedent(text).splitlines(), start=1)
        if (mark := _MARK.search(line))
        for code in mark[1].split(",")
    )


def sound(folder: Path) -> Library:
    """Return the library of a folder in which nothing is wrong."""
    library, issues = examine(folder)
    assert [str(one) for one in issues] == []
    assert library is not None
    return library


def nodes(text: str, head: str = ONE) -> str:
    """Return a flow file with these nodes."""
    return head + "".join(f"  {line}\n" if line else "\n" for line in dedent(text).strip("\n").splitlines())
