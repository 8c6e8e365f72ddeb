"""The same store in memory, for playing and for tests: nothing survives it."""

from __future__ import annotations

import secrets
import sqlite3

from bot.store.sqlite import Heart, connect
from bot.store.vault import Vault


def heart_in_memory() -> Heart:
    """Return an empty store."""
    db = connect(":memory:")
    make_tables(db)
    return Heart(db, Vault(secrets.token_bytes(32), ":memory:"))


def make_tables(db: sqlite3.Connection) -> None:
    """Make the newest schema without alembic, which is slow to import."""
    from bot.store.migrations.versions.v0001_spine import UP  # noqa: PLC0415

    db.executescript(UP)
