"""What is kept, in words for people: `content/privacy.yaml`, one entry for each group of stored fields.

The fields themselves are listed by the store; a test holds `GROUPS` and `RULES` against that list, and the
loader refuses a file that lacks one of them or has one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from bot.library.source import Issue, Source, read_or_tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.library.render import Renderer

FILE = "privacy.yaml"
GROUPS = (
    "account", "profile", "answers", "exercises", "rhythm", "plans", "couple", "invites", "waiting",
    "asked", "sending", "received", "key", "erased",
)  # fmt: skip
"""What is kept, in the order in which it is told."""

RULES = ("account", "words", "plan", "received", "sent", "asked", "open", "couple", "invite", "erasing")
"""How long."""

DAYS = frozenset({"days", "months"})
"""What the words for a rule may name: its spans in days, and the months that the reader has chosen."""

MOST_LETTERS = 160


@dataclass(frozen=True, slots=True)
class KeptWords:
    """For each group what it is and why it is kept; for each rule how long that is (Jinja source)."""

    what: Mapping[str, str]
    why: Mapping[str, str]
    stays: Mapping[str, str]


def read_kept(folder: Path, renderer: Renderer, issues: list[Issue]) -> KeptWords:
    """Read and prove the file."""
    source = read_or_tell(folder, FILE, issues, "the words about what is kept are missing")
    if source is None:
        return KeptWords({}, {}, {})
    parts = {"what": GROUPS, "why": GROUPS, "stays": RULES}
    found = {part: _words(source, part, keys, issues) for part, keys in parts.items()}
    issues += [
        Issue(FILE, source.line((part,)), "kept", f"{part}: is not known here")
        for part in source.data
        if part not in parts
    ]
    issues += _wrong_words(source, found, renderer)
    return KeptWords(**found)


def _words(source: Source, part: str, keys: tuple[str, ...], issues: list[Issue]) -> dict[str, str]:
    given = source.data.get(part)
    if not isinstance(given, dict):
        issues.append(Issue(FILE, source.line((part,)), "kept", f"{part}: must be a list of words by name"))
        return {}
    line = source.line((part,))
    issues += [
        Issue(FILE, line, "kept", f"{part}: {key} is kept, but not told") for key in keys if key not in given
    ]
    for key, value in given.items():
        line = source.line((part, key))
        if key not in keys:
            issues.append(Issue(FILE, line, "kept", f"{part}: {key} is told, but not kept"))
        elif not isinstance(value, str) or not value.strip() or len(value) > MOST_LETTERS:
            issues.append(
                Issue(FILE, line, "kept", f"{part}: {key} must be words, {MOST_LETTERS} letters at most")
            )
    return {key: str(given[key]).strip() for key in keys if key in given}


def _wrong_words(
    source: Source, found: Mapping[str, Mapping[str, str]], renderer: Renderer
) -> Iterator[Issue]:
    for part, words in found.items():
        for key, text in words.items():
            line = source.line((part, key))
            try:
                extra = renderer.names_in(text) - (DAYS if part == "stays" else frozenset())
            except TemplateError as error:
                yield Issue(FILE, line, "template", f"{part}: {key}: {error}")
                continue
            if extra:
                yield Issue(FILE, line, "unknown-name", f"{part}: {key}: {', '.join(sorted(extra))}")
            if "!" in text:
                yield Issue(FILE, line, "voice", f"{part}: {key} has an exclamation mark")
