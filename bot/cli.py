"""The console command `alongside`. Whatever must not go on ends with one clear line and exit code 2."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import Settings, SettingsError, read_settings
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from bot.library.load import Library

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A private companion in Telegram.",
)

Folder = Annotated[Path | None, typer.Option(help="Where the content lies; CONTENT_DIR otherwise.")]


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["run"]:
        # The way a server starts it needs no option parser, and starts sooner without.
        run()
        return
    app()


def _refuse(text: str) -> None:
    """Say why not, in one line, and end with code 2."""
    print(f"alongside: {text}", file=sys.stderr)
    raise SystemExit(2)


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        _refuse(str(error))
        raise


@app.command()
def run() -> None:
    """Serve people on Telegram, until stopped."""
    from bot.app import serve  # noqa: PLC0415  commands load only what they need
    from bot.library.load import ContentError  # noqa: PLC0415
    from bot.log import set_up  # noqa: PLC0415
    from bot.telegram.intake import IntakeStoppedError  # noqa: PLC0415

    settings = _settings()
    set_up(settings.log_level)
    os.umask(0o077)
    try:
        asyncio.run(serve(settings))
    except (SettingsError, StoreError, IntakeStoppedError) as error:
        _refuse(str(error))
    except ContentError as error:
        _refuse(
            f"the content has {len(error.issues)} faults, the first: {error.issues[0]} (run: alongside check)"
        )


@app.command(name="try")
def try_it(port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8090) -> None:
    """Talk to the bot in the browser, without Telegram and without a token."""
    from bot.library.load import ContentError  # noqa: PLC0415
    from bot.log import set_up  # noqa: PLC0415
    from bot.trial import trial  # noqa: PLC0415

    settings = _settings()
    set_up(settings.log_level)
    try:
        asyncio.run(trial(settings, port))
    except (SettingsError, StoreError) as error:
        _refuse(str(error))
    except ContentError as error:
        _refuse(
            f"the content has {len(error.issues)} faults, the first: {error.issues[0]} (run: alongside check)"
        )


@app.command()
def check(
    content: Folder = None,
    *,
    lock: Annotated[bool, typer.Option(help="Write today's ids into ids.lock as well.")] = False,
) -> None:
    """Prove the content: every fault at once, with file and line."""
    from bot.library.load import examine, write_lock  # noqa: PLC0415

    folder = content or _settings().content_dir
    library, issues = examine(folder)
    for issue in issues:
        print(folder / str(issue))
    if issues or library is None:
        print(f"{len(issues)} faults", file=sys.stderr)
        raise SystemExit(1)
    if lock:
        print(f"{write_lock(folder, library)} ids in ids.lock")
    print(f"{len(library.flows)} flows, no faults")


def _library(content: Path | None) -> Library:
    from bot.library.load import ContentError, load  # noqa: PLC0415

    try:
        return load(content or _settings().content_dir)
    except ContentError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)
        _refuse("the content has faults")
        raise


@app.command()
def graph(flow: str, content: Folder = None) -> None:
    """Draw a flow as a Mermaid chart."""
    from bot.library.graph import mermaid  # noqa: PLC0415

    found = _library(content).flows.get(flow)
    if found is None:
        _refuse(f"there is no flow {flow}")
        raise SystemExit(2)
    print(mermaid(found))


@app.command()
def play(flow: str, content: Folder = None) -> None:
    """Talk to a flow in the terminal; nothing is kept."""
    from bot.play import play as play_flow  # noqa: PLC0415

    library = _library(content)
    if flow not in library.flows:
        _refuse(f"there is no flow {flow}")
    play_flow(library, flow)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a flow file, for editors."""
    import json  # noqa: PLC0415

    from bot.library.schema import json_schema  # noqa: PLC0415

    print(json.dumps(json_schema(), indent=1))
