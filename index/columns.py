"""What reports say of themselves and which labels they state, as columns in memory: counting without asking for each.

Read once for each open store, from the generation in force (:mod:`index.columnfiles`) where it holds them, and kept
up to the store: after a change only the reports whose checksum is another one are read again. A few megabytes for a
hundred thousand reports. Values are numbered; :attr:`Columns.values` says what they mean.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from index.filters import PLACES, place_matches
from index.reads import Reads
from index.records import Filter

if TYPE_CHECKING:
    from index.answers import Answers
    from index.cases import Holder
    from index.cells import Cells
    from index.sketches import Sketches

Codes = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

CODED = ("year", "province", "city", "county", "level", "agency_type", "form", "scope", "agency")
COUNTED = ("current", "has_issues", "problems", "measures")
FEW = 4_000  # changed reports that are read one by one; more, and all are
UNKNOWN = -1


@dataclass(frozen=True)
class Columns:
    """The reports of a store at one change of it, ascending by row.

    Attributes:
        sequence: the change.
        rows: (n,) their rows; ``seals``: (n,) the first bytes of their checksums.
        codes: field → (n,) number of the value, -1 where it is not known.
        values: field → value → its number; it only ever grows.
        numbers: ``current``, ``has_issues``, ``problems``, ``measures`` → (n,).
    """

    sequence: int
    rows: Numbers
    seals: Numbers
    codes: dict[str, Codes]
    values: dict[str, dict[Any, int]]
    numbers: dict[str, Codes]

    def kept(self, where: Filter) -> Flags:
        """(n,) bool: the reports that a filter's conditions on reports keep; those on statements are not looked at."""
        keep = np.ones(len(self.rows), dtype=bool)
        for name, wanted in self.wanted(where):
            keep &= self.among(name, wanted)
        return keep

    def among(self, name: str, wanted: Sequence[Any]) -> Flags:
        """(n,) bool: the reports whose value is one of these; None: it is not known."""
        chosen = np.zeros(len(self.values[name]) + 1, dtype=bool)  # the last stands for -1: not known
        chosen[[UNKNOWN if value is None else self.values[name][value] for value in wanted]] = True
        found: Flags = chosen[self.codes[name]]
        return found

    def wanted(self, where: Filter) -> list[tuple[str, list[Any]]]:
        """(field, the values there are that fit) for each of a filter's conditions on reports.

        None is among them where reports are kept of which the value is not known.
        """
        return [(name, [value for value in (*self.values[name], None) if test(value)]) for name, test in _tests(where)]

    def counts(self, name: str, keep: Flags) -> dict[Any, int]:
        """Value → number of the kept reports that have it; None for those of which it is not known."""
        found = np.bincount(self.codes[name][keep] + 1, minlength=len(self.values[name]) + 1)
        out: dict[Any, int] = {value: int(found[code + 1]) for value, code in self.values[name].items()}
        return {value: count for value, count in {**out, None: int(found[0])}.items() if count}


@dataclass(frozen=True)
class Stated:
    """Which labels reports state: the table ``stated`` as columns, ascending by report.

    ``places``: (m,) index into the rows of ``columns``; ``labels``: (m,) number of the label; ``statements``: (m,).
    ``passages``: (n,) passages of each report.
    """

    columns: Columns
    places: Numbers
    labels: Codes
    statements: Codes
    names: dict[str, int]
    passages: Numbers

    def having(self, wanted: Sequence[str]) -> Flags:
        """(n,) bool: the reports that state one of the labels."""
        out = np.zeros(len(self.columns.rows), dtype=bool)
        codes = [self.names[label] for label in wanted if label in self.names]
        out[self.places[np.isin(self.labels, codes)]] = True
        return out

    def counts(self, keep: Flags, groups: Codes, many: int) -> NDArray[np.int64]:
        """(many, labels) number of the kept reports in each group (0 … many-1) that state each label."""
        chosen = keep[self.places]
        width = max(1, len(self.names))
        flat = groups[self.places[chosen]].astype(np.int64) * width + self.labels[chosen]
        return np.bincount(flat, minlength=many * width).reshape(many, width)

    def of_kind(self, kind: str) -> NDArray[np.signedinteger[Any]]:
        """(n,) statements of a kind in each report."""
        return self.passages if kind == "passage" else self.columns.numbers[f"{kind}s"]

    def total(self, keep: Flags, label: str) -> int:
        """Statements of the kept reports that have a label."""
        chosen = keep[self.places] & (self.labels == self.names.get(label, UNKNOWN))
        return int(self.statements[chosen].sum())


