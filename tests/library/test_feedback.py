"""Feedback on a person's own words: what rules can say, what is quoted, what is told of broken rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.console import app
from bot.library.feedback.labels import LABELS
from bot.library.feedback.reading import read
from bot.library.feedback.rules import NOTHING, Reader
from bot.library.feedback.spec import load_readers, read_rules
from bot.library.feedback.tell import Feedback, teller
from bot.library.load import examine
from bot.library.render import Renderer
from bot.library.source import ContentError, Issue
from training.bank import read_labelled
from training.feedback import count, together

CONTENT = Path(__file__).parent.parent.parent / "content"
RENDERER = Renderer()
READERS = load_readers(CONTENT, "en", RENDERER)
SPELLED = {"i'll": "i will", "dont": "do not", "cant": "can not", "im": "i am", "u": "you"}


def labels(rules: str) -> str:
    """Return the labels of the thanks: `what` with these rules, the others never there."""
    never = "".join(f"  {name}: {{rules: [{{find: qqq}}]}}\n" for name in LABELS["thanks"][1:])
    return f"labels:\n  what:\n{_indented(dedent(rules), 4)}\n{never}"


def _indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" for line in text.strip("\n").splitlines())


def folder(tmp_path: Path, thanks: str, words: str = "respell: {}\n") -> Path:
    """Write a content folder with rules of a test's own for thanks, and others that find nothing."""
    place = tmp_path / "rules" / "en"
    place.mkdir(parents=True)
    (place / "words.yaml").write_text(words, encoding="utf-8")
    for kind, names in LABELS.items():
        empty = "".join(f"  {name}: {{rules: [{{find: qqq}}]}}\n" for name in names)
        (place / f"{kind}.yaml").write_text(f"labels:\n{empty}", encoding="utf-8")
    (place / "thanks.yaml").write_text(thanks, encoding="utf-8")
    return tmp_path


def reader(tmp_path: Path, rules: str, rest: str = "") -> Reader:
    """Return a reader with these rules for `what`."""
    words = "respell: {im: i am, dont: do not, cant: can not}\nwords: {near: 'today, tonight'}\n"
    return load_readers(folder(tmp_path, labels(rules) + rest, words), "en", RENDERER)["thanks"]


def faults(tmp_path: Path, thanks: str) -> list[Issue]:
    with pytest.raises(ContentError) as refused:
        load_readers(folder(tmp_path, thanks), "en", RENDERER)
    return refused.value.issues


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("I can\u2019t. SORRY", " i can not . \n sorry "),
        ("cant go \U0001f64f\U0001f3fd", " can not go \U0001f64f "),
        ("soooo tired", " soo tired "),
        ("I'll go, but I am ill", " i will go , but i am ill "),
        ("is that ok?! please", " is that ok ? ! \n please "),
        ("at 5.30 p.m. well-being", " at 5 30 p m well being "),
        ("hm... well \u2014 no", " hm , well - no "),
        ("one\ntwo", " one \n two "),
        ('you said "I can\'t. Go." and left', " you said \u201c\u201d and left "),
        ("he said 'don't go' and left", " he said \u201c\u201d and left "),
        ("the dogs' bowl, 'cause I don't", " the dogs bowl , cause i do not "),
        ('"No, I can\'t"', " no , i can not "),
        ("Rock & roll", " rock and roll "),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_read_in_one_plain_spelling(written: str, said: str) -> None:
    assert read(written, SPELLED).said == said


