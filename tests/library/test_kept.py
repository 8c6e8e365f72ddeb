"""The words about what is kept: nothing that is kept goes untold, and nothing is told that is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.library.shelf import BARE, found, sound, write

if TYPE_CHECKING:
    from pathlib import Path

WORDS = BARE["privacy.yaml"]


def test_every_group_and_rule_has_words(tmp_path: Path) -> None:
    kept = sound(write(tmp_path)).kept

    assert kept.what.keys() == kept.why.keys()
    assert kept.what["answers"] == "Words."


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("  answers: Words.\n", "", 1, "kept"),
        ("  answers: Words.\n", "  answers: Words.\n  diaries: Words.\n", 5, "kept"),
        ("  answers: Words.\n", "  answers: 5\n", 4, "kept"),
        ("  answers: Words.\n", "  answers: Words!\n", 4, "voice"),
        ("  answers: Words.\n", '  answers: "{{ me.name }}"\n', 4, "unknown-name"),
        ("  answers: Words.\n", '  answers: "{{"\n', 4, "template"),
    ],
)
def test_a_fault_is_shown_where_it_stands(
    before: str, after: str, line: int, code: str, tmp_path: Path
) -> None:
    write(tmp_path, {"privacy.yaml": WORDS.replace(before, after, 1)})

    assert found(tmp_path) == [("privacy.yaml", line, code)]


def test_a_part_that_is_missing_or_unknown_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, {"privacy.yaml": WORDS.replace("stays:", "lasts:")})

    assert {code for _, _, code in found(tmp_path)} == {"kept"}
