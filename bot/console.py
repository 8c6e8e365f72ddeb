"""Every command but the plain `alongside run`: what an operator and an author type."""

# ruff: noqa: T201  (this is where a command speaks)

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot import cli, operate
from bot.cli import go, refuse, settings_or_refuse

if TYPE_CHECKING:
    from bot.library.load import Library
    from bot.library.source import ContentError
    from bot.store.protocol import Work

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A private companion in Telegram.",
)

operate.add_to(app)

Folder = Annotated[Path | None, typer.Option(help="Where the content lies; CONTENT_DIR otherwise.")]


@app.command()
def run() -> None:
    """Serve people on Telegram, until stopped."""
    cli.run()


@app.command(name="try")
def try_it(port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8090) -> None:
    """Talk to the bot in the browser, without Telegram and without a token."""
    from bot.log import set_up  # noqa: PLC0415  commands load only what they need
    from bot.trial import trial  # noqa: PLC0415

    settings = settings_or_refuse()
    set_up(settings.log_level)
    go(trial(settings, port))


@app.command()
def check(
    content: Folder = None,
    *,
    lock: Annotated[bool, typer.Option(help="Write today's ids into ids.lock as well.")] = False,
) -> None:
    """Prove the content: every fault at once, with file and line."""
    from bot.library.load import examine, write_lock  # noqa: PLC0415
    from bot.runtime.clock import SystemClock  # noqa: PLC0415

    folder = content or settings_or_refuse().content_dir
    library, issues = examine(folder, SystemClock().now().date())
    for issue in issues:
        print(folder / str(issue))
    faults = [issue for issue in issues if not issue.warning]
    if faults or library is None:
        print(f"{len(faults)} faults", file=sys.stderr)
        raise SystemExit(1)
    if lock:
        print(f"{write_lock(folder, library)} ids in ids.lock")
    print(f"{len(library.flows)} flows, no faults")


def _library(content: Path | None) -> Library:
    from bot.library.load import load  # noqa: PLC0415
    from bot.library.source import ContentError  # noqa: PLC0415

    try:
        return load(content or settings_or_refuse().content_dir)
    except ContentError as error:
        _refuse_faulty(error)


def _refuse_faulty(error: ContentError) -> NoReturn:
    for issue in error.issues:
        print(issue, file=sys.stderr)
    refuse("the content has faults")


@app.command()
def coverage(
    content: Folder = None,
    transcripts: Annotated[Path | None, typer.Option(help="Folder of the transcripts.")] = None,
) -> None:
    """Print which exercises cover which code of the mission; ends with 1 when something is missing."""
    from bot.library.coverage import exercises, gaps, median_minutes, table, told_in  # noqa: PLC0415

    library = _library(content)
    folder = transcripts or Path("tests/transcripts")
    for one in table(library.flows):
        names = ", ".join((*one.alone, *one.together))
        print(f"{one.code}  {len(one.alone):>2} for one, {len(one.together):>2} for two  {names}")
    counted = exercises(library.flows)
    gated = sum(flow.about.gate != "none" for flow in counted)
    nudges = sum(flow.about.kind == "nudge" for flow in library.flows.values())
    print(
        f"{len(counted)} exercises, {gated} behind a gate, median {median_minutes(library.flows):g} minutes; "
        f"{nudges} weekly questions"
    )
    missing = list(gaps(library.flows, told_in(folder) if folder.is_dir() else None))
    for line in missing:
        print(f"missing: {line}")
    raise typer.Exit(1 if missing else 0)


@app.command()
def graph(flow: str, content: Folder = None) -> None:
    """Draw a flow as a Mermaid chart."""
    from bot.library.graph import mermaid  # noqa: PLC0415

    found = _library(content).flows.get(flow)
    if found is None:
        refuse(f"there is no flow {flow}")
    print(mermaid(found))


