"""The arithmetic of ranking: fusion of ranked lists, the final score, the evidence that anything fits at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.settings import RANK_WEIGHTS, RRF_DEPTH

Ranks = Mapping[int, int]  # position → rank from 1


def fuse(rankings: Sequence[Ranks], weights: Sequence[float], depth: int = RRF_DEPTH) -> dict[int, float]:
    """Reciprocal rank fusion: Σ weight / (depth + rank), divided by the most that is possible.

    Args:
        rankings: position → rank from 1, one for each way of ranking.
        weights: one a ranking.
        depth: how little the first ranks stand out.

    Returns:
        position → 0–1; 1 is the first of every ranking.
    """
    out: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for position, rank in ranking.items():
            out[position] = out.get(position, 0.0) + weight / (depth + rank)
    most = sum(weights) / (depth + 1)
    return {position: score / most for position, score in out.items()}


def ranks(positions: Sequence[int], scores: Sequence[float], digits: int = 4) -> dict[int, int]:
    """Position → rank from 1. Equal scores share a rank: copies of one sentence stand in nobody's way.

    Args:
        positions: best first.
        scores: of the positions, falling.
        digits: scores that agree in so many decimals are equal.
    """
    out: dict[int, int] = {}
    rank, last = 0, float("inf")
    for position, score in zip(positions, scores, strict=True):
        rounded = round(score, digits)
        if rounded < last:
            rank, last = rank + 1, rounded
        out[position] = rank
    return out


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for a candidate, each 0–1.

    Attributes:
        fused: reciprocal rank fusion over the three rankings.
        cosine: nearness of meaning.
        coverage: share of the query's words, by their rarity, that the text holds.
        labels: agreement of the query's labels with the statement's.
        kind: 1 where it is of the kind that the query sounds like, 0.5 where that is not known.
        points: agreement of the fine points that query and text lie nearest to (see :mod:`index.points`).
        remedy: 1 for a measure and 0 for a problem where the question asks for measures by its meaning; 0.5 where it
            does not.
        against: nearness of the question to the problem that a measure stands against; 0 where none is asked for.
        domain: how likely the question is about such reports at all; the same for all candidates, never in their score.
    """

    fused: float
    cosine: float
    coverage: float
    labels: float
    kind: float = 0.5
    points: float = 0.0
    remedy: float = 0.5
    against: float = 0.0
    domain: float = 0.5


def score(features: Features, weights: Mapping[str, float] = RANK_WEIGHTS) -> float:
    """The weighted mean of the features, 0–1."""
    total = sum(weights.values())
    mean = sum(weight * min(1.0, max(0.0, getattr(features, name))) for name, weight in weights.items()) / total
    return float(mean)


def score_all(
    features: Mapping[str, Sequence[float]], weights: Mapping[str, float] = RANK_WEIGHTS
) -> NDArray[np.float64]:
    """:func:`score` of many candidates: feature → their values; added up in the same order, to the same last bit."""
    total = sum(weights.values())
    mean: NDArray[np.float64] = np.zeros(len(features["fused"]))
    for name, weight in weights.items():
        mean += weight * np.clip(np.array(features[name], dtype=np.float64), 0.0, 1.0)
    return mean / total


def coverage(words: Mapping[str, float], text: str) -> float:
    """Share of the words' weight that a text holds (0–1); 0 without words."""
    return coverages(words, [text])[0]


def coverages(words: Mapping[str, float], texts: Sequence[str]) -> list[float]:
    """:func:`coverage` of many texts."""
    total = sum(words.values())
    if total <= 0:
        return [0.0] * len(texts)
    weighed = list(words.items())
    out = []
    for text in texts:
        lower, held = text.lower(), 0.0
        for word, weight in weighed:
            if word in lower:
                held += weight
        out.append(held / total)
    return out


def label_agreement(wanted: Mapping[str, float], labels: Sequence[str]) -> float:
    """How much of what the query is about (label → 0–1) the statement's labels cover; 0 where nothing is known."""
    if not wanted or not labels:
        return 0.0
    return max((wanted.get(label, 0.0) for label in labels), default=0.0)
