"""An index in Milvus by the seams of the local engines: the rows of an archive on a server as positions 0 … n-1.

What is asked goes the whole way that searches go: filter and candidates over there, held against the store and scored
here. So the local engines' own tests run over it, one more parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index import publish
from index.archive import Archive
from index.backends.base import Floats, Mask, Positions, VectorIndex
from index.lexical import Found, Terms
from index.opening import open_view
from index.records import Filter
from index.remote import RemoteView

EACH = 20


class TableEncoder(HashEncoder):
    """Each text's vector out of a table; the first axis for those that are not in it."""

    def __init__(self, table: Mapping[str, Floats], dimension: int) -> None:
        super().__init__("table", dimension)
        self._table = table

    def encode(self, texts: Sequence[str], *, batch: int = 64) -> Floats:
        del batch
        other = np.eye(1, self.dimension, dtype=np.float32)[0]
        found = [self._table.get(text, other) for text in texts]
        return np.stack(found) if found else np.zeros((0, self.dimension), np.float32)


class MilvusRows(VectorIndex):
    """Vectors and texts put into an archive, :data:`EACH` in a report, and sent to a server."""

    def __init__(self, folder: Path, address: str, matrix: Floats, texts: Sequence[str] | None = None) -> None:
        """Make the archive in a folder.

        Args:
            folder: a new one.
            address: of the index.
            matrix: (n, d) float32, unit length, each number as float16 can say it.
            texts: n of them, each of its own vector; None: some.
        """
        self.texts = [f"第{place}句。" for place in range(len(matrix))] if texts is None else texts
        table = dict(zip(self.texts, matrix, strict=True))
        with pytest.MonkeyPatch.context() as patch:
            encoder = TableEncoder(table, matrix.shape[1])
            patch.setattr(archive_module, "_load_encoder", lambda _name: encoder)
            self.archive = Archive.open(folder / "archive")
            if table:
                add(self.archive, *_files(folder / "in", self.texts))
            self.archive.rebuild(index=address)
            self.view: Any = open_view(self.archive.path, self.archive.store, None)
        assert isinstance(self.view, RemoteView)
        assert self.view.size == len(matrix)
        self.first = self.archive.store.query("SELECT coalesce(min(row), 1) FROM statements")[0][0]

    @property
    def size(self) -> int:
        """See :class:`VectorIndex`."""
        return int(self.view.size)

    def vectors(self, positions: Positions) -> Floats:
        """See :class:`VectorIndex`."""
        found: Floats = self.view.vectors(positions + self.first)
        return found

    def search(
        self, query: Floats, k: int, allowed: Mask | None = None, *, gathered: bool = False
    ) -> tuple[Positions, Floats]:
        """See :class:`VectorIndex`."""
        del gathered
        (rows, cosines), _, _ = self.view.rankings(query, {"words": [], "grams": []}, k, self._scope(allowed))
        return rows - self.first, cosines

    def matching(self, field: str, terms: Terms, k: int, allowed: Mask | None) -> Found:
        """As ``Lexicon.search``."""
        asked: dict[str, Terms] = {"words": [], "grams": [], field: terms}
        nothing = np.eye(1, self.archive.store.dimension(), dtype=np.float32)[0]
        _, words, grams = self.view.rankings(nothing, asked, k, self._scope(allowed))
        rows, scores = words if field == "words" else grams
        return rows - self.first, scores

    def _scope(self, allowed: Mask | None) -> Any:
        if allowed is None:
            return self.view.allowed(Filter())
        return self.view.mask_of(np.flatnonzero(allowed) + self.first)

    def add_unpublished(self, texts: Sequence[str]) -> None:
        """Put further rows into the archive that the collection has not."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publish, "publish", lambda *_args, **_more: None)
            add(self.archive, *_files(self.archive.path.parent / "more", texts, self.size))
        self.view = open_view(self.archive.path, self.archive.store, self.view)

    def remove(self, number: int) -> None:
        """Take the report of that number, counted from 0, out of the archive, and so its rows out of the collection."""
        self.archive.remove(next(row.id for row in self.archive.list() if row.agency == f"第{number}局"))
        self.view = open_view(self.archive.path, self.archive.store, self.view)


def _files(folder: Path, texts: Sequence[str], first: int = 0) -> list[Path]:
    return [
        write_report(
            folder,
            f"{start:06d}",
            agency=f"第{(first + start) // EACH}局",
            problems=[[text, []] for text in texts[start : start + EACH]],
        )
        for start in range(0, len(texts), EACH)
    ]
