"""A linear classifier as plain arrays: made by :mod:`nlp.learning`, run with NumPy alone, saved without pickle."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp.errors import MingjianError
from nlp.features import plain
from nlp.runs import Runs, count_few, runs_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = tuple[NDArray[np.int64], NDArray[np.float32]]  # rows of runs, and their values

FORMAT = 1
MOST_UNPACKED = 32 * 1024 * 1024  # bytes in all; the package's own are 2 MB, and in memory it becomes some twenty times
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others unpack without bound
MOST = 4
FEW = 2  # sentences that are looked up without making ready for many, which takes as long as some hundred
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
    _runs: Runs | None = field(default=None, init=False, repr=False, compare=False)
    _words: list[str] | None = field(default=None, init=False, repr=False, compare=False)  # row → its run

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The known runs of each sentence: rows and values of unit length."""
        import numpy as np

        known = [plain(text) for text in texts]
        if self._runs is None and len(texts) > FEW:
            self._runs = Runs(self.grams)
        sentences, rows, counts = self._runs.count(known) if self._runs else count_few(self.grams, known)
        values = (1 + np.log(counts.astype(np.float32))) * self.idf[rows]
        bounds = pairwise(sentences.searchsorted(np.arange(len(texts) + 1)).tolist())
        found = [(rows[first:last], values[first:last]) for first, last in bounds]
        return [(own, some / norm if (norm := float(np.sqrt(some @ some))) else some) for own, some in found]

    def scores(self, text: str, signs: Mapping[str, float]) -> NDArray[np.float32]:
        """(m,) log odds."""
        total: NDArray[np.float32] = self.scores_many(self.vectors([text]), [signs])[0]
        return total

    def probabilities(self, text: str, signs: Mapping[str, float]) -> NDArray[np.float32]:
        """(m,) calibrated probabilities."""
        found: NDArray[np.float32] = self.probabilities_many(self.vectors([text]), [signs])[0]
        return found

    def scores_many(self, vectors: Sequence[Vector], signs: Sequence[Mapping[str, float]]) -> NDArray[np.float32]:
        """(k, m) log odds of k sentences, from what :meth:`vectors` gave for them and their signs."""
        import numpy as np

        total = np.empty((len(vectors), len(self.outputs)), dtype=np.float32)
        for i, (rows, values) in enumerate(vectors):
            np.matmul(values, self.weights[rows], out=total[i])
        total += self.bias
        known = [
            (i, row, value)
            for i, some in enumerate(signs)
            for name, value in some.items()
            if (row := self.signs.get(name)) is not None
        ]
        if known:
            places, marks, strengths = (list(column) for column in zip(*known, strict=True))
            added = self.sign_weights[marks] * np.array(strengths, dtype=np.float32)[:, None]
            np.add.at(total, places, added)  # one after the other, so that the sums do not depend on the neighbours
        return total

    def probabilities_many(
        self, vectors: Sequence[Vector], signs: Sequence[Mapping[str, float]]
    ) -> NDArray[np.float32]:
        """(k, m) calibrated probabilities, from what :meth:`scores_many` takes."""
        import numpy as np

        return np.asarray(1 / (1 + np.exp(-self.scores_many(vectors, signs))), dtype=np.float32)

    def reasons(self, text: str, output: int, most: int = 2, *, vector: Vector | None = None) -> tuple[str, ...]:
        """The runs of at least two characters that speak most for an output, none within another.

        ``vector``: what :meth:`vectors` gave for the text, where it is at hand.
        """
        rows, values = vector or self.vectors([text])[0]
        names = self._names(text)
        gains = values * self.weights[rows, output]
        speaking = gains > 0
        found = zip((-gains[speaking]).tolist(), rows[speaking].tolist(), strict=True)
        # a run of one character or with a sign in it tells nobody anything
        ranked = sorted((gain, piece) for gain, row in found if len(piece := names[row]) > 1 and piece.isalnum())
        chosen: list[str] = []
        for _, piece in ranked:
            if len(chosen) == most:
                break
            if not any(piece in other or other in piece for other in chosen):
                chosen.append(piece)
        return tuple(chosen)

    def _names(self, text: str) -> Mapping[int, str] | Sequence[str]:
        """Row → its run, at least for the runs of a text."""
        if self._runs is None:
            return {self.grams[run]: run for run in runs_of(plain(text)) if run in self.grams}
        if self._words is None:
            self._words = _names(self.grams)
        return self._words

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
            ModelError: the file is missing, damaged, of another format, or far larger than a classifier is.
        """
        import numpy as np

        try:
            with zipfile.ZipFile(path) as file:  # which checks every member's checksum; np.load stops short of it
                entries = file.infolist()
                if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                    raise ModelError(f"{path}：分类模型解压后过大，已拒绝，请运行：mingjian train")
                data = {entry.filename.removesuffix(".npy"): _array(_content(file, entry)) for entry in entries}
                head = json.loads(data["head"].tobytes().decode("utf-8"))
                if head["format"] != FORMAT:
                    raise ModelError(
                        f"{path}：分类模型的格式是 {head['format']}，只认 {FORMAT}，请运行：mingjian train"
                    )
                grams = _runs(data["grams"].tobytes(), data["idf"])
                if data["weights"].shape != (len(grams), *data["scale"].shape):
                    raise ValueError("shapes")
                found = cls(
                    outputs=tuple(head["outputs"]),
                    grams=dict(zip(grams, range(len(grams)), strict=True)),
                    signs={name: row for row, name in enumerate(head["signs"])},
                    idf=data["idf"].astype(np.float32),
                    weights=np.multiply(data["weights"], data["scale"], dtype=np.float32),
                    **{name: data[name] for name in _SMALL},
                    meta=head["meta"],
                )
                found.check()
                return found
        except _DAMAGE as error:
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


_DAMAGE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RuntimeError, MemoryError, OverflowError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_SMALL = ("sign_weights", "bias", "thresholds")


def _content(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member's bytes, no more of them than it says it has."""
    if entry.compress_type not in METHODS:
        raise ValueError("method")
    with file.open(entry) as stream:
        return stream.read(entry.file_size + 1)


def _runs(data: bytes, idf: NDArray[np.float16]) -> list[str]:
    """The runs, one a line; raises ValueError, before it makes them, where there is not one for each of ``idf``."""
    if data.count(b"\n") + 1 != len(idf):
        raise ValueError("runs")
    return data.decode("utf-8").split("\n")


def _array(data: bytes) -> Any:
    """One member of an ``.npz``."""
    import numpy as np

    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("version")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if math.prod(shape) * kind.itemsize > len(data):  # all of it would be asked of the system before it is read
        raise ValueError("size")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _names(rows: Mapping[str, int]) -> list[str]:
    return sorted(rows, key=rows.__getitem__)


def fingerprint(paths: list[Path]) -> str:
    """Sixteen hex digits that change with the files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
