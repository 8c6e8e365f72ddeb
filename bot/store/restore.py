"""Bringing a backup back: who was erased since does not come with it, and nothing is sent or joined twice.

The newest keys tell who was erased: whoever has no key there is gone. Their rows could not be read any more,
and they are dropped as well. All of this is done on a copy, which takes its place only when it is whole.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from bot.store.folder import connect, prove_keys
from bot.store.master import read_master_key
from bot.store.migrate import REVISIONS, bring_up_to_date, prove_whole, revision_of
from bot.store.private import make_file, make_folder, sync
from bot.store.protocol import StoreRefusedError
from bot.store.rotate import settle
from bot.store.rows import to_ms
from bot.store.sqlite import Heart
from bot.store.vault import Vault

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.store.folder import Files

_ENDINGS = ("", "-wal", "-shm", "-journal")


def restore(files: Files, database: Path, keys: Path | None, now: datetime) -> None:
    """Put a backup in place, without the people who were erased since. Raises StoreRefusedError.

    `keys` is left out when the data folder still has its own. The caller holds the folder.
    """
    _prove_free(files, keys)
    for path in filter(None, (database, keys)):
        if not path.is_file():
            raise StoreRefusedError(f"there is no file {path}")
    prove_whole(database)
    if revision_of(database) not in REVISIONS:
        raise StoreRefusedError(f"{database} is no backup of this or an older version of Alongside")
    prove_keys(keys or files.keys)
    place = files.master_key if files.master_key_value else settle(files.master_key, keys or files.keys)
    master = read_master_key(files.master_key_value, place, may_make=False)
    fresh, fresh_keys = _beside(files.database), _beside(files.keys)
    try:
        make_folder(files.database.parent)
        _copy(database, fresh)
        if keys is not None:
            _copy(keys, fresh_keys)
        _bring_up(fresh, Vault(master, fresh_keys if keys else files.keys), now)
        # The keys first: a database without them would be refused, keys without a database are waited for.
        if keys is not None:
            _take_place(fresh_keys, files.keys)
        _take_place(fresh, files.database)
    except (OSError, sqlite3.Error) as error:
        raise StoreRefusedError(f"the backup could not be brought back: {error}") from None


def _prove_free(files: Files, keys: Path | None) -> None:
    """Raise StoreRefusedError when something would be overwritten, or when no keys are to be had."""
    if files.database.exists():
        raise StoreRefusedError(
            f"there is a database {files.database}; move it away first if the backup is to take its place"
        )
    if keys is None and not files.keys.exists():
        raise StoreRefusedError("the keys are missing; name their newest copy with --keys")
    if keys is not None and files.keys.exists():
        raise StoreRefusedError(
            f"there are keys {files.keys}, which know best who was erased; leave --keys out to use them, "
            "or move them away"
        )


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".restoring")


def _copy(source: Path, target: Path) -> None:
    for ending in _ENDINGS:
        target.with_name(target.name + ending).unlink(missing_ok=True)
    make_file(target)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _bring_up(path: Path, vault: Vault, now: datetime) -> None:
    """Make the copy fit for today, and leave it in one file."""
    try:
        bring_up_to_date(path)
        db = connect(path)
        heart = Heart(db, vault)
    except BaseException:
        vault.close()
        raise
    owners = vault.owners()
    gone = [number for (number,) in db.execute("SELECT id FROM people").fetchall() if number not in owners]
    for number in gone:
        heart.do(lambda work, number=number: work.erase_person(number))  # type: ignore[misc]
    db.execute("BEGIN IMMEDIATE")
    # What was due since the backup has been sent, or is too late: the ticker passes to the next date.
    db.execute("UPDATE schedules SET wanted = 0 WHERE due_at <= ?", (to_ms(now),))
    db.execute(
        "UPDATE outbox SET state = 'parked', reason = 'restored', sealed = NULL "
        "WHERE kind = 'nudge' AND state IN ('new', 'sending', 'retry')"
    )
    db.execute(
        "UPDATE outbox SET state = 'parked', reason = 'restored', sealed = NULL WHERE state IN "
        "('new', 'sending', 'retry') AND session_id IN (SELECT id FROM sessions WHERE partner_id IS NOT NULL)"
    )
    # Who has parted since the backup must not be joined again, nor a used link work once more.
    db.execute("DELETE FROM invites")
    db.execute("DELETE FROM couples")
    db.execute("UPDATE sessions SET status = 'left' WHERE status = 'active' AND partner_id IS NOT NULL")
    db.execute("DELETE FROM timers WHERE session_id IN (SELECT id FROM sessions WHERE status <> 'active')")
    # No newcomer gets the number of somebody who came after the backup, or left.
    used = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'people'").fetchone()[0]
    db.execute("DELETE FROM sqlite_sequence WHERE name = 'people'")
    db.execute("INSERT INTO sqlite_sequence VALUES ('people', ?)", (max(used, *owners),))
    db.execute("COMMIT")
    heart.close()


def _take_place(fresh: Path, path: Path) -> None:
    """Give a whole copy its name; a log left there by another database must not be read into it."""
    for ending in _ENDINGS[1:]:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()
    sync(fresh)
    fresh.rename(path)
    sync(path.parent)
