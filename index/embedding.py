"""Vectors for what is stored: only texts that the model in use has not seen are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.integrity import content_hash
from index.manifest import ArchiveMismatch
from index.reads import Reads
from index.writes import find_model, put_vectors, use_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.encoder import Encoder
    from index.store import Store, Transaction
    from nlp.records import Report


PARAMETERS = 500  # of one statement of SQL


@dataclass(frozen=True, slots=True)
class Model:
    """An encoder as the store records it."""

    id: int
    name: str
    dimension: int
    segmenter: str
    fingerprint: str


def model_of(store: Reads) -> Model | None:
    """The model that the store's vectors were made with; None before the first report."""
    rows = store.query(
        "SELECT id, name, dimension, segmenter, fingerprint FROM models WHERE id ="
        " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'model')"
    )
    return Model(*rows[0]) if rows else None


def check_model(folder: Path, model: Model | None, encoder: Encoder) -> None:
    """Hold an encoder against what the archive was built with.

    Raises:
        ArchiveMismatch: another model, or the same name with other weights, dimension or segmenter.
    """
    if model is None:
        return
    for what, archived, asked in (
        ("模型", model.name, encoder.name),
        ("向量维数", str(model.dimension), str(encoder.dimension)),
        ("分词器", model.segmenter, encoder.segmenter),
        ("模型指纹", model.fingerprint, encoder.fingerprint),
    ):
        if archived != asked:
            raise ArchiveMismatch(folder, what, archived, asked)


def texts_of(report: Report) -> list[str]:
    """What of a report gets vectors, in the order of its rows."""
    return [statement.text for statement in (*report.statements, *report.passages)]


class Embedder:
    """Encodes what a store lacks."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder
        self._model: int | None = None

    def missing(
        self, texts: Sequence[str], vectors: NDArray[np.float32] | None = None
    ) -> tuple[list[bytes], NDArray[np.float32]]:
        """Hashes and vectors (n, d) of those of the texts that have none yet; each text once.

        ``vectors``: of all the texts, where they were made elsewhere.
        """
        places = {content_hash(text): place for place, text in enumerate(texts)}
        known = self._known(list(places))
        fresh = [content for content in places if content not in known]
        if vectors is None or len(vectors) != len(texts):
            return fresh, self._encoder.encode([texts[places[content]] for content in fresh])
        return fresh, vectors[[places[content] for content in fresh]]

    def put(self, tx: Transaction, found: tuple[list[bytes], NDArray[np.float32]]) -> None:
        """Store what :meth:`missing` gave, and the model itself the first time."""
        if self._model is None:
            encoder = self._encoder
            self._model = find_model(tx, encoder.name, encoder.dimension, encoder.segmenter, encoder.fingerprint)
            use_model(tx, self._model)
        hashes, vectors = found
        if hashes:
            put_vectors(tx, self._model, hashes, vectors)

    def _known(self, hashes: list[bytes]) -> set[bytes]:
        if self._model is None:
            model = model_of(self._store)
            if model is None or (model.name, model.fingerprint) != (self._encoder.name, self._encoder.fingerprint):
                return set()
            number = model.id
        else:
            number = self._model
        known: set[bytes] = set()
        for start in range(0, len(hashes), PARAMETERS):
            part = hashes[start : start + PARAMETERS]
            marks = ", ".join("?" * len(part))
            rows = self._store.query(
                f"SELECT content FROM vectors WHERE model = ? AND content IN ({marks})", (number, *part)
            )
            known.update(row[0] for row in rows)
        return known
