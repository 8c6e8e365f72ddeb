"""What must not be served is refused with one clear line and exit code 2, and left as it was.

Never a stack trace, never a fresh empty file in place of a broken one (reliability.md, 12, 38, 46, 48).
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.flow.session import Answer, Session
from bot.store.protocol import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.sandbox import SandboxServer
    from bot.store.protocol import Work

from tests.faults.conftest import COMMAND, CONTENT, Place, everything_in, is_polling, one_line, stopped, until

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = "123456:no-server-knows-this-token-0123456789"


@pytest.fixture
def full(place: Place) -> Place:
    """Return a place with a database in which people have written."""
    place.settings |= {"BOT_TOKEN": TOKEN, "BOT_API_URL": "http://127.0.0.1:9"}
    heart = place.heart()

    def write(work: Work) -> None:
        for number in range(200):
            one = work.add_person(1000 + number, NOW)
            session = Session("f", "n", ("initiator",)).with_answer("initiator", "n", Answer("x" * 500))
            work.add_run(Run(f"r{number}", session, {"initiator": one.id}, NOW, NOW))

    heart.do(write)
    heart.close()
    return place


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def tear(path: Path) -> None:
    os.truncate(path, 1234)


def flip(path: Path) -> None:
    """Break a page in the middle, as a bad disk does."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = bytes(byte ^ 0xFF for byte in content[middle : middle + 4096])
    path.write_bytes(content)


def write_text(path: Path) -> None:
    path.write_text("These are notes, and no database.\n" * 400, encoding="ascii")


def make_newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()


def unlink(path: Path) -> None:
    path.unlink()


def unnamed(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE alembic_version")
    db.close()


DATABASE = [
    (empty, "damaged"), (truncate, "damaged"), (tear, "damaged"), (flip, "damaged"), (write_text, "damaged"),
    (make_newer, "newer version"), (unnamed, "no schema version"), (unlink, "is missing"),
]  # fmt: skip
KEYS = [
    (empty, "damaged"),
    (truncate, "damaged"),
    (tear, "damaged"),
    (write_text, "damaged"),
    (unlink, "missing"),
]


def files_of(place: Place) -> dict[Path, bytes]:
    """Return all files but those that are made at each start: the lock, and SQLite's shared memory."""
    fleeting = ("alongside.lock", "-shm")
    found = everything_in(place.folder).items()
    return {path: content for path, content in found if not path.name.endswith(fleeting)}


def prove_unchanged(place: Place, before: dict[Path, bytes]) -> None:
    # A key file that is sound may get an empty log beside it, or lose it.
    logs = {path for path, content in before.items() if not content and path.name.endswith("-wal")}
    after = {path: content for path, content in files_of(place).items() if content or path in before}
    assert {path: after.get(path) for path in {*before, *after} - logs} == {
        path: content for path, content in before.items() if path not in logs
    }


@pytest.mark.parametrize(("harm", "said"), DATABASE)
def test_a_broken_database(full: Place, harm: Callable[[Path], None], said: str) -> None:
    harm(full.files.database)
    before = files_of(full)
    line = one_line(full.run())
    assert said in line
    assert str(full.files.database) in line
    prove_unchanged(full, before)


def test_a_broken_database_keeps_its_log_too(full: Place, tmp_path: Path) -> None:
    """A process that was killed leaves its last commits in the -wal file: they are not to be touched."""
    heart = full.heart()
    heart.do(lambda work: work.take_in(1, b"x", NOW))
    copy = tmp_path / "copy"
    shutil.copytree(full.data, copy)
    heart.close()
    shutil.rmtree(full.data)
    shutil.copytree(copy, full.data)
    assert full.files.database.with_name("alongside.db-wal").stat().st_size
    shutil.rmtree(copy)
    truncate(full.files.database)
    before = files_of(full)
    assert "damaged" in one_line(full.run())
    prove_unchanged(full, before)


@pytest.mark.parametrize(("harm", "said"), KEYS)
def test_broken_keys(full: Place, harm: Callable[[Path], None], said: str) -> None:
    harm(full.files.keys)
    before = files_of(full)
    line = one_line(full.run())
    assert said in line
    assert str(full.files.keys) in line
    prove_unchanged(full, before)


def other_key(path: Path) -> None:
    path.write_bytes(base64.b64encode(secrets.token_bytes(32)))


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


MASTER = [
    (unlink, "missing"), (other_key, "does not fit"), (open_to_all, "chmod 600"),
    (write_text, "not a master key"),
    (empty, "not a master key"),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "said"), MASTER)
def test_a_wrong_master_key(full: Place, harm: Callable[[Path], None], said: str) -> None:
    """Rule 9."""
    harm(full.files.master_key)
    before = files_of(full)
    line = one_line(full.run())
    assert said in line
    content = before.get(full.files.master_key, b"").decode()
    assert not content or content.strip() not in line
    prove_unchanged(full, before)


def test_a_wrong_master_key_in_the_environment(full: Place) -> None:
    before = files_of(full)
    wrong = base64.b64encode(secrets.token_bytes(32)).decode()
    full.settings["MASTER_KEY"] = wrong
    line = one_line(full.run())
    assert "does not fit" in line
    assert wrong not in line
    full.settings["MASTER_KEY"] = "schlüssel"
    assert "not a master key" in one_line(full.run())
    prove_unchanged(full, before)


def test_an_unwritable_folder_that_cannot_even_be_made(full: Place) -> None:
    (full.folder / "file").write_bytes(b"")
    full.settings["DATA_DIR"] = str(full.folder / "file" / "data")
    assert "cannot be" in one_line(full.run())


