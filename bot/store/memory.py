"""The same store in memory, for playing and for tests: nothing survives it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.store.folder import connect
from bot.store.sqlite import Heart
from bot.store.vault import Vault

if TYPE_CHECKING:
    import sqlite3


def heart_in_memory() -> Heart:
    """Return an empty store."""
    db = connect(":memory:")
    make_tables(db)
    return Heart(db, Vault(secrets.token_bytes(32), ":memory:"))


def make_tables(db: sqlite3.Connection) -> None:
    """Make the newest schema without alembic, which is slow to import."""
    from bot.store.migrations.versions.v0001_spine import UP  # noqa: PLC0415

    db.executescript(UP)
