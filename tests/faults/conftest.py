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

from bot.app import App
from bot.runtime import outbox, reception
from bot.sandbox import SandboxServer
from bot.settings import Settings
from bot.store.folder import Files
from bot.store.sqlite import open_heart
from bot.telegram import intake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.runtime.outbox import Outbox
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
        # The code of this checkout, also where the command belongs to another one.
        kept["PYTHONPATH"] = str(ROOT)
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


# A bot inside the test's own process, for faults that need no kill


class Inside:
    """The real bot on real files and over real HTTP, in this process; may be stopped and started again."""

    def __init__(self, folder: Path, server: SandboxServer) -> None:
        """Keep everything in `folder`; nothing is started yet."""
        self._server = server
        self.files = Files(folder / "data" / "alongside.db", folder / "data" / "keys.db", folder / "data.key")
        self._settings = Settings(
            bot_token=server.token, bot_api_url=server.url, data_dir=folder / "data", content_dir=CONTENT,
            master_key_file=folder / "data.key",
        )  # fmt: skip
        self.app: App | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> App:
        """Open the bot and wait until it serves."""
        app = self.app = App(self._settings, self._server.clock)
        await app.open()
        self._running = asyncio.create_task(app.run())
        await until(lambda: app.inbox.on_kept or self.ended)
        return app

    @property
    def ended(self) -> bool:
        """Say whether the bot has ended."""
        return self._running is None or self._running.done()

    @property
    def outbox(self) -> Outbox:
        """The running bot's outbox."""
        assert self.app is not None
        assert self.app.rooms is not None
        return self.app.rooms.outbox

    async def stop(self) -> None:
        """Stop as SIGTERM does; raise what the bot ended with."""
        if self.app is None or self._running is None:
            return
        app, running, self.app, self._running = self.app, self._running, None, None
        app.stopping.set()
        try:
            await running
        finally:
            await app.close()

    async def idle(self) -> None:
        """Wait until everything the people did is dealt with."""
        app = self.app
        assert app is not None

        def calm() -> bool:
            rooms = app.rooms
            return bool(
                rooms and rooms.reception.idle and rooms.outbox.idle and not len(self._server.world.updates)
            )

        await until(calm, "idle")

    def heart(self) -> Heart:
        """Open the store, once the bot is stopped."""
        return open_heart(self.files)


@pytest.fixture
async def inside(
    tmp_path: Path, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Inside]:
    """Return a bot in this process whose pauses are short."""
    for module in (outbox, intake):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    for module in (outbox, intake, reception):
        monkeypatch.setattr(module, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(reception, "STORE_PAUSE", 0.01)
    made = Inside(tmp_path, server)
    yield made
    await made.stop()
