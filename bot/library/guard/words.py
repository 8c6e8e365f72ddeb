"""How the guard reads: one plain spelling of what was written, and the words in it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 4096
"""Characters of a message that are read: Telegram's own limit."""

_QUOTES: Final = str.maketrans("\u2019\u2018\u201c\u201d\u00b4`", "''\"\"''")
_MASKS: Final = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "l"}
)
_MASKED: Final = re.compile(
    r"(?<![\w@$])(?=[\w@$!|*.]*[a-z])(?=[\w@$!|*.]*[013457@$!|*])[a-z013457@$!|*]{3,14}(?![\w@$])"
)
_STARRED: Final = (
    (re.compile(r"\bs[u*]*[*]+\w*cid(e|al)"), r"suicid\1"),
    (re.compile(r"\bk[*]+l{0,2}"), "kill"),
    (re.compile(r"\bd[*]+e\b"), "die"),
    (re.compile(r"\br[*]+ped?\b"), "rape"),
)
_SPACED: Final = re.compile(r"\b(?:\w[ .\-]){3,}\w\b")
_LONG: Final = re.compile(r"([a-z])\1{2,}")
SIGN_OR_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\s\w]|_")


def plain(text: str) -> str:
    """Return the text in small letters, with straight quotes, unmasked words and single spaces."""
    text = straight(unicodedata.normalize("NFKC", text[:LONGEST])).lower()
    text = "".join(one for one in text if unicodedata.category(one) not in {"Cf", "Mn"})
    for pattern, word in _STARRED:
        text = pattern.sub(word, text)
    text = _MASKED.sub(_unmask, text)
    text = _SPACED.sub(lambda found: re.sub(r"[ .\-]", "", found[0]), text)
    return " ".join(once_or_twice(text).split())


def straight(text: str) -> str:
    """Return the text with straight quotes, as long as it was."""
    return text.translate(_QUOTES)


def once_or_twice(text: str) -> str:
    """Return the text with no letter more than twice in a row: `sooo` and `soo` are one word."""
    return _LONG.sub(r"\1\1", text)


def _unmask(found: re.Match[str]) -> str:
    word = found[0]
    letters = sum(one.isalpha() for one in word)
    # A house number, an hour or `b4` is no masked word: most of it must be letters already.
    return word.translate(_MASKS) if letters * 2 > len(word) and not word[0].isdigit() else word


def tokens(plain_text: str) -> list[str]:
    """Return words and single signs, in order."""
    return SIGN_OR_WORD.findall(plain_text)


def spoken(words: list[str]) -> str:
    """Return the words as the rules read them: no apostrophes, one space between, one at each end."""
    return f" {' '.join(word.replace(chr(39), '') for word in words)} "
