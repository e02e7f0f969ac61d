"""Generations: the vector and word indexes of the store up to one row, built beside the old ones, never changed.

A :class:`View` is what searches run on: one generation, the rows that came after it (the *tail*, searched in
memory) and the rows that went since (masked). It is bound to one change of the store; a newer change makes a
newer view, which takes over what it can.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backends.base import Floats, Mask, Positions, VectorIndex
from index.backends.exact import ExactIndex
from index.filters import KINDS, report_clause, statement_clause
from index.lexical import FIELDS, TOKENIZERS, Found, Lexicon, SmallLexicon, Terms
from index.reads import Reads, decode_vectors
from index.records import Filter
from index.settings import FLAT_LIMIT, TAIL_MAX, TAIL_MIN, TAIL_SHARE
from nlp.errors import MingjianError

DERIVED = "derived"
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
KIND_CODE = "CASE s.kind " + " ".join(f"WHEN '{k}' THEN {c}" for k, c in KIND_CODES.items()) + " END"
CHUNK = 20_000  # rows taken from the store at a time
Rows = NDArray[np.int64]  # (n, 3): row, report row, kind code


def folder_of(root: Path, number: int) -> Path:
    """Where a generation lies."""
    return root / DERIVED / f"gen-{number:06d}"


def tail_limit(generation_rows: int) -> int:
    """How many rows may come after a generation of this size before the next one is due."""
    return int(min(max(TAIL_MIN, TAIL_SHARE * generation_rows), TAIL_MAX))


# -- building -------------------------------------------------------------------------------------------------


def build(store: Reads, folder: Path, last_row: int, flat_limit: int = FLAT_LIMIT) -> int:
    """Build a generation of all rows up to ``last_row`` in a new folder; gives the number of rows.

    The caller holds a snapshot of the store, flushes the folder and names it in the manifest.

    Raises:
        MingjianError: a statement has no vector (``mingjian rebuild`` makes it).
        OSError: the disk is full.
    """
    from index import lexical
    from index.backends import faiss

    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    rows = _rows(store, 0, last_row)
    np.save(folder / "rows.npy", rows)
    faiss.build(
        folder / "vectors.faiss",
        len(rows),
        max(store.dimension(), 1),
        (decode_vectors(blobs) for blobs in _blobs(store, rows)),
        flat_limit,
    )
    lexical.build(folder / "words", _texts(store, rows))
    return len(rows)


def _rows(store: Reads, after: int, last_row: int) -> Rows:
    found = store.query(
        f"SELECT s.row, s.report, {KIND_CODE} FROM statements s WHERE s.row > ? AND s.row <= ? ORDER BY s.row",
        (after, last_row),
    )
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _blobs(store: Reads, rows: Rows) -> Iterator[list[bytes]]:
    """Stored vectors of the rows, in order, in chunks."""
    model = store.model_id()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK, 0]
        found = store.query(
            "SELECT v.vector FROM statements s JOIN vectors v ON v.content = s.content AND v.model = ?"
            " WHERE s.row BETWEEN ? AND ? ORDER BY s.row",
            (model, int(part[0]), int(part[-1])),
        )
        if len(found) != len(part):
            raise MingjianError(f"有 {len(part) - len(found)} 条语句缺少向量，请运行：mingjian rebuild")
        yield [row[0] for row in found]


def _texts(store: Reads, rows: Rows) -> Iterator[str]:
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK, 0]
        for (text,) in store.query(
            "SELECT text FROM statements WHERE row BETWEEN ? AND ? ORDER BY row", (int(part[0]), int(part[-1]))
        ):
            yield text


def delete_others(root: Path, keep: int) -> None:
    """Delete every generation but one.

    Readers that hold one open go on with it; where the system forbids deleting an open file it goes next time.
    """
    wanted = folder_of(root, keep)
    if not (root / DERIVED).is_dir():
        return
    for folder in (root / DERIVED).iterdir():
        if folder != wanted:
            with suppress(OSError):
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


# -- opening --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation, open. ``sequence``: the change of the store that it was built from."""

    number: int
    sequence: int
    last_row: int
    rows: Rows
    vectors: VectorIndex
    lexicon: Lexicon


