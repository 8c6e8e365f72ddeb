"""One look that tells an operator whether all is well, and nothing about anybody."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import doctor
from bot.app import files_of
from bot.doctor import examine
from bot.settings import Settings
from bot.store.backup import at_rest
from bot.store.folder import InstanceLock
from bot.store.protocol import Profile
from bot.store.rotate import beside
from bot.store.sqlite import open_heart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.store.protocol import Work

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = "123456:canary-token-that-nobody-should-see"
ANN = 771001


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        bot_token=TOKEN, data_dir=tmp_path / "data", master_key_file=tmp_path / "data.key",
        backup_dir=tmp_path / "b",
    )  # fmt: skip


@pytest.fixture
def lived_in(settings: Settings) -> Settings:
    """Return a place where Ann has been, and a backup was made."""
    heart = open_heart(files_of(settings))

    def unit(work: Work) -> None:
        ann = work.add_person(ANN, NOW)
        work.save_profile(replace(ann, profile=Profile(name="Canary Ann")))
        work.take_in(1, b"canary words", NOW)
        work.park_update(1, "failed")
        work.take_in(2, b"canary words", NOW)

    heart.do(unit)
    heart.close()
    assert settings.backup_dir
    at_rest(files_of(settings), settings.backup_dir, NOW)
    return settings


def faults(settings: Settings, now: datetime = NOW) -> dict[str, str]:
    return {one.name: one.text for one in examine(settings, now) if one.well is False}


def test_before_the_first_start_all_is_well(settings: Settings, tmp_path: Path) -> None:
    assert faults(settings) == {}
    assert not list(tmp_path.iterdir()), "it only looks"


def test_where_people_have_been_all_is_well_and_nothing_is_said_of_them(lived_in: Settings) -> None:
    before = {path: path.read_bytes() for path in lived_in.data_dir.iterdir()}
    findings = list(examine(lived_in, NOW + timedelta(hours=1)))
    assert [one for one in findings if one.well is False] == []
    screen = "\n".join(f"{one.name} {one.text}" for one in findings)
    assert "canary" not in screen.lower()
    assert str(ANN) not in screen
    assert "123456" not in screen
    assert {one.name: one.text for one in findings if "updates" in one.name} == {
        "updates waiting": "1",
        "updates set aside": "1",
    }
    assert len(findings) < 20, "one screen"
    after = {path: path.read_bytes() for path in lived_in.data_dir.iterdir()}
    assert {path: after.get(path) for path in before} == before


def test_it_may_look_while_the_bot_runs(lived_in: Settings) -> None:
    lock = InstanceLock(lived_in.data_dir)
    heart = open_heart(files_of(lived_in))
    heart.do(lambda work: work.take_in(3, b"x", NOW))
    findings = {one.name: one for one in examine(lived_in, NOW)}
    assert "is running" in findings["data folder"].text
    assert findings["updates waiting"].text == "2"
    heart.do(lambda work: work.take_in(4, b"x", NOW))
    heart.close()
    lock.release()


def open_to_others(settings: Settings) -> None:
    settings.data_dir.chmod(0o755)


def unkeyed(settings: Settings) -> None:
    settings.key_path.unlink()


def keys_open(settings: Settings) -> None:
    (settings.data_dir / "keys.db").chmod(0o644)


def other_key(settings: Settings) -> None:
    settings.key_path.write_text("A" * 43 + "=\n", encoding="ascii")


def half_rotated(settings: Settings) -> None:
    beside(settings.key_path.resolve()).touch()


def torn(settings: Settings) -> None:
    os.truncate(settings.database, settings.database.stat().st_size // 2 // 4096 * 4096)


def newer(settings: Settings) -> None:
    with sqlite3.connect(settings.database) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()


def keyless(settings: Settings) -> None:
    (settings.data_dir / "keys.db").unlink()


@pytest.mark.parametrize(
    ("harm", "name", "said"),
    [
        (open_to_others, "data folder", "chmod 700"), (unkeyed, "master key", "missing"),
        (keys_open, "keys", "chmod 600"), (other_key, "master key", "does not fit"),
        (half_rotated, "master key", "keys rotate"), (torn, "database", ""), (newer, "schema", "newer"),
        (keyless, "keys", "missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    lived_in: Settings, harm: Callable[[Settings], None], name: str, said: str
) -> None:
    harm(lived_in)
    assert said in faults(lived_in)[name]


def test_the_machine_is_looked_at_too(lived_in: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "earlier than what is stored" in faults(lived_in, NOW - timedelta(hours=1))["clock"]
    assert set(faults(lived_in, NOW + timedelta(days=3))) == {"last backup"}
    assert set(faults(lived_in.model_copy(update={"bot_token": None}))) == {"token"}
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**18)
    assert set(faults(lived_in)) == {"disk"}
