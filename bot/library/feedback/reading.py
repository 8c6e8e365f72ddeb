"""How a text is read for feedback: a plain spelling for the patterns, and the way back to the own one."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.library.guard.words import LONGEST, SIGN_OR_WORD, once_or_twice, straight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUOTED: Final = "\u201c\u201d"
"""Stands for a passage in quotation marks: what somebody said is not what the writer says."""

_QUOTATION: Final = re.compile(
    r'"[^"\n]+"|(?<![\w\'])\'(?!(?:cause|til|em|bout|tis|cos|n)\b)(?=\w)(?:[^\'\n]|(?<=\w)\'(?=\w))+\'(?!\w)'
)
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me", "Sk"})
"""Parts of an emoji, and marks without a place of their own."""

_ENDS: Final = frozenset(".!?")
_SAME: Final = {"\u2013": "-", "\u2014": "-", "\u2026": ",", "&": "and", ";": ","}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: where it stands in `Text.said`, and whether it asks."""

    start: int
    end: int
    asks: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the patterns read it (`said`: a sentence a line) and as its writer spelled it (`own`)."""

    own: str
    said: str
    sentences: tuple[Sentence, ...]
    words: int
    starts: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def sentence(self, place: int) -> int:
        """Return the number of the sentence at a place in `said`."""
        return bisect_right(self.sentences, place, key=lambda one: one.start) - 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the writer's own text the words from `start` to `end` of `said` stand."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        while last > first and self.said[self.starts[last]] in _ENDS:
            last -= 1
        return self.spans[first][0], self.spans[last][1]


def read(written: str, respell: Mapping[str, str]) -> Text:
    """Read a text; `respell` gives for a word as it is often written the words that it stands for."""
    own = unicodedata.normalize("NFC", written[:LONGEST])
    lines: list[str] = []
    sentences: list[Sentence] = []
    starts: list[int] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for tokens in _sentences(own):
        line = " "
        for word, start, end in tokens:
            starts.append(at + len(line))
            spans.append((start, end))
            line += f"{plain_word(word, respell)} "
        sentences.append(Sentence(at, at + len(line), "?" in line))
        lines.append(line)
        at += len(line) + 1
    words = sum(any(map(str.isalnum, one)) for one in own.split())
    return Text(own, "\n".join(lines), tuple(sentences), words, tuple(starts), tuple(spans))


def plain_word(word: str, respell: Mapping[str, str]) -> str:
    """Return a word in the one spelling that patterns are compared with."""
    word = once_or_twice(word.lower())
    bare = word.replace("'", "")
    return respell.get(word) or respell.get(bare) or bare


Token = tuple[str, int, int]


def _sentences(own: str) -> Iterator[list[Token]]:
    """Yield the sentences; a run of `?!` belongs to the one it ends, a new line ends one as well."""
    tokens: list[Token] = []
    ended = False
    for token in _tokens(own):
        new_line = bool(tokens) and "\n" in own[tokens[-1][2] : token[1]]
        if tokens and (new_line or (ended and token[0] not in _ENDS)):
            yield tokens
            tokens = []
        tokens.append(token)
        ended = token[0] in _ENDS
    if tokens:
        yield tokens


def _tokens(own: str) -> Iterator[Token]:
    """Yield words and single signs with their places; a quoted passage is one sign."""
    text = straight(own)
    at = 0
    for quotation in _QUOTATION.finditer(text):
        if not text[: quotation.start()].strip() and not text[quotation.end() :].strip(" .\n"):
            continue  # All of it stands in quotation marks, so these are the writer's own words.
        yield from _words(text, at, quotation.start())
        yield QUOTED, quotation.start(), quotation.end()
        at = quotation.end()
    yield from _words(text, at, len(text))


def _words(text: str, start: int, end: int) -> Iterator[Token]:
    for found in SIGN_OR_WORD.finditer(text, start, end):
        word, first, last = found[0], found.start(), found.end()
        if word[0].isalnum():
            yield word, first, last
        elif not _skipped(text, word, first):
            dots = text[first - 1 : last] == ".."
            yield "," if dots else _SAME.get(word, word), first, last


def _skipped(text: str, sign: str, at: int) -> bool:
    """Say whether a sign only joins (`well-being`, `5.30`, `p.m.`), or is part of another one."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if sign in "'\"" or unicodedata.category(sign) in _UNSEEN:
        return True
    if sign == "-":
        return before.isalnum() and after.isalnum()
    if sign in ".:," and before.isdigit() and after.isdigit():
        return True
    if sign == ".":
        # `p.m.`: a letter alone, but not the I of `so do I.`
        initial = before.isalpha() and before not in "iI" and text[at - 2 : at - 1] in {"", " ", "."}
        return after == "." or initial
    return False


__all__ = ["QUOTED", "Sentence", "Text", "plain_word", "read"]
