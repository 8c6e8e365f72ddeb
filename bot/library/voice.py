"""How the bot speaks, as far as it can be counted: `content/voice.yaml` and the limits of voice.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.library.source import Issue, Source, read_or_tell
from bot.library.wording import PLACEHOLDER, longest_reading, spoken_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.library.book import Book
    from bot.library.messages import MessageKey

FILE = "voice.yaml"
LISTS: Final = ("labels", "praise", "jargon", "advice")
"""Lists of words that nobody should hear from us."""

MAX_WORDS = 60
"""Words of one message at most."""

ENOUGH: Final = 40
"""Words a conversation must have before its reading ease means anything."""

_SENTENCE = re.compile(r"[.?!:;…]+(?:[\s”]|$)|\n\n+")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Voice:
    """What is listened for: one pattern for each list, and the least reading ease of a conversation."""

    never: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    ease: float | None = None


def read_voice(folder: Path, issues: list[Issue]) -> Voice:
    """Read the file; a folder without one is only counted."""
    if not (folder / FILE).is_file():
        return Voice()
    source = read_or_tell(folder, FILE, issues, "the words we never say are missing")
    if source is None:
        return Voice()
    issues += _misshaped(source)
    never = {name: _pattern(words) for name in LISTS if isinstance(words := source.data.get(name), list)}
    ease = source.data.get("ease")
    return Voice(never, ease if isinstance(ease, int | float) else None)


def _misshaped(source: Source) -> Iterator[Issue]:
    for name in source.data:
        words = source.data[name]
        if name in LISTS and (not isinstance(words, list) or not all(isinstance(one, str) for one in words)):
            yield Issue(FILE, source.line((name,)), "voice", f"{name}: must be a list of words")
        elif name not in {*LISTS, "ease"}:
            yield Issue(FILE, source.line((name,)), "voice", f"{name}: is not known here")


def _pattern(words: list[str]) -> re.Pattern[str]:
    found = "|".join(re.escape(str(one)).replace("…", r"\S+(?: \S+)?") for one in words if str(one))
    return re.compile(rf"(?<![\w-])(?:{found})(?![\w-])", re.IGNORECASE)


def voice(book: Book, heard: Voice) -> Iterator[Issue]:
    """Yield what a flow says too long, too loud, or in words that are none of ours."""
    for place, node in book.nodes():
        words = len(longest_reading(node.say).split())
        if words > MAX_WORDS:
            yield book.issue(
                (*place, "say"), "voice", f"{node.id} has {words} words; {MAX_WORDS} is the most"
            )
        if "!" in PLACEHOLDER.sub("", node.say):
            yield book.issue((*place, "say"), "voice", f"{node.id} has an exclamation mark")
        for text in spoken_by(node):
            for kind, found in _never(text, heard):
                yield book.issue(place, "voice", f"{node.id} says “{found}” ({kind} in {FILE})")
    ease = reading_ease(" ".join(longest_reading(node.say) + "\n\n" for _, node in book.nodes()))
    if ease is not None and heard.ease is not None and ease < heard.ease:
        message = (
            f"its reading ease is {ease:.0f}; {heard.ease:.0f} is the least: shorter sentences, plainer words"
        )
        yield book.issue(("start",), "voice", message)


def loud(key: MessageKey, source: str, heard: Voice) -> Iterator[Issue]:
    """Yield what is wrong with the voice of one of the bot's own sentences."""
    if len(source.split()) > MAX_WORDS or "!" in source:
        yield Issue("messages.yaml", 1, "voice", f"{key}: at most {MAX_WORDS} words, no exclamation mark")
    for kind, found in _never(source, heard):
        yield Issue("messages.yaml", 1, "voice", f"{key} says “{found}” ({kind} in {FILE})")


def _never(text: str, heard: Voice) -> Iterator[tuple[str, str]]:
    text = PLACEHOLDER.sub(" ", text)
    for kind, pattern in heard.never.items():
        if found := pattern.search(text):
            yield kind, found[0]


def reading_ease(text: str) -> float | None:
    """Return the reading ease after Flesch (1948), higher is easier; None for too few words."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    if len(words) < ENOUGH:
        return None
    sentences = max(1, sum(1 for part in _SENTENCE.split(text) if _WORD.search(part.lower())))
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * sum(map(_syllables, words)) / len(words)


def _syllables(word: str) -> int:
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and count > 1:
        count -= 1
    if word.endswith("ed") and not word.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(1, count)
