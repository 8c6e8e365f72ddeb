"""What the model sees of a message: its words and pieces of words, each as one number below 2**BITS.

The numbers are CRC-32 of the feature's name, so that no list of words has to be shipped or looked up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS: Final = 20
_MASK: Final = (1 << BITS) - 1

MOST_WORDS: Final = 200
"""Words that are read: a message of 4,096 letters costs no more than one of a page."""

_SHORTEST, _LONGEST = 2, 5
_ENDS: Final = frozenset(".!?;")
_LEAST: Final = 3
"""Words of a sentence that is looked at by itself."""

_FAR: Final = 5
"""How far apart two words may stand that are seen together."""


def features_of(words: Sequence[str]) -> set[int]:
    """Return the features of a message, from its words and signs in order."""
    words = words[:MOST_WORDS]
    names = set(words)
    names.update(map(" ".join, pairwise(words)))
    names.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    for distance in range(2, _FAR):
        names.update(map("~".join, zip(words, words[distance:], strict=False)))
    for word in set(words):
        framed = f"_{word}_"
        size = len(framed)
        for length in range(_SHORTEST, min(_LONGEST, size) + 1):
            names.update(f"#{framed[start : start + length]}" for start in range(size - length + 1))
    return {crc32(name.encode()) & _MASK for name in names}


def features_by_sentence(words: Sequence[str]) -> tuple[set[int], list[set[int]]]:
    """Return the features of a message, and those of each of its sentences: its own when it is one."""
    whole, parts = features_of(words), _sentences(words)
    return whole, [features_of(part) for part in parts] if len(parts) > 1 else [whole]


def _sentences(words: Sequence[str]) -> list[Sequence[str]]:
    """Return the sentences that are long enough to mean something."""
    words = words[:MOST_WORDS]
    cuts = [-1, *(place for place, word in enumerate(words) if word in _ENDS), len(words)]
    return [words[start + 1 : end] for start, end in pairwise(cuts) if end - start > _LEAST]
