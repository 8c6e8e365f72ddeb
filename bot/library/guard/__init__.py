"""The guard: whether a message looks like one whose writer should be shown where help is.

It is a signpost, not a detector: it misses much and is wrong at times, see `content/safety/README.md` for how
often. It keeps nothing and tells nobody. Rules decide where they are sure, the model where they are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from bot.library.guard.features import features_by_sentence
from bot.library.guard.model import Model, ModelError, read_model
from bot.library.guard.rules import Rules, build
from bot.library.guard.words import plain, spoken, tokens
from bot.library.source import ContentError, Issue, SourceError, read

if TYPE_CHECKING:
    from pathlib import Path

Topic = Literal["suicide", "abuse", "third-party", "harm-others", "child"]
"""What a card is about."""

TOPICS: Final[dict[str, Topic]] = {
    "suicide_explicit": "suicide",
    "selfharm_explicit": "suicide",
    "veiled": "suicide",
    "third_party": "third-party",
    "abuse_explicit": "abuse",
    "abuse_control": "abuse",
    "abuse_veiled": "abuse",
    "harm_others": "harm-others",
    "child": "child",
}
"""The kinds that raise a card (shared with the bank), and the card each of them raises."""

FOLDER: Final = "safety"

LEAST: Final = 3
"""Words that the model needs to go by; of fewer, only a rule can be sure."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules and the model of one language."""

    rules: Rules
    model: Model

    def look(self, text: str) -> str:
        """Return the kind of card a message calls for, or "" for none."""
        words = tokens(plain(text))
        if not any(word[0].isalpha() for word in words):
            return ""
        sure = self.rules.sure(spoken(words))
        if sure or len(words) < LEAST:
            return sure
        found, parts = features_by_sentence(words)
        score = self.model.score(found, parts)
        return self.model.kind(found) if score > self.model.threshold else ""


def languages(content: Path) -> list[str]:
    """Return the languages that have a guard."""
    found = (content / FOLDER).glob("rules.*.yaml")
    return sorted(path.name.split(".")[1] for path in found)


def load_guard(content: Path, language: str) -> Guard:
    """Read rules and model of a language. Raises ContentError with file and line."""
    model = content / FOLDER / f"model.{language}.bin"
    try:
        return Guard(read_rules(content, language), read_model(model.read_bytes()))
    except (ModelError, OSError) as error:
        raise ContentError([Issue(f"{FOLDER}/{model.name}", 1, "guard", str(error))]) from None


def read_rules(content: Path, language: str) -> Rules:
    """Read the rules of a language. Raises ContentError with file and line."""
    name = f"{FOLDER}/rules.{language}.yaml"
    try:
        data = read(content.resolve() / name, name).data
        rules = build(data["words"], data["doubts"], data["rules"])
        _prove(rules)
    except SourceError as error:
        raise ContentError([error.issue]) from None
    except (KeyError, TypeError, AttributeError, OSError, re.error) as error:
        raise ContentError([Issue(name, 1, "guard", f"these rules cannot be read: {error}")]) from None
    return rules


def _prove(rules: Rules) -> None:
    """Raise KeyError for a kind or a doubt that does not exist."""
    for rule in rules.rules:
        _ = TOPICS[rule.kind]
        for name in rule.unless:
            _ = rules.doubts[name]
