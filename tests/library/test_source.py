"""A file is data or it is refused: nothing in it runs, unfolds, repeats itself or goes on without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.library.source import MAX_BYTES, MAX_DEPTH, Source, SourceError, read
from tests.library.shelf import STORY, found, nodes, write

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = "\n".join("  " * level + f"a{level}:" for level in range(40))
BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = [
    # text, code, line, a word of the message
    ("a: 1\nyes: 2", "key", 2, "yes and no"),
    ("a: {no: 1}", "key", 1, 'write "no" in quotes'),
    ("a: 1\non: 2", "key", 2, '"on"'),
    ("a:\n  1: one", "key", 2, '"1"'),
    ("a:\n  null: one", "key", 2, '"null"'),
    ("a:\n  2026-03-02: one", "key", 2, "2026-03-02"),
    ("a:\n  ? [x]\n  : one", "key", 2, "not text"),
    ("a:\n  ? {x: 1}\n  : one", "key", 2, "not text"),
    ("a:\n  <<: {x: 1}", "key", 2, '"<<"'),
    ("a: 1\nb: 2\na: 3", "key", 3, "twice"),
    ("a: {b: 1, 'b': 2}", "key", 1, "twice"),
    ("a: 1\nb: !!python/object:os.system {}", "unsafe", 2, "tags"),
    ("a: !!python/object/apply:os.system ['true']", "unsafe", 1, "tags"),
    ("a:\n- !!python/name:os.system", "unsafe", 2, "tags"),
    ("!!python/object/new:type {a: 1}", "unsafe", 1, "tags"),
    ("a: !secret x", "unsafe", 1, "tags"),
    ("? !!python/name:os.system\n: 1", "key", 1, "not text"),
    (BOMB, "yaml", 1, "anchors"),
    ("a: 1\nb: &b [x]", "yaml", 2, "anchors"),
    ("a: 1\n? &b c\n: 1", "yaml", 2, "anchors"),
    ("a: 1\nb: *a", "yaml", 2, "anchors"),
    ("a: &loop\n  b: *loop", "yaml", 1, "anchors"),
    (LEVELS, "unsafe", MAX_DEPTH + 2, "levels"),
    ("a: " + "[" * 13 + "]" * 13, "unsafe", 1, "levels"),
    ("a: " + "[" * 20_000 + "]" * 20_000, "unsafe", 1, "levels"),
    ("a: " + "{a: " * 20_000, "unsafe", 1, "levels"),
    ("a: " + "[" * 100_000, "unsafe", 1, "levels"),
    ("a: 1\nb: [", "yaml", 2, ""),
    ("a: 1\n\tb: 2", "yaml", 2, ""),
    ("a: 'x", "yaml", 1, ""),
    ("a: 1\n---\nb: 2", "yaml", 2, "document"),
    ("a: \x07", "yaml", 1, "not YAML"),
    ("", "yaml", 1, "empty"),
    ("# only a remark\n", "yaml", 1, "empty"),
    ("- a\n- b", "yaml", 1, "mapping"),
    ("words", "yaml", 1, "mapping"),
    ("a: 1\nb: 2026-02-30", "yaml", 2, "quotes"),
    ("a: 1\nb: =", "yaml", 2, "quotes"),
    ("a: 1\nb: <<", "yaml", 2, "quotes"),
    ("a: 1\nb: 0x_", "yaml", 2, "quotes"),
    ("a: 1\nb: " + "9" * 5000, "yaml", 2, "quotes"),
    ("a: !!int word", "yaml", 1, "quotes"),
    ("a: !!bool word", "yaml", 1, "quotes"),
    ("a: !!float word", "yaml", 1, "quotes"),
    ("a: !!timestamp word", "yaml", 1, "quotes"),
    ("a: !!binary é", "yaml", 1, "quotes"),
]  # fmt: skip


def read_text(folder: Path, text: str) -> Source:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path, "flows/some.yaml")


@pytest.mark.parametrize(("text", "code", "line", "word"), REFUSED, ids=[text[:30] for text, *_ in REFUSED])
def test_what_is_no_plain_data_is_refused(
    *, text: str, code: str, line: int, word: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        read_text(tmp_path, text)

    issue = caught.value.issue
    assert (issue.file, issue.code, issue.line) == ("flows/some.yaml", code, line)
    assert word in issue.message


def test_a_refusal_repeats_none_of_a_long_value(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_text(tmp_path, "a: " + "9" * 5000)

    assert len(str(caught.value)) < 200


def test_plain_data_is_read_with_the_line_of_each_place(tmp_path: Path) -> None:
    source = read_text(
        tmp_path, '# remark\na:\n  b: [1, 2.5,\n    "x"]\n  "yes": yes\nc: >-\n  some\n  words\nd:\n'
    )

    assert source.data == {"a": {"b": [1, 2.5, "x"], "yes": True}, "c": "some words", "d": None}
    places = (("a",), ("a", "b"), ("a", "b", 2), ("a", "yes"), ("c",), ("d",))
    assert [source.line(place) for place in places] == [2, 3, 4, 5, 6, 9]
    assert source.line(("a", "b", 7, "unknown")) == 3
    assert source.line(("unknown",)) == 2


def test_the_deepest_that_is_allowed(tmp_path: Path) -> None:
    text = "\n".join("  " * level + f"a{level}:" for level in range(MAX_DEPTH))

    assert read_text(tmp_path, text).data
    with pytest.raises(SourceError):
        read_text(tmp_path, text + "\n" + "  " * MAX_DEPTH + "x: 1")


def test_a_file_over_256_kib_is_not_even_opened(tmp_path: Path) -> None:
    assert read_text(tmp_path, f"a: {'x' * (MAX_BYTES - 3)}").data
    with pytest.raises(SourceError, match=r"unsafe.*larger"):
        read_text(tmp_path, f"a: {'x' * (MAX_BYTES - 2)}")


@pytest.mark.parametrize("raw", [b"a: \xff\xfe", "a: привіт".encode("utf-16"), "a: ü".encode("latin-1")])
def test_what_is_not_utf_8_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_bytes(raw)

    with pytest.raises(SourceError, match="not UTF-8"):
        read(tmp_path / "some.yaml", "some.yaml")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere.yaml")

    for name in ("link.yaml", "dangling.yaml"):
        with pytest.raises(SourceError, match=r"unsafe.*link"):
            read(tmp_path / name, name)


def test_each_bad_file_is_told_beside_the_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "flows/a.yaml": "spec: 1\nyes: 1",
            "flows/b.yaml": BOMB,
            "flows/c.yaml": "[",
            "flows/deep/d.yaml": "a: " + "[" * 100_000,
            "nudges/e.yaml": "a: !!python/name:os.system",
            STORY: nodes("a: {say: Words., next: nowhere}"),
        },
    )
    (tmp_path / "flows/f.yaml").symlink_to(tmp_path / STORY)
    (tmp_path / "flows/g.yaml").mkdir()
    (tmp_path / "flows/h.yaml").write_bytes(b"\xff")

    assert found(tmp_path) == [
        ("flows/a.yaml", 2, "key"),
        ("flows/b.yaml", 1, "yaml"),
        ("flows/c.yaml", 1, "yaml"),
        ("flows/deep/d.yaml", 1, "unsafe"),
        ("flows/f.yaml", 1, "unsafe"),
        ("flows/g.yaml", 1, "unsafe"),
        ("flows/h.yaml", 1, "unsafe"),
        (STORY, 6, "no-end"),
        (STORY, 6, "unknown-node"),
        ("nudges/e.yaml", 1, "unsafe"),
    ]
