"""The schema: every revision up, down and up again, and one list of them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from bot.store import migrations
from bot.store.memory import make_tables
from bot.store.migrate import REVISIONS, bring_up_to_date, climb, revision_of
from bot.store.protocol import StoreRefusedError

if TYPE_CHECKING:
    from pathlib import Path


def schema(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return name and definition of all that is ours (not alembic's, not SQLite's), blanks evened out."""
    rows = db.execute(
        "SELECT name, sql FROM sqlite_master "
        "WHERE name NOT LIKE '%alembic%' AND name NOT LIKE 'sqlite%' ORDER BY name"
    )
    return [(name, " ".join(sql.split())) for name, sql in rows if sql]


def schema_of(path: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(path)
    try:
        return schema(db)
    finally:
        db.close()


def test_revisions_are_alembics_list() -> None:
    from alembic.config import Config  # noqa: PLC0415  slow to import
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    script = ScriptDirectory.from_config(config)
    assert tuple(one.revision for one in reversed(list(script.walk_revisions()))) == REVISIONS
    assert len(script.get_heads()) == 1


def test_the_stairway(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    before: list[tuple[str, str]] = []
    for below, revision in zip(("base", *REVISIONS), REVISIONS, strict=False):
        climb(path, revision)
        up = schema_of(path)
        assert revision_of(path) == revision
        climb(path, below)
        assert schema_of(path) == before
        climb(path, revision)
        assert schema_of(path) == up
        before = up


def test_the_short_way_makes_the_same_schema(tmp_path: Path) -> None:
    climb(tmp_path / "a.db", "head")
    db = sqlite3.connect(":memory:")
    make_tables(db)
    assert schema(db) == schema_of(tmp_path / "a.db")
    db.close()


def test_a_new_database_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_path: Path, _to: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.migrate.climb", killed)
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()
    bring_up_to_date(tmp_path / "a.db")
    assert [one.name for one in tmp_path.iterdir()] == ["a.db"]


def test_a_folder_with_odd_letters(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c=d#e%20ü"
    folder.mkdir()
    bring_up_to_date(folder / "a.db")
    assert revision_of(folder / "a.db") == REVISIONS[-1]
    assert [one.name for one in folder.iterdir()] == ["a.db"]


@pytest.mark.parametrize("change", ["DELETE FROM alembic_version", "DROP TABLE alembic_version"])
def test_a_database_without_a_version_is_not_ours_to_change(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.db"
    bring_up_to_date(path)
    with sqlite3.connect(path) as db:
        db.execute(change)
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="no schema version"):
        bring_up_to_date(path)
    assert path.read_bytes() == before
