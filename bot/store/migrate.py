"""Brings a SQLite database to the newest schema; alembic is imported only when something is due."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from bot.store.private import make_file
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

REVISIONS = ("0001",)
"""Every schema, oldest first; a test compares this with alembic's own list."""

CHECKED_UP_TO = 64 * 1024 * 1024
"""Bytes of database that are read through at every start; a larger one is left to `alongside doctor`."""


def revision_of(path: Path) -> str | None:
    """Return the schema that a database file has, or None when it has none. Raises StoreRefusedError."""
    try:
        row = look(path, "SELECT version_num FROM alembic_version")
    except sqlite3.DatabaseError as error:
        if "no such table" in str(error):
            return None
        raise StoreRefusedError(_broken(path, str(error))) from None
    return row[0] if row else None


def look(path: Path, question: str, *values: int) -> tuple[Any, ...] | None:
    """Ask a database file one thing without changing a byte of it. Raises sqlite3.DatabaseError."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        row: tuple[Any, ...] | None = db.execute(question, values).fetchone()
    finally:
        db.close()
    return row


def prove_whole(path: Path) -> None:
    """Read a database through, if it is not too large. Raises StoreRefusedError; changes nothing."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise StoreRefusedError(_broken(path, "it is empty"))
        if size <= CHECKED_UP_TO and look(path, "PRAGMA quick_check(1)") != ("ok",):
            raise StoreRefusedError(_broken(path, "its pages do not fit together"))
    except OSError as error:
        raise StoreRefusedError(f"the database {path} cannot be read: {error.strerror}") from None
    except sqlite3.DatabaseError as error:
        raise StoreRefusedError(_broken(path, str(error))) from None


def _broken(path: Path, why: str) -> str:
    return f"the database {path} is damaged ({why}); it is left as it is: restore it from a backup"


def bring_up_to_date(path: Path) -> None:
    """Climb to the newest schema in one transaction. Raises StoreRefusedError."""
    if not path.exists():
        _make(path)
        return
    prove_whole(path)
    now = revision_of(path)
    if now is not None and now not in REVISIONS:
        message = (
            f"the database {path} was written by a newer version ({now}); update Alongside, then start again"
        )
        raise StoreRefusedError(message)
    if now is None:
        raise StoreRefusedError(_broken(path, "it has no schema version"))
    if now != REVISIONS[-1]:
        climb(path, "head")


def _make(path: Path) -> None:
    """Make a database under another name first: a kill in the middle leaves none that looks whole."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    make_file(fresh)
    climb(fresh, "head")
    fresh.rename(path)


def climb(path: Path, to: str) -> None:
    """Go up or down to a revision (`head`, `base` or a number)."""
    from alembic import command  # noqa: PLC0415  imported only when a migration is due
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import URL, create_engine, event  # noqa: PLC0415

    from bot.store import migrations  # noqa: PLC0415

    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _plain(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        if to == "base" or (to != "head" and int(to) < int(_revision(connection) or 0)):
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)
    engine.dispose()


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415

    return MigrationContext.configure(connection).get_current_revision()
