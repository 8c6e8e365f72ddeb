"""The composition root: from settings to a running bot. The only place where concrete things meet.

Updates are kept from the first moment on; what handles them (`Rooms`) is loaded meanwhile, so that a start
never leaves people waiting for imports.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import InvalidToken

from bot.backups import Backups, prove_not_lost
from bot.log import log
from bot.runtime.clock import SystemClock
from bot.runtime.inbox import Inbox
from bot.store.folder import Files, InstanceLock
from bot.store.sqlite import SqliteStore, open_store
from bot.telegram.api import Api
from bot.telegram.commands import introduce
from bot.telegram.intake import BAD_TOKEN, FIRST_PAUSE, LONGEST_PAUSE, IntakeStoppedError, poll

if TYPE_CHECKING:
    from bot.runtime.clock import Clock
    from bot.runtime.desk import Desk
    from bot.runtime.events import GroupEvent, Outcome
    from bot.runtime.keeper import Keeper
    from bot.runtime.outbox import Outbox
    from bot.runtime.reception import Reception
    from bot.runtime.ticker import Ticker
    from bot.settings import Settings
    from bot.store.protocol import Work

TICK_SECONDS = 10
TIDY_HOURS = 6
LISTEN_SECONDS = 2
DRAIN_SECONDS = 4.0
COLLECT_EVERY = 50_000
GRACE_SECONDS = 1.0


def files_of(settings: Settings) -> Files:
    """Return where the store keeps what."""
    database = settings.database
    return Files(database, database.parent / "keys.db", settings.key_path, settings.master_key)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything that understands people."""

    desk: Desk
    outbox: Outbox
    reception: Reception
    ticker: Ticker
    keeper: Keeper