@pytest.mark.skipif(os.geteuid() != 0, reason="as another user it is tested by the one below")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_an_unwritable_folder_seen_by_another_user(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Root may write everywhere, so somebody else asks."""
    place.data.mkdir()  # its owner is another one, which comes first
    place.folder.chmod(0o755)
    for parent in place.folder.parents:
        if parent.is_relative_to(tmp_path_factory.getbasetemp().parent):
            parent.chmod(parent.stat().st_mode | 0o055)
    who = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    if subprocess.run([*who, str(COMMAND), "schema"], capture_output=True, check=False).returncode:
        pytest.skip("another user cannot run what is in this checkout")
    place.settings["BOT_TOKEN"] = TOKEN
    assert "cannot be written" in one_line(place.run(*who, str(COMMAND), "run"))
    assert list(place.data.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(place: Place) -> None:
    place.data.mkdir(mode=0o500)
    place.settings["BOT_TOKEN"] = TOKEN
    assert "cannot be written" in one_line(place.run())


async def test_a_second_process_on_the_same_folder(bot: Place, server: SandboxServer) -> None:
    first = bot.start()
    await until(lambda: is_polling(server))
    assert "another Alongside is running" in one_line(bot.run())
    assert first.poll() is None
    assert await stopped(first) == 0


# Telegram says no


def last_line(text: str) -> str:
    """Return the line of refusal; before it there are log lines only, and no traceback."""
    *logs, last = text.splitlines()
    assert all(line.startswith("timestamp=") for line in logs), logs
    assert last.startswith("alongside: ")
    return last


async def test_a_token_that_telegram_does_not_know(bot: Place, server: SandboxServer) -> None:
    bot.settings["BOT_TOKEN"] = TOKEN
    process = bot.start()
    await until(lambda: process.poll() is not None)
    assert process.returncode == 2
    assert "does not know this BOT_TOKEN" in last_line(bot.errors())
    assert TOKEN not in bot.errors()
    assert any(call.status == 401 for call in server.calls)


async def test_another_poller(bot: Place, server: SandboxServer) -> None:
    process = bot.start()
    await until(lambda: is_polling(server))
    server.faults.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    server.world.add_user(1, "Ann")
    server.world.say(1, "/start")
    await until(lambda: process.poll() is not None)
    assert process.returncode == 2
    assert "another program" in last_line(bot.errors())


# Settings and content


def test_without_a_token(place: Place) -> None:
    assert "BOT_TOKEN is missing" in one_line(place.run())
    assert not place.data.exists()


@pytest.mark.parametrize("token", ["nonsense", "1:a/../b", "12:34 56", "1:\N{SNOWMAN}"])
def test_what_is_no_token_is_not_shown(place: Place, token: str) -> None:
    place.settings["BOT_TOKEN"] = token
    line = one_line(place.run())
    assert "BOT_TOKEN is no token" in line
    assert token not in line


def test_token_files(place: Place) -> None:
    path = place.folder / "token"
    place.settings["BOT_TOKEN_FILE"] = str(path)
    assert "cannot be read" in one_line(place.run())
    path.write_bytes(b"\xff\xff")
    assert "cannot be read" in one_line(place.run())
    path.write_bytes(b" \n")
    assert "is no token" in one_line(place.run())


def test_all_faults_of_the_settings_at_once(place: Place) -> None:
    place.settings |= {
        "BOT_TOKEN": TOKEN, "METRICS_PORT": "many", "LOG_LEVEL": "LOUD", "BOT_API_URL": "localhost:8081",
        "DATABASE_URL": "mysql://root:secret@db/x", "WEBHOOK_URL": "https://example.org",
    }  # fmt: skip
    line = one_line(place.run())
    assert all(name in line for name in place.settings if name != "BOT_TOKEN")
    assert "secret" not in line
    assert not place.data.exists()


def test_a_settings_file_that_is_no_text(place: Place) -> None:
    (place.folder / ".env").write_bytes(b"BOT_TOKEN=\xff\xfe")
    assert ".env" in one_line(place.run())


def test_broken_content(bot: Place) -> None:
    shutil.copytree(CONTENT, bot.folder / "content")
    # The small content has enough numbers to run with, and too few for the check.
    shutil.copy(CONTENT.parents[1] / "content" / "helplines.yaml", bot.folder / "content")
    with (bot.folder / "content" / "flows" / "note.yaml").open("a") as flow:
        flow.write("  extra: {say: '{{ nobody }}', next: nowhere}\n")
    bot.settings["CONTENT_DIR"] = str(bot.folder / "content")
    process = bot.run()
    assert process.returncode == 2
    assert "note.yaml:" in last_line(process.stderr)
    assert "alongside check" in process.stderr
    checked = bot.run(str(COMMAND), "check")
    assert checked.returncode == 1
    lines = checked.stdout.splitlines()
    assert len(lines) >= 2, "every fault at once"
    for line in lines:
        file, number, _ = line.split(":", maxsplit=2)
        assert file == str(bot.folder / "content" / "flows" / "note.yaml")
        assert number.isdecimal()


def test_missing_content(bot: Place) -> None:
    bot.settings["CONTENT_DIR"] = str(bot.folder / "nowhere")
    process = bot.run()
    assert process.returncode == 2
    assert "no content folder" in last_line(process.stderr)


@pytest.mark.parametrize("command", [("play", "no.such"), ("graph", "no.such")])
def test_a_flow_that_is_not_there(place: Place, command: tuple[str, ...]) -> None:
    assert "no flow no.such" in one_line(place.run(str(COMMAND), *command))
