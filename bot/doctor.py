"""`alongside doctor`: one screen that tells whether all is well. It looks, changes nothing, and shows nobody.

It may look while the bot runs: its connections only read, and never tidy the database's log.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.app import files_of
from bot.settings import SettingsError
from bot.store import backup
from bot.store.folder import LOCK, InstanceLock, InUseError, prove_keys
from bot.store.master import read_master_key
from bot.store.migrate import REVISIONS, look, revision_of
from bot.store.private import prove_private
from bot.store.protocol import StoreError, StoreRefusedError
from bot.store.rotate import beside, fits
from bot.store.rows import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.settings import Settings
    from bot.store.folder import Files

LEAST_FREE = 200 * 1024 * 1024
"""Bytes that must be free, and twice what the database has: a backup needs room beside it."""

OLD_BACKUP = timedelta(days=2)
SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the screen; `well` is None for what is only told."""

    name: str
    well: bool | None
    text: str


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything in turn."""
    files = files_of(settings)
    yield Finding("versions", None, _versions())
    yield _proven("token", lambda: _token(settings))
    yield _proven("data folder", lambda: _folder(files))
    yield _proven("master key", lambda: _master(files))
    yield _proven("keys", lambda: _keys(files))
    yield _proven("database", lambda: _database(files.database))
    yield _proven("schema", lambda: _schema(files.database))
    yield _proven("disk", lambda: _disk(files.database))
    yield _proven("clock", lambda: _clock(files.database, now))
    yield from _rows(files.database)
    yield _backups(settings, now)


def _proven(name: str, look_at: Callable[[], str]) -> Finding:
    try:
        return Finding(name, well=True, text=look_at())
    except (SettingsError, StoreError) as error:
        return Finding(name, well=False, text=str(error))
    except (OSError, sqlite3.Error) as error:
        return Finding(name, well=False, text=f"cannot be looked at ({type(error).__name__})")


def _versions() -> str:
    try:
        ours = version("alongside")
    except PackageNotFoundError:
        ours = "of this checkout"
    return f"Alongside {ours}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def _token(settings: Settings) -> str:
    return "set" if settings.token else "missing"


def _folder(files: Files) -> str:
    folder = files.database.parent
    if not folder.exists():
        return f"{folder} is made at the first start"
    prove_private(folder, "the data folder")
    try:
        if (folder / LOCK).exists():
            InstanceLock(folder).release()
    except InUseError:
        return f"{folder}; the bot is running"
    return f"{folder}; the bot is not running"


def _master(files: Files) -> str:
    if files.master_key_value:
        read_master_key(files.master_key_value, files.master_key, may_make=False)
        return "in MASTER_KEY; a file is safer"
    if not files.keys.exists() and not files.master_key.exists():
        return f"{files.master_key} is made at the first start"
    read_master_key(None, files.master_key, may_make=False)
    if beside(files.master_key.resolve()).exists():
        raise StoreRefusedError("its change was cut off; run: alongside keys rotate")
    if files.keys.exists() and not fits(files.master_key, files.keys):
        raise StoreRefusedError(f"{files.master_key} does not fit {files.keys}")
    if files.master_key.resolve().is_relative_to(files.database.parent.resolve()):
        raise StoreRefusedError(f"{files.master_key} lies in the data folder; keep it outside")
    return str(files.master_key)


def _keys(files: Files) -> str:
    if not files.keys.exists() and not files.database.exists():
        return "made at the first start"
    prove_private(files.keys, "the key file")
    prove_keys(files.keys)
    return "whole"


def _database(path: Path) -> str:
    if not path.exists():
        return f"{path} is made at the first start"
    if look(path, "PRAGMA quick_check(1)") != ("ok",):
        raise StoreRefusedError(f"{path} is damaged; restore a backup")
    return f"whole, {path.stat().st_size / 1e6:.1f} MB"


def _schema(path: Path) -> str:
    now = revision_of(path) if path.exists() else REVISIONS[-1]
    if now not in REVISIONS:
        raise StoreRefusedError(f"{now} is of a newer version of Alongside")
    return f"{now}" if now == REVISIONS[-1] else f"{now}; the next start brings it to {REVISIONS[-1]}"


def _disk(path: Path) -> str:
    there = next(parent for parent in path.absolute().parents if parent.exists())
    free, size = shutil.disk_usage(there).free, path.stat().st_size if path.exists() else 0
    if free < max(LEAST_FREE, 2 * size):
        raise StoreRefusedError(f"only {free / 1e6:.0f} MB are free")
    return f"{free / 1e9:.1f} GB free"


def _clock(path: Path, now: datetime) -> str:
    try:
        ZoneInfo("Europe/Kyiv")
    except ZoneInfoNotFoundError:
        raise StoreRefusedError("there are no time zones on this machine (tzdata)") from None
    (newest,) = (look(path, "SELECT max(received_at) FROM inbox") if path.exists() else None) or (None,)
    if newest is not None and from_ms(newest) > now + SLACK:
        raise StoreRefusedError(f"it shows {now:%Y-%m-%d %H:%M} UTC, which is earlier than what is stored")
    return f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _rows(path: Path) -> Iterator[Finding]:
    questions = {
        "updates waiting": "SELECT count(*) FROM inbox WHERE state = 'new'",
        "updates set aside": "SELECT count(*) FROM inbox WHERE state = 'parked'",
        "messages waiting": "SELECT count(*) FROM outbox WHERE state IN ('new', 'sending', 'retry')",
        "messages given up": "SELECT count(*) FROM outbox WHERE state = 'parked'",
    }
    for name, question in questions.items():
        try:
            found = look(path, question) if path.exists() else None
        except sqlite3.Error:
            found = None
        yield Finding(name, None, str(found[0]) if found else "-")


def _backups(settings: Settings, now: datetime) -> Finding:
    if settings.backup_dir is None:
        return Finding("last backup", None, "none are made by themselves: BACKUP_DIR is not set")
    last = backup.last(settings.backup_dir)
    if last is None:
        return Finding("last backup", not settings.database.exists(), "there is none yet")
    return Finding("last backup", now - last < OLD_BACKUP, f"{last:%Y-%m-%d %H:%M} UTC")
