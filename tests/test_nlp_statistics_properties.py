"""Any table in any layout, damaged or not: the same cells come back or none, never another number."""

from __future__ import annotations

import random
import re

import pytest
import statistics_layouts as layouts
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.normalise import normalise
from nlp.reading import read_bytes
from nlp.records import Document
from nlp.statistics import extract
from nlp.tables import glued as gluing

SEEDS = st.integers(0, 2**32)
NOTHING = "（表略）"
ONE_LINE = {"one_line", "glued"}


def drawn(seed, three=None):
    rng = random.Random(seed)
    three = rng.random() < 0.6 if three is None else three
    return rng, layouts.random_applications(rng, three, rng.choice([3, 9, 60, 3000])), layouts.random_review(rng)


def text_of(name, rng, table, review):
    """A report in one layout."""
    makers = {**layouts.TEXT_LAYOUTS, "glued": layouts.glued, "broken": lambda t: layouts.broken_labels(t, rng)}
    bar = {"glued": ""}.get(name, " " if name in {"space_lines", "one_line", "broken"} else "\t")
    text = layouts.report(NOTHING, makers[name](table), layouts.review_line(review, bar))
    return text.replace("\n", " ") if name in ONE_LINE else text


def wrong_and_missing(found, truth):
    """Cells that hold another number than printed, and printed numbers that did not come back."""
    wrong, missing = [], 0
    for row, cells in truth.items():
        for column, value in cells.items():
            got = (found or {}).get(row, {}).get(column)
            missing += got is None and value is not None
            if got is not None and got != value:
                wrong.append((row, column, got, value))
    return wrong, missing


NAMES = [*layouts.TEXT_LAYOUTS, "glued", "broken"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_a_sound_table_comes_back_whole(name, seed):
    rng, table, review = drawn(seed)
    text = text_of(name, rng, table, review)
    for document in (Document("x", text), Document("x", normalise(text)), read_bytes(text.encode(), "x.txt")):
        found = extract(document)
        wrong, missing = wrong_and_missing(found.applications, table)
        assert not wrong
        assert missing == 0 or name == "glued"
        wrong, missing = wrong_and_missing(found.review, review)
        assert not wrong
        assert missing == 0 or name == "glued"


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_html_and_grids_come_back_whole(seed):
    rng, table, _ = drawn(seed)
    page = (
        "<html><body><p>三、收到和处理政府信息公开申请情况</p>"
        + layouts.html(table)
        + "<p>四、行政复议、行政诉讼情况</p></body></html>"
    )
    assert extract(read_bytes(page.encode(), "x.html")).applications == table
    document = layouts.grid_document("三、收到和处理", layouts.grid_rows(table), "四、行政复议", rng.randrange(4, 24))
    assert extract(document).applications == table


def damaged(rng, kind):
    """A way to print labels, some of them damaged."""
    share, memory = rng.choice([0.1, 0.5]), {}

    def label(key, printed=layouts.printed):
        if key not in memory:
            text = printed(key)
            if rng.random() < share:
                at = rng.randrange(2, len(text))
                text = {
                    "slip": text[:at] + rng.choice(["", "X", "间"]) + text[at + 1 :],
                    "cut": text[:3],
                    "gone": "",
                    "no ordinal": re.sub(r"^(\d\.|（.）|.、)", "", text),
                }[kind]
            memory[key] = text
        return memory[key]

    return label


@pytest.mark.parametrize("kind", ["slip", "cut", "gone", "no ordinal"])
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, name=st.sampled_from(NAMES))
def test_damaged_labels_move_no_number(kind, seed, name):
    rng, table, review = drawn(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "printed", damaged(rng, kind))
        text = text_of(name, rng, table, review)
    found = extract(read_bytes(text.encode(), "x.txt"))
    wrong, missing = wrong_and_missing(found.applications, table)
    assert not wrong
    if kind in {"slip", "no ordinal"} and name not in {"glued", "broken"}:
        assert missing == 0


