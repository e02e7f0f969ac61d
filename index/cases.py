"""What is said of each report (:mod:`index.examining`) as columns: findings without looking at every report again.

Kept like the other columns (:mod:`index.columns`): read from the generation in force, and after a change only the
reports that changed are looked at again, the next year's of their agencies, and the summaries that count them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns, Flags, Numbers, base_of, columns_of, kept_of, taken_over
from index.examining import Case, Examined, examine, in_turn, years_after
from index.reads import Reads

if TYPE_CHECKING:
    from index.copies import Copies

Small = NDArray[np.uint8]
STATUSES = ("fail", "uncertain", "notice")
FACTS = ("before", "sums", "part", "texts")
ALONE = 400  # reports up to which they are looked at while the store's other readers wait
Step = Callable[[int, int], None]  # reports looked at, of how many; what it raises ends the work


class Bytes(Protocol):
    """Text in a file or in memory."""

    def __getitem__(self, key: slice) -> bytes: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Told:
    """Cases of reports, ascending by report.

    Attributes:
        places: (m,) the report's place; rules: (m,) number of the rule; statuses: (m,) place in ``STATUSES``.
        statements: (m,) row of the statement that it is about, 0: none.
        begins, lengths: (m,) where its words stand; from the length of ``base`` on they stand in ``tail``.
        names: the rules.
    """

    places: Numbers
    rules: Small
    statuses: Small
    statements: Numbers
    begins: Numbers
    lengths: Numbers
    names: dict[str, int]
    base: Bytes = b""
    tail: bytes = b""

    def case(self, at: int) -> Case:
        """One case in words."""
        rule = next(name for name, number in self.names.items() if number == self.rules[at])
        where, _, message = self.words(at).decode("utf-8", "replace").partition("\n")
        return Case(rule, where, STATUSES[self.statuses[at]], message, int(self.statements[at]))

    def words(self, at: int) -> bytes:
        """Where and message of one case, a line each."""
        return self._between(int(self.begins[at]), int(self.lengths[at]))

    def all_words(self) -> Iterator[bytes]:
        """The words of all cases, one behind another: what stands together is given at once."""
        split = np.diff(self.begins) != self.lengths[:-1]
        split |= np.diff(self.begins < len(self.base))
        firsts = np.flatnonzero(np.concatenate([[True], split]))[: len(self.begins)]
        sizes = np.add.reduceat(self.lengths, firsts) if len(firsts) else firsts
        for begin, size in zip(self.begins[firsts].tolist(), sizes.tolist(), strict=True):
            yield self._between(begin, size)

    def _between(self, begin: int, size: int) -> bytes:
        source, start = (self.base, begin) if begin < len(self.base) else (self.tail, begin - len(self.base))
        return source[start : start + size]


@dataclass(frozen=True)
class Cases:
    """The cases of all reports at one change of the store.

    ``rows``, ``seals``: (n,) as in :class:`index.columns.Columns`. ``facts``: name → (n,), see :class:`Examined`.
    """

    sequence: int
    rows: Numbers
    seals: Numbers
    facts: dict[str, Numbers]
    told: Told


@dataclass
class Holder:
    """What is kept of findings for one store.

    ``busy``: held by the one thread that works out much; who holds it must not ask the store that it is of.
    ``looked``: whether the generation in force was asked already. ``copies``, ``all``: see :mod:`index.copies`;
    ``tried``: which texts were looked for in which generation.
    """

    busy: threading.RLock = field(default_factory=threading.RLock)
    looked: bool = False
    cases: Cases | None = None
    copies: Copies | None = None
    tried: tuple[str, Path | None] | None = None
    all: tuple[Cases, Copies, Told] | None = None


def cases_of(store: Reads, step: Step = lambda done, total: None) -> Cases:
    """The cases of the reports of ``columns_of(store)``.

    Other readers wait: where :func:`missing` says that it is much, :func:`index.copies.settle` comes first.
    """
    with store.snapshot():
        columns = columns_of(store)
        before = known(store)
        if before is None or before.sequence != columns.sequence:
            before = _brought_up(store, columns, before, step)
            holder_of(store).cases = before
        return before


def missing(store: Reads) -> int:
    """How many reports :func:`cases_of` has to look at; the next year's and summaries apart."""
    with store.snapshot():
        columns = columns_of(store)
        before = known(store)
        if before is None:
            return len(columns.rows)
        if before.sequence == columns.sequence:
            return 0
        return int(taken_over(columns.rows, columns.seals, before.rows, before.seals)[1].sum())


def holder_of(store: Reads) -> Holder:
    """What is kept of findings for a store."""
    kept = kept_of(store)
    with kept.lock:
        if kept.findings is None:
            kept.findings = Holder()
        return kept.findings


