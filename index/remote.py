"""A view whose index is on another machine: candidates come from there, everything that is said of them from here.

The engine is asked with the filter itself and gives candidates; each is held against the store (so filters are exact
and rows that went are not found), then scored by cosine and BM25 from the store's own vectors and texts, by the
arithmetic that all engines share. What came to the store after the engine was last brought up to date (the tail) is
searched here. Positions are the rows themselves.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from index import elsewhere, syncing
from index.backends.base import SLACK, Floats, Positions, best
from index.backends.remote import RemoteIndex, Scope, Wanted
from index.elsewhere import Record
from index.filters import statement_clause
from index.lexical import FIELDS, K1, B, Found, Terms
from index.reads import Reads, decode_vectors
from index.records import Filter
from index.settings import TAIL_MAX
from index.tallies import cut, load_parts, part_of
from index.viewing import Nearest, Viewing

MARGIN = 16  # candidates asked for beyond those wanted, so that ties at the end can be seen
DEEPEST = 8_000  # candidates asked for at most
PROBE = 50  # rows looked at to see whether a scope keeps any
CACHED = 4_096  # rows whose vector and tokens are kept at hand
PARAMETERS = 500  # of one statement of SQL
STATED = part_of("problem")  # the part that questions are asked of first


@dataclass(frozen=True, slots=True)
class Selection:
    """An allowed set as the conditions that it is made of; ``any()`` asks the view."""

    view: RemoteView
    scope: Scope

    def __and__(self, other: Selection) -> Selection:
        """Rows of both."""
        return Selection(self.view, self.scope.also(other.scope))

    def __invert__(self) -> Selection:
        """All rows but these; only for sets that are given as rows."""
        if self.scope != Scope(only=self.scope.only) or self.scope.only is None:
            raise ValueError("only a set of rows can be turned round")
        return Selection(self.view, Scope(without=self.scope.only))

    def any(self) -> bool:
        """Whether there is such a row."""
        return self.view.holds_any(self.scope)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row ready for scoring."""

    vector: Floats
    tokens: Mapping[str, Sequence[str]]
    part: str


