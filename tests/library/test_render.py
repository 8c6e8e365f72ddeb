"""A person's own words are escaped and keep to themselves; an author's cannot climb out (rules 1, 8)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError, UndefinedError
from jinja2.exceptions import SecurityError

from bot.library.render import Own, Renderer, isolated
from bot.sandbox.entities import formatted

if TYPE_CHECKING:
    from collections.abc import Callable

FSI, LRI, RLI, PDI, RLO, PDF = "\u2068", "\u2066", "\u2067", "\u2069", "\u202e", "\u202c"
TURNING = f"{FSI}{LRI}{RLI}{PDI}{RLO}{PDF}\u202a\u202b\u202d\u200f\u061cאבגم\u0661"
ADDED = f"{FSI}{PDI}{PDF}"
PARAGRAPHS = re.compile("[\n\r\x1c-\x1e\x85\u2029]")
TEXTS = st.text() | st.text(alphabet=TURNING + "ab <>&\"'\n")


@dataclass(frozen=True)
class Me:
    name: Own
    stage: str = "g1"


def render(source: str, **names: object) -> str:
    return Renderer().text(source, names)


# A person's own words


@given(words=TEXTS)
def test_own_words_come_out_as_they_went_in(words: str) -> None:
    html = render("<b>You wrote:</b> “{{ note }}” and so on", note=Own(words))

    body = html.removeprefix("<b>You wrote:</b> “").removesuffix("” and so on")
    assert body != html
    assert not set("<>") & set(body)
    assert not re.search(r"&(?!(amp|lt|gt|#34|#39);)", body)
    # The marks of direction stand around each line.
    for shown, line in zip(PARAGRAPHS.split(unescape(body)), PARAGRAPHS.split(words), strict=True):
        assert line in shown
        assert shown.strip(ADDED) == line.strip(ADDED)


@given(words=TEXTS)
def test_own_words_are_escaped_whatever_an_author_does_to_them(words: str) -> None:
    me = Me(Own(words))
    sources = (
        "{{ me.name }}",
        "{{ me.name ~ '.' }}",
        "{{ me.name | upper }}",
        "{{ [me.name] | join(', ') }}",
        "{{ '%s' | format(me.name) }}",
    )
    for source in sources:
        assert not set("<>") & set(render(f"x {source} x", me=me))


@given(words=TEXTS)
def test_the_direction_of_own_words_ends_with_them(words: str) -> None:
    """Every isolate and embedding that is open is closed again, and none that was open before."""
    open_isolates = lowest = 0
    embeddings: list[int] = [0]
    for letter in isolated(words):
        match unicodedata.bidirectional(letter):
            case "LRI" | "RLI" | "FSI":
                open_isolates += 1
                embeddings.append(0)
            case "PDI":
                open_isolates -= 1
                lowest = min(lowest, open_isolates)
                if len(embeddings) > 1:
                    embeddings.pop()
            case "LRE" | "RLE" | "LRO" | "RLO":
                embeddings[-1] += 1
            case "PDF":
                embeddings[-1] = max(0, embeddings[-1] - 1)

    assert (open_isolates, lowest, embeddings) == (0, 0, [0])


@given(words=st.text(alphabet=TURNING, min_size=1))
def test_words_that_turn_the_text_stand_apart_even_when_they_try_not_to(words: str) -> None:
    """No letter of theirs stands outside the first isolate: the words cannot pop it."""
    depth = 0
    for letter in isolated(words)[:-1]:
        depth += {"LRI": 1, "RLI": 1, "FSI": 1, "PDI": -1}.get(unicodedata.bidirectional(letter), 0)
        assert depth > 0


@given(words=TEXTS)
def test_each_line_is_closed_by_itself(words: str) -> None:
    """A line ends all that is open in it, so what the next one leaves open cannot be closed further up."""
    for line in isolated(words).split("\n"):
        depth = sum(
            {"LRI": 1, "RLI": 1, "FSI": 1, "PDI": -1}.get(unicodedata.bidirectional(one), 0) for one in line
        )
        assert depth == 0


@given(words=TEXTS)
def test_any_words_arrive_as_they_were_written_and_break_no_markup(words: str) -> None:
    """Read as Telegram reads it: the author's bold is bold, and theirs is text."""
    html = render("<b>You wrote:</b> “{{ words }}”.", words=Own(words))
    text, entities = formatted(html, "HTML", [])
    assert text == f"You wrote: “{isolated(words)}”."
    assert [one["type"] for one in entities] == ["bold"]


def test_plain_words_carry_no_marks() -> None:
    assert isolated("Олена, 5 o'clock 👩‍❤️‍👩") == "Олена, 5 o'clock 👩‍❤️‍👩"
    assert isolated("שלום") == f"{FSI}שלום{PDI}"
    assert isolated(f"{RLO}evil") == f"{FSI}{RLO}evil{PDF}{PDI}"


