"""The guard: it reads through masks, is sure only without doubt, and is the same on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.guard import TOPICS, load_guard
from bot.library.guard.features import features_of
from bot.library.guard.model import MAGIC, ModelError, read_model, write_model
from bot.library.guard.words import plain, spoken, tokens
from bot.library.source import ContentError
from training.bank import BORDERLINE, read_bank
from training.table import EXPLICIT, VEILED, count, together

CONTENT = Path(__file__).parent.parent.parent / "content"
GUARD = load_guard(CONTENT, "en")
BANK = read_bank()
HARMLESS = {
    "everyday", "idiom", "negated", "quoted", "joke", "work", "breakup", "sport_game", "news", "accident",
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I\u2019m FINE", " im fine "),
        ("k1ll mys3lf", " kill myself "),
        ("su!cide", " suicide "),
        ("s*icide", " suicide "),
        ("u n a l i v e", " unalive "),
        ("sooooo tired", " soo tired "),
        ("at 10:30 in room 4b", " at 10 : 30 in room 4b "),
        ("b4 5pm", " b4 5pm "),
        ("wi\u200bth\u00adout", " without "),
        ("", "  "),
    ],
)
def test_words_are_read_through_masks_and_numbers_are_left(written: str, read: str) -> None:
    assert spoken(tokens(plain(written))) == read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I want to kill myself", "suicide_explicit"),
        ("i am going to k1ll mys3lf tonight", "suicide_explicit"),
        ("Long day, the boiler is broken, he raped me on Sunday, and my mother is coming.", "abuse_explicit"),
        ("I pushed her into the wardrobe, I grabbed her by the arm so hard", "harm_others"),
    ],
)  # fmt: skip
def test_what_is_said_outright_raises_a_card_of_its_kind(text: str, kind: str) -> None:
    assert GUARD.look(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "This commute is killing me",
        "The main character dies in episode six and we both cried",
        "The process was killed twice on the server",
        "Thursday evening",
        "ok",
        "7",
        "No, I can't come on Sunday. I'd love to see you next week.",
        "Thank you for washing up last night, I could sleep.",
        "\N{SLIGHTLY SMILING FACE}",
        "",
        "   ",
    ],
)
def test_everyday_words_raise_none(text: str) -> None:
    assert GUARD.look(text) == ""


@given(st.text(max_size=5000))
def test_any_text_can_be_read_and_gives_the_same_twice(text: str) -> None:
    assert GUARD.look(text) == GUARD.look(text)
    assert GUARD.look(text) in {"", *TOPICS}


def test_a_model_reads_back_as_it_was_written() -> None:
    raw = (CONTENT / "safety" / "model.en.bin").read_bytes()
    model = read_model(raw)

    assert write_model(model) == raw
    assert len(raw) < 10 * 2**20
    assert set(model.kinds) == set(TOPICS)
    found = features_of(tokens(plain("a b c")))
    assert model.kind(found) in TOPICS


@pytest.mark.parametrize("raw", [b"", MAGIC, MAGIC + b"\x05\0\0\0hello", MAGIC + b"\xff\xff\xff\x7f{}"])
def test_what_is_no_model_is_refused(raw: bytes) -> None:
    with pytest.raises(ModelError):
        read_model(raw)


def write_rules(folder: Path, text: str) -> None:
    (folder / "safety").mkdir()
    (folder / "safety" / "rules.en.yaml").write_text(text, encoding="utf-8")
    model = (CONTENT / "safety" / "model.en.bin").read_bytes()
    (folder / "safety" / "model.en.bin").write_bytes(model)


@pytest.mark.parametrize(
    "text",
    [
        "words: {}\ndoubts: {}\nrules:\n  - {kind: sad, sure: [a], unless: []}\n",
        "words: {}\ndoubts: {}\nrules:\n  - {kind: veiled, sure: ['{nobody} left'], unless: []}\n",
        "words: {}\ndoubts: {}\nrules:\n  - {kind: veiled, sure: ['(a'], unless: []}\n",
        "words: {}\ndoubts: {}\nrules:\n  - {kind: veiled, sure: [a], unless: [tale]}\n",
        "rules: !!python/object:os.system {}\n",
    ],
)
def test_broken_rules_are_refused_with_their_file(tmp_path: Path, text: str) -> None:
    write_rules(tmp_path, text)

    with pytest.raises(ContentError) as refused:
        load_guard(tmp_path, "en")
    assert "safety/rules.en.yaml" in str(refused.value.issues[0])


def test_the_bank_is_large_labelled_and_holds_nothing_twice() -> None:
    cards = sum(row.card for row in BANK)

    assert {row.kind for row in BANK} == {*TOPICS, BORDERLINE} | HARMLESS
    assert {row.part for row in BANK} == {"open", "apart"}
    assert len(BANK) >= 3000
    assert cards >= 400
    assert len(BANK) - cards >= 400
    assert len({row.text.casefold() for row in BANK}) == len(BANK)
    assert {row.author for row in BANK if row.part == "open"}.isdisjoint(
        row.author for row in BANK if row.part == "apart"
    )
    assert sum(row.part == "apart" for row in BANK) >= 1000


def test_the_guard_is_no_worse_on_the_part_kept_apart_than_it_was() -> None:
    """The floor is what was reached; `python -m training.table` prints every kind."""
    counts = count(GUARD, [row for row in BANK if row.part == "apart"])
    explicit, all_explicit = together(counts, EXPLICIT)
    veiled, all_veiled = together(counts, VEILED)
    alarms, harmless = together(counts, HARMLESS)

    assert explicit / all_explicit >= 0.88
    assert veiled / all_veiled >= 0.72
    assert alarms / harmless <= 0.04