class RemoteView(Viewing):
    """The rows that a collection holds, and the tail. Immutable; safe from any thread."""

    def __init__(self, store: Reads, folder: Path, record: Record, previous: RemoteView | None = None) -> None:
        """Connect (or go on with the connection of ``previous``) and read the tail.

        Raises:
            MingjianError: the server is not there, a file of the generation is damaged.
        """
        self._store = store
        self.record = record
        self._folder = folder
        self._engine = self._connection(previous)
        self._tallies = load_parts(folder)
        self._cache: OrderedDict[int, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        with store.snapshot():
            self.sequence = store.sequence()
            rows = [] if self.sequence == record.sequence else self._uncovered()
            self._tail = self._read(rows)
        # Others of the tail are in the collection in another state: their texts are the same, and counted.
        self._late = [entry for row, entry in self._tail.items() if row > record.last_row]
        self._sizes = {part: tallies.size for part, tallies in self._tallies.items()}
        self._lengths = {(part, f): tallies.totals[f] for part, tallies in self._tallies.items() for f in FIELDS}
        for entry in self._late:
            self._sizes[entry.part] += 1
            for field in FIELDS:
                self._lengths[entry.part, field] += len(entry.tokens[field])
        self.allowed = lru_cache(maxsize=64)(self._allowed)
        self._holds_any = lru_cache(maxsize=256)(self._look_for_any)

    def _connection(self, previous: RemoteView | None) -> RemoteIndex:
        record = self.record
        if previous is not None:
            before = previous.record
            if (before.index, before.key, before.number) == (record.index, record.key, record.number):
                return previous._engine
        return elsewhere.connect(record.index, record.key, record.number)

    def _uncovered(self) -> list[int]:
        """Rows of reports that the collection lacks or holds in another state, the oldest first, up to TAIL_MAX."""
        out: list[int] = []
        reports = syncing.changed(elsewhere.read_reports(self._folder), syncing.seals_of(self._store))
        for start in range(0, len(reports), PARAMETERS):
            part = reports[start : start + PARAMETERS]
            marks = ", ".join("?" * len(part))
            sql = f"SELECT row FROM statements WHERE report IN ({marks}) ORDER BY row"
            out += [row for (row,) in self._store.query(sql, part)]
            if len(out) >= TAIL_MAX:
                break
        return out[:TAIL_MAX]

    def _read(self, rows: Sequence[int]) -> dict[int, _Entry]:
        """Vector and tokens of the rows that are in the store."""
        out: dict[int, _Entry] = {}
        model = self._store.model_id()
        for start in range(0, len(rows), PARAMETERS):
            part = rows[start : start + PARAMETERS]
            marks = ", ".join("?" * len(part))
            found = self._store.query(
                "SELECT s.row, s.kind, s.text, v.vector FROM statements s JOIN vectors v ON v.content = s.content"
                f" AND v.model = ? WHERE s.row IN ({marks})",
                (model, *part),
            )
            if found:
                vectors = decode_vectors([blob for *_, blob in found])
                out.update(
                    (row, _Entry(vectors[i], cut(text), part_of(kind))) for i, (row, kind, text, _) in enumerate(found)
                )
        return out

    def _entries(self, rows: Sequence[int]) -> dict[int, _Entry]:
        """As :meth:`_read`; what was read lately is at hand. A row's text never changes."""
        out = {row: self._tail[row] for row in rows if row in self._tail}
        with self._lock:
            out.update((row, self._cache[row]) for row in rows if row in self._cache)
        fresh = self._read([row for row in rows if row not in out])
        with self._lock:
            self._cache.update(fresh)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return {**out, **fresh}

    # -- what a search asks -----------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """See :class:`Viewing`."""
        return self.record.rows + len(self._late)

    @property
    def tail(self) -> int:
        """See :class:`Viewing`."""
        return len(self._tail)

    def rows_at(self, positions: Positions) -> list[int]:
        """See :class:`Viewing`."""
        found: list[int] = positions.tolist()
        return found

    def _allowed(self, where: Filter) -> Selection:
        return Selection(self, Scope(filters=() if where == Filter() else (where,)))

    def mask_of(self, rows: Iterator[int] | Sequence[int]) -> Selection:
        """See :class:`Viewing`."""
        return Selection(self, Scope(only=frozenset(map(int, rows))))

    def holding(self, phrase: str, allowed: Selection) -> Selection:
        """See :class:`Viewing`."""
        return allowed & Selection(self, Scope(phrases=(phrase,)))

    def holds_any(self, scope: Scope) -> bool:
        """Whether a scope keeps any row."""
        return self._holds_any(scope)

    def _look_for_any(self, scope: Scope) -> bool:
        if self._within([*self._tail], scope):
            return True
        found = self._engine.some(scope, PROBE)
        if self._within([row for row in found if row not in self._tail], scope):
            return True
        # So many rows that the engine would keep and the store would not: the store decides.
        return len(found) >= PROBE and bool(self._ask_store(scope, "", (), limit=1))

    def _within(self, rows: Sequence[int], scope: Scope) -> list[int]:
        """Those of the rows that are there and that the scope keeps, by the store's word; ascending."""
        wanted = sorted(set(rows) - scope.without if scope.only is None else set(rows) & scope.only - scope.without)
        out: list[int] = []
        for start in range(0, len(wanted), PARAMETERS):
            part = wanted[start : start + PARAMETERS]
            out += self._ask_store(scope, f"s.row IN ({', '.join('?' * len(part))}) AND ", part)
        return out

    def _ask_store(self, scope: Scope, front: str, params: Sequence[int], limit: int = -1) -> list[int]:
        clauses = [statement_clause(where) for where in scope.filters]
        conditions = [*(clause.sql for clause in clauses), *("instr(s.text, ?) > 0" for _ in scope.phrases)]
        values = [*params, *(value for clause in clauses for value in clause.params), *scope.phrases]
        end = "" if limit < 0 else f" LIMIT {limit}"
        found = self._store.query(
            "SELECT s.row FROM statements s JOIN reports r ON r.row = s.report"
            f" WHERE {front}{' AND '.join(conditions) or '1 = 1'} ORDER BY s.row{end}",
            values,
        )
        return [int(row) for (row,) in found]

    def rankings(
        self, vector: Floats, terms: Mapping[str, Terms], depth: int, allowed: Selection
    ) -> tuple[Nearest, Found, Found]:
        """See :class:`Viewing`."""
        wanted, fetched = self._wanted(vector, terms), depth + MARGIN
        while True:
            found = self._engine.candidates(wanted, allowed.scope, fetched) if self.record.rows else []
            entries = self._entries(self._within([*found, *self._tail], allowed.scope))
            rows = np.array(sorted(entries), dtype=np.int64)
            if not len(rows):
                nothing = (np.zeros(0, np.int64), np.zeros(0))
                return (rows, np.zeros(0, np.float32)), nothing, nothing
            matrix = np.stack([entries[row].vector for row in rows.tolist()])
            cosines = matrix @ vector
            # Equal vectors may stand on both sides of the cut: go on until the last one is clearly worse.
            if fetched >= DEEPEST or len(found) < fetched or _clear(cosines, depth, fetched):
                break
            fetched = 2 * fetched
        near = best(rows, cosines, lambda some: matrix[np.searchsorted(rows, some)], vector, depth)
        words, grams = (self._matching(field, terms[field], rows, entries, depth) for field in ("words", "grams"))
        return near, words, grams

    def _wanted(self, vector: Floats, terms: Mapping[str, Terms]) -> Wanted:
        grams = {
            syncing.sparse_key(token): weight * self._idf("grams", token, STATED)
            for token, weight in terms["grams"]
            if any(tallies.frequency("grams", token) for tallies in self._tallies.values())
        }
        return Wanted(vector, dict(terms["words"]), grams)

    def _matching(self, field: str, terms: Terms, rows: Positions, entries: Mapping[int, _Entry], depth: int) -> Found:
        """The rows that hold any of the terms by BM25 over their part's counts, best first."""
        weights = {part: [(t, weight * self._idf(field, t, part)) for t, weight in terms] for part in self._sizes}
        averages = {part: max(1.0, self._lengths[part, field] / max(1, size)) for part, size in self._sizes.items()}
        scores = np.zeros(len(rows))
        for place, row in enumerate(rows.tolist()):
            tokens, part = entries[row].tokens[field], entries[row].part
            norm = K1 * (1 - B + B * len(tokens) / averages[part])
            held = set(tokens)
            for token, weight in weights[part]:
                if token in held:
                    count = tokens.count(token)
                    scores[place] += weight * count * (K1 + 1) / (count + norm)
        hit = np.flatnonzero(scores > 0)
        order = hit[np.lexsort((rows[hit], -scores[hit]))][:depth]
        return rows[order], scores[order]

    def _idf(self, field: str, token: str, part: str) -> float:
        holding = self._holding(field, token, part)
        return math.log(1 + max(0.0, self._sizes[part] - holding + 0.5) / (holding + 0.5))

    def _holding(self, field: str, token: str, part: str) -> int:
        late = sum(token in entry.tokens[field] for entry in self._late if entry.part == part)
        return self._tallies[part].frequency(field, token) + late

    @property
    def documents(self) -> int:
        """See :class:`Viewing`: the statements."""
        return self._sizes[STATED]

    def frequency(self, field: str, token: str) -> int:
        """See :class:`Viewing`: in how many statements."""
        return self._holding(field, token, STATED)

    def closest(self, vectors: Floats) -> list[float]:
        """See :class:`Viewing`."""
        found = self._engine.closest(vectors) if self.record.rows else []
        if not self._tail:
            return found
        matrix = np.stack([entry.vector for entry in self._tail.values()])
        tail = (vectors @ matrix.T).max(axis=1).tolist()
        return [max(pair) for pair in zip(found, tail, strict=True)] if len(found) == len(tail) else tail

    def sample(self, count: int) -> Positions:
        """See :class:`Viewing`. Evenly over the row numbers, so that nothing is gone through."""
        first, last = self._store.query("SELECT coalesce(min(row), 0), coalesce(max(row), -1) FROM statements")[0]
        step = max(1, (last - first + 1) // count)
        rows: dict[int, None] = {}
        for start in range(first, last + 1, step):
            found = self._store.query("SELECT min(row) FROM statements WHERE row >= ?", (start,))[0][0]
            if found is not None:
                rows[int(found)] = None
            if len(rows) >= count:
                break
        return np.array([*rows], dtype=np.int64)

    def vectors(self, positions: Positions) -> Floats:
        """See :class:`Viewing`."""
        out = np.zeros((len(positions), self._store.dimension()), np.float32)
        entries = self._entries(positions.tolist())
        for place, row in enumerate(positions.tolist()):
            if row in entries:
                out[place] = entries[row].vector
        return out


def _clear(cosines: Floats, depth: int, fetched: int) -> bool:
    """Whether the last of the nearest that were fetched is worse than the last that is wanted."""
    if len(cosines) < fetched:
        return True
    ordered = np.sort(cosines)[::-1]
    return bool(ordered[fetched - 1] < ordered[depth - 1] - 2 * SLACK)