class App:
    """A bot, put together. Use `open`, then `run` until `stopping` is set, then `close`."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Take the settings; nothing is opened yet."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.stopping = asyncio.Event()
        self.rooms: Rooms | None = None
        self._fault: Exception | None = None
        self._closing = AsyncExitStack()

    async def open(self) -> None:
        """Open store and connections. Raises StoreRefusedError, SettingsError."""
        token = self.settings.token
        lock = InstanceLock(self.settings.database.parent)
        self._closing.callback(lock.release)
        prove_not_lost(self.settings)
        self.store: SqliteStore = await open_store(files_of(self.settings))
        self._closing.push_async_callback(self.store.close)
        self.api = Api(token, self.settings.bot_api_url)
        await self.api.open()
        self._closing.push_async_callback(self.api.close)
        self.inbox = Inbox(self.store, self.clock)
        self.backups = Backups(self.store, self.settings, self.clock)

    async def run(self) -> None:
        """Serve until told to stop. Raises IntakeStoppedError and ContentError when that cannot be."""
        serving = asyncio.create_task(self._serve())
        polling = asyncio.create_task(poll(self.api, self.inbox, self.stopping))
        stopped = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait([polling, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stopping.set()
            # What the intake has is on disk, so that it may be cut off; the rooms end by themselves.
            await asyncio.wait([polling, serving], timeout=GRACE_SECONDS)
            polling.cancel()
            serving.cancel()
            await asyncio.gather(polling, serving, return_exceptions=True)
        if not polling.cancelled():
            polling.result()
        if self._fault is not None:
            raise self._fault

    async def close(self) -> None:
        """Finish what is in hand and let go of everything, within ten seconds."""
        if self.rooms is not None:
            await self.rooms.reception.drain(DRAIN_SECONDS)
            await self.rooms.outbox.stop()
        await self._closing.aclose()

    async def _serve(self) -> None:
        """Load the rooms, take up what waits, and keep time until told to stop."""
        try:
            self.rooms = rooms = await self._furnish()
            await rooms.outbox.recover()
            self.inbox.on_kept = rooms.reception.take
            await rooms.reception.recover()
            introducing = asyncio.create_task(self._introduce(rooms))
            try:
                await self._keep_time(rooms)
            finally:
                introducing.cancel()
        except Exception as error:  # noqa: BLE001  whatever it is, it ends the run and is told there
            self._stop_for(error)

    async def _furnish(self) -> Rooms:
        secret = await self.store.derive("buttons")
        return await asyncio.to_thread(self._load_rooms, secret)

    def _load_rooms(self, secret: bytes) -> Rooms:
        # Imported here, in a thread: the long poll is already on its way.
        from bot.library.load import load  # noqa: PLC0415
        from bot.runtime.desk import Desk  # noqa: PLC0415
        from bot.runtime.keeper import Keeper  # noqa: PLC0415
        from bot.runtime.outbox import Outbox  # noqa: PLC0415
        from bot.runtime.reception import Reception  # noqa: PLC0415
        from bot.runtime.ticker import Ticker  # noqa: PLC0415
        from bot.telegram.buttons import Seals  # noqa: PLC0415
        from bot.telegram.incoming import parse  # noqa: PLC0415
        from bot.telegram.sender import Sender  # noqa: PLC0415

        seals = Seals(secret)
        library = load(self.settings.content_dir, self.settings.database.parent)
        desk = Desk(
            library,
            self.clock,
            partial(secrets.token_urlsafe, 8),
            self.settings.operator,
            self.settings.exit_word,
            operator_id=self.settings.operator_id,
        )
        outbox = Outbox(
            self.store, Sender(self.api, seals), self.clock, self._revoked, partial(_heard_of, desk)
        )
        reception = Reception(self.store, desk, outbox, lambda raw: parse(raw, seals, self.clock.now()))
        ticker, keeper = Ticker(self.store, desk, outbox), Keeper(self.store, desk, outbox)
        return Rooms(desk, outbox, reception, ticker, keeper)

    async def _introduce(self, rooms: Rooms) -> None:
        """Learn our own name, without which no link can be made: again and again until Telegram answers."""
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            try:
                await introduce(self.api, rooms.desk)
            except InvalidToken:
                self._revoked()
                return
            except Exception as error:  # noqa: BLE001  a 200 that is no answer raises anything
                log.warning("introduction_failed", fault=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    async def _keep_time(self, rooms: Rooms) -> None:
        """Let APScheduler wake the tick; it keeps nothing, the schedules are rows (rule 5)."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415  as above

        scheduler = AsyncIOScheduler(timezone="UTC")
        once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler.add_job(self.tick, "interval", seconds=TICK_SECONDS, **once)
        scheduler.add_job(self._tidy, "interval", hours=TIDY_HOURS, **once)
        scheduler.add_job(self.backups.daily, "interval", hours=1, **once)
        scheduler.add_job(self.backups.asked, "interval", seconds=LISTEN_SECONDS, **once)
        scheduler.start()
        log.info("started", count=len(rooms.desk.library.flows))
        try:
            await self.tick()
            await self._tidy()
            await self.backups.daily()
            await self.stopping.wait()
        finally:
            scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Wake what is due; a failure waits for the next tick."""
        try:
            if self.rooms is not None:
                await self.rooms.ticker.tick()
        except Exception as error:  # noqa: BLE001  time must not stop for one fault
            log.error("tick_failed", fault=type(error).__name__)

    async def _tidy(self) -> None:
        """Let go of what is too old, at the start too: one that is often restarted must not keep it."""
        try:
            if self.rooms is not None:
                await self.rooms.keeper.keep()
        except Exception as error:  # noqa: BLE001  as above
            log.error("tidy_failed", fault=type(error).__name__)

    def _revoked(self) -> None:
        self._stop_for(IntakeStoppedError(BAD_TOKEN))

    def _stop_for(self, error: Exception) -> None:
        self._fault = self._fault or error
        self.stopping.set()


def _heard_of(desk: Desk, work: Work, event: GroupEvent) -> Outcome:
    """Let a turn hear of a group what comes with an answer of Telegram."""
    from bot.runtime import groups  # noqa: PLC0415  as `_load_rooms`

    return groups.happened(desk, work, event)


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    # Looking for cycles every 700 objects costs a tenth of the throughput and a third of the slowest answers.
    gc.set_threshold(COLLECT_EVERY)
    app = App(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stopping.set)
    try:
        await app.open()
        await app.run()
        log.info("stopping")
    finally:
        await app.close()
