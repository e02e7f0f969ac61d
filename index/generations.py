"""Generations: the vector and word indexes of the store up to one row, built beside the old ones, never changed.

A :class:`View` is what searches run on: one generation, the rows that came after it (the *tail*, searched in
memory) and the rows that went since (masked). It is bound to one change of the store; a newer change makes a
newer view, which takes over what it can.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backends.base import Floats, Mask, Positions, VectorIndex
from index.backends.exact import ExactIndex
from index.building import CHUNK, KIND_CODE, KIND_CODES, Rows, rows_between, word_folders
from index.columns import coverable
from index.filters import report_clause, statement_clause
from index.lexical import FIELDS, TOKENIZERS, Found, Lexicon, Terms
from index.narrowing import Facets, Narrowed, narrowed, reports_kept
from index.reads import Reads, decode_vectors
from index.records import Filter
from index.settings import CACHED_CONDITIONS, CACHED_FILTERS, SETTLED, SIDE_BY_SIDE, TAIL_MAX, TAIL_MIN, TAIL_SHARE
from index.viewing import LocalViewing
from index.wordsearch import WordSearch, among, merge
from nlp.errors import MingjianError

DERIVED = "derived"
STATEMENT_FIELDS = ("kind", "label", "unanswered")
REPORT_FIELDS = tuple(field.name for field in fields(Filter) if field.name not in STATEMENT_FIELDS)
Bits = NDArray[np.uint8]  # of rows, eight a byte, the first the lowest: of three million the conditions fit in memory
FEW_RUNS = 0.15  # share of the rows up to which they are named one by one, not sieved out of all


def folder_of(root: Path, number: int) -> Path:
    """Where a generation lies."""
    return root / DERIVED / f"gen-{number:06d}"


def tail_limit(generation_rows: int) -> int:
    """How many rows may come after a generation of this size before the next one is due."""
    return int(min(max(TAIL_MIN, TAIL_SHARE * generation_rows), TAIL_MAX))


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
    lexicons: tuple[Lexicon, ...]


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
    vectors = FaissIndex(folder / "vectors.faiss")
    lexicons = tuple(Lexicon(folder / name) for name in word_folders(folder))
    if not len(rows) == vectors.size == sum(lexicon.size for lexicon in lexicons):
        raise MingjianError(f"{folder}：索引各部分行数不一致，请运行：mingjian rebuild")
    return Generation(number, sequence, last_row, rows, vectors, lexicons)


# -- searching ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TailEntry:
    """A row after the generation, ready for searching."""

    blob: bytes
    tokens: Mapping[str, Sequence[str]]


class View(LocalViewing):
    """A generation, its tail and its gaps at one change of the store. Immutable; safe from any thread.

    Positions 0 … n-1: first the generation's rows, then the tail's.

    Attributes:
        sequence: the change of the store that it shows.
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
            tail = rows_between(store, after, int(last))
            known: Mapping[int, _TailEntry] = previous.entries if previous is not None else {}
            self.entries: Mapping[int, _TailEntry] = _tail_entries(store, tail, known)
            gone = self._removed(store)
            moved = self._moved(store)
        base: Rows = generation.rows if generation else np.zeros((0, 3), np.int64)
        self._base = len(base)
        # Column by column: a filter runs over one of them, and the greater part of the first stays in its file.
        self._numbers = np.concatenate([base[:, 0], tail[:, 0]]) if len(tail) or not generation else base[:, 0]
        reports = np.concatenate([base[:, 1], tail[:, 1]])
        # A report's rows come one after another: what is so of a report is so of a run of rows.
        starts = np.flatnonzero(np.diff(reports, prepend=-1))
        self._reports, self._starts, self._runs = reports[starts], starts, np.diff(starts, append=len(reports))
        self._last_report = int(reports.max(initial=0))
        self._kinds = np.concatenate([base[:, 2], tail[:, 2]], dtype=np.int8, casting="unsafe")
        entries = [self.entries[int(row)] for row in tail[:, 0]]
        self._words = WordSearch(
            generation.lexicons if generation else (),
            self._kinds[: self._base],
            self._kinds[self._base :],
            [entry.tokens for entry in entries],
        )
        _let_go(base)
        self._kinds[np.searchsorted(self._numbers, moved[:, 0])] = moved[:, 1]
        self._kinds_hold = not len(moved)  # of the generation's word index, too
        self.alive = np.ones(len(self._numbers), dtype=bool)
        self.alive[self.positions_of(gone)] = False  # a generation that was continued has not all that ever came
        # What chance looks like in many rows (index.nomatch) a few more do not change.
        same = previous is not None and previous.generation is generation and self._base >= SETTLED
        self.calibrations: dict[str, Any] = previous.calibrations if previous is not None and same else {}
        self._tail_vectors = ExactIndex(
            decode_vectors([entry.blob for entry in entries]) if entries else np.zeros((0, 1), np.float32)
        )
        self.allowed = lru_cache(maxsize=CACHED_FILTERS)(self._allowed)
        self._where = lru_cache(maxsize=CACHED_CONDITIONS)(self._kept_where)
        self._of_kinds = lru_cache(maxsize=len(KIND_CODES))(self._some_kinds)
        self._of_label = lru_cache(maxsize=None)(self._places_of)  # there are forty, a user adds a few

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
    def size(self) -> int:
        """See :class:`index.viewing.Viewing`."""
        return len(self._numbers)

    @property
    def tail(self) -> int:
        """Rows outside the generation, and gaps in it."""
        return self.size - self._base + int(np.count_nonzero(~self.alive))

    def rows_at(self, positions: Positions) -> list[int]:
        """See :class:`index.viewing.Viewing`."""
        found: list[int] = self._numbers[positions].tolist()
        return found

    def _allowed(self, where: Filter) -> Narrowed:
        """(n,) bool: which rows a filter keeps. Cached; do not write to it."""
        bits = self._of_kinds(frozenset(where.kind))
        facets: Facets = ()
        for name in REPORT_FIELDS:
            if asked := getattr(where, name):
                kept, groups = self._where(replace(Filter(), **{name: asked}))
                bits, facets = bits & kept, (*facets, *groups)
        if where.kind and self._kinds_hold:
            facets = (*facets, tuple(f"k{kind}" for kind in where.kind))
        mask = np.unpackbits(bits, count=self.size, bitorder="little").view(np.bool_)
        if where.label or where.unanswered:
            mask &= self._rows_labelled(where.label, where.unanswered)
        kinds = frozenset(where.kind if self._kinds_hold else ())
        out = narrowed(mask, facets, gathered=bool(where.label), kinds=kinds)
        if not where.label and not where.unanswered:
            self._known_of(out, bits)
        return out

    def _known_of(self, mask: Narrowed, bits: Bits) -> None:
        """Note what searches ask of a mask, which its bits tell sooner."""
        whole, rest = divmod(self._base, 8)
        kept = int(np.bitwise_count(bits[:whole]).sum(dtype=np.int64))
        kept += int(np.count_nonzero(mask[8 * whole : 8 * whole + rest]))
        mask.whole = self._base, kept == self._base, bool(mask[self._base :].all())
        mask.packed = kept, None if kept == self._base else bits

    def _kept_where(self, where: Filter) -> tuple[Bits, Facets]:
        """The rows whose reports one condition keeps, as bits, and the facets that they have."""
        kept, facets = self._reports_kept(where)
        return np.packbits(self._of_runs(kept[self._reports]), bitorder="little"), facets

    def _of_runs(self, kept: Mask) -> Mask:
        """(n,) bool: the rows of the kept runs."""
        starts, runs = self._starts[kept], self._runs[kept]
        count = int(runs.sum())
        if count > self.size * FEW_RUNS:
            return np.repeat(kept, self._runs)
        out = np.zeros(self.size, dtype=bool)
        # 0, 1, 2 … within each run, behind its start
        out[np.arange(count) + np.repeat(starts - (np.cumsum(runs) - runs), runs)] = True
        return out

    def _some_kinds(self, kinds: frozenset[str]) -> Bits:
        """The rows that are there and of one of the kinds, as bits; all that are there where none is named."""
        return np.packbits(self.alive & among(self._kinds, kinds) if kinds else self.alive, bitorder="little")

    def _reports_kept(self, where: Filter) -> tuple[Mask, Facets]:
        """Report row → whether the filter keeps it, and the facets of those it keeps."""
        last = self._last_report
        if coverable(where):
            return reports_kept(self._store, where, last)
        clause = report_clause(where)
        numbers = self._store.numbers("row", f"SELECT r.row FROM reports r WHERE {clause.sql}", clause.params)
        table = np.zeros(last + 1, dtype=bool)
        table[numbers[numbers <= last]] = True
        return table, ()

    def _rows_labelled(self, labels: tuple[str, ...], unanswered: bool) -> Mask:
        """(n,) bool: the rows with one of the labels; the problems without a measure."""
        if unanswered or not labels:
            clause = statement_clause(Filter(label=labels, unanswered=unanswered))
            return self.mask_of(
                self._store.numbers("row", f"SELECT s.row FROM statements s WHERE {clause.sql}", clause.params)
            )
        mask = np.zeros(self.size, dtype=bool)
        for label in labels:
            mask[self._of_label(label)] = True
        return narrowed(mask, ())

    def _places_of(self, label: str) -> NDArray[np.int32]:
        """The positions of the rows with a label: of all labels together four bytes for each that a row has."""
        found = self._store.numbers("statement", "SELECT statement FROM labels WHERE label = ?", (label,))
        return self.positions_of(found).astype(np.int32)

    def mask_of(self, rows: Iterator[int] | Sequence[int] | Positions) -> Mask:
        """(n,) bool: True at the positions of these rows."""
        mask = np.zeros(self.size, dtype=bool)
        mask[self.positions_of(rows)] = True
        return narrowed(mask, ())

    def positions_of(self, rows: Iterator[int] | Sequence[int] | Positions) -> Positions:
        """Ascending positions of rows; those that the view does not have are left out."""
        wanted = rows if isinstance(rows, np.ndarray) else np.fromiter(rows, dtype=np.int64)
        if (np.diff(wanted) <= 0).any():
            wanted = np.unique(wanted)
        if not self.size:
            return np.zeros(0, np.int64)
        # Where no row is missing before it, a row stands as far behind the first as their numbers differ.
        places = np.clip(wanted - self._numbers[0], 0, self.size - 1)
        elsewhere = self._numbers[places] != wanted
        if elsewhere.any():
            places[elsewhere] = np.minimum(np.searchsorted(self._numbers, wanted[elsewhere]), self.size - 1)
        return np.asarray(places[self._numbers[places] == wanted])

    def _parts(self, allowed: Mask) -> tuple[Mask | None, Mask | None]:
        """A mask for the generation and one for the tail; None where all of it is allowed."""
        base, tail = allowed[: self._base], allowed[self._base :]
        # To look for a gap takes as long as a search.
        known: tuple[int, bool, bool] | None = getattr(allowed, "whole", None)
        if known is None or known[0] != self._base:
            known = self._base, bool(base.all()), bool(tail.all())
            if isinstance(allowed, Narrowed):
                allowed.whole = known
                allowed.packed = None
        return (None if known[1] else base), (None if known[2] else tail)

    def nearest(self, query: Floats, k: int, allowed: Mask) -> tuple[Positions, Floats]:
        """The k allowed positions nearest to a vector (d,), and their cosines, best first."""
        base, tail = self._parts(allowed)
        found = []
        if self.generation is not None and self._base:
            gathered = getattr(allowed, "gathered", False)
            if isinstance(allowed, Narrowed) and isinstance(base, Narrowed):
                base.packed = allowed.packed
            found.append(self.generation.vectors.search(query, k, base, gathered=gathered))
            if isinstance(allowed, Narrowed) and isinstance(base, Narrowed):
                allowed.packed = base.packed  # the part itself would keep the whole alive for ever
        if self._tail_vectors.size:
            positions, scores = self._tail_vectors.search(query, k, tail)
            found.append((positions + self._base, scores))
        return merge(found, k)

    def matching(self, field: str, terms: Terms, k: int, allowed: Mask) -> Found:
        """The k allowed positions that match terms best by BM25, and their scores, best first."""
        return self._words.matching(field, terms, k, allowed)

    def rankings(
        self, vector: Floats, terms: Mapping[str, Terms], depth: int, allowed: Mask
    ) -> tuple[tuple[Positions, Floats], Found, Found]:
        """See :class:`index.viewing.Viewing`; of many rows side by side, the engines let other threads run."""
        if self._base < SIDE_BY_SIDE:
            return super().rankings(vector, terms, depth, allowed)
        grams = _others().submit(self.matching, "grams", terms["grams"], depth, allowed)
        words = _others().submit(self.matching, "words", terms["words"], depth, allowed)
        near = self.nearest(vector, depth, allowed)
        return near, words.result(), grams.result()

    @property
    def documents(self) -> int:
        """See :class:`index.viewing.Viewing`."""
        return self._words.documents

    def frequency(self, field: str, token: str) -> int:
        """In how many statements a token stands, those that went since included."""
        return self._words.frequency(field, token)

    def holding_all(self, field: str, tokens: Sequence[str], limit: int, allowed: Mask) -> Positions:
        """Allowed positions whose text holds every token: at most ``limit`` of each word index, all of the tail."""
        return self._words.holding_all(field, tokens, limit, allowed)

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


def _let_go(rows: Rows) -> None:
    """What was read through once need not stay in the process's memory, where the system can be told so."""
    mapped = getattr(rows, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


@lru_cache(maxsize=1)
def _others() -> ThreadPoolExecutor:
    """The threads that rank beside the one that asks; more of all than processors would only wait for each other."""
    return ThreadPoolExecutor(min(3, max(1, (os.cpu_count() or 1) - 1)), thread_name_prefix="mingjian-rank")


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
