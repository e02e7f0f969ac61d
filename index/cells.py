"""The cells of the statutory tables that the metric dictionary needs, as columns: sums without asking for each.

A cell has one of three states: a number, NaN where the report gives it without a known number, and :data:`ABSENT`
where the report has no such cell at all. They belong to the reports of :class:`index.columns.Columns`, in their order,
and are kept up to the store in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns, Flags, Numbers, base_of, columns_of, kept_of, taken_over
from index.reads import Reads

ABSENT = -np.inf
FEE = "fee_charged_yuan"  # a report's own field, not a table cell
ALONE = 500  # reports up to which their cells are read by themselves where not all are in memory
AT_ONCE = 2_000  # reports whose cells are read at a time: each has some sixty of them
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Cells of reports, ascending by row.

    ``rows``, ``seals``: (n,) as in :class:`Columns`. ``paths``: path → its place in ``numbers``, (paths, n).
    """

    rows: Numbers
    seals: Numbers
    paths: dict[str, int]
    numbers: Floats


def cells_of(store: Reads, paths: Sequence[str]) -> Cells:
    """All cells of these paths, of the reports of ``columns_of(store)``; the caller holds a snapshot of the store."""
    from index.columnfiles import load_cells

    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        columns = columns_of(store)
        before: Cells | None = kept.cells
        if before is None:
            base = base_of(store, kept)
            before = load_cells(base) if base is not None else None
        if before is None or before.rows is not columns.rows or not before.paths.keys() >= set(paths):
            before = _brought_up(store, columns, before, paths)
            kept.cells = before
        return before


def numbers_of(
    store: Reads, columns: Columns, places: Numbers, paths: Sequence[str], every: Sequence[str]
) -> dict[str, Floats]:
    """Path → (k,) cells of the reports at some places of the columns; ``every``: the paths worth keeping in memory."""
    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        if kept.cells is None and len(places) <= ALONE:
            few = read(store, columns.rows[places], paths)
            return dict(zip(paths, few, strict=True))
        cells = cells_of(store, every)
        return {path: cells.numbers[cells.paths[path]][places] for path in paths}


def _brought_up(store: Reads, columns: Columns, before: Cells | None, paths: Sequence[str]) -> Cells:
    if before is None or not before.paths.keys() >= set(paths):  # another version's dictionary: read anew
        before = None
    known = before.paths if before is not None else {path: place for place, path in enumerate(paths)}
    again: Flags = np.ones(len(columns.rows), dtype=bool)
    if before is not None:
        old, again = taken_over(columns.rows, columns.seals, before.rows, before.seals)
        if not again.any() and len(before.rows) == len(columns.rows):
            return replace(before, rows=columns.rows, seals=columns.seals)
    numbers = np.empty((len(known), len(columns.rows)))
    if before is not None:
        numbers[:, ~again] = before.numbers[:, old]
    numbers[:, again] = read(store, columns.rows[again], list(known))
    return Cells(columns.rows, columns.seals, known, numbers)


def read(store: Reads, rows: Numbers, paths: Sequence[str]) -> Floats:
    """(paths, n) cells of some reports, ascending by row, out of the store; of several of one path the last counts."""
    out = np.full((len(paths), len(rows)), ABSENT)
    places = {path: place for place, path in enumerate(paths)}
    wanted = json.dumps([path for path in paths if path != FEE])
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        chosen = json.dumps(part.tolist())
        found = store.query(
            "SELECT f.report, f.path, f.value FROM figures f WHERE f.report IN (SELECT value FROM json_each(?))"
            " AND f.prose = 0 AND f.path IN (SELECT value FROM json_each(?)) ORDER BY f.report, f.path, f.position",
            (chosen, wanted),
        )
        _put(out, found, rows, places)
        if FEE in places:
            found = store.query(
                f"SELECT r.row, '{FEE}', r.{FEE} FROM reports r WHERE r.row IN (SELECT value FROM json_each(?))",
                (chosen,),
            )
            _put(out, found, rows, places)
    return out


def _put(out: Floats, found: Sequence[tuple[Any, ...]], rows: Numbers, places: dict[str, int]) -> None:
    reports = np.fromiter((row[0] for row in found), np.int64, len(found))
    lines = np.fromiter((places[row[1]] for row in found), np.int64, len(found))
    values = np.array([row[2] for row in found], dtype=np.float64)  # None becomes NaN
    out[lines, np.searchsorted(rows, reports)] = values
