"""Backups: whole or not there, and nobody who was erased comes back with one (reliability.md, 39 and 40)."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.backups import Backups, ask, prove_not_lost
from bot.flow.session import Answer, Session
from bot.runtime.clock import MovableClock
from bot.settings import Settings
from bot.store import backup
from bot.store.backup import at_rest, found, prune
from bot.store.protocol import Invite, Message, Profile, Run, Schedule, StoreError, StoreRefusedError
from bot.store.restore import restore
from bot.store.sqlite import open_heart, open_store
from tests.store.conftest import NOW, files_in
from tests.store.killed import until_line

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files
    from bot.store.protocol import Work
    from bot.store.sqlite import Heart

ANN, BO = 1001, 1002
CANARY = "canary words of Ann"


def write(work: Work, chat: int = ANN, words: str = CANARY) -> int:
    """Let somebody write in every place that holds words."""
    person = work.add_person(chat, NOW)
    work.save_profile(replace(person, profile=Profile(name=words)))
    session = Session("f", "n", ("initiator",)).with_answer("initiator", "n", Answer(words))
    work.add_run(Run(f"run{chat}", session, {"initiator": person.id}, NOW, NOW))
    body = {"text": words, "rows": []}
    work.add_message(Message(work.next_message_id(NOW), chat, "reply", body, person_id=person.id))
    return person.id


@pytest.fixture
def heart(files: Files) -> Heart:
    opened = open_heart(files)
    opened.do(write)
    opened.do(partial(write, chat=BO, words="words of Bo"))
    return opened


def lose(files: Files) -> None:
    """Lose the disk with the data folder; the master key is elsewhere."""
    for path in files.database.parent.iterdir():
        path.unlink()


def newest(folder: Path) -> tuple[Path, Path]:
    return list(found(folder))[-1], list(found(folder / "keys"))[-1]


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# Making one


def test_a_backup_has_two_halves_apart_and_for_its_owner_alone(
    files: Files, heart: Heart, tmp_path: Path
) -> None:
    heart.close()
    made = at_rest(files, tmp_path / "b", NOW)
    assert [str(path.relative_to(tmp_path / "b")) for path in sorted((tmp_path / "b").rglob("*"))] == [
        "alongside-20260302T120000Z.db",
        "keys",
        "keys/keys-20260302T120000Z.db",
    ]
    assert made.stat().st_mode & 0o077 == 0
    assert (made.parent / "keys").stat().st_mode & 0o077 == 0
    assert CANARY.encode() not in everything(tmp_path / "b")


def test_what_comes_back_is_what_was_there(files: Files, heart: Heart, tmp_path: Path) -> None:
    secret = heart.derive("buttons")
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    lose(files)
    restore(files, *newest(tmp_path / "b"), NOW)
    again = open_heart(files)
    person = again.do(lambda work: work.person_in(ANN))
    assert person is not None
    assert person.profile.name == CANARY
    run = again.do(lambda work: work.run(f"run{ANN}"))
    assert run is not None
    assert run.session.answers["initiator"]["n"].value == CANARY
    assert again.derive("buttons") == secret
    again.close()
    assert sorted(path.name for path in files.database.parent.iterdir()) == ["alongside.db", "keys.db"]


async def test_a_backup_made_while_people_write_is_of_one_moment(files: Files, tmp_path: Path) -> None:
    store = await open_store(files)
    settings = Settings(data_dir=files.database.parent, backup_dir=tmp_path / "b")
    backups = Backups(store, settings, MovableClock(frozen_at=NOW))
    stop = asyncio.Event()
    written: list[int] = []

    async def writing(begin: int) -> None:
        while not stop.is_set():
            number = begin + len(written)
            written.append(await store.run(partial(write, chat=number)))

    writers = [asyncio.create_task(writing(10_000 * n)) for n in range(1, 4)]
    await asyncio.sleep(0.05)
    before = len(written)
    await backups.daily()
    await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*writers)
    await store.close()
    assert before
    database, keys = newest(tmp_path / "b")
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        people = {number for (number,) in db.execute("SELECT id FROM people")}
        assert db.execute("SELECT count(*) FROM sessions").fetchone()[0] == len(people) >= before
        assert len(people) < len(written)
    db.close()
    with sqlite3.connect(keys) as db:
        assert {number for (number,) in db.execute("SELECT owner FROM key")} == {0, *people}
    db.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_at_any_line_no_half_backup_has_its_name(files: Files, heart: Heart, tmp_path: Path) -> None:
    heart.close()
    number, folder, finished = 1, tmp_path / "b", 0
    ours = ("store/backup.py", "store/private.py")
    while not until_line(number, partial(at_rest, files, folder, NOW), ours):
        for path in [*found(folder), *found(folder / "keys")]:
            with sqlite3.connect(path) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), number
                assert db.execute("SELECT count(*) > 0 FROM sqlite_master").fetchone()[0], number
            db.close()
            path.unlink()
            finished += 1
        number += 1
    assert number > 40
    assert finished
    at_rest(files, folder, NOW + timedelta(seconds=1))
    assert not list(folder.rglob("*.part")), "what a kill has left is cleared away by the next"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_at_any_line_a_restore_can_be_done_again(files: Files, heart: Heart, tmp_path: Path) -> None:
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    database, keys = newest(tmp_path / "b")
    number = 1
    lose(files)
    while True:
        work = partial(restore, files, database, None if files.keys.exists() else keys, NOW)
        if until_line(number, work, ("store/restore.py", "store/private.py")):
            break
        if files.database.exists():
            open_heart(files).close()
        if number % 3 == 0:
            lose(files)
        elif files.database.exists():
            files.database.unlink()
        number += 1
    assert number > 40
    again = open_heart(files)
    assert again.do(lambda work: work.person_in(ANN)) is not None
    again.close()


def test_databases_stay_a_month_and_keys_two_days(files: Files, heart: Heart, tmp_path: Path) -> None:
    heart.close()
    for day in range(40):
        at_rest(files, tmp_path, NOW + timedelta(days=day))
        prune(tmp_path, NOW + timedelta(days=day), 30)
    assert len(found(tmp_path)) == 31
    assert [moment - NOW for moment in found(tmp_path / "keys").values()] == [
        timedelta(days=38),
        timedelta(days=39),
    ]


def test_a_clock_that_jumps_ten_years_leaves_the_newest(files: Files, heart: Heart, tmp_path: Path) -> None:
    heart.close()
    at_rest(files, tmp_path, NOW)
    at_rest(files, tmp_path, NOW + timedelta(days=3650))
    prune(tmp_path, NOW + timedelta(days=3650), 30)
    assert len(found(tmp_path)) == len(found(tmp_path / "keys")) == 2


# Nobody who left comes back


@pytest.mark.parametrize("keys_are_lost", [True, False])
def test_who_was_erased_after_the_backup_stays_erased(
    files: Files, heart: Heart, tmp_path: Path, *, keys_are_lost: bool
) -> None:
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    heart = open_heart(files)
    heart.do(lambda work: work.erase_person(1))
    heart.close()
    at_rest(files, tmp_path / "b", NOW + timedelta(hours=1))
    old, (_, keys) = min(found(tmp_path / "b")), newest(tmp_path / "b")
    if keys_are_lost:
        lose(files)
    else:
        files.database.unlink()
    restore(files, old, keys if keys_are_lost else None, NOW + timedelta(hours=2))
    again = open_heart(files)
    assert again.do(lambda work: work.person_in(ANN)) is None
    assert again.do(lambda work: work.run(f"run{ANN}")) is None
    kept = again.do(lambda work: work.person_in(BO))
    assert kept is not None
    assert kept.profile.name == "words of Bo"
    rows = sum(
        again._db.execute(f"SELECT count(*) FROM {table} WHERE {column} = 1").fetchone()[0]  # noqa: S608
        for table, column in (("people", "id"), ("answers", "person_id"), ("outbox", "person_id"),
                              ("sessions", "initiator_id"), ("sessions", "owner"))
    )  # fmt: skip
    assert rows == 0, "not even a row that says that she was there"
    assert [m.body["text"] for m in again.do(lambda work: work.waiting_messages())] == ["words of Bo"]
    again.close()


async def test_forgetting_reaches_the_backups_at_once(files: Files, tmp_path: Path) -> None:
    """An hour later the disk is lost: neither copy of the keys opens what she wrote."""
    store, clock = await open_store(files), MovableClock(frozen_at=NOW)
    backups = Backups(store, Settings(data_dir=files.database.parent, backup_dir=tmp_path / "b"), clock)
    ann = await store.run(write)
    await store.run(partial(write, chat=BO))
    await backups.daily()
    clock.move(timedelta(days=1))
    await backups.daily()
    assert len(found(tmp_path / "b" / "keys")) == 2
    await backups.asked()
    assert len(found(tmp_path / "b" / "keys")) == 2, "nobody was erased: nothing to do"
    clock.move(timedelta(hours=1))
    await store.run(lambda work: work.erase_person(ann))
    await backups.asked()
    assert store._heart.keys.erased() == set(), "nobody needs to know her number any more"
    await store.close()
    ((keys, moment),) = found(tmp_path / "b" / "keys").items()
    assert moment == NOW + timedelta(days=1, hours=1)
    with sqlite3.connect(keys) as db:
        assert db.execute("SELECT owner FROM key ORDER BY owner").fetchall() == [(0,), (2,)]
    db.close()
    for database in found(tmp_path / "b"):
        place = files_in(tmp_path / f"restored {database.stem}", None)
        place = replace(place, master_key=files.master_key)
        restore(place, database, keys, clock.now())
        again = open_heart(place)
        assert again.do(lambda work: work.person_in(ANN)) is None
        assert again.do(lambda work: work.person_in(BO)) is not None
        again.close()


def test_a_newcomer_never_gets_the_number_of_somebody_who_came_after_the_backup(
    files: Files, heart: Heart, tmp_path: Path
) -> None:
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    heart = open_heart(files)
    heart.do(partial(write, chat=5000))
    heart.close()
    files.database.unlink()
    restore(files, newest(tmp_path / "b")[0], None, NOW)
    again = open_heart(files)
    assert again.do(lambda work: work.add_person(6000, NOW)).id == 4
    again.close()


def test_passed_invitations_are_not_repeated(files: Files, heart: Heart, tmp_path: Path) -> None:
    """Yesterday's backup: what was due since has been sent, or has waited too long."""
    due, later = NOW + timedelta(hours=2), NOW + timedelta(days=3)

    def ask_weekly(work: Work) -> None:
        for person, moment in ((1, due), (2, later)):
            work.save_schedule(Schedule(person, 0, 840, "UTC", slot=moment, wanted=moment, due_at=moment))
        body = {"text": "half sent", "rows": []}
        work.add_message(Message(work.next_message_id(NOW), ANN, "nudge", body, person_id=1))

    heart.do(ask_weekly)
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    lose(files)
    restore(files, *newest(tmp_path / "b"), NOW + timedelta(hours=5))
    again = open_heart(files)
    passed, coming = (again.do(lambda work, n=n: work.schedule_of(n)) for n in (1, 2))  # type: ignore[misc]
    assert passed is not None
    assert passed.wanted == datetime(1970, 1, 1, tzinfo=NOW.tzinfo), "too late for the ticker to send"
    assert passed.slot == passed.due_at == due
    assert coming is not None
    assert coming.wanted == later
    assert again.do(lambda work: work.claim_nudges(NOW, 9)) == []
    again.close()


