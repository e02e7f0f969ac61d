"""A linear classifier as plain arrays: made by :mod:`nlp.learning`, run with NumPy alone, saved without pickle."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import MingjianError
from nlp.features import LONGEST_GRAM, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
MOST = 4
NEAR = 0.6  # a best output this near to its threshold is given where none reaches it


class ModelError(MingjianError):
    """A classifier file that is damaged or was made for something else."""


@dataclass(slots=True)
class Linear:
    """Weights over runs of characters and signs, one column an output.

    Attributes:
        outputs: names of the m outputs.
        grams: run of characters → row; signs: sign → row.
        idf: (n,) float32, what a run weighs before a sentence's runs are brought to unit length.
        weights: (n, m) float32, of runs. sign_weights: (k, m) float32. bias: (m,) float32.
        thresholds: (m,) float32, the probability from which an output is given.
        meta: what it was made with (taxonomy, data, figures).
    """

    outputs: tuple[str, ...]
    grams: dict[str, int]
    signs: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    sign_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    meta: dict[str, str]

    def vector(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The known runs of a sentence: rows and values of unit length."""
        import numpy as np

        bare = plain(text)
        pieces = [bare[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(len(bare) - n + 1)]
        known = [row for row in map(self.grams.get, pieces) if row is not None]
        rows, counts = np.unique(np.array(known, dtype=np.int64), return_counts=True)
        values = (1 + np.log(counts.astype(np.float32))) * self.idf[rows]
        norm = float(np.sqrt(values @ values))
        return rows, values / norm if norm else values

    def scores(self, text: str, signs: Mapping[str, float]) -> NDArray[np.float32]:
        """(m,) log odds."""
        rows, values = self.vector(text)
        total: NDArray[np.float32] = values @ self.weights[rows] + self.bias
        for name, value in signs.items():
            row = self.signs.get(name)
            if row is not None:
                total = total + self.sign_weights[row] * value
        return total

    def probabilities(self, text: str, signs: Mapping[str, float]) -> NDArray[np.float32]:
        """(m,) calibrated probabilities."""
        import numpy as np

        return np.asarray(1 / (1 + np.exp(-self.scores(text, signs))), dtype=np.float32)

    def reasons(self, text: str, output: int, most: int = 2) -> tuple[str, ...]:
        """The runs of at least two characters that speak most for an output, none within another."""
        rows, values = self.vector(text)
        gains = dict(zip(rows.tolist(), (values * self.weights[rows, output]).tolist(), strict=True))
        bare = plain(text)
        pieces = {bare[i : i + n] for n in range(2, LONGEST_GRAM + 1) for i in range(len(bare) - n + 1)}
        ranked = sorted((-gains[self.grams[p]], p) for p in pieces if p in self.grams and p.isalnum())
        chosen: list[str] = []
        for gain, piece in ranked:
            if gain >= 0 or len(chosen) == most:
                break
            if not any(piece in other or other in piece for other in chosen):
                chosen.append(piece)
        return tuple(chosen)

    # -- files ----------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write as ``.npz``: arrays (weights as int8 with a scale a column) and JSON, no code."""
        import numpy as np

        scale = np.maximum(np.abs(self.weights).max(axis=0, initial=0.0), 1e-9) / 127
        head = {"format": FORMAT, "outputs": self.outputs, "signs": _names(self.signs), "meta": self.meta}
        arrays = {
            "head": np.frombuffer(json.dumps(head, ensure_ascii=False).encode("utf-8"), dtype=np.uint8),
            "grams": np.frombuffer("\n".join(_names(self.grams)).encode("utf-8"), dtype=np.uint8),
            "idf": self.idf.astype(np.float16),
            "weights": np.round(self.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            **{name: getattr(self, name).astype(np.float32) for name in _SMALL},
        }
        beside = path.with_suffix(".part")
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Linear:
        """Read what :meth:`save` wrote.

        Raises:
            ModelError: the file is missing, damaged or of another format.
        """
        import numpy as np

        try:
            with np.load(path, allow_pickle=False) as data:
                if data.zip.testzip() is not None:  # NumPy stops reading short of the checksums
                    raise ValueError("checksum")
                head = json.loads(data["head"].tobytes().decode("utf-8"))
                if head["format"] != FORMAT:
                    raise ModelError(
                        f"{path}：分类模型的格式是 {head['format']}，只认 {FORMAT}，请运行：mingjian train"
                    )
                grams = data["grams"].tobytes().decode("utf-8").split("\n")
                found = cls(
                    outputs=tuple(head["outputs"]),
                    grams={name: row for row, name in enumerate(grams)},
                    signs={name: row for row, name in enumerate(head["signs"])},
                    idf=data["idf"].astype(np.float32),
                    weights=data["weights"].astype(np.float32) * data["scale"],
                    **{name: data[name] for name in _SMALL},
                    meta=head["meta"],
                )
                found.check()
                return found
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(f"{path}：分类模型读不出来（{type(error).__name__}），请运行：mingjian train") from error

    def check(self) -> None:
        """Raise ValueError where the arrays do not fit each other."""
        m = len(self.outputs)
        sound = self.weights.shape == (len(self.grams), m) and self.sign_weights.shape == (len(self.signs), m)
        sound = sound and self.idf.shape == (len(self.grams),)
        if not sound or any(getattr(self, name).shape != (m,) for name in _SMALL[1:]):
            raise ValueError("shapes")


def reached(probabilities: Sequence[float], thresholds: Sequence[float]) -> list[int]:
    """The outputs that reach their thresholds, likeliest first, at most four; the best where it comes near."""
    found = [i for i, probability in enumerate(probabilities) if probability >= thresholds[i]]
    if not found:
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        found = [best] if probabilities[best] >= NEAR * thresholds[best] else []
    return sorted(found, key=lambda i: -probabilities[i])[:MOST]


_SMALL = ("sign_weights", "bias", "thresholds")


def _names(rows: Mapping[str, int]) -> list[str]:
    return sorted(rows, key=rows.__getitem__)


def fingerprint(paths: list[Path]) -> str:
    """Sixteen hex digits that change with the files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
