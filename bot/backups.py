"""Keeps backups while the bot runs: one a day, and one whenever `alongside backup` asks for it.

The command is another process and must not open the database beside the bot (design.md, rule 10). It leaves a
note in the data folder, which belongs to the operator alone, and waits for the answer.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.log import log
from bot.store import backup
from bot.store.private import write_file
from bot.store.protocol import StoreError, StoreRefusedError

if TYPE_CHECKING:
    from bot.runtime.clock import Clock
    from bot.settings import Settings
    from bot.store.sqlite import SqliteStore

DAILY = timedelta(hours=23)
"""Age of the last backup from which on another is due; it is looked at every hour."""

ASKED, ANSWERED = "backup.asked", "backup.answered"
PATIENCE, GLANCE = 120.0, 0.1
"""Seconds that the command waits for the bot, and between two looks."""


class Backups:
    """Makes backups through the store's one connection."""

    def __init__(self, store: SqliteStore, settings: Settings, clock: Clock) -> None:
        """Keep what the settings say."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._destroyed = 0
        self._note = settings.database.parent / ASKED

    async def daily(self) -> None:
        """Back up when a day has passed since the last one; what fails is tried again in an hour."""
        folder = self._settings.backup_dir
        await self.forget()
        if folder is None:
            return
        last = await asyncio.to_thread(backup.last, folder)
        if last is not None and timedelta() <= self._clock.now() - last < DAILY:
            return
        try:
            await self._back_up(folder)
        except StoreError as error:
            log.error("backup_failed", fault=type(error).__name__)
        else:
            log.info("backup_made")

    async def forget(self) -> None:
        """Let the copies of the keys know who was erased: an old one would bring them back."""
        destroyed = self._store.destroyed
        try:
            await self._store.renew_keys(self._settings.backup_dir, self._clock.now())
        except StoreError as error:
            log.error("backup_failed", fault=type(error).__name__)
        self._destroyed = destroyed

    async def asked(self) -> None:
        """Do what a note from the command asks for, and answer it; look after who was erased just now."""
        if self._store.destroyed != self._destroyed:
            await self.forget()
        if not self._note.exists():
            return
        try:
            folder = Path(self._note.read_text(encoding="utf-8"))
            self._note.unlink()
            answer = f"ok {await self._back_up(folder)}"
        except (OSError, ValueError) as error:
            answer = f"no {type(error).__name__}"
        except StoreError as error:
            answer = f"no {error}"
        write_file(self._note.with_name(ANSWERED), answer.encode())

    async def _back_up(self, folder: Path) -> Path:
        now = self._clock.now()
        copies = await asyncio.to_thread(backup.begin, folder, now)
        await self._store.copy_to(copies.database, copies.keys)
        made = await asyncio.to_thread(backup.finish, copies)
        await asyncio.to_thread(backup.prune, folder, now, self._settings.backup_days)
        return made


def prove_not_lost(settings: Settings) -> None:
    """Raise StoreRefusedError where a fresh start would be made beside backups: a disk may be lost."""
    folder = settings.backup_dir
    if folder is not None and not settings.database.exists() and (copies := backup.found(folder)):
        raise StoreRefusedError(
            f"there is no database {settings.database}, but a backup {list(copies)[-1]}: restore it, "
            "or move the backups away to begin anew"
        )


def ask(data: Path, folder: Path) -> Path:
    """Ask the bot that runs on a data folder for a backup; return the file it made. Raises StoreError."""
    note, answer = data / ASKED, data / ANSWERED
    answer.unlink(missing_ok=True)
    write_file(note, str(folder.absolute()).encode(), data.stat())
    for _ in range(int(PATIENCE / GLANCE)):
        if answer.exists():
            word, _, text = answer.read_text(encoding="utf-8").partition(" ")
            answer.unlink()
            if word != "ok":
                raise StoreError(text)
            return Path(text)
        time.sleep(GLANCE)
    note.unlink(missing_ok=True)
    raise StoreError("the bot that runs on this folder does not answer; stop it and try again")