def coverable(where: Filter) -> bool:
    """Whether columns can tell which reports a filter keeps (its conditions on statements left aside)."""
    return not where.report


def _tests(where: Filter) -> list[tuple[str, Callable[[Any], bool]]]:
    """(field, what a value must be) for each condition on reports; a value is None where it is not known."""
    out: list[tuple[str, Callable[[Any], bool]]] = []
    for name in ("year", "level", "agency_type", "form", "scope"):
        wanted = frozenset(getattr(where, name))
        if wanted:
            out.append((name, wanted.__contains__))
    out += [(name, _place_test(getattr(where, name))) for name in PLACES if getattr(where, name)]
    if where.agency:
        out.append(("agency", lambda value: value is not None and any(one in value for one in where.agency)))
    for name in ("level", "agency_type"):
        unwanted = frozenset(getattr(where, f"not_{name}"))
        if unwanted:  # always known: None is no value
            out.append((name, _not(unwanted.union((None,)).__contains__)))
    if where.not_year:
        out.append(("year", lambda value: value not in where.not_year))
    for name in PLACES:
        if asked := getattr(where, f"not_{name}"):
            out.append((name, _not(_place_test(asked))))
    return out


def _place_test(asked: Sequence[str]) -> Callable[[Any], bool]:
    return lambda value: value is not None and any(place_matches(value, one) for one in asked)


