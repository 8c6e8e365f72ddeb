"""From the figures of many runs to Markdown tables: medians, and ratios paired by round."""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
REFERENCE, OURS = "ptb", "ours"
BEGIN, END = "<!-- begin: written by turns.py -->", "<!-- end -->"
PEERS = ("python-telegram-bot", "httpx", "aiogram", "pyTelegramBotAPI", "aiohttp", "orjson")
MINE = ("python-telegram-bot", "aiohttp", "aiosqlite", "aiosql", "orjson", "Jinja2", "cryptography")


@dataclass(frozen=True, slots=True)
class About:
    """How the figures came about."""

    rounds: int
    seconds: float
    disk: float
    size: int
    peers_python: str
    commit: str


class Figures:
    """All runs, and what can be asked of them."""

    def __init__(self, rows: list[Row]) -> None:
        """Sort the runs by set and bot."""
        self._runs: dict[tuple[str, str], dict[int, Row]] = {}
        for row in rows:
            self._runs.setdefault((row["set"], row["bot"]), {})[row["round"]] = row

    def has(self, kind: str, bot: str) -> bool:
        """Say whether this was measured."""
        return (kind, bot) in self._runs

    def values(self, kind: str, bot: str, key: str) -> dict[int, float]:
        """Return a figure by round; `calls` is the number of calls an update."""
        found = {}
        for number, row in self._runs.get((kind, bot), {}).items():
            value = row.get(key)
            if key == "calls" and value is not None:
                made = sum(count for name, count in value.items() if name != "getupdates")
                value = made / max(row["answered"], 1)
            if value is not None:
                found[number] = float(value)
        return found

    def added(self, bot: str) -> dict[int, float]:
        """Return by round how much more memory 100,000 people take."""
        empty, crowd = self.values("empty", bot, "rss"), self.values("crowd", bot, "rss")
        return {number: crowd[number] - empty[number] for number in crowd if number in empty}


def middle(values: dict[int, float], form: str) -> str:
    """Return the median, or a dash."""
    return format(statistics.median(values.values()), form) if values else "-"


def ratio(values: dict[int, float], reference: dict[int, float]) -> dict[int, float]:
    """Return the ratio of each round."""
    return {number: values[number] / reference[number] for number in values if reference.get(number)}


def times(values: dict[int, float], reference: dict[int, float]) -> str:
    """Return the median of the rounds' ratios."""
    return middle(ratio(values, reference), ".2f")