def thinned(rng, table, kind):
    """The table with cells blanked, rows dropped or sums broken."""
    out = {key: dict(cells) for key, cells in table.items()}
    for key in list(out):
        if kind == "rows dropped" and rng.random() < 0.1:
            del out[key]
        elif kind == "rows blank" and rng.random() < 0.2:
            out[key] = dict.fromkeys(layouts.COLUMNS)
        elif kind == "cells blank":
            out[key] = {c: None if rng.random() < 0.1 else v for c, v in out[key].items()}
        elif kind == "zeros blank":
            out[key] = {c: v if v or c == "total" else None for c, v in out[key].items()}
        elif kind == "slips" and rng.random() < 0.1:
            column = rng.choice(layouts.COLUMNS)
            out[key][column] += rng.choice([1, 2, 10])
    return out


# Where blanks leave a trace, nothing that is printed may be lost.
TRACED = {"cell_lines", "tab_rows", "shifted_rows", "pipe_rows", "markdown_groups"}


@pytest.mark.parametrize("kind", ["rows dropped", "rows blank", "cells blank", "zeros blank", "slips"])
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, name=st.sampled_from(sorted(set(NAMES) - {"glued"})))
def test_gaps_and_slips_move_no_number(kind, seed, name):
    rng, table, review = drawn(seed)
    table = thinned(rng, table, kind)
    text = text_of(name, rng, table, review)
    wrong, missing = wrong_and_missing(extract(read_bytes(text.encode(), "x.txt")).applications, table)
    assert not wrong
    assert missing == 0 or name not in TRACED or kind == "rows dropped"


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_glued_tables_with_gaps_are_never_misread(seed):
    rng, table, review = drawn(seed)
    table = thinned(rng, table, rng.choice(["rows dropped", "rows blank", "zeros blank"]))
    wrong, _ = wrong_and_missing(extract(Document("x", text_of("glued", rng, table, review))).applications, table)
    assert not wrong


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, mark=st.sampled_from(["/", "—", "-", "无", "——"]))
def test_marks_for_not_applicable_are_no_zeros(seed, mark):
    rng, table, review = drawn(seed)
    truth = {key: {c: v or None for c, v in cells.items()} for key, cells in table.items()}
    name = rng.choice(sorted(TRACED | {"space_lines"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "shown", lambda value: str(value) if value else mark)
        text = text_of(name, rng, table, review)
    assert extract(Document("x", text)).applications == truth


@settings(max_examples=200, deadline=None)
@given(
    cells=st.lists(st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 99_999)), min_size=6, max_size=6),
    cut=st.sampled_from([1, 3, 5]),
)
def test_the_printed_reading_is_among_those_of_its_digits(cells, cut):
    row = (*cells, sum(cells))
    digits = "".join(map(str, row))
    found = gluing.summing(digits, 7)
    assert row in found or found == ()
    assert all(sum(reading[:6]) == reading[6] and "".join(map(str, reading)) == digits for reading in found)
    agreed = gluing.agreed(found) if found else (None,) * 7
    assert all(value in {None, printed} for value, printed in zip(agreed, row, strict=True))
    spans = gluing.spans(row, cut)
    assert [int(digits[low - cut : high - cut]) for low, high in spans] == list(row)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_column_rules_never_drop_the_printed_table(seed):
    _, table, _ = drawn(seed)
    keys = [key for key in table if key not in layouts.BALANCE]
    rows = {key: tuple(cells.values()) for key, cells in table.items()}
    choices = {key: gluing.summing("".join(map(str, row)), 7) for key, row in rows.items()}
    held = gluing.hold_columns(choices, keys, layouts.BALANCE)
    assert held is not None
    for key, row in rows.items():
        assert row in held[key] or not choices[key]
        assert set(held[key]) <= set(choices[key])