@pytest.mark.parametrize(
    ("rules", "text", "found"),
    [
        ("rules: [{find: i don't know}]", "I DONT  know, ok", ("I DONT know",)),
        ("rules: [{find: '(so |very ){0,3}sorry'}]", "So very sorry\u2026", ("So very sorry",)),
        ("rules: [{find: '{near}'}]", "not Tonight!", ("Tonight",)),
        ("rules: [{find: i … home}]", "I went right home", ("I went right home",)),
        ("rules: [{find: i … home}]", "I went, right home", ()),
        ("rules: [{find: i … home}]", "I went back all the way home", ()),
        ("rules: [{find: i …… home}]", "I went back all the way home", ("I went back all the way home",)),
        ("rules: [{find: go on}]", "go. on", ()),
        ("rules: [{find: '{start}no{end}'}]", "well, no. no way", ("no",)),
        ("rules: [{find: i cant, quote: clause}]", "Ok, I can't come: sorry", ("I can't come",)),
        ("rules: [{find: i cant, quote: sentence}]", "Hm. Ok, I can't come! Bye", ("Ok, I can't come",)),
        ("rules: [{find: ok, in: question}]", "ok. ok?", ("ok",)),
        ("rules: [{find: ok, in: statement}]", "is that ok?", ()),
        ("rules: [{find: ok, where: first}]", "no. ok", ()),
        ("rules: [{find: ok, where: last}]", "no. ok", ("ok",)),
        ("rules: [{find: i can, not_before: if …}]", "if you and I can. So I can", ("I can",)),
        ("rules: [{find: i can, not_after: (not|wait)}]", "I can't", ()),
        ("rules: [{find: i can, not_after: wait}]", "I can", ("I can",)),
        ("rules: [{find: i can(?! not)}]", "I can't", ()),
        ("rules: [{find: 'no', unless: maybe}]", "no, maybe", ()),
        ("rules: [{find: 'no', unless: maybe}]", "no. maybe", ("no",)),
        ("rules: [{find: 'no', unless_later: but ok}]", "no. Hm. But ok", ()),
        ("rules: [{find: 'no', unless_later: but ok}]", "but ok. no", ("no",)),
        ("rules: [{find: 'no', unless_text: but ok}]", "but ok. no", ()),
        ("unless_text: but ok\nrules: [{find: 'no'}]", "no. but ok", ()),
        ("least: 2\nrules: [{find: sorry}]", "sorry", ()),
        ("least: 2\nrules: [{find: sorry}, {find: so sorry}]", "so sorry", ()),
        ("least: 2\nrules: [{find: sorry}, {find: my bad}]", "Sorry, my bad", ("Sorry", "my bad")),
        ("least: 2\nrules: [{find: a thousand, counts: 2}]", "a thousand", ("a thousand",)),
        ("rules: [{find: you left}]", 'he said "you left"', ()),
        ("rules: [{find: 'said {quoted}'}]", 'he said "you left"', ('said "you left"',)),
        ("rules:\n  - find: |\n      # a note\n      one\n\n      two", "two", ("two",)),
    ],
)  # fmt: skip
def test_what_a_rule_can_say(tmp_path: Path, rules: str, text: str, found: tuple[str, ...]) -> None:
    seen = reader(tmp_path, rules).read(text)
    assert seen.quotes.get("what", ()) == found
    assert seen.labels == (("what",) if found else ())


@pytest.mark.parametrize(
    ("quote", "text", "quoted"),
    [
        ("words", "So I can't come, sorry", "can't"),
        ("rest", "So I can't come, sorry", "can't come"),
        ("clause", "So I can't come, sorry", "I can't come"),
        ("clause", "I heard you and I can't come but thanks", "I can't come"),
        ("clause", "I can't come on Monday and Friday", "I can't come on Monday and Friday"),
        ("clause", "one\nI can't come\ntwo", "I can't come"),
        ("sentence", "Hm. So I can't come, sorry!! Bye", "So I can't come, sorry"),
        ("sentence", "one\nI can't come\ntwo", "I can't come"),
        ("sentence", "I can't come. \u05d0\n?", "I can't come"),
    ],
)
def test_how_much_is_quoted(tmp_path: Path, quote: str, text: str, quoted: str) -> None:
    words = "respell: {cant: can not}\nwords: {joint: 'but, (and|so)(?= (i|you))'}\n"
    written = labels(f"rules: [{{find: can't, quote: {quote}}}]")
    made = load_readers(folder(tmp_path, written, words), "en", RENDERER)["thanks"]
    assert made.read(text).quotes["what"] == (quoted,)


def test_labels_by_length_and_by_what_is_not_there(tmp_path: Path) -> None:
    rules = """\
        labels:
          what: {rules: [{find: soup}]}
          when: {over_words: 5}
          what_it_did: {when_none: [what]}
          vague: {unless_labels: [what], rules: [{find: thanks}]}
        """
    made = load_readers(folder(tmp_path, dedent(rules)), "en", RENDERER)["thanks"]

    assert made.read("thanks for the soup").labels == ("what",)
    assert made.read("thanks for all of it").labels == ("what_it_did", "vague")
    assert made.read("thanks - for - all of the soup").labels == ("what", "when")
    assert made.read(" \n").labels == ()


