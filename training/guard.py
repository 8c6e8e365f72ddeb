"""Makes `content/safety/model.<language>.bin` from the open part of the bank; see `training/README.md`.

A linear model on the presence of features, each weighted by the log of how much likelier it is in messages
that need a card (Wang and Manning, "Baselines and Bigrams", ACL 2012).
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from bot.library.guard import TOPICS, read_rules
from bot.library.guard.features import BITS, features_of
from bot.library.guard.model import Model, write_model
from bot.library.guard.words import plain, spoken, tokens
from training.bank import BORDERLINE, SAFETY, read_bank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

KIND_BITS: Final = 16
SMOOTHING: Final = 0.3
STRENGTH: Final = 30.0
KIND_STRENGTH: Final = 10.0
FALSE_ALARMS: Final = 0.05
LARGEST: Final = 32_000

PAIRS: Final = (
    ("he", "she"), ("him", "her"), ("his", "her"), ("himself", "herself"), ("husband", "wife"),
    ("hes", "shes"),
    ("he's", "she's"), ("boyfriend", "girlfriend"), ("bf", "gf"), ("dad", "mum"), ("father", "mother"),
    ("brother", "sister"), ("son", "daughter"), ("man", "woman"), ("boy", "girl"),
)  # fmt: skip
"""Whoever does it, it is the same: each message is learned with the other gender as well."""

SWAPPED: Final = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


def swapped(words: list[str]) -> list[str]:
    """Return the words with the other gender."""
    return [SWAPPED.get(word, word) for word in words]


def matrix(messages: list[list[str]], bits: int = BITS) -> csr_matrix:
    """Return one row a message, 1 for each feature it has."""
    starts, columns = [0], []
    for words in messages:
        found = features_of(words)
        columns.extend({one & ((1 << bits) - 1) for one in found} if bits < BITS else found)
        starts.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    return csr_matrix((ones, np.array(columns), np.array(starts)), shape=(len(messages), 1 << bits))


def fit(seen: csr_matrix, yes: NDArray[np.bool_], strength: float) -> tuple[Numbers, float]:
    """Return the weight of each feature, and the bias."""
    likely = np.asarray(seen[yes].sum(0)).ravel() + SMOOTHING
    other = np.asarray(seen[~yes].sum(0)).ravel() + SMOOTHING
    ratio = np.log((likely / likely.sum()) / (other / other.sum()))
    shrink = diags(1 / np.sqrt(np.maximum(np.asarray(seen.sum(1)).ravel(), 1)))
    model = LogisticRegression(C=strength, solver="liblinear", class_weight="balanced", max_iter=300)
    model.fit(shrink @ seen @ diags(ratio), yes)
    return model.coef_.ravel() * ratio, float(model.intercept_[0])


def scores(seen: csr_matrix, weights: Numbers, bias: float) -> Numbers:
    """Return the score of each message."""
    shares: Numbers = (seen @ weights) / np.sqrt(np.maximum(np.asarray(seen.sum(1)).ravel(), 1)) + bias
    return shares


def main(language: str = "en") -> None:
    """Train and write the model."""
    rows = [row for row in read_bank(language) if row.part == "open" and row.kind != BORDERLINE]
    messages = [tokens(plain(row.text)) for row in rows]
    card = np.array([row.card for row in rows])
    authors = np.array([row.author for row in rows])
    plain_matrix, other_matrix = matrix(messages), matrix([swapped(one) for one in messages])
    left_out = np.zeros(len(rows))
    for author in sorted(set(authors)):
        held = authors == author
        both = _stack(plain_matrix[~held], other_matrix[~held])
        weights, bias = fit(both, np.concatenate([card[~held]] * 2), STRENGTH)
        left_out[held] = scores(plain_matrix[held], weights, bias)
        print(f"author {author}: {held.sum()} rows left out", flush=True)
    rules = read_rules(SAFETY.parent, language)
    sure = np.array([bool(rules.sure(spoken(words))) for words in messages])
    recall, threshold = _recall(np.where(sure, np.inf, left_out), card, authors)
    print(f"threshold {threshold:.3f}: recall {recall:.1%} on authors left out")
    weights, bias = fit(_stack(plain_matrix, other_matrix), np.concatenate([card, card]), STRENGTH)
    kinds = sorted(TOPICS)
    folded = matrix([message for message, yes in zip(messages, card, strict=True) if yes], KIND_BITS)
    named = np.array([row.kind for row in rows if row.card])
    per_kind = [fit(folded, named == kind, KIND_STRENGTH) for kind in kinds]
    scale = max(float(np.abs(one).max()) for one in [weights, *(part for part, _ in per_kind)]) / LARGEST
    model = Model(
        _small(weights, scale), scale, bias, threshold, tuple(kinds),
        tuple(_small(part, scale) for part, _ in per_kind), tuple(one for _, one in per_kind), KIND_BITS,
    )  # fmt: skip
    raw = write_model(model)
    (SAFETY / f"model.{language}.bin").write_bytes(raw)
    print(f"{len(raw):,} bytes from {len(rows)} messages of {len(set(authors))} authors")


def _recall(score: Numbers, card: NDArray[np.bool_], authors: NDArray[np.str_]) -> tuple[float, float]:
    """Return the share of cards that are raised, and the threshold that brings it.

    The threshold is the median over the authors of the one at which a twentieth of their harmless messages
    raise a card, so that one who writes only look-alikes does not decide for all.
    """
    each = [np.quantile(score[(authors == one) & ~card], 1 - FALSE_ALARMS) for one in sorted(set(authors))]
    threshold = float(np.median([one for one in each if np.isfinite(one)]))
    return float(np.mean(score[card] > threshold)), threshold


def _stack(first: csr_matrix, second: csr_matrix) -> csr_matrix:
    from scipy.sparse import vstack  # noqa: PLC0415  one use

    return csr_matrix(vstack([first, second]))


def _small(weights: Numbers, scale: float) -> array[int]:
    return array("h", np.round(weights / scale).astype(np.int16).tolist())


if __name__ == "__main__":
    main(*sys.argv[1:])
