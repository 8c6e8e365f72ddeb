"""Measures Alongside beside other bots: the same three-step dialogue, by long polling, round by round.

    make bench                                   five rounds of everything, about twenty minutes
    make bench ARGS="--write"                    the same, and the tables into benchmarks/README.md
    make bench ARGS="--rounds 1 --seconds 1.5 --sets load --bots ptb ours"

`rig.py` starts each bot and plays the people. The others live in a venv of their own (PEERS_PYTHON).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import report

HERE = Path(__file__).absolute().parent
# Made absolute, but not resolved: the link is what makes it a venv.
PEERS_PYTHON = str(Path(os.environ.get("PEERS_PYTHON", HERE.parent / ".venv-bench/bin/python")).absolute())
ALONGSIDE = Path(sys.executable).with_name("alongside")
CROWD = 100_000
FSYNC_TRIES = 200
SHOWN = ("ups", "p50", "p99", "cpu_ms", "rss", "start_ms", "reply_ms")
NO_DISK = 0.00002
"""Seconds under which a "write to disk" has surely not reached one."""


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot to measure."""

    key: str
    name: str
    command: tuple[str, ...]


def peer(key: str, name: str, script: str) -> Bot:
    """Return one of the others."""
    return Bot(key, name, (PEERS_PYTHON, str(HERE / "peers" / script)))


OURS = Bot("ours", "**Alongside**", (str(ALONGSIDE), "run"))
BOTS = (
    peer("ptb", "PTB ConversationHandler", "ptb_conv.py"),
    peer("aiogram", "aiogram FSM", "aiogram_fsm.py"),
    peer("telebot", "telebot async", "telebot_states.py"),
    peer("floor", "durable floor", "floor.py"),
    OURS,
)


@dataclass(frozen=True, slots=True)
class Set:
    """One way of loading the bots. `made`: Alongside finds a database, as at every start but the first."""

    key: str
    options: tuple[str, ...]
    preloaded: int = 0
    timed: bool = True
    content: Path = HERE / "content"
    made: bool = True
    ours_only: bool = False


IDLE = ("--people", "0", "--idle", "1.5")
SETS = (
    Set("load", ("--people", "64")),
    Set("far", ("--people", "100", "--api-delay-ms", "50", "--warmup", "2")),
    Set("alone", ("--people", "1")),
    Set("empty", IDLE, timed=False),
    Set("crowd", IDLE, preloaded=CROWD, timed=False),
    Set("content", IDLE, timed=False, content=HERE.parent / "content", ours_only=True),
    Set("first", IDLE, timed=False, made=False, ours_only=True),
)


class Bench:
    """Runs bots in a scratch folder."""

    def __init__(self, scratch: Path, seconds: float) -> None:
        """Use `scratch` for data, and load for `seconds`."""
        self.scratch = scratch
        self.seconds = seconds
        key = base64.b64encode(bytes(range(32))).decode()
        self.ours = {"MASTER_KEY": key, "LOG_LEVEL": "ERROR"}

    def run(self, bot: Bot, kind: Set) -> dict[str, Any]:
        """Run one bot once, on a fresh copy of its data, and return its figures."""
        data, log = self.scratch / "data", self.scratch / f"{bot.key}.log"
        shutil.rmtree(data, ignore_errors=True)
        environment = {**os.environ, "DATA_DIR": str(data), "BOT_PRELOAD": str(kind.preloaded)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if bot is OURS:
            environment |= self.ours | {"CONTENT_DIR": str(kind.content)}
            if kind.made:
                shutil.copytree(self.template(kind.preloaded), data)
        else:
            data.mkdir()
        options = [*kind.options, *(["--seconds", str(self.seconds)] if kind.timed else [])]
        command = [PEERS_PYTHON, str(HERE / "rig.py"), *options, "--log", str(log), "--", *bot.command]
        done = subprocess.run(
            command, env=environment, cwd=self.scratch, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            tail = log.read_text(errors="replace")[-800:] if log.exists() else ""
            message = f"{bot.key} in {kind.key} failed:\n{done.stderr[-800:]}\n{tail}"
            raise SystemExit(message)
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures

    def template(self, people: int) -> Path:
        """Return a data folder of ours with so many people, made once."""
        folder = self.scratch / f"people-{people}"
        if not folder.exists():
            environment = {**os.environ, **self.ours}
            command = [sys.executable, str(HERE / "preload.py"), str(folder), str(people)]
            subprocess.run(command, env=environment, cwd=self.scratch, check=True)
        return folder

    def disk_seconds(self) -> float:
        """Return how long 4 KiB take to the disk under the scratch folder."""
        with (self.scratch / "fsync").open("wb", buffering=0) as file:
            began = time.perf_counter()
            for _ in range(FSYNC_TRIES):
                file.write(b"x" * 4096)
                os.fdatasync(file.fileno())
            return (time.perf_counter() - began) / FSYNC_TRIES


def commit_now() -> str:
    """Return which commit is measured, and whether the bot was changed since."""
    git = ["git", "-C", str(HERE.parent)]
    found = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "bot"], check=False).returncode
    return (found.stdout.strip() or "no commit") + (" with changes" if changed else "")