# Refusing


def test_who_parted_since_is_not_joined_again(files: Files, heart: Heart, tmp_path: Path) -> None:
    def pair(work: Work) -> int:
        ann, bo = work.person_in(ANN), work.person_in(BO)
        assert ann is not None
        assert bo is not None
        couple = work.add_couple(ann.id, bo.id, ("Ann", "Bo"), NOW)
        work.keep_invite(Invite(b"h" * 32, "group", ann.id, NOW + timedelta(days=1)))
        session = Session("two.f", "n", ("initiator", "partner"))
        work.add_run(Run("both", session, {"initiator": ann.id, "partner": bo.id}, NOW, NOW))
        work.set_timer("both", 0, NOW)
        return couple.id

    couple_id = heart.do(pair)
    heart.close()
    at_rest(files, tmp_path / "backups", NOW)
    later = open_heart(files)
    later.do(lambda work: work.end_couple(couple_id))
    later.close()
    lose(files)
    restore(files, *newest(tmp_path / "backups"), NOW)
    again = open_heart(files)
    ann = again.do(lambda work: work.person_in(ANN))
    assert ann is not None
    assert again.do(lambda work: work.couple_of(ann.id)) is None
    assert again.do(lambda work: work.invite_of(ann.id, "group")) is None
    assert {run.id for run in again.do(lambda work: work.open_runs(ann.id))} == {f"run{ANN}"}
    assert again.do(lambda work: work.due_timers(NOW, 9)) == []