def known(store: Reads) -> Cases | None:
    """What was kept last, of whichever change of the store."""
    from index.casefiles import load

    holder = holder_of(store)
    if holder.cases is None and not holder.looked:
        base = base_of(store, kept_of(store))
        holder.cases, holder.looked = load(base) if base is not None else None, True
    return holder.cases


def _brought_up(store: Reads, columns: Columns, before: Cases | None, step: Step = lambda done, total: None) -> Cases:
    rows = columns.rows
    old, again = np.zeros(0, np.int64), np.ones(len(rows), dtype=bool)
    if before is not None:
        old, again = taken_over(rows, columns.seals, before.rows, before.seals)
        if not again.any() and len(old) == len(before.rows):
            return replace(before, sequence=columns.sequence, rows=rows, seals=columns.seals)
    found = dict(_looked_at(store, rows[again].tolist(), step))
    if before is not None:
        shaken = _shaken(store, columns, before, old, again, found)
        found |= dict(_looked_at(store, rows[shaken].tolist(), step))
        old, again = old[~shaken[~again]], again | shaken
    facts = {}
    for name in FACTS:
        facts[name] = np.zeros(len(rows), np.int64)
        if before is not None:
            facts[name][~again] = before.facts[name][old]
        facts[name][again] = [getattr(found[row], name) for row in rows[again].tolist()]
    told = _joined(before, old, np.flatnonzero(~again), np.flatnonzero(again), [found[r] for r in rows[again].tolist()])
    return Cases(columns.sequence, rows, columns.seals, facts, told)


def _looked_at(store: Reads, rows: Sequence[int], step: Step) -> Iterator[tuple[int, Examined]]:
    done = 0
    for part in examine(store, in_turn(store, rows) if rows else ()):
        yield from part.items()
        done += len(part)
        step(done, len(rows))


def _shaken(
    store: Reads, columns: Columns, before: Cases, old: Numbers, again: Flags, found: Mapping[int, Examined]
) -> Flags:
    """(n,) bool: reports that are as they were, but rest on one that changed or went."""
    rows = columns.rows
    gone = np.ones(len(before.rows), dtype=bool)
    gone[old] = False
    out = np.zeros(len(rows), dtype=bool)
    out[~again] = np.isin(before.facts["before"][old], before.rows[gone])
    out |= np.isin(rows, years_after(store, rows[again].tolist()))
    moved = {*before.facts["part"][gone].tolist(), *(one.part for one in found.values())} - {0}
    out[~again] |= np.isin(before.facts["sums"][old], [*moved])
    return out & ~again


def _joined(before: Cases | None, old: Numbers, stay: Numbers, fresh: Numbers, examined: Iterable[Examined]) -> Told:
    """The cases of reports that stay (at ``old`` before, at ``stay`` now) and of those looked at (now at ``fresh``)."""
    was = before.told if before is not None else _empty()
    now = np.full(len(before.rows) if before is not None else 0, -1, np.int64)
    now[old] = stay
    kept = now[was.places] >= 0 if len(was.places) else np.zeros(0, dtype=bool)
    names, words = dict(was.names), _Words(len(was.base))
    moved = np.flatnonzero(kept & (was.begins >= len(was.base)))
    begins, lengths = was.begins.copy(), was.lengths
    begins[moved] = [words.add(was.words(at)) for at in moved.tolist()]
    lines = [
        (place, names.setdefault(one.rule, len(names)), STATUSES.index(one.status), one.statement,
         *words.put(f"{one.where}\n{one.message}"))
        for place, each in zip(fresh.tolist(), examined, strict=True)
        for one in each.cases
    ]  # fmt: skip
    new = np.array(lines, dtype=np.int64).reshape(-1, 6)
    parts: tuple[NDArray[Any], ...] = (now[was.places], was.rules, was.statuses, was.statements, begins, lengths)
    columns = [np.concatenate([part[kept], new[:, at]]) for at, part in enumerate(parts)]
    order = np.argsort(columns[0], kind="stable")
    places, rules, statuses, statements, begins, lengths = (column[order] for column in columns)
    small = rules.astype(np.uint8), statuses.astype(np.uint8)
    return Told(places, *small, statements, begins, lengths, names, was.base, words.text())


class _Words:
    """Words one behind another; the place of the first is given."""

    def __init__(self, start: int) -> None:
        self._next = start
        self._parts: list[bytes] = []

    def add(self, raw: bytes) -> int:
        """Where they stand."""
        self._parts.append(raw)
        self._next += len(raw)
        return self._next - len(raw)

    def put(self, text: str) -> tuple[int, int]:
        """Where they stand, and how long they are."""
        raw = text.encode("utf-8", "replace")
        return self.add(raw), len(raw)

    def text(self) -> bytes:
        """All of them."""
        return b"".join(self._parts)


def _empty() -> Told:
    none = np.zeros(0, np.int64)
    return Told(none, none.astype(np.uint8), none.astype(np.uint8), none, none, none, {})
