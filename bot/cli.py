"""The entry of the console command. Whatever must not go on ends with one clear line and exit code 2.

`alongside run`, the way a server starts it, needs no option parser and starts sooner without one; every
other command is in `console.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from bot.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from collections.abc import Coroutine


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["run"]:
        run()
        return
    from bot.console import app  # noqa: PLC0415  see above

    app()


def run() -> None:
    """Serve people on Telegram, until stopped."""
    from bot.app import serve  # noqa: PLC0415  loaded once the settings are known to be good
    from bot.log import set_up  # noqa: PLC0415

    settings = settings_or_refuse()
    set_up(settings.log_level)
    os.umask(0o077)
    go(serve(settings))


def refuse(text: str, code: int = 2) -> NoReturn:
    """Say why not, in one line, and end; code 2 says that a new try will not help."""
    print(f"alongside: {text}", file=sys.stderr)  # noqa: T201  this is how a command speaks
    raise SystemExit(code)


def settings_or_refuse() -> Settings:
    """Read the settings, or end."""
    try:
        return read_settings()
    except SettingsError as error:
        refuse(str(error))


def go(serving: Coroutine[None, None, None]) -> None:
    """Serve until it ends; what cannot be mended by trying again ends with one line."""
    try:
        asyncio.run(serving)
    except Exception as error:  # noqa: BLE001  an unknown one ends here as well, without its text
        refuse(*_reason(error))


def _reason(error: Exception) -> tuple[str, int]:
    """Return why it ended, without anybody's words, and 2 when a new try will not help, else 1."""
    from bot.library.source import ContentError  # noqa: PLC0415  as above
    from bot.runtime.where import where_of  # noqa: PLC0415
    from bot.store.protocol import StoreError  # noqa: PLC0415
    from bot.telegram.intake import IntakeStoppedError  # noqa: PLC0415

    if isinstance(error, ContentError):
        first = error.issues[0]
        return f"the content has {len(error.issues)} faults, the first: {first} (run: alongside check)", 2
    if isinstance(error, SettingsError | StoreError | IntakeStoppedError):
        return str(error), 2
    return f"ended by a fault of its own: {type(error).__name__} at {where_of(error)}; please report this", 1
