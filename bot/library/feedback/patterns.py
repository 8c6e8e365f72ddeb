"""The small language of the patterns, made into regular expressions (see `content/rules/README.md`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.library.feedback.reading import QUOTED, plain_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUILT_IN: Final = {
    "start": r"(?:(?<=^ )|(?<=\W ))",
    "end": r"(?= [^\w\s]| $)",
    "quoted": QUOTED,
}
"""Names that every pattern may use: where a clause begins and ends, and a passage in quotation marks."""

_GAPS: Final = re.compile(r"(^|[(|]|\)\?| )(…{1,2})( ?)")
_SPANS: Final = {"…": 3, "……": 6}
"""How many words a gap may hold. A sign ends it."""

_NAMED: Final = re.compile(r"\{([a-z]\w*)\}")
_MOST_NESTING: Final = 5
_PLAIN_WORD: Final = re.compile(r"(?:(?<=^)|(?<=[ |(}])|(?<= \)\?))[a-z][a-z']+(?=$|[ |){]|\( )")
_REPEATED: Final = re.compile(r"\)(?:[*+]|\{\d+,(?:\d\d|\}))")


class PatternError(Exception):
    """A pattern that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Language:
    """How words are often written, and the lists of words that patterns can name."""

    respell: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


def lines_of(block: str) -> Iterator[tuple[int, str]]:
    """Yield the patterns of a block of lines with their place in it; empty lines and notes are none."""
    for index, line in enumerate(block.splitlines()):
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            yield index, pattern


def entries_of(words: str) -> list[str]:
    """Return the entries of a word list, the longest first: of two that fit, the longer is quoted.

    A comma in brackets belongs to its entry.
    """
    depth, marked = 0, ""
    for sign in words:
        depth += (sign in "({") - (sign in ")}")
        marked += "\n" if sign == "," and depth == 0 else sign
    return sorted(filter(None, map(str.strip, marked.splitlines())), key=len, reverse=True)


def source_of(pattern: str, language: Language) -> str:
    """Return the regular expression of one pattern. Raises PatternError for a name that is not known."""
    if _REPEATED.search(pattern):
        raise PatternError("a group is repeated at most nine times, as {0,3}; write … for words in between")
    source = _NAMED.sub(lambda found: _named(found[1], language, 1), _respelled(pattern, language))
    source = _GAPS.sub(_gap, source)
    if "…" in source:
        raise PatternError("a … stands between spaces")
    return source


def _gap(found: re.Match[str]) -> str:
    most = _SPANS[found[2]]
    if found[1] == " ":
        return rf"(?: \w+){{0,{most}}}?{found[3]}"
    return rf"{found[1]}(?:\w+ ){{0,{most}}}?" if found[3] else found[0]


def _named(name: str, language: Language, depth: int) -> str:
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name not in language.words:
        raise PatternError(f"there are no words named {{{name}}}")
    if depth > _MOST_NESTING:
        raise PatternError(f"{{{name}}} names itself, or is more than {_MOST_NESTING} lists deep")
    entries = (_respelled(one, language) for one in entries_of(language.words[name]))
    return f"(?:{_NAMED.sub(lambda found: _named(found[1], language, depth + 1), '|'.join(entries))})"


def _respelled(pattern: str, language: Language) -> str:
    """Return the pattern in the spelling that texts are read in."""
    plain = _PLAIN_WORD.sub(lambda found: plain_word(found[0], language.respell), pattern)
    return plain.replace("'", "")


def compiled(block: str, language: Language, form: str = " (?:{})(?= )") -> re.Pattern[str] | None:
    """Return one expression for all patterns of a block, or None for an empty one. Raises PatternError."""
    sources = [source_of(pattern, language) for _, pattern in lines_of(block)]
    if not sources:
        return None
    try:
        return re.compile(form.replace("{}", "|".join(sources)), re.MULTILINE)
    except re.error as error:
        raise PatternError(f"this cannot be read as a pattern: {error}") from None


def fault_in(pattern: str, language: Language) -> str:
    """Return what is wrong with one pattern, or ""."""
    try:
        found = compiled(pattern, language)
    except PatternError as error:
        return str(error)
    return "this fits everything" if found is None or found.search("  ") else ""
