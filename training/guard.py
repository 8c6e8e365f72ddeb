"""Makes `content/safety/model.<language>.bin` from the open part of the bank; see `training/README.md`.

A linear model on the presence of features, each weighted by the log of how much likelier it is in messages
that need a card (Wang and Manning, "Baselines and Bigrams", ACL 2012).
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from bot.library.guard import TOPICS, read_rules
from bot.library.guard.features import BITS, features_by_sentence, features_of
from bot.library.guard.model import Model, write_model
from bot.library.guard.words import plain, spoken, tokens
from training.bank import BORDERLINE, SAFETY, Row, read_bank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

KIND_BITS: Final = 16
SMOOTHING: Final = 0.3
STRENGTH: Final = 30.0
KIND_STRENGTH: Final = 10.0
SHARE: Final = 0.35
"""How much of the score is the worst sentence's."""

FALSE_ALARMS: Final = 0.1
FOLDS: Final = 5
LARGEST: Final = 32_000

PAIRS: Final = (
    ("he", "she"), ("him", "her"), ("his", "her"), ("himself", "herself"), ("husband", "wife"),
    ("hes", "shes"),
    ("he's", "she's"), ("boyfriend", "girlfriend"), ("bf", "gf"), ("dad", "mum"), ("father", "mother"),
    ("brother", "sister"), ("son", "daughter"), ("man", "woman"), ("boy", "girl"),
)  # fmt: skip
"""Whoever does it, it is the same: each message is learned with the other gender as well."""

SWAPPED: Final = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


Features = list[set[int]]


def swapped(words: list[str]) -> list[str]:
    """Return the words with the other gender."""
    return [SWAPPED.get(word, word) for word in words]


def matrix(found: Features, bits: int = BITS) -> csr_matrix:
    """Return one row for each set of features, 1 for each that it has."""
    starts, columns = [0], []
    for one in found:
        columns.extend({feature & ((1 << bits) - 1) for feature in one} if bits < BITS else one)
        starts.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    return csr_matrix((ones, np.array(columns), np.array(starts)), shape=(len(found), 1 << bits))


def fit(found: Features, yes: Flags, strength: float, bits: int = BITS) -> tuple[Numbers, float]:
    """Return the weight of each feature, and the bias."""
    seen = matrix(found, bits)
    likely = np.asarray(seen[yes].sum(0)).ravel() + SMOOTHING
    other = np.asarray(seen[~yes].sum(0)).ravel() + SMOOTHING
    ratio = np.log((likely / likely.sum()) / (other / other.sum()))
    shrink = diags(1 / np.sqrt(np.maximum(np.asarray(seen.sum(1)).ravel(), 1)))
    model = LogisticRegression(C=strength, solver="liblinear", class_weight="balanced", max_iter=300)
    model.fit(shrink @ seen @ diags(ratio), yes)
    return model.coef_.ravel() * ratio, float(model.intercept_[0])


def score(found: set[int], weights: Numbers, bias: float) -> float:
    """Return the score of one message or sentence."""
    return float(weights[list(found)].sum() / np.sqrt(len(found) or 1) + bias)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as the model sees it: its features, those with the other gender, those of each sentence."""

    card: bool
    whole: set[int]
    other: set[int]
    parts: Features


def look(row: Row) -> Seen:
    """Read one message."""
    words = tokens(plain(row.text))
    whole, parts = features_by_sentence(words)
    return Seen(row.card, whole, features_of(swapped(words)), parts)


def learn(messages: list[Seen]) -> tuple[Numbers, float, Numbers, float]:
    """Return the weights and the bias for whole messages, and those for sentences.

    Of a message that needs a card it is not known which sentence makes it so: the one that looks most like it
    is taken for it, the others for nothing. Each sentence of a harmless message is harmless.
    """
    both = [one.whole for one in messages] + [one.other for one in messages]
    weights, bias = fit(both, np.array([one.card for one in messages] * 2), STRENGTH)
    parts: Features = []
    yes = []
    for one in messages:
        chosen = [max(one.parts, key=lambda part: score(part, weights, bias))] if one.card else one.parts
        parts += chosen
        yes += [one.card] * len(chosen)
    return weights, bias, *fit(parts, np.array(yes), STRENGTH)


def mixed(messages: list[Seen], learned: tuple[Numbers, float, Numbers, float]) -> Numbers:
    """Return the score of each message."""
    weights, bias, part_weights, part_bias = learned
    whole = np.array([score(one.whole, weights, bias) for one in messages])
    worst = np.array([max(score(part, part_weights, part_bias) for part in one.parts) for one in messages])
    mix: Numbers = (1 - SHARE) * whole + SHARE * worst
    return mix


def threshold_for(scores: Numbers, card: Flags, authors: NDArray[np.str_]) -> float:
    """Return the threshold at which about one harmless message in ten raises a card.

    It is the median over the authors of the threshold that does so for each, so that one who writes only
    look-alikes does not decide for all.
    """
    each = [np.quantile(scores[(authors == one) & ~card], 1 - FALSE_ALARMS) for one in sorted(set(authors))]
    return float(np.median([one for one in each if np.isfinite(one)]))


def main(language: str = "en") -> None:
    """Train and write the model."""
    rows = [row for row in read_bank(language) if row.part == "open" and row.kind != BORDERLINE]
    messages = [look(row) for row in rows]
    card = np.array([row.card for row in rows])
    authors = np.array([row.author for row in rows])
    rules = read_rules(SAFETY.parent, language)
    sure = np.array([bool(rules.sure(spoken(tokens(plain(row.text))))) for row in rows])
    left_out = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = np.isin(authors, sorted(set(authors))[fold::FOLDS])
        learned = learn([one for one, out in zip(messages, held, strict=True) if not out])
        left_out[held] = mixed([one for one, out in zip(messages, held, strict=True) if out], learned)
        print(f"authors {' '.join(sorted(set(authors[held])))}: {held.sum()} rows left out", flush=True)
    scores = np.where(sure, np.inf, left_out)
    threshold = threshold_for(scores, card, authors)
    print(f"threshold {threshold:.3f}: recall {np.mean(scores[card] > threshold):.1%} on authors left out")
    write(language, learn(messages), threshold, rows, messages)
    print(f"from {len(rows)} messages of {len(set(authors))} authors")


def write(
    language: str,
    learned: tuple[Numbers, float, Numbers, float],
    threshold: float,
    rows: list[Row],
    messages: list[Seen],
) -> None:
    """Learn the kinds of card as well, and write the file."""
    weights, bias, part_weights, part_bias = learned
    kinds = sorted(TOPICS)
    cards = [one.whole for one in messages if one.card]
    named = np.array([row.kind for row in rows if row.card])
    per_kind = [fit(cards, named == kind, KIND_STRENGTH, KIND_BITS) for kind in kinds]
    every = [weights, part_weights, *(part for part, _ in per_kind)]
    scale = max(float(np.abs(one).max()) for one in every) / LARGEST
    model = Model(
        _small(weights, scale), _small(part_weights, scale), scale, bias, part_bias, SHARE, threshold,
        tuple(kinds), tuple(_small(part, scale) for part, _ in per_kind),
        tuple(one for _, one in per_kind), KIND_BITS,
    )  # fmt: skip
    raw = write_model(model)
    (SAFETY / f"model.{language}.bin").write_bytes(raw)
    print(f"model.{language}.bin: {len(raw):,} bytes")


def _small(weights: Numbers, scale: float) -> array[int]:
    return array("h", np.round(weights / scale).astype(np.int16).tolist())


if __name__ == "__main__":
    main(*sys.argv[1:])