def warn(bot: Bot, kind: Set, figures: dict[str, Any]) -> None:
    """Say what should make a reader doubt a figure."""
    doubts = []
    if figures.get("wrong"):
        doubts.append(f"{figures['wrong']} wrong replies")
    if figures.get("stuck") and kind.key != "far":
        doubts.append(f"{figures['stuck']} people left waiting")
    if figures.get("rig_cpu", 0) > 0.7:
        doubts.append(f"the rig itself was busy ({figures['rig_cpu']})")
    if doubts:
        print(f"  {bot.key}, {kind.key}: {', '.join(doubts)}", file=sys.stderr, flush=True)


def measure(bench: Bench, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Go round by round through all sets and bots."""
    bots = [bot for bot in BOTS if bot.key in arguments.bots]
    kinds = [kind for kind in SETS if kind.key in arguments.sets]
    for bot in bots:
        # Unmeasured: byte code is written and files are in the cache afterwards.
        bench.run(bot, Set("warm", ("--people", "0"), timed=False))
    rows = []
    for number in range(arguments.rounds):
        turned = [*bots[number % len(bots) :], *bots[: number % len(bots)]]
        for kind in kinds:
            for bot in [one for one in turned if one is OURS or not kind.ours_only]:
                figures = bench.run(bot, kind)
                warn(bot, kind, figures)
                rows.append({"round": number, "set": kind.key, "bot": bot.key, **figures})
                short = {key: figures[key] for key in SHOWN if key in figures}
                print(f"  {number + 1} {kind.key:6} {bot.key:8} {short}", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Measure, print the tables, and write them when asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    all_bots, all_sets = [bot.key for bot in BOTS], [kind.key for kind in SETS]
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="how long each run is measured")
    parser.add_argument("--bots", nargs="+", choices=all_bots, default=all_bots)
    parser.add_argument("--sets", nargs="+", choices=all_sets, default=all_sets)
    parser.add_argument("--scratch", type=Path, help="a folder on a real disk (default: a temporary one)")
    parser.add_argument("--out", type=Path, help="append every run's figures to this file, one JSON a line")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    arguments = parser.parse_args()
    if not Path(PEERS_PYTHON).exists():
        raise SystemExit(f"{PEERS_PYTHON} is missing; start this with: make bench")
    with tempfile.TemporaryDirectory(prefix="alongside-bench-", dir=arguments.scratch) as folder:
        bench = Bench(Path(folder), arguments.seconds)
        disk, commit = bench.disk_seconds(), commit_now()
        if disk < NO_DISK:
            print("  the scratch folder is on no real disk; name one with --scratch", file=sys.stderr)
        rows = measure(bench, arguments)
        size = sum(one.stat().st_size for one in Path(folder).glob(f"people-{CROWD}/*"))
    if arguments.out:
        with arguments.out.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    about = report.About(arguments.rounds, arguments.seconds, disk, size, PEERS_PYTHON, commit)
    text = report.tables(rows, {bot.key: bot.name for bot in BOTS}, about)
    print(text)
    if arguments.write:
        report.put(HERE / "README.md", text)


main()
