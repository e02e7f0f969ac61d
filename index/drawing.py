"""One report in so many, where an archive holds more sentences than can be looked at while somebody waits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.columns import Columns, Flags, columns_of
from index.insight import reports_only
from index.reads import Reads
from index.records import Filter
from index.tallying import current_kept, statement_count

MOST = 100_000  # statements of a kind; of more, those of one report in so many are looked at
GOLDEN = 2_654_435_761  # 2³² over the golden ratio: multiples of it lie evenly, whichever are taken


def one_in(store: Reads, where: Filter, kinds: Sequence[str]) -> int:
    """One report in how many is to be looked at, so that no kind has more than :data:`MOST` statements; 1: all."""
    counts = [statement_count(store, replace(where, kind=(kind,))) for kind in kinds]
    return max(1, math.ceil(max(counts, default=0) / MOST))


def drawn(store: Reads, where: Filter, every: int) -> tuple[Columns, Flags]:
    """The columns, and (n,) bool: one in so many of the reports that a filter keeps, newer versions replacing older.

    The draw is fixed and knows no period: of agencies whose reports stand year by year it takes all years alike.
    """
    columns = columns_of(store)
    taken = (columns.rows.astype(np.uint64) * np.uint64(GOLDEN)) % np.uint64(1 << 32) < np.uint64((1 << 32) // every)
    return columns, taken & current_kept(store, columns, reports_only(where))