def test_nothing_is_overwritten(files: Files, heart: Heart, tmp_path: Path) -> None:
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    database, keys = newest(tmp_path / "b")
    before = everything(files.database.parent)
    with pytest.raises(StoreRefusedError, match="there is a database"):
        restore(files, database, keys, NOW)
    assert everything(files.database.parent) == before
    files.database.unlink()
    with pytest.raises(StoreRefusedError, match="know best who was erased"):
        restore(files, database, keys, NOW)
    files.keys.unlink()
    with pytest.raises(StoreRefusedError, match="newest copy"):
        restore(files, database, None, NOW)
    assert not list(files.database.parent.iterdir())


@pytest.mark.parametrize("harm", ["database", "keys", "master key", "swapped", "missing"])
def test_what_does_not_fit_is_not_brought_back(files: Files, heart: Heart, tmp_path: Path, harm: str) -> None:
    heart.close()
    at_rest(files, tmp_path / "b", NOW)
    database, keys = newest(tmp_path / "b")
    lose(files)
    if harm == "database":
        os.truncate(database, 8192)
    elif harm == "keys":
        keys.write_bytes(b"notes" * 2000)
    elif harm == "master key":
        files.master_key.unlink()
    elif harm == "swapped":
        database, keys = keys, database
    else:
        keys.unlink()
    with pytest.raises(StoreRefusedError):
        restore(files, database, keys, NOW)
    assert not files.database.exists()


