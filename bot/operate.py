"""The commands with which an operator keeps the data: none of them shows what anybody wrote."""

# ruff: noqa: T201  (this is where a command speaks)

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import refuse, settings_or_refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings
    from bot.store.folder import Files


def files_of(settings: Settings) -> Files:
    """Return where the store keeps what."""
    from bot.app import files_of as find  # noqa: PLC0415  loads much that help does not need

    return find(settings)


Folder = Annotated[Path | None, typer.Argument(help="Where to; BACKUP_DIR otherwise.")]
File = Annotated[Path, typer.Argument(help="The copy of the database.")]
Keys = Annotated[Path | None, typer.Option(help="The newest copy of the keys, if they are lost.")]

keys = typer.Typer(no_args_is_help=True, help="The master key.")


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the others."""
    app.add_typer(keys, name="keys")
    app.command()(backup)
    app.command()(restore)
    app.command()(doctor)


@keys.callback()
def _keys() -> None:
    """Say that `keys` has commands of its own, even while it has only one."""


@keys.command()
def rotate() -> None:
    """Make a new master key and wrap everybody's key with it. Stop the bot first."""
    from bot.store.rotate import rotate as change  # noqa: PLC0415  commands load only what they need

    with _at_rest(settings_or_refuse()) as files:
        count = change(files)
    print(
        f"{count} keys are wrapped with the new master key in {files.master_key}. Keep a copy of it now.\n"
        "Copies of keys.db from before open with the old one only: make a backup, then destroy both."
    )


def backup(folder: Folder = None) -> None:
    """Copy the database and, apart from it, the keys. The bot may be running."""
    from bot.backups import ask  # noqa: PLC0415  as above
    from bot.runtime.clock import SystemClock  # noqa: PLC0415
    from bot.store.backup import at_rest, prune  # noqa: PLC0415
    from bot.store.folder import InstanceLock, InUseError  # noqa: PLC0415
    from bot.store.protocol import StoreError  # noqa: PLC0415

    settings, now = settings_or_refuse(), SystemClock().now()
    target = folder or settings.backup_dir
    if target is None:
        refuse("name a folder, or set BACKUP_DIR")
    os.umask(0o077)
    try:
        try:
            lock = InstanceLock(settings.database.parent)
        except InUseError:
            made = ask(settings.database.parent, target)
        else:
            made = at_rest(files_of(settings), target, now)
            prune(target, now, settings.backup_days)
            lock.release()
    except StoreError as error:
        refuse(str(error), 1)
    print(f"{made}\nIts keys are apart from it, in {made.parent / 'keys'}. Keep the master key elsewhere.")


def restore(file: File, keys: Keys = None) -> None:
    """Bring a backup back where there is no database; who was erased since stays so. Stop the bot first."""
    from bot.runtime.clock import SystemClock  # noqa: PLC0415  as above
    from bot.store.restore import restore as bring_back  # noqa: PLC0415

    with _at_rest(settings_or_refuse()) as files:
        bring_back(files, file, keys, SystemClock().now())
    print(f"Restored {files.database}; who was erased since is not in it. You can start the bot now.")


def doctor() -> None:
    """Look whether all is well: 0 when it is, 1 when something wants mending."""
    from bot.doctor import examine  # noqa: PLC0415  as above
    from bot.runtime.clock import SystemClock  # noqa: PLC0415

    findings = list(examine(settings_or_refuse(), SystemClock().now()))
    for one in findings:
        mark = {True: "well", False: "MEND", None: ""}[one.well]
        print(f"{mark:4}  {one.name:18} {one.text}")
    if any(one.well is False for one in findings):
        raise SystemExit(1)


@contextmanager
def _at_rest(settings: Settings) -> Iterator[Files]:
    """Hold the data folder while the bot does not run; what cannot be ends with one line."""
    from bot.store.folder import InstanceLock  # noqa: PLC0415  as above
    from bot.store.protocol import StoreError  # noqa: PLC0415

    os.umask(0o077)
    try:
        lock = InstanceLock(settings.database.parent)
    except StoreError as error:
        refuse(f"{error} (stop the bot first, then try again)")
    try:
        yield files_of(settings)
    except StoreError as error:
        refuse(str(error))
    finally:
        lock.release()
