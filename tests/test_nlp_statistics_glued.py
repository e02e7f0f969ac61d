"""Tables whose digits ran together."""

from __future__ import annotations

import itertools

import pytest
from statistics_layouts import (
    COLUMNS,
    disclosure_lines,
    glued,
    report,
    review_line,
    told,
)
from statistics_tables import (
    DISCLOSURE_2019,
    DISCLOSURE_2021,
    NOTHING,
    REVIEW,
    SMALL,
    read,
    table,
)

from nlp.tables import glued as gluing

# ---- digits that ran together -------------------------------------------------------------------------


def test_glued_rows_are_cut_by_their_sums():
    found = read(report(NOTHING, glued(table(**SMALL)), "".join(review_line(REVIEW, "").split())).replace("\n", ""))
    assert found.applications == table(**SMALL)
    assert found.review == REVIEW
    figure = next(f for f in found.figures if f.path == "applications.received_new.enterprise")
    assert (figure.raw, figure.end - figure.start) == ("2", 1)


def test_a_glued_row_is_cut_by_the_columns_where_its_own_sum_leaves_two_ways():
    # 1 + 10 = 11 and 11 + 0 = 11: only the columns know.
    assert set(gluing.summing("110000011", 7)) == {(11, 0, 0, 0, 0, 0, 11), (1, 10, 0, 0, 0, 0, 11)}
    rows = table(
        received_new=(11, 0, 0, 0, 0, 0, 11),
        granted=(8, 0, 0, 0, 0, 0, 8),
        denied_state_secret=(3, 0, 0, 0, 0, 0, 3),
        processed_total=(11, 0, 0, 0, 0, 0, 11),
    )
    assert read(report(NOTHING, glued(rows), NOTHING)).applications == rows


def test_a_glued_row_that_breaks_its_own_sum_is_unknown():
    rows = table(**SMALL)
    text = glued(rows).replace("总计4200017", "总计42000111")
    found = read(report(NOTHING, text, NOTHING))
    assert found.applications["processed_total"] == dict.fromkeys(COLUMNS)
    assert found.applications["received_new"] == rows["received_new"]
    assert "cells_ambiguous:3" in found.warnings


def test_glued_rows_that_lost_their_blanks_are_unknown():
    rows = {key: {c: v or None for c, v in cells.items()} for key, cells in table(**SMALL).items()}
    rows["carried_in"] = dict.fromkeys(COLUMNS, 0)
    found = read(report(NOTHING, glued(rows), NOTHING))
    known = {key for key, cells in found.applications.items() if any(v is not None for v in cells.values())}
    assert known == {"carried_in"}


def test_glued_cells_of_section_two_have_no_sum():
    values = {
        **DISCLOSURE_2021,
        "normative_document": {"issued": "8", "repealed": "11", "in_force": "53"},
        "licence": {"decisions": "1204"},
    }
    found = read(report(disclosure_lines(told("2021"), values, "").replace("\n", ""), NOTHING, NOTHING))
    assert found.disclosure["regulation"] == {"issued": 0, "repealed": 0, "in_force": 0}
    assert found.disclosure["normative_document"] == {"issued": None, "repealed": None, "in_force": None}
    assert found.disclosure["licence"] == {"decisions": 1204}
    assert found.disclosure["admin_fee"] == {"amount_wan": 12.5}


def test_a_sign_parts_glued_cells():
    values = {**DISCLOSURE_2019, "licence": {"items_prev_year": "97", "items_change": "+82", "decisions": "179"}}
    found = read(report(disclosure_lines(told("2019"), values, "").replace("\n", ""), NOTHING, NOTHING))
    assert found.disclosure["licence"] == {"items_prev_year": 97, "items_change": None, "decisions": None}


@pytest.mark.parametrize("digits", ["81010010", "121010014", "0000000", "3101005", "10203040", "110000011", "1234567"])
def test_cutting_against_trying_everything(digits):
    every = []
    for cuts in itertools.combinations(range(1, len(digits)), 6):
        edges = (0, *cuts, len(digits))
        cells = [digits[a:b] for a, b in itertools.pairwise(edges)]
        if all(cell == "0" or cell[0] != "0" for cell in cells):
            every.append(tuple(map(int, cells)))
    assert sorted(gluing.readings(digits, 7)) == sorted(every)
    assert sorted(gluing.summing(digits, 7)) == sorted(r for r in every if sum(r[:6]) == r[6])