@app.command()
def play(flow: str, content: Folder = None) -> None:
    """Talk to a flow in the terminal; nothing is kept."""
    from bot.library.gates import is_gate  # noqa: PLC0415
    from bot.play import play as play_flow  # noqa: PLC0415

    library = _library(content)
    if flow not in library.flows:
        refuse(f"there is no flow {flow}")
    if is_gate(flow):
        refuse(f"{flow} is a gate: play an exercise that has it")
    play_flow(library, flow)


@app.command()
def guard(
    file: Annotated[typer.FileText, typer.Argument(help="One message a line; - reads standard input.")],
    lang: Annotated[str, typer.Option(help="The language of the messages.")] = "en",
    content: Folder = None,
) -> None:
    """Say for each message whether it would raise a help card, and why: line, card or none, kind."""
    from bot.library.guard import languages, load_guard  # noqa: PLC0415  as above

    folder = content or settings_or_refuse().content_dir
    if lang not in languages(folder):
        refuse(f"there is no guard for {lang}, only for: {', '.join(languages(folder)) or 'no language'}")
    watch = load_guard(folder, lang)
    for number, line in enumerate(file, 1):
        kind = watch.look(line)
        print(f"{number}\t{'card' if kind else 'none'}\t{kind or 'everyday'}")


@app.command()
def feedback(
    kind: Annotated[str, typer.Argument(help="What the texts are: refusal, istatement or thanks.")],
    file: Annotated[typer.FileText, typer.Argument(help="One text a line; - reads standard input.")],
    lang: Annotated[str, typer.Option(help="The language of the texts.")] = "en",
    content: Folder = None,
) -> None:
    """Say for each text what the rules find in it: line, labels."""
    from bot.library.feedback.labels import LABELS  # noqa: PLC0415  as above
    from bot.library.feedback.spec import languages, load_readers  # noqa: PLC0415
    from bot.library.render import Renderer  # noqa: PLC0415
    from bot.library.source import ContentError  # noqa: PLC0415

    folder = content or settings_or_refuse().content_dir
    if kind not in LABELS:
        refuse(f"there is no feedback on {kind}, only on: {', '.join(LABELS)}")
    if lang not in languages(folder):
        refuse(f"there are no rules for {lang}, only for: {', '.join(languages(folder)) or 'no language'}")
    try:
        reader = load_readers(folder, lang, Renderer())[kind]
    except ContentError as error:
        _refuse_faulty(error)
    for number, line in enumerate(file, 1):
        print(f"{number}\t{','.join(reader.read(line).labels)}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a flow file, for editors."""
    import json  # noqa: PLC0415

    from bot.library.schema import json_schema  # noqa: PLC0415

    print(json.dumps(json_schema(), indent=1))


@app.command()
def forget(telegram_id: Annotated[int, typer.Argument(help="The person's Telegram id.")]) -> None:
    """Erase a person who has asked for it: their rows, and the key without which no backup can be read."""
    from bot.app import files_of  # noqa: PLC0415  as above
    from bot.runtime.clock import SystemClock  # noqa: PLC0415
    from bot.store.backup import renew_keys  # noqa: PLC0415
    from bot.store.folder import InstanceLock  # noqa: PLC0415
    from bot.store.protocol import StoreError  # noqa: PLC0415
    from bot.store.sqlite import open_heart  # noqa: PLC0415

    settings = settings_or_refuse()
    try:
        lock = InstanceLock(settings.database.parent)
        heart = open_heart(files_of(settings))
    except StoreError as error:
        refuse(f"{error} (stop the bot first, then try again)")

    def unit(work: Work) -> bool:
        person = work.person_in(telegram_id)
        if person is not None:
            work.erase_person(person.id)
        return person is not None

    found = heart.do(unit)
    left = heart.keys_left
    try:
        renew_keys(heart.keys, settings.backup_dir, SystemClock().now())
    except StoreError as error:
        refuse(f"erased here, but not from the copies of the keys: {error}; mend it and run this again")
    finally:
        heart.close()
        lock.release()
    if left:
        refuse("the rows are gone, but the key could not be destroyed; mend the disk and run this again")
    print("Erased, and the key with it: no backup can be read." if found else "Nobody here has this id.")
