"""What was proven once is read without proof; any other byte, or another check, is proven again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.library import checks, proven
from bot.library import load as module
from bot.library.load import load
from bot.library.source import ContentError
from tests.library.shelf import STORY, write

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
    spec: 1
    id: story.one
    about: {title: A story, minutes: 1, gate: none, evidence: none needed}
    start: a
    nodes:
      a: {say: "Words for {{ me.name }}."}
    """


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write(tmp_path / "content", {STORY: GOOD})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often everything was looked at together."""
    counted: list[int] = []
    check = checks.check

    def counting(*arguments: object) -> object:
        counted.append(1)
        return check(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "check", counting)
    return counted


def test_a_restart_proves_nothing_again_and_reads_the_same(
    content: Path, data: Path, checked: list[int]
) -> None:
    first, second = load(content, data), load(content, data)
    assert checked == [1]
    assert (first.flows, first.messages, first.pages) == (second.flows, second.messages, second.pages)


@pytest.mark.parametrize("where", [STORY, "messages.yaml"])
def test_one_byte_more_is_proven_again(content: Path, data: Path, checked: list[int], where: str) -> None:
    load(content, data)
    path = content / where
    path.write_text(path.read_text() + "\n")
    load(content, data)
    assert checked == [1, 1]


def test_what_became_faulty_is_refused_and_never_taken_for_proven(content: Path, data: Path) -> None:
    load(content, data)
    path = content / STORY
    path.write_text(path.read_text().replace("me.name", "nobody"))
    for _ in range(2):
        with pytest.raises(ContentError) as caught:
            load(content, data)
        assert [one.code for one in caught.value.issues] == ["unknown-name"]


def test_a_check_that_has_changed_looks_again(
    content: Path, data: Path, checked: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load(content, data)
    (tmp_path / "bot" / "library").mkdir(parents=True)
    (tmp_path / "bot" / "library" / "checks.py").write_text("# newer")
    monkeypatch.setattr(proven, "__file__", str(tmp_path / "bot" / "library" / "proven.py"))
    load(content, data)
    assert checked == [1, 1]


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"0" * 64])
def test_a_note_that_is_broken_or_forged_for_something_else_proves_nothing(
    content: Path, data: Path, checked: list[int], note: bytes
) -> None:
    load(content, data)
    (data / proven.NAME).write_bytes(note)
    load(content, data)
    assert checked == [1, 1]


def test_without_room_for_a_note_it_starts_all_the_same(content: Path, tmp_path: Path) -> None:
    assert load(content, tmp_path / "no" / "such" / "folder").flows
    assert load(content).flows


def test_the_note_says_nothing_but_a_hash(content: Path, data: Path) -> None:
    load(content, data)
    (note,) = data.iterdir()
    assert (note.name, len(note.read_text()), set(note.read_text()) <= set("0123456789abcdef")) == (
        proven.NAME, 64, True,
    )  # fmt: skip


def test_a_file_that_cannot_be_read_is_told_of_as_without_a_note(
    content: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(content, data)

    def refused(*_: object, **__: object) -> object:
        raise PermissionError

    monkeypatch.setattr("bot.library.proven.Path.open", refused)
    mark = proven.mark_of(content)
    monkeypatch.undo()
    assert proven.is_proven(data, proven.mark_of(content))
    assert not proven.is_proven(data, mark)