def test_an_authors_markup_stays_markup() -> None:
    assert render("<b>{{ '<i>' }}</b>") == "<b>&lt;i&gt;</b>"
    assert render("<b>as it is</b> & so\n") == "<b>as it is</b> & so"


# What is not there cannot be told (rule 8)


@pytest.mark.parametrize(
    "source",
    [
        "{{ theirs }}",
        "{{ theirs.a }}",
        "{% if theirs %}{% endif %}",
        "{{ me.secret }}",
        "{{ me['x'] }}",
        "{% for x in theirs %}{% endfor %}",
    ],
)
def test_rule_8_an_unknown_name_is_an_error_and_not_nothing(source: str) -> None:
    with pytest.raises(UndefinedError):
        render(source, me=Me(Own("Ann")))


@pytest.mark.parametrize(
    "condition", ["theirs", "theirs.a == 1", "not theirs", "theirs == 1", "a and theirs"]
)
def test_rule_8_an_unknown_name_in_a_condition_is_an_error_too(condition: str) -> None:
    with pytest.raises(UndefinedError):
        Renderer().holds(condition, {"a": True})


TRICKS = [
    "me.__class__",
    "me.__class__.__mro__",
    "me['__class__']",
    "me|attr('__class__')",
    "me|attr('__cl' ~ 'ass__')",
    "me.name.__init__.__globals__",
    "''.__class__.__base__.__subclasses__()",
    "everyone_chose.__globals__",
    "everyone_chose.__func__.__globals__",
    "everyone_chose|attr('__self__')",
    "(me|attr)('__class__')",
    "'{0.__class__}'.format(me)",
    "'{x.__class__.__mro__}'.format_map({'x': me})",
    "('{0.__class__}'|string).format(me)",
    "[me]|map(attribute='__class__')|list",
    "picked.append('x')",
    "picked.clear()",
    "known.update({'a': 1})",
    "known.pop('a')",
    "range(10**9)|list",
    "self.__init__",
    "self._TemplateReference__context",
    "cycler.__init__.__globals__",
    "lipsum.__globals__",
    "joiner.__init__",
    "namespace.__init__",
]


def _climbs(attempt: Callable[[], str]) -> bool:
    try:
        shown = attempt()
    except (TemplateError, OverflowError, TypeError):
        return False
    return bool(re.search(r"class|module|function|object|built-?in|0x", shown))


@pytest.mark.parametrize("trick", TRICKS)
def test_rule_1_a_template_cannot_climb_out_of_its_sandbox(trick: str) -> None:
    picked, known = ["a"], {"a": 1}

    class Session:
        def everyone_chose(self) -> bool:
            return False

    names = {
        "me": Me(Own("Ann")),
        "picked": picked,
        "known": known,
        "everyone_chose": Session().everyone_chose,
    }
    for source in (f"{{{{ {trick} }}}}", f"{{% if {trick} %}}{{{{ ({trick}) ~ '' }}}}{{% endif %}}"):
        assert not _climbs(partial(Renderer().text, source, names))
    assert not _climbs(lambda: str(Renderer().value(trick, names)))
    assert (picked, known) == (["a"], {"a": 1})


def test_a_climb_is_called_by_its_name() -> None:
    with pytest.raises(SecurityError):
        render("{{ me.__class__ }}", me=Me(Own("Ann")))
    with pytest.raises(SecurityError):
        Renderer().holds("me.__class__", {"me": Me(Own("Ann"))})


def test_only_the_names_that_are_used_are_looked_up() -> None:
    class Dear(dict[str, object]):
        def __getitem__(self, key: str) -> object:
            assert key == "a"
            return super().__getitem__(key)

    assert render("{{ a }}", a=1) == "1"
    assert Renderer().text("{{ a }}", Dear(a=1, history=2)) == "1"
    assert Renderer().holds("a == 1", Dear(a=1, history=2))


def test_names_are_found_in_words_and_conditions() -> None:
    renderer = Renderer()

    assert renderer.names_in("{% set x = a %}{{ x }} {% for b in c %}{{ b }}{% endfor %}") == {"a", "c"}
    assert renderer.names_in("a == 'x' and b.c(d)", condition=True) == {"a", "b", "d"}
    assert renderer.names_in("no names") == frozenset()


@pytest.mark.parametrize(
    "condition", ["a and", "a }} {{ b", "{% if a %}", "import os", "a = 1", "lambda: 1", "(a", ""]
)
def test_rule_1_what_is_no_expression_is_no_condition(condition: str) -> None:
    with pytest.raises(TemplateError):
        Renderer().names_in(condition, condition=True)
