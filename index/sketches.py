"""Which reports share much of their section five, without reading them all: a sample of each text's runs of letters.

Of the runs of eight letters (:data:`nlp.reuse.GRAM`) of every section five one of four is kept, chosen by its hash, the
same ones in every report: two texts share of their samples what they share of their runs, near enough to
choose whom to read. Kept like the other columns (:mod:`index.columns`): in the generation, and brought up to the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns, Flags, Numbers, base_of, columns_of, kept_of, taken_over
from index.reads import Reads
from index.spans import letters_of
from nlp.reuse import GRAM

Hashes = NDArray[np.uint32]
SAMPLED = 4  # one run of so many is kept
PREFIX = 22  # bits of a hash that are looked at first
AT_ONCE = 1_000  # reports read at a time
FACTOR = np.uint64(0x9E3779B97F4A7C15)
SHIFT, HALF = np.uint64(29), np.uint64(32)


@dataclass(frozen=True)
class Sketches:
    """Samples of all reports, ascending by row.

    Attributes:
        columns: what they belong to; None as read from a file.
        rows, seals: (n,) as in :class:`index.columns.Columns`.
        sizes: (n,) samples of each report; hashes: all of them, one report's after the other's.
    """

    columns: Columns | None
    rows: Numbers
    seals: Numbers
    sizes: Numbers
    hashes: Hashes

    def of(self, row: int) -> Hashes:
        """The samples of one report, each once."""
        place = int(np.searchsorted(self.rows, row))
        end = int(self.sizes[: place + 1].sum())
        return np.unique(self.hashes[end - int(self.sizes[place]) : end])

    def sharing(self, wanted: Sequence[int], least: float) -> dict[int, dict[int, float]]:
        """Row of a report wanted → row of another → share of its samples that the other has too, from ``least`` on."""
        own = {row: self.of(row) for row in wanted}
        every = np.unique(np.concatenate([np.zeros(0, np.uint32), *own.values()]))
        likely = np.zeros(1 << PREFIX, dtype=bool)  # tells most of the others apart at once
        likely[every >> np.uint32(32 - PREFIX)] = True
        held = np.flatnonzero(likely[self.hashes >> np.uint32(32 - PREFIX)])
        held = held[np.isin(self.hashes[held], every)]
        owners = np.searchsorted(np.cumsum(self.sizes), held, side="right")
        pairs = np.unique(np.stack([owners, self.hashes[held]]), axis=1)  # a run that stands twice counts once
        return {row: self._shares(row, mine, pairs, least) for row, mine in own.items() if len(mine)}

    def _shares(self, row: int, own: Hashes, pairs: Numbers, least: float) -> dict[int, float]:
        counts = np.bincount(pairs[0][np.isin(pairs[1], own)], minlength=len(self.rows))
        found = np.flatnonzero(counts >= max(1.0, least * len(own)))
        return {int(self.rows[at]): int(counts[at]) / len(own) for at in found if self.rows[at] != row}


def sketches_of(store: Reads) -> Sketches:
    """The samples of a store as it is now."""
    from index.columnfiles import load_sketches

    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        columns = columns_of(store)
        before = kept.sketches
        if before is None:
            base = base_of(store, kept)
            before = load_sketches(base) if base is not None else None
        if before is None or before.columns is not columns:
            before = _brought_up(store, columns, before)
            kept.sketches = before
        return before


def _brought_up(store: Reads, columns: Columns, before: Sketches | None) -> Sketches:
    again: Flags = np.ones(len(columns.rows), dtype=bool)
    sizes = np.zeros(len(columns.rows), np.int64)
    kept = np.zeros(0, np.uint32)
    if before is not None:
        old, again = taken_over(columns.rows, columns.seals, before.rows, before.seals)
        if not again.any() and len(old) == len(before.rows):
            return replace(before, columns=columns, rows=columns.rows, seals=columns.seals)
        stay = np.zeros(len(before.rows), dtype=bool)
        stay[old] = True
        kept = before.hashes[np.repeat(stay, before.sizes)]
        sizes[~again] = before.sizes[old]
    fresh = dict(_read(store, columns, np.flatnonzero(again)))
    parts = [np.zeros(0, np.uint32), *fresh.values()]
    lengths = np.array([len(found) for found in fresh.values()], np.int64)
    places = np.repeat(np.array([*fresh], np.int64), lengths)
    begins = np.cumsum(sizes) - sizes  # those read again have none yet: where theirs belong
    hashes: Hashes = np.insert(kept, begins[places], np.concatenate(parts))
    return Sketches(columns, columns.rows, columns.seals, sizes + np.bincount(places, minlength=len(sizes)), hashes)


def _read(store: Reads, columns: Columns, places: Numbers) -> Iterator[tuple[int, Hashes]]:
    """(place, samples) of the reports at some places of the columns."""
    for start in range(0, len(places), AT_ONCE):
        part = columns.rows[places[start : start + AT_ONCE]]
        at = dict(zip(part.tolist(), places[start : start + AT_ONCE].tolist(), strict=True))
        rows = store.query(
            "SELECT s.report, s.text FROM statements s WHERE s.report IN (SELECT value FROM json_each(?))"
            " AND s.kind <> 'passage' ORDER BY s.report, s.position",
            (json.dumps(part.tolist()),),
        )
        for report, several in groupby(rows, key=lambda row: int(row[0])):
            yield at[report], sample("".join(letters_of(text) for _, text in several))


def sample(letters: str) -> Hashes:
    """The sampled hashes of a text's runs of eight letters, in its order; the same in every process."""
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    if len(codes) < GRAM:
        return np.zeros(0, np.uint32)
    count = len(codes) - GRAM + 1
    mixed = np.zeros(count, np.uint64)
    for at in range(GRAM):
        mixed = (mixed ^ codes[at : at + count]) * FACTOR
        mixed ^= mixed >> SHIFT
    kept: Hashes = (mixed[mixed % np.uint64(SAMPLED) == 0] >> HALF).astype(np.uint32)
    return kept
