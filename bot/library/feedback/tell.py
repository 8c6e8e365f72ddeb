"""Feedback for a template: ready sentences with the person's words in them, escaped like everywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from bot.library.feedback.rules import NOTHING
from bot.library.render import Own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.library.feedback.rules import Reader, Seen
    from bot.library.render import Renderer


EMPTY: Final = Markup()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was found in somebody's words, as an author may use it."""

    labels: list[str] = field(default_factory=list)
    text: Markup = EMPTY
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def quote(self, label: str) -> Own:
        """Return the words that a label was found by, or none."""
        return Own(next(iter(self.quotes.get(label, ())), ""))


def teller(readers: Mapping[str, Reader], renderer: Renderer) -> Callable[[str, object], Feedback]:
    """Return `feedback(kind, words)`; a text that one reply asks about several times is read once."""
    told: dict[tuple[str, str], Feedback] = {}

    def feedback(kind: str, words: object) -> Feedback:
        if kind not in readers or not isinstance(words, str):
            return Feedback()
        if (kind, words) not in told:
            told[kind, words] = tell(readers[kind].read(words), renderer)
        return told[kind, words]

    return feedback


def tell(seen: Seen, renderer: Renderer) -> Feedback:
    """Return what was seen with its sentences rendered."""
    if seen == NOTHING:
        return Feedback()
    sentences = (
        Markup(renderer.text(one.say, {"quote": Own(one.quote), "second": Own(one.second)}))  # noqa: S704  rendered with autoescape
        for one in seen.remarks
    )
    return Feedback(list(seen.labels), Markup(" ").join(sentences), seen.quotes)
