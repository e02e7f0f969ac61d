"""A linear classifier as plain arrays: made by :mod:`nlp.learning`, run with NumPy alone, saved without pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import MingjianError
from nlp.features import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1


class ModelError(MingjianError):
    """A classifier file that is damaged or was made for something else."""


@dataclass(slots=True)
class Linear:
    """Weights over features, one column an output.

    Attributes:
        outputs: names of the m outputs.
        rows: feature name → row.
        idf: (n,) float32, the features' weights before normalisation to unit length.
        weights: (n, m) float32. bias: (m,) float32.
        slope, shift: (m,) float32 each; ``1 / (1 + exp(-(slope * score + shift)))`` is the calibrated probability.
        thresholds: (m,) float32, the probability from which an output is given.
        meta: what it was made with (taxonomy, data, figures).
    """

    outputs: tuple[str, ...]
    rows: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    slope: NDArray[np.float32]
    shift: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    meta: dict[str, str]

    def vector(self, counts: Counts) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The known features of a sentence: rows and values of unit length."""
        import numpy as np

        known = [(row, value) for name, value in counts.items() if (row := self.rows.get(name)) is not None]
        rows = np.array([row for row, _ in known], dtype=np.int64)
        values = np.array([value for _, value in known], dtype=np.float32) * self.idf[rows]
        norm = float(np.linalg.norm(values))
        return rows, values / norm if norm else values

    def scores(self, counts: Counts) -> NDArray[np.float32]:
        """(m,) decision values."""
        rows, values = self.vector(counts)
        result: NDArray[np.float32] = values @ self.weights[rows] + self.bias
        return result

    def probabilities(self, counts: Counts) -> NDArray[np.float32]:
        """(m,) calibrated probabilities."""
        import numpy as np

        scores = self.scores(counts)
        result: NDArray[np.float32] = 1 / (1 + np.exp(-(self.slope * scores + self.shift)))
        return result

    def reasons(self, counts: Counts, output: int, most: int = 2) -> tuple[str, ...]:
        """The runs of characters and words that speak most for an output, strongest first, none within another."""
        rows, values = self.vector(counts)
        names = [name for name in counts if name in self.rows]
        gains = values * self.weights[rows, output]
        chosen: list[str] = []
        for place in sorted(range(len(names)), key=lambda i: -gains[i]):
            name = names[place].removeprefix("w:")
            if gains[place] <= 0 or len(chosen) == most:
                break
            usable = len(name) > 1 and not name.startswith("c:") and "#" not in name and name.isalnum()
            if usable and not any(name in other or other in name for other in chosen):
                chosen.append(name)
        return tuple(chosen)

    # -- files ----------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write as ``.npz``: arrays (weights as int8 with a scale a column) and JSON, no code."""
        import numpy as np

        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        head = {"format": FORMAT, "outputs": self.outputs, "meta": self.meta}
        names = sorted(self.rows, key=self.rows.__getitem__)
        arrays = {
            "head": np.frombuffer(json.dumps(head, ensure_ascii=False).encode("utf-8"), dtype=np.uint8),
            "names": np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
            "idf": self.idf.astype(np.float16),
            "weights": np.round(self.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            **{name: getattr(self, name).astype(np.float32) for name in ("bias", "slope", "shift", "thresholds")},
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
                head = json.loads(data["head"].tobytes().decode("utf-8"))
                if head["format"] != FORMAT:
                    raise ModelError(
                        f"{path}：分类模型的格式是{head['format']}，本版本只认{FORMAT}，请运行：mingjian train"
                    )
                names = data["names"].tobytes().decode("utf-8").split("\n")
                return cls(
                    outputs=tuple(head["outputs"]),
                    rows={name: row for row, name in enumerate(names)},
                    idf=data["idf"].astype(np.float32),
                    weights=data["weights"].astype(np.float32) * data["scale"],
                    bias=data["bias"],
                    slope=data["slope"],
                    shift=data["shift"],
                    thresholds=data["thresholds"],
                    meta=head["meta"],
                )
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path}：分类模型读不出来（{type(error).__name__}），请运行：mingjian train") from error


def chosen_outputs(model: Linear, probabilities: Sequence[float], most: int = 4) -> list[int]:
    """The outputs that reach their thresholds, likeliest first, at most ``most``."""
    reached = [i for i, p in enumerate(probabilities) if p >= model.thresholds[i]]
    return sorted(reached, key=lambda i: -probabilities[i])[:most]