REMARKS = """
remarks:
  - {label: what, say: 'First “{{ quote }}”.'}
  - {label: what, without: [vague], works: true, say: 'It works.'}
  - {label: vague, say: 'Then “{{ quote }}”{% if second %} and “{{ second }}”{% endif %}.'}
  - {label: vague, works: true, say: 'Both.'}
  - {without: [when], say: 'When?'}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nice soup and nice", "Both. First “soup”."),
        ("soup", "It works. First “soup”."),
        ("nice soup", "Both. First “soup”."),
        ("nice, NICE", "Both. Then “nice”."),
        ("nothing", ""),
    ],
)
def test_at_most_one_thing_that_works_and_two_remarks_in_all(tmp_path: Path, text: str, told: str) -> None:
    rules = "rules: [{find: soup}]"
    written = labels(rules).replace("vague: {rules: [{find: qqq}]}", "vague: {rules: [{find: nice}]}")
    made = load_readers(folder(tmp_path, written + REMARKS), "en", RENDERER)

    assert teller(made, RENDERER)("thanks", text).text == told


def test_no_phrase_is_quoted_twice(tmp_path: Path) -> None:
    written = labels("rules: [{find: nice soup}]").replace(
        "vague: {rules: [{find: qqq}]}", "vague: {rules: [{find: soup}, {find: so}]}"
    )
    remarks = "remarks: [{label: what, say: '{{ quote }}'}, {label: vague, say: '{{ quote }}'}]\n"
    made = load_readers(folder(tmp_path, written + remarks), "en", RENDERER)

    assert teller(made, RENDERER)("thanks", "nice soup, so").text == "nice soup"
    assert teller(made, RENDERER)("thanks", "so nice soup").text == "nice soup so"


def test_words_of_a_person_are_escaped_and_kept_apart_wherever_they_are_told(tmp_path: Path) -> None:
    rest = "remarks: [{label: what, say: 'You wrote <b>{{ quote }}</b>.'}]\n"
    made = {"thanks": reader(tmp_path, "rules: [{find: thanks, quote: sentence}]", rest)}
    names = {"feedback": teller(made, RENDERER), "words": "thanks <b>&amp;</b> \u05d0"}
    rendered = RENDERER.text(
        "{{ feedback('thanks', words).text }} / {{ feedback('thanks', words).quote('what') }}", names
    )

    quoted = "\u2068thanks &lt;b&gt;&amp;amp;&lt;/b&gt; \u05d0\u2069"
    assert rendered == f"You wrote <b>{quoted}</b>. / {quoted}"


def test_a_condition_can_ask_for_a_label() -> None:
    names = {"feedback": teller(READERS, RENDERER), "first_try": "No, I won't come.", "skipped": None}

    assert RENDERER.holds("'clear_no' in feedback('refusal', first_try).labels", names)
    assert not RENDERER.holds("feedback('refusal', first_try).quote('blame')", names)
    assert not RENDERER.holds("feedback('refusal', skipped).labels", names)
    assert RENDERER.text("{{ feedback('refusal', skipped).text }}", names) == ""


def test_without_rules_and_without_words_nothing_is_said() -> None:
    assert teller({}, RENDERER)("refusal", "no") == Feedback()
    assert teller(READERS, RENDERER)("refusal", ["no"]) == Feedback()
    assert teller(READERS, RENDERER)("refusal", "") == Feedback()


def test_what_is_too_long_to_be_quoted_is_cut_between_words(tmp_path: Path) -> None:
    seen = reader(tmp_path, "rules: [{find: a, quote: sentence}]").read("a " + "word " * 60)
    (quote,) = seen.quotes["what"]
    assert len(quote) <= 82
    assert quote.endswith("word \u2026")


FINE = labels("rules: [{find: a}]")


@pytest.mark.parametrize(
    ("thanks", "line", "told"),
    [
        (labels("rules: [{find: '{nobody} left'}]"), 3, "there are no words named {nobody}"),
        (labels("rules:\n  - find: |\n      fine\n      (a"), 6, "cannot be read as a pattern"),
        (labels("rules: [{find: (a )*b}]"), 3, "at most nine times"),
        (labels("rules: [{find: a…b}]"), 3, "stands between spaces"),
        (labels("rules: [{find: (a)?}]"), 3, "fits everything"),
        (labels("rules: [{find: a, unless: '(b'}]"), 3, "cannot be read as a pattern"),
        (labels("rules: [{find: a}]\nunless_text: '(b'"), 4, "cannot be read as a pattern"),
        (labels("least: 1"), 2, "needs rules:"),
        (labels("when_none: [vague]"), 2, "vague must stand above"),
        (FINE + "  bold: {over_words: 3}\n", 7, "bold is no label of thanks"),
        ("labels: {what: {over_words: 3}, when: {over_words: 3}}", 1, "what_it_did is missing"),
        (FINE + "words: {start: a}\n", 7, "{start} is a name"),
        (FINE + "words: {a: '{b}', b: '{a}'}\n", 7, "names itself"),
        (FINE + "remarks:\n  - {label: bold, say: Hm.}\n", 8, "label bold is not here"),
        (FINE + "remarks:\n  - {say: '{{ name }}'}\n", 8, "name is not known here"),
        (FINE + "remarks:\n  - {say: '{{ quote }}'}\n", 8, "only a label"),
        (FINE + "remarks:\n  - {say: '{% if'}\n", 8, ""),
        (FINE + "remarks:\n  - {say: Great!}\n", 8, "no exclamation mark"),
        (FINE + f"remarks:\n  - {{say: {'a ' * 36}}}\n", 8, "at most 35 words"),
        (labels("rules: [{find: a, when: b}]"), 3, "Extra inputs"),
        ("labels: !!python/object:os.system {}", 1, "tags are not used"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, thanks: str, line: int, told: str) -> None:
    found = faults(tmp_path, thanks)
    assert [one for one in found if told in one.message and one.line == line], found
    assert {one.file for one in found} == {"rules/en/thanks.yaml"}


def test_a_kind_without_its_file_is_told(tmp_path: Path) -> None:
    content = folder(tmp_path, labels("rules: [{find: a}]"))
    (content / "rules" / "en" / "refusal.yaml").unlink()
    with pytest.raises(ContentError, match="1 issues"):
        load_readers(content, "en", RENDERER)
    (content / "rules" / "en" / "words.yaml").unlink()
    assert load_readers(content, "en", RENDERER) == {}


def test_a_start_does_not_compile_and_a_broken_pattern_finds_nothing(tmp_path: Path) -> None:
    issues: list[Issue] = []
    content = folder(tmp_path, labels("rules: [{find: '(a'}]"))
    made = read_rules(content, "en", RENDERER, issues, prove=False)

    assert issues == []
    assert made["thanks"].read("a") == NOTHING


def test_the_check_proves_the_rules_that_the_content_has(tmp_path: Path) -> None:
    folder(tmp_path, labels("rules: [{find: '(a'}]"))
    found = examine(tmp_path, date(2026, 3, 1))[1]
    assert ("rules/en/thanks.yaml", 3) in [(one.file, one.line) for one in found]


@given(st.text(max_size=5000))
def test_any_text_can_be_read_and_gives_the_same_twice(text: str) -> None:
    for kind, one in READERS.items():
        seen = one.read(text)
        assert seen == one.read(text)
        assert set(seen.labels) <= set(LABELS[kind])
        assert len(seen.remarks) <= 2


def test_one_message_is_read_in_no_time() -> None:
    text = "I'm so sorry, I'd love to, but my mother is coming and I might have a meeting on Monday. " * 40
    for one in READERS.values():
        one.read(text)
        begun = perf_counter()
        one.read(text)
        # Forty times as long as most messages, on a slow machine.
        assert perf_counter() - begun < 0.2


def test_the_command_prints_the_labels_of_every_line(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("No, I won't come on Sunday.\n\nIs that ok? I might come.\n", encoding="utf-8")
    run = CliRunner().invoke(app, ["feedback", "refusal", str(file), "--content", str(CONTENT)])

    assert run.stdout == "1\tclear_no\n2\t\n3\tquestion,maybe\n"


@pytest.mark.parametrize("given", [["letter", "-"], ["thanks", "-", "--lang", "xx"]])
def test_the_command_refuses_what_it_has_no_rules_for(given: list[str]) -> None:
    run = CliRunner().invoke(app, ["feedback", *given, "--content", str(CONTENT)], input="a\n")
    assert run.exit_code == 2
    assert run.stdout == ""


def test_the_command_refuses_broken_rules(tmp_path: Path) -> None:
    content = folder(tmp_path, labels("rules: [{find: '(a'}]"))
    run = CliRunner().invoke(app, ["feedback", "thanks", "-", "--content", str(content)], input="a\n")
    assert run.exit_code == 2
    assert "rules/en/thanks.yaml:3" in run.stderr


FLOORS = {"refusal": (0.93, 0.89), "istatement": (0.97, 0.91), "thanks": (0.93, 0.9)}
"""Precision and recall that were reached on the parts kept apart; `make table` prints every label."""


@pytest.mark.parametrize("kind", LABELS)
def test_the_banks_are_labelled_and_hold_nothing_twice(kind: str) -> None:
    rows = read_labelled(kind)

    assert {row.part for row in rows} <= {"open", "apart"}
    assert {label for row in rows for label in row.labels} == set(LABELS[kind])
    assert len({row.text.casefold() for row in rows}) == len(rows)
    assert {row.author for row in rows if row.part == "open"}.isdisjoint(
        row.author for row in rows if row.part == "apart"
    )


@pytest.mark.parametrize("kind", LABELS)
def test_feedback_is_no_worse_on_the_part_kept_apart_than_it_was(kind: str) -> None:
    rows = [row for row in read_labelled(kind) if row.part == "apart"]
    right, found, wanted = together(count(READERS[kind], rows))

    assert right >= FLOORS[kind][0] * found
    assert right >= FLOORS[kind][1] * wanted
