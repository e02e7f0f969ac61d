"""Rows to positions and columns of numbers out of the store, held against the obvious way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.generations import View
from index.reads import Reads
from index.store import Store

ROWS = st.sets(st.integers(1, 60)).map(sorted)


@given(ROWS, st.lists(st.integers(-3, 70)), st.booleans())
def test_positions_are_where_the_rows_stand(there: list[int], wanted: list[int], as_array: bool):
    view = View.__new__(View)
    view._numbers = np.array(there, dtype=np.int64)
    asked = np.array(wanted, dtype=np.int64) if as_array else iter(wanted)
    found = view.positions_of(asked)
    assert found.tolist() == sorted(there.index(row) for row in set(wanted) if row in there)
    assert view.mask_of(wanted).tolist() == [row in wanted for row in there]


def test_numbers_are_a_column_in_the_order_of_its_question(tmp_path: Path):
    with closing(Store(tmp_path / "store.sqlite3")) as store:
        sql = "SELECT value AS n FROM json_each(?) ORDER BY value DESC"
        for values in ([], [7], [-5, 2**60, 0, 3]):
            text = str(values)
            found = store.numbers("n", sql, (text,))
            assert found.dtype == np.int64
            assert found.tolist() == sorted(values, reverse=True)
            assert Reads.numbers(store, "n", sql, (text,)).tolist() == found.tolist()
