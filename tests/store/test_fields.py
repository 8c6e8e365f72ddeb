"""The list of what is kept is the truth about the tables, and the words for people are all there."""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import TYPE_CHECKING

from bot.library.kept import GROUPS, RULES
from bot.store.keeping import ERASING
from bot.store.protocol.fields import ABOUT_NOBODY, FIELDS, LASTS
from bot.store.queries import load_queries
from bot.store.sqlite import open_heart

if TYPE_CHECKING:
    from bot.store.folder import Files

Column = tuple[str, str]


def columns_of(path: object) -> set[Column]:
    """Return every column of every table in a file."""
    db = sqlite3.connect(str(path))
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        (table, row[1])
        for table in tables
        if table not in ABOUT_NOBODY
        for row in db.execute(f"PRAGMA table_info({table})")
    }
    db.close()
    return found


def test_every_column_of_a_fresh_store_is_in_the_list_and_the_reverse(files: Files) -> None:
    open_heart(files).close()

    listed = [(one.table, one.column) for one in FIELDS]

    assert len(listed) == len(set(listed))
    assert set(listed) == columns_of(files.database) | columns_of(files.keys)


def test_what_is_called_sealed_is_sealed_and_nothing_else() -> None:
    sealed = {(one.table, one.column) for one in FIELDS if one.sealed}

    assert sealed == {(one.table, one.column) for one in FIELDS if one.column.endswith(("sealed", "wrapped"))}


def test_what_belongs_together_stays_equally_long() -> None:
    for group, fields in groupby(sorted(FIELDS, key=lambda one: one.group), key=lambda one: one.group):
        assert len({one.stays for one in fields}) == 1, group


def test_there_are_words_for_each_group_and_each_rule() -> None:
    assert set(GROUPS) == {one.group for one in FIELDS}
    assert set(RULES) == {one.stays for one in FIELDS}


def test_each_span_is_a_rule_that_something_carries_out() -> None:
    assert set(LASTS) - {one.stays for one in FIELDS} == {"parked", "idle", "warning"}


def test_whatever_names_a_person_is_erased_with_them() -> None:
    queries = load_queries("sqlite3")
    erased = " ".join(getattr(queries, one).sql for one in ERASING)
    who = {"person_id", "initiator_id", "partner_id", "one_id", "two_id", "asked_id"}
    named = {one.table for one in FIELDS if one.column in who}

    assert {table for table in named | {"people", "timers"} if table not in erased} == set()