def test_a_lost_disk_does_not_begin_anew_beside_its_backups(
    files: Files, heart: Heart, tmp_path: Path
) -> None:
    heart.close()
    settings = Settings(data_dir=files.database.parent, backup_dir=tmp_path / "b")
    prove_not_lost(settings)
    at_rest(files, tmp_path / "b", NOW)
    prove_not_lost(settings)
    lose(files)
    with pytest.raises(StoreRefusedError, match="restore it"):
        prove_not_lost(settings)


# The command, while the bot runs


async def test_the_running_bot_makes_the_backup_it_is_asked_for(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(files)
    settings = Settings(data_dir=files.database.parent)
    backups = Backups(store, settings, MovableClock(frozen_at=NOW))
    await backups.daily()

    async def asked(folder: Path) -> Path:
        asking = asyncio.create_task(asyncio.to_thread(ask, files.database.parent, folder))
        while not asking.done():
            await backups.asked()
            await asyncio.sleep(0.01)
        return asking.result()

    made = await asked(tmp_path / "b")
    assert list(found(tmp_path / "b")) == [made]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        await asked(tmp_path / "file" / "b")
    assert not [path for path in files.database.parent.iterdir() if path.name.startswith("backup.")]
    monkeypatch.setattr("bot.backups.PATIENCE", 0.2)
    with pytest.raises(StoreError, match="does not answer"):
        await asyncio.to_thread(ask, files.database.parent, tmp_path / "b")
    await store.close()


async def test_a_full_disk_leaves_no_half_backup_and_stops_nothing(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(files)
    backups = Backups(
        store, Settings(data_dir=files.database.parent, backup_dir=tmp_path), MovableClock(frozen_at=NOW)
    )
    with monkeypatch.context() as full:
        full.setattr(backup, "sync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        await backups.daily()
    assert not found(tmp_path)
    await store.run(write)
    await backups.daily()
    assert len(found(tmp_path)) == 1
    await store.close()
