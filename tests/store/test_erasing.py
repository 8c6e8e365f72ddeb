"""A person who asked to be erased: no row, no key, and no copy of the database that still tells (rule 9)."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.flow.session import Answer, Session
from bot.store.folder import Files
from bot.store.protocol import Message, Run, Schedule, Work
from bot.store.sqlite import Heart, open_heart
from bot.store.vault import VaultError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 2, 19, tzinfo=UTC)
ANN, BO = 1001, 1002


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "data" / "alongside.db", tmp_path / "data" / "keys.db", tmp_path / "data.key")


def fill(heart: Heart) -> int:
    """Let Ann and Bo be there, with something of Ann's in every table, and one session of both."""

    def unit(work: Work) -> int:
        ann, bo = work.add_person(ANN, NOW), work.add_person(BO, NOW)
        alone = Session("a.b", "n", ("initiator",), answers={"initiator": {"n": Answer("mine")}})
        work.add_run(Run("alone", alone, {"initiator": ann.id}, NOW, NOW))
        both = Session(
            "a.c",
            "n",
            ("initiator", "partner"),
            answers={"initiator": {"n": Answer("hers")}, "partner": {"n": Answer("his")}},
        )
        work.add_run(Run("both", both, {"initiator": ann.id, "partner": bo.id}, NOW, NOW))
        work.set_timer("alone", 1, NOW)
        work.save_schedule(Schedule(ann.id, 6, 1080, "Europe/Lisbon", due_at=NOW, slot=NOW, wanted=NOW))
        work.mark_fired(ann.id, NOW.date(), 0)
        work.add_message(Message(work.next_message_id(NOW), ANN, "reply", {"text": "x", "rows": []}, ann.id))
        return ann.id

    return heart.do(unit)


def test_nothing_of_her_stays_and_his_own_words_do(files: Files) -> None:
    heart = open_heart(files)
    ann = fill(heart)
    heart.do(lambda work: work.erase_person(ann))
    counts = {
        table: heart._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  names below
        for table in ("people", "sessions", "answers", "timers", "schedules", "fired", "outbox")
    }
    assert counts == {
        "people": 1,
        "sessions": 1,
        "answers": 1,
        "timers": 0,
        "schedules": 0,
        "fired": 0,
        "outbox": 0,
    }
    both = heart.do(lambda work: work.run("both"))
    assert both is not None
    assert both.session.status == "left"
    assert both.session.answers == {"partner": {"n": Answer("his")}}
    heart.do(lambda work: work.erase_person(ann))
    heart.close()


def test_no_older_copy_can_be_read(files: Files, tmp_path: Path) -> None:
    heart = open_heart(files)
    ann = fill(heart)
    heart._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "yesterday.db"
    shutil.copy(files.database, backup)
    with sqlite3.connect(backup) as db:
        sealed = db.execute("SELECT sealed FROM answers WHERE session_id = 'alone'").fetchone()[0]
    db.close()
    assert b"mine" in heart._vault.open(ann, "answers|alone", sealed)
    heart.do(lambda work: work.erase_person(ann))
    with pytest.raises(VaultError):
        heart._vault.open(ann, "answers|alone", sealed)
    heart.close()


def test_a_unit_that_fails_erases_nobody(files: Files) -> None:
    heart = open_heart(files)
    ann = fill(heart)

    def fails(work: Work) -> None:
        work.erase_person(ann)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        heart.do(fails)
    run = heart.do(lambda work: work.run("alone"))
    assert run is not None
    assert run.session.answers["initiator"]["n"] == Answer("mine")
    heart.close()


def test_a_kill_before_the_key_is_destroyed_is_made_good_at_the_next_start(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = open_heart(files)
    ann = fill(heart)
    with monkeypatch.context() as killed:
        killed.setattr(Heart, "_destroy_keys", lambda _: None)
        heart.do(lambda work: work.erase_person(ann))
    heart._vault.seal(ann, "people|1", b"the key is still there")
    heart.close()
    heart = open_heart(files)
    with pytest.raises(VaultError):
        heart._vault.seal(ann, "people|1", b"no key")
    assert not heart.keys_left
    heart.close()


def test_the_way_through_a_session_is_not_in_the_file(files: Files) -> None:
    """The names of the nodes she passed would tell what she answered."""
    heart = open_heart(files)

    def unit(work: Work) -> None:
        ann = work.add_person(ANN, NOW)
        answers = {"initiator": {"canary_node": Answer("yes")}}
        session = Session("a.b", "canary_here", ("initiator",), trail=("canary_way",), answers=answers)  # type: ignore[arg-type]
        work.add_run(Run("alone", session, {"initiator": ann.id}, NOW, NOW))

    heart.do(unit)
    heart._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"canary" not in files.database.read_bytes()
    assert b"alone" in files.database.read_bytes(), "the test looks into the right file"
    heart.close()
