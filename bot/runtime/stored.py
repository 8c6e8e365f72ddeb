"""What is kept, told to a person from the one list of fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.store.protocol.fields import FIELDS, LASTS

if TYPE_CHECKING:
    from bot.library.load import Library
    from bot.store.protocol import Profile


@dataclass(frozen=True, slots=True)
class StoredKind:
    """One kind of thing that is kept: what, why, for how long, and whether it is encrypted."""

    what: str
    why: str
    stays: str
    sealed: bool


def stored(library: Library, profile: Profile) -> list[StoredKind]:
    """Return everything that is kept, in the order of the words for it."""
    words = library.kept
    days = {rule: span.days for rule, span in LASTS.items()}
    rules = {one.group: one.stays for one in FIELDS}
    sealed = {one.group for one in FIELDS if one.sealed}
    names = {"days": days, "months": profile.keep_months}
    return [
        StoredKind(
            what, words.why[group], library.renderer.text(words.stays[rules[group]], names), group in sealed
        )
        for group, what in words.what.items()
        if group in rules
    ]
