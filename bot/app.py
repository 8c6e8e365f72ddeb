"""The composition root: from settings to a running bot. The only place where concrete things meet."""

from __future__ import annotations

import asyncio
import secrets
import signal
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.library.load import load
from bot.runtime.clock import SystemClock
from bot.runtime.desk import Desk
from bot.runtime.outbox import Outbox
from bot.runtime.reception import Reception
from bot.runtime.ticker import Ticker
from bot.store.sqlite import Files, InstanceLock, SqliteStore, open_store
from bot.telegram.api import Api
from bot.telegram.buttons import Seals
from bot.telegram.commands import introduce
from bot.telegram.incoming import parse
from bot.telegram.intake import IntakeStoppedError, poll
from bot.telegram.sender import Sender

if TYPE_CHECKING:
    from bot.runtime.clock import Clock
    from bot.settings import Settings

log = structlog.get_logger()

TICK_SECONDS = 10
TIDY_HOURS = 6
DRAIN_SECONDS = 4.0


def files_of(settings: Settings) -> Files:
    """Return where the store keeps what."""
    database = settings.database
    return Files(database, database.parent / "keys.db", settings.key_path, settings.master_key)


class App:
    """A bot, put together. Use `open`, then `run` until `stopping` is set, then `close`."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Take the settings; nothing is opened yet."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.stopping = asyncio.Event()
        self._fault: IntakeStoppedError | None = None
        self._closing = AsyncExitStack()

    async def open(self) -> None:
        """Open store, content and connections. Raises StoreRefusedError, ContentError, SettingsError."""
        settings = self.settings
        token = settings.token
        lock = InstanceLock(settings.database.parent)
        self._closing.callback(lock.release)
        self.store: SqliteStore = await open_store(files_of(settings))
        self._closing.push_async_callback(self.store.close)
        library = await asyncio.to_thread(load, settings.content_dir)
        self.desk = Desk(library, self.clock, partial(secrets.token_urlsafe, 8), settings.operator)
        seals = Seals(await self.store.derive("buttons"))
        self.api = Api(token, settings.bot_api_url)
        await self.api.open()
        self._closing.push_async_callback(self.api.close)
        self.outbox = Outbox(self.store, Sender(self.api, seals), self.clock, self._revoked)
        self.reception = Reception(
            self.store, self.desk, self.outbox, lambda raw: parse(raw, seals, self.clock.now())
        )
        self.ticker = Ticker(self.store, self.desk, self.outbox)

    async def run(self) -> None:
        """Serve until told to stop. Raises IntakeStoppedError when Telegram will not have us."""
        await self.outbox.recover()
        await self.reception.recover()
        helpers = [asyncio.create_task(self._introduce()), asyncio.create_task(self._keep_time())]
        try:
            await poll(self.api, self.reception, self.stopping)
        finally:
            self.stopping.set()
            await asyncio.gather(*helpers, return_exceptions=True)
        if self._fault is not None:
            raise self._fault

    async def close(self) -> None:
        """Finish what is in hand and let go of everything, within ten seconds."""
        if hasattr(self, "reception"):
            await self.reception.drain(DRAIN_SECONDS)
            await self.outbox.stop()
        await self._closing.aclose()

    async def _introduce(self) -> None:
        try:
            await introduce(self.api, self.desk.library.commands())
        except InvalidToken:
            self._revoked()
        except TelegramError as error:
            log.warning("introduction_failed", fault=type(error).__name__)

    async def _keep_time(self) -> None:
        """Let APScheduler wake the tick; it keeps nothing, the schedules are rows (rule 5)."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415  slow to import, not needed to begin

        scheduler = AsyncIOScheduler(timezone="UTC")
        once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler.add_job(self.tick, "interval", seconds=TICK_SECONDS, **once)
        scheduler.add_job(self.ticker.tidy, "interval", hours=TIDY_HOURS, **once)
        scheduler.start()
        try:
            await self.tick()
            await self.stopping.wait()
        finally:
            scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Wake what is due; a failure waits for the next tick."""
        try:
            await self.ticker.tick()
        except Exception as error:  # noqa: BLE001  time must not stop for one fault
            log.error("tick_failed", fault=type(error).__name__)  # noqa: TRY400  no traceback wanted

    def _revoked(self) -> None:
        self._fault = self._fault or IntakeStoppedError(
            "Telegram does not know this BOT_TOKEN (any more); get it from BotFather"
        )
        self.stopping.set()


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    app = App(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stopping.set)
    try:
        await app.open()
        log.info("started")
        await app.run()
    finally:
        await app.close()
        log.info("stopped")
