"""How well labels are given, label by label: precision, recall, F1, support, and what is taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Row = tuple[Iterable[str], Iterable[str]]  # labels that people gave, labels that the machine gave


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """One label: how often people gave it (``support``), the machine did, and both did."""

    label: str
    support: int
    found: int
    both: int

    @property
    def precision(self) -> float | None:
        """The share of what the machine gave that is right; None where it never gave it."""
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of what people gave that the machine found; None where nobody gave it."""
        return self.both / self.support if self.support else None

    @property
    def f1(self) -> float:
        """The harmonic mean; 1 where neither ever gave it."""
        total = self.support + self.found
        return 2 * self.both / total if total else 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self) | {
            "precision": _round(self.precision),
            "recall": _round(self.recall),
            "f1": round(self.f1, 4),
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """All labels, and (label that people gave, label given in its stead, how often), most frequent first."""

    sentences: int
    labels: tuple[LabelQuality, ...]
    confusions: tuple[tuple[str, str, int], ...]

    @property
    def micro_f1(self) -> float:
        """F1 over all labels together."""
        both, total = sum(one.both for one in self.labels), sum(one.support + one.found for one in self.labels)
        return 2 * both / total if total else 1.0

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1, over labels that people gave."""
        known = [one.f1 for one in self.labels if one.support]
        return sum(known) / len(known) if known else 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "sentences": self.sentences,
            "micro_f1": round(self.micro_f1, 4),
            "macro_f1": round(self.macro_f1, 4),
            "labels": [one.to_dict() for one in self.labels],
            "confusions": [list(one) for one in self.confusions],
        }


def judge(rows: Sequence[Row]) -> Quality:
    """Hold the machine's labels against people's, sentence by sentence."""
    support, found, both = Counter[str](), Counter[str](), Counter[str]()
    confusions = Counter[tuple[str, str]]()
    for wanted, given in ((set(wanted), set(given)) for wanted, given in rows):
        support.update(wanted)
        found.update(given)
        both.update(wanted & given)
        confusions.update((missed, extra) for missed in wanted - given for extra in given - wanted)
    labels = tuple(LabelQuality(one, support[one], found[one], both[one]) for one in sorted(support | found))
    ranked = sorted(confusions.items(), key=lambda row: (-row[1], row[0]))
    return Quality(len(rows), labels, tuple((missed, extra, count) for (missed, extra), count in ranked))


def kappa(pairs: Sequence[Row], label: str) -> float | None:
    """Cohen's κ of two annotators on one label; None where neither ever gave it."""
    first, second = ([label in set(row[side]) for row in pairs] for side in (0, 1))
    n = len(pairs)
    if not any(first) and not any(second):
        return None
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    a, b = sum(first) / n, sum(second) / n
    chance = a * b + (1 - a) * (1 - b)
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
