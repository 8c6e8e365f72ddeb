"""HTML in, text and entities out, counted in UTF-16 units."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.entities import formatted, parse_html
from bot.sandbox.errors import ApiError
from bot.sandbox.shapes import length16, pieces


def entity(kind: str, offset: int, length: int, **more: object) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot; &copy; &#233;", 'a <b> & "c" &copy; é', []),
        ("AT&T", "AT&T", []),
        ("&lt &#x41;&#66 &nbsp; &#0; &#xD800; &LT; &ltx", "< AB &nbsp; &#0; &#xD800; &LT; &ltx", []),
        ("\N{GRINNING FACE}<b>x</b>", "\N{GRINNING FACE}x", [entity("bold", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<B>a</B><s>b</>", "ab", [entity("bold", 0, 1), entity("strikethrough", 1, 1)]),
        (
            '<a href="https://e.org/?a=1&amp;b=2">x</a>',
            "x",
            [entity("text_link", 0, 1, url="https://e.org/?a=1&b=2")],
        ),
        ("<a href=''>e.org</a>", "e.org", [entity("text_link", 0, 5, url="e.org")]),
        ("<span class='tg-spoiler'>x</span>", "x", [entity("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        (
            '<pre><code class="language-python">x</code></pre>',
            "x",
            [entity("pre", 0, 1, language="python")],
        ),
        ("<u></u>x", "x", []),
        ("<tg-spoiler>x</tg-spoiler>", "x", [entity("spoiler", 0, 1)]),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', "x", [entity("custom_emoji", 0, 1, custom_emoji_id="5")]),
        ("<code><b>x</b>y</code>", "xy", [entity("code", 0, 2)]),
        (
            "<b>one <code>two</code> three</b>",
            "one two three",
            [entity("bold", 0, 4), entity("code", 4, 3), entity("bold", 7, 6)],
        ),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", [entity("blockquote", 0, 2)]),
    ],
)
def test_parsing(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(source) == (text, entities)


def test_ends_are_trimmed_and_entities_follow() -> None:
    assert formatted("  <b> hi </b>\n", "HTML", []) == ("hi", [entity("bold", 0, 2)])


def test_commands_and_links_are_found_but_not_inside_code() -> None:
    text, entities = formatted("/menu or <code>/stop</code> or https://e.org/x/y @ann_bo", "HTML", [])
    assert text == "/menu or /stop or https://e.org/x/y @ann_bo"
    assert entities == [
        entity("bot_command", 0, 5),
        entity("code", 9, 5),
        entity("url", 18, 17),
        entity("mention", 36, 7),
    ]


BITS = st.sampled_from(["<b>", "</b>", "<i>", "</i>", "</>", "<", ">", "&", "&lt;", " ", "x", "=", "'", '"',
                        "<a href='", "<pre>", "</pre>", '<code class="language-c">', "</code>", "</a>", "/",
                        "<tg-time unix=", "5", "<span class='tg-spoiler'>", "\N{GRINNING FACE}"])  # fmt: skip


@given(st.lists(BITS, max_size=14).map("".join))
def test_whatever_is_sent_is_parsed_or_refused(source: str) -> None:
    with contextlib.suppress(ApiError):
        text, entities = parse_html(source)
        size = length16(text)
        assert all(0 <= e["offset"] < e["offset"] + e["length"] <= size for e in entities)


@given(st.text(min_size=1), st.integers(min_value=2, max_value=9))
def test_pieces_lose_nothing_and_fit(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert "".join(parts) == text
    assert all(0 < length16(part) <= limit for part in parts)
