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
from bot.runtime.clock import MovableClock
from bot.sandbox import SandboxServer, World
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.settings import Settings

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
        with tempfile.TemporaryDirectory(prefix="alongside-") as folder:
            await _serve(settings, server, clock, Path(folder))
    finally:
        await server.stop()


async def _serve(settings: Settings, server: SandboxServer, clock: MovableClock, folder: Path) -> None:
    changed = {
        "bot_token": server.token,
        "bot_api_url": server.url,
        "data_dir": folder / "data",
        "database_url": None,
        "master_key": None,
        "master_key_file": folder / "data.key",
    }
    bot = App(settings.model_copy(update=changed), clock)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, bot.stopping.set)
    try:
        await bot.open()

        async def jumped(_step: timedelta) -> None:
            await bot.tick()
            # What was due at this hour is seen at this hour.
            for _ in range(MOST_WAITS):
                if bot.rooms is None or bot.rooms.outbox.idle:
                    break
                await asyncio.sleep(A_MOMENT)

        server.on_jump.append(jumped)
        print(f"Alongside is here: {server.url}   (Ctrl+C ends it; nothing is kept)", flush=True)  # noqa: T201
        await bot.run()
    finally:
        await bot.close()
