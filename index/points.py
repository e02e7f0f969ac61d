"""Fine points: what statements can say, as places in the space of meaning.

A model may bring a few thousand of them, one for each group of sentences that say the same (``points.safetensors``
beside its weights). Two texts that share no word and whose vectors are not near may still lie nearest to the same
points: what the mean of word vectors blurs, the written examples tell apart.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlp.errors import MingjianError

Floats = npt.NDArray[np.float32]

FILE = "points.safetensors"
SHARPNESS = 1 / 0.04  # how much more a nearer point counts; chosen on the development judgments


class Points:
    """The points of one model; no points at all where the model brings none."""

    def __init__(self, vectors: Floats, domain: Floats | None = None, remedy: Floats | None = None) -> None:
        """Take (m, d) unit vectors and, where known, the (d + 1,) weights and intercepts of the two chances below."""
        self._vectors = vectors
        self._domain = domain
        self._remedy = remedy

    def __len__(self) -> int:
        """How many points."""
        return len(self._vectors)

    def domain(self, query: Floats) -> float:
        """How likely a question (d,) is about what such reports speak of: 0–1; 0.5 where the model cannot tell."""
        return _chance(self._domain, query)

    def remedy(self, query: Floats) -> float:
        """How likely a question (d,) means measures rather than problems: 0–1; 0.5 where the model cannot tell."""
        return _chance(self._remedy, query)

    def shares(self, texts: Floats) -> Floats:
        """Roots of how much of each text belongs to each point: (n, d) unit vectors → (n, m), rows of length 1."""
        nearness = texts @ self._vectors.T
        nearness -= nearness.max(axis=1, keepdims=True)
        nearness *= SHARPNESS / 2  # half: the root of the softmax
        np.exp(nearness, out=nearness)
        nearness /= np.linalg.norm(nearness, axis=1, keepdims=True)
        return np.asarray(nearness, dtype=np.float32)

    def agreement(self, query: Floats, texts: Floats) -> Floats:
        """How far texts (n, d) speak of the points that a query (d,) speaks of: (n,) from 0 to 1 (Bhattacharyya)."""
        if not len(self) or not len(texts):
            return np.zeros(len(texts), dtype=np.float32)
        return np.asarray(self.shares(texts) @ self.shares(query[None])[0], dtype=np.float32)


def _chance(weights: Floats | None, query: Floats) -> float:
    """Of a logistic regression, its intercept last; 0.5 without one."""
    if weights is None:
        return 0.5
    return float(1 / (1 + np.exp(-float(weights[:-1] @ query + weights[-1]))))


def read_points(folder: Path, dimension: int) -> Points:
    """The points of a model's folder; none where it has no such file.

    Raises:
        MingjianError: the file is damaged or of another model.
    """
    from safetensors.numpy import load_file

    path = folder / FILE
    if not path.is_file():
        return Points(np.zeros((0, dimension), dtype=np.float32))
    try:
        held = load_file(path)
        vectors = held["points"].astype(np.float32) * held["scales"].astype(np.float32)[:, None]
    except Exception as error:  # the library raises bare Exceptions of its own
        raise MingjianError(f"模型文件“{path}”已损坏：请重新安装") from error
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise MingjianError(f"模型文件“{path}”与模型不符：请重新安装")
    return Points(vectors, held.get("domain"), held.get("remedy"))
