"""Words are sealed at rest. Rule 9 of design.md."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from operator import methodcaller
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flow.session import Answer, Session
from bot.store.master import read_master_key
from bot.store.memory import heart_in_memory
from bot.store.protocol import Message, Profile, Run, StoreRefusedError
from bot.store.sqlite import open_heart
from bot.store.vault import KEPT_READY, THE_BOT, Vault, VaultError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.folder import Files
    from bot.store.protocol import Work
    from bot.store.sqlite import Heart

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
ANN, BO = 1, 2
WORDS = "only for Ann's eyes"


@pytest.fixture
def vault() -> Vault:
    made = Vault(KEY, ":memory:")
    made.make(ANN)
    made.make(BO)
    made.commit()
    return made


@given(clear=st.binary(max_size=300), owner=st.sampled_from([THE_BOT, ANN, BO]), place=st.text(max_size=30))
def test_what_is_sealed_opens_in_its_place(clear: bytes, owner: int, place: str) -> None:
    vault = Vault(KEY, ":memory:")
    vault.make(ANN)
    vault.make(BO)
    place = place.encode("utf-8", "ignore").decode()
    sealed = vault.seal(owner, place, clear)
    assert vault.open(owner, place, sealed) == clear
    assert len(sealed) == 12 + len(clear) + 16
    assert vault.seal(owner, place, clear) != sealed, "never the same nonce twice"
    vault.close()


@pytest.mark.parametrize(("owner", "place"), [(BO, "answers|r1|a"), (ANN, "answers|r2|a"), (ANN, "people|1")])
def test_a_value_moved_elsewhere_does_not_open(vault: Vault, owner: int, place: str) -> None:
    sealed = vault.seal(ANN, "answers|r1|a", WORDS.encode())
    with pytest.raises(VaultError) as caught:
        vault.open(owner, place, sealed)
    assert WORDS not in str(caught.value)


@pytest.mark.parametrize("harm", [lambda b: b[:-1], lambda _: b"", lambda b: bytes([b[0] ^ 1]) + b[1:]])
def test_a_damaged_value_does_not_open(vault: Vault, harm: object) -> None:
    assert callable(harm)
    with pytest.raises(VaultError):
        vault.open(ANN, "p", harm(vault.seal(ANN, "p", b"words")))


def test_who_has_no_key_has_no_words(vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.seal(99, "p", b"words")
    with pytest.raises(VaultError):
        vault.open(99, "p", b"words")


def test_a_destroyed_key_opens_nothing(vault: Vault) -> None:
    sealed = vault.seal(ANN, "p", b"words")
    vault.destroy(ANN)
    with pytest.raises(VaultError):
        vault.open(ANN, "p", sealed)
    vault.destroy(ANN)  # erasing twice is no fault


def test_keys_beyond_those_held_ready_still_open() -> None:
    vault = Vault(KEY, ":memory:")
    owners = range(1, KEPT_READY + 10)
    for owner in owners:
        vault.make(owner)
    vault.commit()
    sealed = vault.seal(1, "p", b"words")
    assert len(vault._ready) <= KEPT_READY
    for owner in owners:
        vault.seal(owner, "p", b"")
    assert vault.open(1, "p", sealed) == b"words"


def test_secrets_for_a_purpose_are_the_same_at_every_start(tmp_path: Path) -> None:
    first = Vault(KEY, tmp_path / "keys.db")
    secret = first.derive("buttons")
    assert len(secret) == 32
    assert first.derive("else") != secret
    first.close()
    again = Vault(KEY, tmp_path / "keys.db")
    assert again.derive("buttons") == secret
    again.close()


def test_an_older_master_key_does_not_fit(tmp_path: Path) -> None:
    Vault(KEY, tmp_path / "keys.db").close()
    with pytest.raises(StoreRefusedError, match="does not fit"):
        Vault(OTHER, tmp_path / "keys.db")


# In the database


def write_everything(heart: Heart) -> int:
    """Let Ann write in every table that holds words; return her id."""

    def unit(work: Work) -> int:
        ann = work.add_person(1001, NOW)
        work.save_profile(replace(ann, profile=Profile(name=WORDS)))
        session = Session("f", "n", ("initiator",)).with_answer("initiator", "n", Answer(WORDS))
        work.add_run(Run("r1", session, {"initiator": ann.id}, NOW, NOW))
        number = work.next_message_id(NOW)
        work.add_message(Message(number, 1001, "reply", {"text": WORDS, "rows": []}, person_id=ann.id))
        work.take_in(7, WORDS.encode(), NOW)
        return ann.id

    return heart.do(unit)


def test_erasing_reaches_older_copies_of_the_database(files: Files, tmp_path: Path) -> None:
    heart = open_heart(files)
    ann = write_everything(heart)
    heart._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.db"
    shutil.copy(files.database, backup)
    heart._vault.destroy(ann)
    heart.close()
    shutil.copy(backup, files.database)
    restored = open_heart(files)
    for unit in (
        lambda work: work.person(ann),
        lambda work: work.run("r1"),
        lambda work: work.person_in(1001),
    ):
        with pytest.raises(VaultError):
            restored.do(unit)
    assert restored.do(lambda work: work.waiting_messages()) == [], "put aside; it stops no other message"
    restored.close()


def test_one_unreadable_row_of_the_inbox_does_not_keep_the_bot_from_starting(files: Files) -> None:
    heart = open_heart(files)
    for number in (1, 2, 3):
        heart.do(methodcaller("take_in", number, b"%d" % number, NOW))
    heart._db.execute("UPDATE inbox SET sealed = x'00' WHERE update_id = 2")
    assert heart.do(lambda work: work.waiting_updates()) == [(1, b"1"), (3, b"3")]
    assert heart._db.execute("SELECT state FROM inbox WHERE update_id = 2").fetchone() == ("parked",)
    heart.close()


def test_an_outbox_row_loses_its_words_once_sent(files: Files) -> None:
    heart = open_heart(files)
    write_everything(heart)

    def rows() -> list[tuple[str, bytes | None]]:
        return heart._db.execute("SELECT state, sealed FROM outbox").fetchall()

    assert rows()[0][1]
    found = heart.do(lambda work: work.waiting_messages())
    heart.do(lambda work: work.message_sent(found[0], 5, NOW))
    assert rows() == [("sent", None)]
    heart.close()


@pytest.mark.parametrize("end", ["sent", "parked"])
def test_rows_of_strangers_leave_nothing_behind(end: str) -> None:
    """Refusing consent stores nothing: not even that somebody was there."""
    heart = heart_in_memory()

    def unit(work: Work) -> Message:
        made = Message(work.next_message_id(NOW), 1001, "reply", {"text": "Hello", "rows": []})
        work.add_message(made)
        return made

    made = heart.do(unit)
    if end == "sent":
        heart.do(lambda work: work.message_sent(made, 5, NOW))
    else:
        heart.do(lambda work: work.park_message(made, "gone"))
    assert heart._db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    heart.close()


# The master key


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "data.key"
    made = read_master_key(None, path, may_make=True)
    assert len(made) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_master_key(None, path, may_make=True) == made
    assert [one.name for one in path.parent.iterdir()] == ["data.key"]


def test_a_kill_while_the_key_is_written_leaves_no_half_key(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    path.with_name("data.key.new").write_bytes(b"half")
    assert len(read_master_key(None, path, may_make=True)) == 32
    assert [one.name for one in tmp_path.iterdir()] == ["data.key"]


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe\x00", b"QUJD", b"x" * 100_000])
def test_a_key_file_with_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoreRefusedError, match="not a master key"):
        read_master_key(None, path, may_make=True)
    assert path.read_bytes() == content


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    read_master_key(None, path, may_make=True)
    path.chmod(0o640)
    with pytest.raises(StoreRefusedError, match="chmod 600"):
        read_master_key(None, path, may_make=True)


def test_a_missing_key_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError, match="restore"):
        read_master_key(None, tmp_path / "data.key", may_make=False)
    assert list(tmp_path.iterdir()) == []


def test_places_that_are_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "file" / "data.key"):
        with pytest.raises(StoreRefusedError):
            read_master_key(None, path, may_make=True)


def test_the_key_may_come_from_the_environment(files: Files, tmp_path: Path) -> None:
    with_value = replace(files, master_key_value=base64.b64encode(KEY).decode())
    open_heart(with_value).close()
    assert not files.master_key.exists()
    open_heart(with_value).close()
    with pytest.raises(StoreRefusedError, match="MASTER_KEY"):
        read_master_key("short", tmp_path / "x", may_make=True)
    with pytest.raises(StoreRefusedError, match="does not fit"):
        open_heart(replace(files, master_key_value=base64.b64encode(OTHER).decode()))


# A first start that was killed


@pytest.mark.parametrize("stage", ["master", "empty keys", "keys", "half a database"])
def test_a_first_start_that_was_killed_goes_on(files: Files, stage: str) -> None:
    files.database.parent.mkdir(mode=0o700)
    master = read_master_key(None, files.master_key, may_make=True)
    if stage == "empty keys":
        files.keys.touch(mode=0o600)
    elif stage in {"keys", "half a database"}:
        Vault(master, files.keys).close()
    if stage == "half a database":
        files.database.with_name("alongside.db.new").write_bytes(b"SQLite format 3\0 and no more")
    heart = open_heart(files)
    assert heart.do(lambda work: work.add_person(1, NOW)).chat_id == 1
    heart.close()


def test_words_are_in_no_byte_of_the_folder(files: Files) -> None:
    heart = open_heart(files)
    write_everything(heart)
    every = b"".join(path.read_bytes() for path in files.database.parent.parent.rglob("*") if path.is_file())
    assert WORDS.encode() not in every
    heart.close()
    with sqlite3.connect(files.database) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert not any(WORDS in str(row) for table in tables for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608
    db.close()
