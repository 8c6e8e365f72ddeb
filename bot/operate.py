"""The commands with which an operator keeps the data: none of them shows what anybody wrote."""

# ruff: noqa: T201  (this is where a command speaks)

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bot.cli import refuse, settings_or_refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings
    from bot.store.folder import Files

keys = typer.Typer(no_args_is_help=True, help="The master key.")


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the others."""
    app.add_typer(keys, name="keys")


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


@contextmanager
def _at_rest(settings: Settings) -> Iterator[Files]:
    """Hold the data folder while the bot does not run; what cannot be ends with one line."""
    from bot.app import files_of  # noqa: PLC0415  as above
    from bot.store.folder import InstanceLock  # noqa: PLC0415
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
