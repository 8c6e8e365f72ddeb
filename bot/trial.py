"""`alongside try`: the real bot, over real HTTP, against the sandbox instead of Telegram.

Everything is in a folder that is removed at the end, and nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import App
from bot.glass import Window
from bot.runtime.clock import MovableClock
from bot.sandbox import SandboxServer, World
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.library.load import Library
    from bot.settings import Settings
    from bot.store.protocol import Store

A_MOMENT = 0.001
MOST_WAITS = 1000


async def trial(settings: Settings, port: int) -> None:
    """Serve the page and the bot until interrupted. Raises as `app.serve`."""
    clock = MovableClock()
    server = SandboxServer(
        world=World(clock, bot_name="Alongside", bot_username="alongside_bot"), clock=clock
    )
    try:
        await server.start(port)
    except OSError:
        raise StoreRefusedError(f"port {port} is taken; choose another: alongside try --port 0") from None
    try:
        await Trial(settings, server, clock).run()
    finally:
        await server.stop()


class Trial:
    """One bot after another on the same page: starting over gives the next one an empty folder."""

    def __init__(self, settings: Settings, server: SandboxServer, clock: MovableClock) -> None:
        """Serve the bot that `settings` describe to the people of `server`."""
        self._settings = settings
        self._server = server
        self._clock = clock
        self._bot: App | None = None
        self._ended = False
        self._ready = asyncio.Event()
        server.on_jump.append(self._jumped)
        server.on_start_over.append(self._start_over)
        server.page.glass = Window(self._store, self._library)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        print(f"Alongside is here: {self._server.url}   (Ctrl+C ends it; nothing is kept)", flush=True)  # noqa: T201
        while not self._ended:
            with tempfile.TemporaryDirectory(prefix="alongside-") as folder:
                await self._live_once(Path(folder))

    async def _live_once(self, folder: Path) -> None:
        changed = {
            "bot_token": self._server.token,
            "bot_api_url": self._server.url,
            "data_dir": folder / "data",
            "database_url": None,
            "master_key": None,
            "backup_dir": None,
            "master_key_file": folder / "data.key",
        }
        bot = App(self._settings.model_copy(update=changed), self._clock)
        try:
            await bot.open()
            self._bot = bot
            self._ready.set()
            if not self._ended:
                await bot.run()
        finally:
            self._bot = None
            await bot.close()
            self._server.end_poll()

    def _end(self) -> None:
        self._ended = True
        if self._bot is not None:
            self._bot.stopping.set()

    async def _start_over(self) -> None:
        """Let the bot of now go, folder and all, and wait for the next one."""
        self._ready.clear()
        if self._bot is not None:
            self._bot.stopping.set()
        await self._ready.wait()

    async def _jumped(self, _step: timedelta) -> None:
        bot = self._bot
        if bot is None:
            return
        await bot.tick()
        # What was due at this hour is seen at this hour.
        for _ in range(MOST_WAITS):
            if bot.rooms is None or bot.rooms.outbox.idle:
                break
            await asyncio.sleep(A_MOMENT)

    def _store(self) -> Store | None:
        return self._bot.store if self._bot else None

    def _library(self) -> Library | None:
        return self._bot.rooms.desk.library if self._bot and self._bot.rooms else None
