"""The small model of the guard: weights shipped as data, from `content/safety/model.<language>.bin`.

It is a linear one: the weights of a message's features are added and divided by the root of their number (the
form of Wang and Manning, "Baselines and Bigrams", ACL 2012). That is done for the whole message and, with
weights of their own, for each sentence, so that one line in a long talk is not drowned. `training/guard.py`
makes the file.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from bot.library.guard.features import BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

MAGIC: Final = b"AGM2"
_LENGTH: Final = 4


class ModelError(Exception):
    """The file is no model that this program can read; the text says why."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of features: for the whole message, for a sentence, and for each kind of card.

    The score is that of the whole and, `share` (0 to 1) of it, that of the worst sentence; above `threshold`
    it raises a card.
    """

    weights: array[int]
    part_weights: array[int]
    scale: float
    bias: float
    part_bias: float
    share: float
    threshold: float
    kinds: tuple[str, ...]
    kind_weights: tuple[array[int], ...]
    kind_bias: tuple[float, ...]
    kind_bits: int

    def score(self, whole: set[int], parts: Sequence[set[int]]) -> float:
        """Return how much a message looks like one that needs a card, by its features and its sentences'."""
        worst = max(self._sum(self.part_weights, part) for part in parts) + self.part_bias
        return (1 - self.share) * (self._sum(self.weights, whole) + self.bias) + self.share * worst

    def _sum(self, weights: array[int], found: set[int]) -> float:
        return sum([weights[one] for one in found]) * self.scale / sqrt(len(found) or 1)

    def kind(self, found: set[int]) -> str:
        """Return the kind of card that a message looks most like."""
        mask = (1 << self.kind_bits) - 1
        folded = [one & mask for one in found]
        root = sqrt(len(found) or 1)
        scores = [
            sum([weights[one] for one in folded]) * self.scale / root + bias
            for weights, bias in zip(self.kind_weights, self.kind_bias, strict=True)
        ]
        return self.kinds[scores.index(max(scores))]


def read_model(raw: bytes) -> Model:
    """Read a model file. Raises ModelError."""
    if not raw.startswith(MAGIC):
        raise ModelError("this is no model of the guard")
    try:
        start = len(MAGIC) + _LENGTH
        end = start + int.from_bytes(raw[len(MAGIC) : start], "little")
        head = json.loads(raw[start:end])
        numbers = array("h")
        numbers.frombytes(zlib.decompress(raw[end:]))
    except (ValueError, zlib.error) as error:
        raise ModelError(f"the model cannot be read ({type(error).__name__})") from None
    if sys.byteorder == "big":
        numbers.byteswap()
    size, kind_size, kinds = 1 << BITS, 1 << head["kind_bits"], head["kinds"]
    if head["bits"] != BITS or len(numbers) != 2 * size + kind_size * len(kinds):
        raise ModelError("the model was made for other features: train it again")
    parts = [numbers[2 * size + kind_size * n : 2 * size + kind_size * (n + 1)] for n in range(len(kinds))]
    return Model(
        numbers[:size], numbers[size : 2 * size], head["scale"], head["bias"], head["part_bias"],
        head["share"], head["threshold"], tuple(kinds), tuple(parts), tuple(head["kind_bias"]),
        head["kind_bits"],
    )  # fmt: skip


def write_model(model: Model) -> bytes:
    """Return the file that `read_model` reads back equal."""
    head = {
        "bits": BITS,
        "kind_bits": model.kind_bits,
        "kinds": list(model.kinds),
        "scale": model.scale,
        "bias": model.bias,
        "part_bias": model.part_bias,
        "share": model.share,
        "threshold": model.threshold,
        "kind_bias": list(model.kind_bias),
    }
    written = json.dumps(head).encode()
    numbers = array("h", _joined([model.weights, model.part_weights, *model.kind_weights]))
    if sys.byteorder == "big":
        numbers.byteswap()
    return MAGIC + len(written).to_bytes(_LENGTH, "little") + written + zlib.compress(numbers.tobytes(), 9)


def _joined(parts: Sequence[array[int]]) -> array[int]:
    joined = array("h")
    for part in parts:
        joined.extend(part)
    return joined