def open_generation(root: Path, number: int, sequence: int, last_row: int) -> Generation:
    """Open what :func:`build` wrote.

    Raises:
        MingjianError: a file is missing or damaged; the message names the mending command.
    """
    from index.backends.faiss import FaissIndex

    folder = folder_of(root, number)
    try:
        rows = np.load(folder / "rows.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise MingjianError(f"{folder}：索引文件缺失或损坏，请运行：mingjian rebuild") from error
    vectors, lexicon = FaissIndex(folder / "vectors.faiss"), Lexicon(folder / "words")
    if not len(rows) == vectors.size == lexicon.size:
        raise MingjianError(f"{folder}：索引各部分行数不一致，请运行：mingjian rebuild")
    return Generation(number, sequence, last_row, rows, vectors, lexicon)


# -- searching ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TailEntry:
    """A row after the generation, ready for searching."""

    blob: bytes
    tokens: Mapping[str, Sequence[str]]


class View:
    """A generation, its tail and its gaps at one change of the store. Immutable; safe from any thread.

    Positions 0 … n-1: first the generation's rows, then the tail's.

    Attributes:
        sequence: the change of the store that it shows.
        rows: (n, 3) row, report row, kind code; rows ascend.
        alive: (n,) bool, False where the row is gone.
    """

    def __init__(self, store: Reads, generation: Generation | None, previous: View | None = None) -> None:
        """Read what came after the generation; what ``previous`` has read already is taken over."""
        self._store = store
        self.generation = generation
        with store.snapshot():
            self.sequence = store.sequence()
            after = generation.last_row if generation else 0
            last = store.query("SELECT coalesce(max(row), 0) FROM statements")[0][0]
            tail = _rows(store, after, int(last))
            known: Mapping[int, _TailEntry] = previous.entries if previous is not None else {}
            self.entries: Mapping[int, _TailEntry] = _tail_entries(store, tail, known)
            gone = self._removed(store)
            moved = self._moved(store)
        self._base = len(generation.rows) if generation else 0
        self.rows = np.concatenate([generation.rows, tail]) if generation else tail  # a copy of its own
        self.rows[np.searchsorted(self.rows[:, 0], moved[:, 0]), 2] = moved[:, 1]
        self.alive = np.ones(len(self.rows), dtype=bool)
        self.alive[np.searchsorted(self.rows[:, 0], gone)] = False
        entries = [self.entries[int(row)] for row in tail[:, 0]]
        self._tail_vectors = ExactIndex(
            decode_vectors([entry.blob for entry in entries]) if entries else np.zeros((0, 1), np.float32)
        )
        self._tail_lexicon = SmallLexicon(
            [entry.tokens for entry in entries], generation.lexicon if generation else None
        )
        self.allowed = lru_cache(maxsize=64)(self._allowed)

    def _removed(self, store: Reads) -> Positions:
        if self.generation is None:
            return np.zeros(0, np.int64)
        found = store.query(
            "SELECT row FROM removed WHERE sequence > ? AND row <= ? ORDER BY row",
            (self.generation.sequence, self.generation.last_row),
        )
        return np.array([row[0] for row in found], dtype=np.int64)

    def _moved(self, store: Reads) -> Rows:
        """(m, 2) row and kind code of the generation's rows that a person gave another kind since it was built."""
        if self.generation is None:
            return np.zeros((0, 2), np.int64)
        found = store.query(
            f"SELECT m.row, {KIND_CODE} FROM moved m JOIN statements s ON s.row = m.row"
            " WHERE m.sequence > ? AND m.row <= ? ORDER BY m.row",
            (self.generation.sequence, self.generation.last_row),
        )
        return np.array(found, dtype=np.int64).reshape(-1, 2)

    @property
    def tail(self) -> int:
        """Rows outside the generation, and gaps in it."""
        return len(self.rows) - self._base + int(np.count_nonzero(~self.alive))

    def _allowed(self, where: Filter) -> Mask:
        """(n,) bool: which rows a filter keeps. Cached; do not write to it."""
        mask = self.alive.copy()
        if where == Filter():
            return mask
        outer = Filter(
            **{
                name: getattr(where, name)
                for name in Filter.__dataclass_fields__
                if name not in ("kind", "label", "unanswered")
            }
        )
        if outer != Filter():
            clause = report_clause(outer)
            kept = self._store.query(f"SELECT r.row FROM reports r WHERE {clause.sql}", clause.params)
            reports = self.rows[:, 1]
            table = np.zeros(int(reports.max(initial=0)) + 1, dtype=bool)
            numbers = np.array([row[0] for row in kept], dtype=np.int64)
            table[numbers[numbers < len(table)]] = True
            mask &= table[reports]
        if where.kind:
            mask &= np.isin(self.rows[:, 2], [KIND_CODES[kind] for kind in where.kind])
        if where.label or where.unanswered:
            clause = statement_clause(Filter(label=where.label, unanswered=where.unanswered))
            mask &= self.mask_of(
                row[0]
                for row in self._store.query(
                    f"SELECT s.row FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}",
                    clause.params,
                )
            )
        return mask

    def mask_of(self, rows: Iterator[int] | Sequence[int]) -> Mask:
        """(n,) bool: True at the positions of these rows."""
        mask = np.zeros(len(self.rows), dtype=bool)
        mask[self.positions_of(rows)] = True
        return mask

    def positions_of(self, rows: Iterator[int] | Sequence[int]) -> Positions:
        """Ascending positions of rows; those that the view does not have are left out."""
        wanted = np.unique(np.fromiter(rows, dtype=np.int64))
        if not len(self.rows):
            return np.zeros(0, np.int64)
        places = np.searchsorted(self.rows[:, 0], wanted)
        places[places == len(self.rows)] = 0
        return np.asarray(places[self.rows[places, 0] == wanted])

    def _parts(self, allowed: Mask) -> tuple[Mask | None, Mask | None]:
        """A mask for the generation and one for the tail; None where all of it is allowed."""
        base, tail = allowed[: self._base], allowed[self._base :]
        return (None if base.all() else base), (None if tail.all() else tail)

    def nearest(self, query: Floats, k: int, allowed: Mask) -> tuple[Positions, Floats]:
        """The k allowed positions nearest to a vector (d,), and their cosines, best first."""
        base, tail = self._parts(allowed)
        found = []
        if self.generation is not None and self._base:
            found.append(self.generation.vectors.search(query, k, base))
        if self._tail_vectors.size:
            positions, scores = self._tail_vectors.search(query, k, tail)
            found.append((positions + self._base, scores))
        return _merge(found, k)

    def matching(self, field: str, terms: Terms, k: int, allowed: Mask) -> Found:
        """The k allowed positions that match terms best by BM25, and their scores, best first."""
        base, tail = self._parts(allowed)
        found = []
        if self.generation is not None and self._base:
            found.append(self.generation.lexicon.search(field, terms, k, base))
        positions, scores = self._tail_lexicon.search(field, terms, k, tail)
        found.append((positions + self._base, scores))
        return _merge(found, k)

    def frequency(self, field: str, token: str) -> int:
        """In how many texts a token stands, those that went since included."""
        base = self.generation.lexicon.frequency(field, token) if self.generation else 0
        return base + self._tail_lexicon.frequency(field, token)

    def holding_all(self, field: str, tokens: Sequence[str], limit: int) -> Positions:
        """Positions whose text holds every token: at most ``limit`` of the generation, all of the tail."""
        base = np.zeros(0, np.int64)
        if self.generation is not None:
            base = self.generation.lexicon.holding_all(field, tokens, limit)
        tail = [
            position
            for position, row in enumerate(self.rows[self._base :, 0], start=self._base)
            if set(tokens) <= set(self.entries[int(row)].tokens[field])
        ]
        return np.concatenate([base, np.array(tail, dtype=np.int64)])

    def vectors(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions."""
        dimension = self._store.dimension()
        out = np.zeros((len(positions), dimension), np.float32)
        base = positions < self._base
        if self.generation is not None and base.any():
            out[base] = self.generation.vectors.vectors(positions[base])
        if not base.all():
            out[~base] = self._tail_vectors.vectors(positions[~base] - self._base)
        return out


def _merge(found: Sequence[tuple[Positions, NDArray[Any]]], k: int) -> tuple[Positions, NDArray[Any]]:
    """The k best of several ranked lists, ties by position."""
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    positions = np.concatenate([positions for positions, _ in found])
    scores = np.concatenate([scores for _, scores in found])
    order = np.lexsort((positions, -scores))[:k]
    return positions[order], scores[order]


def _tail_entries(store: Reads, tail: Rows, known: Mapping[int, _TailEntry]) -> dict[int, _TailEntry]:
    out = {int(row): known[int(row)] for row in tail[:, 0] if int(row) in known}
    fresh = np.array([row for row in tail[:, 0] if int(row) not in out], dtype=np.int64)
    for start in range(0, len(fresh), CHUNK):
        part = fresh[start : start + CHUNK]
        found = store.query(
            "SELECT s.row, s.text, v.vector FROM statements s JOIN vectors v ON v.content = s.content"
            " AND v.model = ? WHERE s.row BETWEEN ? AND ?",
            (store.model_id(), int(part[0]), int(part[-1])),
        )
        out.update(
            (row, _TailEntry(blob, {field: TOKENIZERS[field](text) for field in FIELDS})) for row, text, blob in found
        )
    absent = [row for row in tail[:, 0] if int(row) not in out]
    if absent:
        raise MingjianError(f"有 {len(absent)} 条语句缺少向量，请运行：mingjian rebuild")
    return out