def tables(rows: list[Row], names: dict[str, str], about: About) -> str:
    """Return everything that is to be read, as Markdown."""
    figures = Figures(rows)
    makers = (_aims, _load, _far, _alone, _memory, _start, _more)
    parts = [_machine(about), *(maker(figures, names) for maker in makers)]
    if about.size:
        parts.append(f"Alongside's files with 100,000 people: {about.size / 1024 / 1024:.0f} MiB.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(about: About) -> str:
    cores = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    mine = ", ".join(f"{name} {metadata.version(name)}" for name in MINE)
    code = (
        f"from importlib.metadata import version as v; print(', '.join(f'{{n}} {{v(n)}}' for n in {PEERS}))"
    )
    peers = subprocess.run(
        [about.peers_python, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    model = cores[0].split(": ")[1] if cores else "unknown"
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {len(cores)} cores ({model}), "
        f"Python {platform.python_version()}, loopback, "
        f"{about.disk * 1e6:.0f} µs to write 4 KiB to the disk for good. "
        f"{about.rounds} rounds, {about.seconds:g} s a run.\n"
        f"Ours: Alongside {metadata.version('alongside')} at {about.commit}, {mine}. "
        f"The others: {peers.strip()}."
    )


def _grid(head: list[str], lines: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def _rows(
    figures: Figures, names: dict[str, str], kind: str, line: Callable[[str], list[str]]
) -> list[list[str]]:
    return [[name, *line(bot)] for bot, name in names.items() if figures.has(kind, bot)]


def _aims(figures: Figures, _names: dict[str, str]) -> str:
    def of(kind: str, key: str) -> dict[int, float]:
        return ratio(figures.values(kind, OURS, key), figures.values(kind, REFERENCE, key))

    memory = ratio(figures.added(OURS), figures.added(REFERENCE))
    wanted = (
        ("updates a second, 64 people", "≥ 3 (record: 7.5)", of("load", "ups"), lambda x: x >= 3),
        ("CPU an update", "≤ 0.35", of("load", "cpu_ms"), lambda x: x <= 0.35),
        ("p50 of one person alone", "≤ 0.5", of("alone", "p50"), lambda x: x <= 0.5),
        ("updates a second, the API 50 ms away", "≥ 50", of("far", "ups"), lambda x: x >= 50),
        ("memory that 100,000 people add", "≤ 0.15", memory, lambda x: x <= 0.15),
        ("start, until the first getUpdates", "≤ 1.5", of("empty", "start_ms"), lambda x: x <= 1.5),
        ("start, until somebody who waits is answered", "none", of("empty", "reply_ms"), lambda _: True),
    )
    lines = []
    for name, aim, values, reached in wanted:
        if values:
            found = statistics.median(values.values())
            spread = f"{min(values.values()):.2f} to {max(values.values()):.2f}"
            lines.append(
                [
                    name,
                    aim,
                    f"{found:.2f}",
                    spread,
                    "-" if aim == "none" else "yes" if reached(found) else "**no**",
                ]
            )
    head = ["x of PTB in memory", "aim", "reached", "rounds", ""]
    return "### Aims\n\n" + _grid(head, lines) if lines else ""


def _load(figures: Figures, names: dict[str, str]) -> str:
    def line(bot: str) -> list[str]:
        ups, cpu = figures.values("load", bot, "ups"), figures.values("load", bot, "cpu_ms")
        return [
            middle(ups, ".0f"),
            times(ups, figures.values("load", REFERENCE, "ups")),
            middle(figures.values("load", bot, "p50"), ".1f"),
            middle(figures.values("load", bot, "p99"), ".1f"),
            middle(cpu, ".2f"),
            times(cpu, figures.values("load", REFERENCE, "cpu_ms")),
            middle(figures.values("load", bot, "calls"), ".2f"),
            middle(figures.values("load", bot, "rss"), ".0f"),
        ]

    head = [
        "64 people at once",
        "updates/s",
        "x",
        "p50 ms",
        "p99 ms",
        "CPU ms/update",
        "x",
        "calls/update",
        "RSS MiB",
    ]
    lines = _rows(figures, names, "load", line)
    return "### Under load\n\n" + _grid(head, lines) if lines else ""


def _far(figures: Figures, names: dict[str, str]) -> str:
    def line(bot: str) -> list[str]:
        ups = figures.values("far", bot, "ups")
        return [
            middle(ups, ".0f"),
            times(ups, figures.values("far", REFERENCE, "ups")),
            middle(figures.values("far", bot, "p50"), ".0f"),
            middle(figures.values("far", bot, "p99"), ".0f"),
        ]

    lines = _rows(figures, names, "far", line)
    head = ["100 people at once, every answer of the API 50 ms late", "updates/s", "x", "p50 ms", "p99 ms"]
    return "### Far from Telegram\n\n" + _grid(head, lines) if lines else ""


def _alone(figures: Figures, names: dict[str, str]) -> str:
    def line(bot: str) -> list[str]:
        half = figures.values("alone", bot, "p50")
        return [
            middle(half, ".2f"),
            times(half, figures.values("alone", REFERENCE, "p50")),
            middle(figures.values("alone", bot, "p99"), ".2f"),
            middle(figures.values("alone", bot, "ups"), ".0f"),
        ]

    lines = _rows(figures, names, "alone", line)
    return (
        "### One person alone\n\n" + _grid(["", "p50 ms", "x", "p99 ms", "updates/s"], lines) if lines else ""
    )


def _memory(figures: Figures, names: dict[str, str]) -> str:
    def line(bot: str) -> list[str]:
        return [
            middle(figures.values("empty", bot, "rss"), ".0f"),
            middle(figures.values("crowd", bot, "rss"), ".0f"),
            middle(figures.added(bot), ".1f"),
            times(figures.added(bot), figures.added(REFERENCE)),
        ]

    lines = _rows(figures, names, "crowd", line)
    head = ["MiB", "nobody", "100,000 people", "added", "x"]
    return "### Memory, idle\n\n" + _grid(head, lines) if lines else ""


def _start(figures: Figures, names: dict[str, str]) -> str:
    def line(bot: str) -> list[str]:
        cells = []
        for kind, key in (("empty", "start_ms"), ("crowd", "start_ms"), ("empty", "reply_ms")):
            values = figures.values(kind, bot, key)
            cells += [middle(values, ".0f"), times(values, figures.values(kind, REFERENCE, key))]
        return cells

    lines = _rows(figures, names, "empty", line)
    head = ["ms until", "first getUpdates", "x", "the same, 100,000 people", "x", "first reply", "x"]
    return "### Start\n\n" + _grid(head, lines) if lines else ""


def _more(figures: Figures, _names: dict[str, str]) -> str:
    lines = []
    for kind, name in (
        ("empty", "as above"),
        ("content", "with the real `content/`"),
        ("first", "the very first, which makes the database"),
    ):
        asked, replied = figures.values(kind, OURS, "start_ms"), figures.values(kind, OURS, "reply_ms")
        if asked:
            lines.append([name, middle(asked, ".0f"), middle(replied, ".0f")])
    head = ["Alongside's start, ms until", "first getUpdates", "first reply"]
    return _grid(head, lines) if lines else ""


def put(path: Path, text: str) -> None:
    """Replace what stands between the two marks of a file."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    print(f"written into {path}", file=sys.stderr)