def _not(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: not test(value)


# -- keeping them ---------------------------------------------------------------------------------------------


@dataclass
class Kept:
    """What is kept for one store; ``cells``: see :mod:`index.cells`; ``answers``: see :mod:`index.answers`.

    ``anew``: what the generation in force holds of it is not to be relied on.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    columns: Columns | None = None
    stated: Stated | None = None
    cells: Cells | None = None
    answers: Answers | None = None
    sketches: Sketches | None = None  # see index.sketches
    findings: Holder | None = None  # see index.cases
    topics: dict[Any, Any] = field(default_factory=dict)  # see index.topics
    rank: tuple[Columns, Numbers] | None = None  # see index.ordering
    anew: bool = False


_kept: WeakKeyDictionary[Reads, Kept] = WeakKeyDictionary()
_guard = threading.Lock()


def columns_of(store: Reads) -> Columns:
    """The columns of a store as it is now."""
    kept = kept_of(store)
    with store.snapshot(), kept.lock:  # in this order everywhere: who waits for the one holds none of the other
        sequence = store.sequence()
        if kept.columns is None:
            _load(store, kept)
        if kept.columns is None or kept.columns.sequence != sequence:
            kept.columns = _brought_up(store, kept.columns, sequence)
        return kept.columns


def stated_of(store: Reads) -> Stated:
    """The labels that the reports of a store state, as it is now."""
    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        columns = columns_of(store)
        if kept.stated is None or kept.stated.columns is not columns:
            kept.stated = _stated_brought_up(store, columns, kept.stated)
        return kept.stated


def kept_of(store: Reads) -> Kept:
    """What is kept for a store."""
    with _guard:
        return _kept.setdefault(store, Kept())


def keep_for(store: Reads, kept: Kept) -> None:
    """Take this to be kept for a store that was just opened."""
    with _guard:
        _kept[store] = kept


def base_of(store: Reads, kept: Kept) -> Path | None:
    """The folder of the generation in force, whose columns are to be gone on from; None where there is none."""
    from index.columnfiles import folder_in_force

    path = getattr(store, "path", None)
    return None if kept.anew or path is None else folder_in_force(path.parent)


def _load(store: Reads, kept: Kept) -> None:
    from index.columnfiles import load

    folder = base_of(store, kept)
    kept.stated = load(folder) if folder is not None else None
    kept.columns = kept.stated.columns if kept.stated is not None else None


def _seals(store: Reads) -> tuple[Numbers, Numbers]:
    found = store.query("SELECT row, checksum FROM reports ORDER BY row")
    rows = np.fromiter((row for row, _ in found), np.int64, len(found))
    return rows, np.frombuffer(b"".join(bytes(seal)[:8].ljust(8, b"\0") for _, seal in found), dtype=np.int64)


def _brought_up(store: Reads, before: Columns | None, sequence: int) -> Columns:
    rows, seals = _seals(store)
    old_rows, old_seals = (before.rows, before.seals) if before is not None else (rows[:0], seals[:0])
    old, again = taken_over(rows, seals, old_rows, old_seals)
    values = {name: dict(known) for name, known in before.values.items()} if before else {name: {} for name in CODED}
    fresh = _read(store, rows[again])
    codes: dict[str, Codes] = {}
    numbers: dict[str, Codes] = {}
    for place, name in enumerate((*CODED, *COUNTED), start=1):
        column = np.full(len(rows), UNKNOWN, np.int32)
        if before is not None:
            column[~again] = (before.codes if name in CODED else before.numbers)[name][old]
        if name in CODED:
            known = values[name]
            found = (row[place] for row in fresh)
            column[again] = [UNKNOWN if one is None else known.setdefault(one, len(known)) for one in found]
            codes[name] = column
        else:
            column[again] = [row[place] for row in fresh]
            numbers[name] = column
    return Columns(sequence, rows, seals, codes, values, numbers)


def taken_over(rows: Numbers, seals: Numbers, old_rows: Numbers, old_seals: Numbers) -> tuple[Numbers, Flags]:
    """Where the reports that are as they were stood before, and (n,) bool: which are to be read again."""
    again = np.ones(len(rows), dtype=bool)
    if not len(old_rows):
        return np.zeros(0, np.int64), again
    places = np.searchsorted(old_rows, rows)
    places[places == len(old_rows)] = 0
    again = (old_rows[places] != rows) | (old_seals[places] != seals)
    return places[~again], again


def _read(store: Reads, rows: Numbers) -> list[tuple[Any, ...]]:
    """The columns of some reports, ascending by row; of all of them where they are many."""
    select = f"SELECT r.row, {', '.join(f'r.{name}' for name in (*CODED, *COUNTED))} FROM reports r"
    return _some(store, select, "r.row", rows)


def _some(store: Reads, select: str, key: str, rows: Numbers) -> list[tuple[Any, ...]]:
    if len(rows) <= FEW:
        among = f"{select} WHERE {key} IN (SELECT value FROM json_each(?)) ORDER BY {key}"
        return store.query(among, (json.dumps(rows.tolist()),))
    found = store.query(f"{select} ORDER BY {key}")
    wanted = frozenset(rows.tolist())
    return [row for row in found if row[0] in wanted]


def _stated_brought_up(store: Reads, columns: Columns, before: Stated | None) -> Stated:
    names: dict[str, int] = dict(before.names) if before is not None else {}
    again = np.ones(len(columns.rows), dtype=bool)
    parts: list[tuple[Numbers, Codes, Codes]] = []
    old = np.zeros(0, np.int64)
    if before is not None:
        was = before.columns
        old, again = taken_over(columns.rows, columns.seals, was.rows, was.seals)
        now = np.full(len(was.rows), UNKNOWN, np.int64)
        now[old] = np.flatnonzero(~again)
        places = now[before.places]
        parts.append((places[places >= 0], before.labels[places >= 0], before.statements[places >= 0]))
    found = _some(store, "SELECT t.report, t.label, t.statements FROM stated t", "t.report", columns.rows[again])
    reports = np.fromiter((row[0] for row in found), np.int64, len(found))
    labels = np.fromiter((names.setdefault(row[1], len(names)) for row in found), np.int32, len(found))
    statements = np.fromiter((row[2] for row in found), np.int32, len(found))
    parts.append((np.searchsorted(columns.rows, reports), labels, statements))
    passages = np.zeros(len(columns.rows), np.int64)
    if before is not None:
        passages[~again] = before.passages[old]
    passages[again] = _passages(store, columns, again)
    places, codes, counts = (np.concatenate(some) for some in zip(*parts, strict=True))
    order = np.argsort(places, kind="stable")
    return Stated(columns, places[order], codes[order], counts[order], names, passages)


def _passages(store: Reads, columns: Columns, again: Flags) -> Numbers:
    """Passages of these reports: what they have beside problems and measures; the smallest index tells."""
    rows = columns.rows[again]
    if len(rows) <= FEW:
        found = dict(
            store.query(
                "SELECT s.report, count(*) FROM statements s WHERE s.report IN (SELECT value FROM json_each(?))"
                " GROUP BY s.report",
                (json.dumps(rows.tolist()),),
            )
        )
    else:
        found = dict(store.query("SELECT s.report, count(*) FROM statements s GROUP BY s.report"))
    every = np.fromiter((found.get(row, 0) for row in rows.tolist()), np.int64, len(rows))
    return every - columns.numbers["problems"][again] - columns.numbers["measures"][again]
