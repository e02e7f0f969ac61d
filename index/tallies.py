"""In how many texts each token stands, as sorted arrays on the disk: what BM25 needs to know of a whole archive where
the texts themselves are indexed on another machine. Tokens are kept by a 64-bit hash. Statements and passages are
counted apart, as the word indexes here are (:mod:`index.wordsearch`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.building import WORD_PARTS
from index.lexical import FIELDS, TOKENIZERS
from nlp.errors import MingjianError

TOTALS = "tallies.json"
Keys = NDArray[np.uint64]
Counts = NDArray[np.uint32]


def token_key(token: str) -> int:
    """64 bits of a token's hash."""
    return int.from_bytes(blake2b(token.encode("utf-8"), digest_size=8).digest(), "little")


class Tallies:
    """Immutable counts.

    Attributes:
        size: number of texts counted.
        totals: field → number of tokens in all of them.
    """

    def __init__(self, size: int, totals: dict[str, int], counts: dict[str, tuple[Keys, Counts]]) -> None:
        """``counts``: field → ascending token keys and, for each, in how many texts it stands."""
        self.size = size
        self.totals = totals
        self._counts = counts

    @staticmethod
    def empty() -> Tallies:
        """Of no text."""
        return Tallies(
            0, dict.fromkeys(FIELDS, 0), {f: (np.zeros(0, np.uint64), np.zeros(0, np.uint32)) for f in FIELDS}
        )

    def frequency(self, field: str, token: str) -> int:
        """In how many texts a token stands."""
        keys, counts = self._counts[field]
        key = np.uint64(token_key(token))
        place = int(np.searchsorted(keys, key))
        return int(counts[place]) if place < len(keys) and keys[place] == key else 0

    def save(self, folder: Path) -> None:
        """Write into a folder; raises OSError."""
        for field, (keys, counts) in self._counts.items():
            np.save(folder / f"{field}-keys.npy", keys)
            np.save(folder / f"{field}-counts.npy", counts)
        (folder / TOTALS).write_text(json.dumps({"documents": self.size, **self.totals}), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Tallies:
        """Map what :meth:`save` wrote; raises MingjianError where it cannot be read."""
        try:
            told: dict[str, Any] = json.loads((folder / TOTALS).read_text(encoding="utf-8"))
            counts = {field: (_map(folder, field, "keys"), _map(folder, field, "counts")) for field in FIELDS}
            return Tallies(int(told["documents"]), {field: int(told[field]) for field in FIELDS}, counts)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise MingjianError(f"{folder}：词频文件缺失或损坏，请运行：mingjian rebuild") from error


def _map(folder: Path, field: str, what: str) -> Any:
    return np.load(folder / f"{field}-{what}.npy", mmap_mode="r", allow_pickle=False)


class Counting:
    """Counts texts on top of what was counted before."""

    def __init__(self, before: Tallies) -> None:
        self._before = before
        self._size = 0
        self._totals = dict.fromkeys(FIELDS, 0)
        self._counts: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}

    def add(self, texts: Iterable[dict[str, list[str]]]) -> None:
        """Count texts, each as its tokens by field."""
        for tokens in texts:
            self._size += 1
            for field in FIELDS:
                self._totals[field] += len(tokens[field])
                self._counts[field].update(set(tokens[field]))

    def average(self, field: str) -> float:
        """Mean number of tokens of a text so far."""
        return (self._before.totals[field] + self._totals[field]) / max(1, self._before.size + self._size)

    def done(self) -> Tallies:
        """What was counted before and now."""
        return Tallies(
            self._before.size + self._size,
            {field: self._before.totals[field] + self._totals[field] for field in FIELDS},
            {field: self._joined(field) for field in FIELDS},
        )

    def _joined(self, field: str) -> tuple[Keys, Counts]:
        old_keys, old = self._before._counts[field]
        fresh = self._counts[field]
        if not fresh:
            return np.asarray(old_keys), np.asarray(old)
        keys = np.array([token_key(token) for token in fresh], dtype=np.uint64)
        both, places = np.unique(np.concatenate([old_keys, keys]), return_inverse=True)
        counts = np.zeros(len(both), np.uint32)
        np.add.at(counts, places, np.concatenate([old, np.fromiter(fresh.values(), np.uint32, len(fresh))]))
        return both, counts


def part_of(kind: str) -> str:
    """Where a text of this kind is counted."""
    return next(part for part, kinds in WORD_PARTS.items() if kind in kinds)


def load_parts(folder: Path) -> dict[str, Tallies]:
    """What :func:`save_parts` wrote; raises MingjianError where it cannot be read."""
    return {part: Tallies.load(folder / part) for part in WORD_PARTS}


def save_parts(counted: Mapping[str, Tallies], folder: Path) -> None:
    """Write each part's counts into a folder of its own; raises OSError."""
    for part, tallies in counted.items():
        (folder / part).mkdir(exist_ok=True)
        tallies.save(folder / part)


class CountingApart:
    """Counts texts, each in its kind's part, on top of what was counted before."""

    def __init__(self, before: Mapping[str, Tallies] | None = None) -> None:
        self._parts = {part: Counting(before[part] if before else Tallies.empty()) for part in WORD_PARTS}

    def add(self, kind: str, tokens: dict[str, list[str]]) -> None:
        """Count a text."""
        self._parts[part_of(kind)].add([tokens])

    def average(self, field: str, kind: str) -> float:
        """Mean number of tokens of a text of the kind's part so far."""
        return self._parts[part_of(kind)].average(field)

    def done(self) -> dict[str, Tallies]:
        """What was counted before and now."""
        return {part: counting.done() for part, counting in self._parts.items()}


def cut(text: str) -> dict[str, list[str]]:
    """A text's tokens by field."""
    return {field: TOKENIZERS[field](text) for field in FIELDS}
