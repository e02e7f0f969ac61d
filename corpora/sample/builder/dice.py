"""Choices that look random and are the same on every machine and Python version."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of numbers derived from a name by SHA-256."""

    def __init__(self, *name: object) -> None:
        self._name = "/".join(str(part) for part in name)
        self._thrown = 0

    def spawn(self, *name: object) -> Dice:
        """An independent stream whose numbers do not depend on how often this one was thrown."""
        return Dice(self._name, *name)

    def unit(self) -> float:
        """A number in [0, 1)."""
        self._thrown += 1
        digest = sha256(f"{self._name}#{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.unit() < probability

    def between(self, low: int, high: int) -> int:
        """An integer of [low, high]."""
        return low + int(self.unit() * (high - low + 1))

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.unit() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of the items, by weight."""
        mark = self.unit() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into another order, in place."""
        for last in range(len(items) - 1, 0, -1):
            other = self.between(0, last)
            items[last], items[other] = items[other], items[last]

    def scatter(self, total: int, weights: Sequence[float]) -> list[int]:
        """Throw ``total`` balls into bins of these weights; returns how many lie in each."""
        counts = [0] * len(weights)
        bins = range(len(weights))
        for _ in range(total):
            counts[self.weighted(bins, weights)] += 1
        return counts
