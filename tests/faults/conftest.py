"""The real process against the sandbox, and what its data folder holds afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import SandboxServer
from bot.store.sqlite import Files, open_heart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.store.sqlite import Heart

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "benchmarks" / "content"
COMMAND = Path(sys.executable).parent / "alongside"
SOON = timedelta(seconds=20)


async def until(true: Callable[[], object], what: str = "", seconds: float = SOON.total_seconds()) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"still not: {what or true}"
        await asyncio.sleep(0.01)


@dataclass
class Place:
    """A folder for one bot: its data, its key, its environment."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def files(self) -> Files:
        """Where the store keeps what."""
        return Files(self.data / "alongside.db", self.data / "keys.db", self.folder / "data.key", None)

    @property
    def environment(self) -> dict[str, str]:
        """What the process is given, and nothing of this machine's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given = {"DATA_DIR": str(self.data), "CONTENT_DIR": str(CONTENT), "LOG_LEVEL": "DEBUG"}
        return {**kept, **given, **self.settings}

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start `alongside run`, or another command, its output appended to files in the folder."""
        with (self.folder / "out").open("ab") as out, (self.folder / "err").open("ab") as err:
            process = subprocess.Popen(
                command or (str(COMMAND), "run"),
                env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip
        self.running.append(process)
        return process

    def run(self, *command: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            command or (str(COMMAND), "run"),
            env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip

    def errors(self) -> str:
        """Return what all processes have written to standard error."""
        return (self.folder / "err").read_text(encoding="utf-8")

    def heart(self) -> Heart:
        """Open the store, once no process has it."""
        return open_heart(self.files)

    def clear(self) -> None:
        """End what is still running."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()


async def stopped(process: subprocess.Popen[bytes], seconds: float = 12) -> int:
    """Ask a process to stop as systemd does, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(process.wait, seconds)


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    """Return a running sandbox on the machine's clock."""
    sandbox = SandboxServer()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a folder for a bot without a server."""
    made = Place(tmp_path)
    yield made
    made.clear()


@pytest.fixture
def bot(place: Place, server: SandboxServer) -> Place:
    """Return a folder for a bot that talks to the sandbox."""
    place.settings |= {"BOT_TOKEN": server.token, "BOT_API_URL": server.url}
    return place


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line with which a command has refused, and prove that it is one."""
    assert result.returncode == 2, (result.returncode, result.stderr)
    assert not result.stdout
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("alongside: ")
    return lines[0]


def is_polling(server: SandboxServer) -> bool:
    """Say whether a bot is waiting for updates."""
    return server._poller._waiting is not None


def bot_texts(server: SandboxServer, user: int) -> list[str]:
    """Return what the bot has said to somebody."""
    return [one["text"] for one in server.world.messages(user) if one["from"]["is_bot"]]


def everything_in(folder: Path) -> dict[Path, bytes]:
    """Return every file under a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(heart: Heart, sql: str) -> list[tuple[Any, ...]]:
    """Look into the database."""
    return heart._db.execute(sql).fetchall()
