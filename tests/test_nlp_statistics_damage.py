"""Damaged tables, both forms, the turned table of section four, and the evidence of cells."""

from __future__ import annotations

import random

import pytest
from statistics_layouts import (
    COLUMNS,
    broken_labels,
    cell_lines,
    disclosure_lines,
    glued,
    grid_document,
    grid_rows,
    report,
    review_line,
    space_lines,
    tab_rows,
    told,
)
from statistics_tables import (
    DISCLOSURE_2019,
    DISCLOSURE_2021,
    NOTHING,
    NUMBERS_2021,
    REVIEW,
    SMALL,
    read,
    table,
)

from nlp.reading import read_bytes
from nlp.records import Document
from nlp.statistics import extract
from nlp.tables.align import Labels, distance
from nlp.tables.bands import read_bands
from nlp.tables.cells import is_value

# ---- damage -------------------------------------------------------------------------------------------


def test_ocr_slips_in_headers_and_labels():
    text = tab_rows(table(**SMALL))
    for good, bad in (
        ("2.其他法律行政法规禁止公开", "2.其他法律行政止公开"),
        ("重复申请", "重夏申请"),
        ("（一）予以公开", "（一）予似公开"),
    ):
        text = text.replace(good, bad)
    second = (
        disclosure_lines(told("2021"), DISCLOSURE_2021)
        .replace("本年废止件数", "本年度止件数")
        .replace("行政处罚", "行政处訋")
    )
    found = read(report(second, text, NOTHING))
    assert found.disclosure == NUMBERS_2021
    assert found.applications == table(**SMALL)


def test_labels_lost_altogether_are_found_by_their_place():
    text = tab_rows(table(**SMALL)).replace("1.本机关不掌握相关政府信息", "").replace("（一）予以公开", "")
    assert read(report(NOTHING, text, NOTHING)).applications == table(**SMALL)


def test_a_missing_row_moves_no_number_even_where_labels_are_lost_beside_it():
    rows = table(**SMALL)
    del rows["denied_other_law"]
    text = tab_rows(rows).replace("1.属于国家秘密", "")
    found = read(report(NOTHING, text, NOTHING))
    expected = table(**SMALL)
    # One row of numbers, two rows of the form: which one it is stays open.
    expected["denied_state_secret"] = expected["denied_other_law"] = dict.fromkeys(COLUMNS)
    assert found.applications == expected
    assert "table_partial:3" in found.warnings


def test_two_different_rows_of_one_label_are_both_doubted():
    text = tab_rows(table(**SMALL)) + "\n四、结转下年度继续办理\t\t\t9\t0\t0\t0\t0\t0\t9"
    found = read(report(NOTHING, text, NOTHING))
    assert found.applications["carried_out"] == dict.fromkeys(COLUMNS)
    same = tab_rows(table(**SMALL)) + "\n四、结转下年度继续办理\t\t\t2\t0\t0\t0\t0\t0\t2"
    assert read(report(NOTHING, same, NOTHING)).applications == table(**SMALL)


def test_a_grid_with_merged_cells_whole_and_cut_by_a_page():
    rows = grid_rows(table(**SMALL))
    for split in (None, 4, 9, 20):
        document = grid_document("三、收到和处理政府信息公开申请情况", rows, "四、行政复议、行政诉讼情况", split)
        assert extract(document).applications == table(**SMALL)


def test_a_row_cut_in_two_by_a_page():
    rows = grid_rows(table(**SMALL))
    at = next(i for i, row in enumerate(rows) if "确认或重新出具" in row[2])
    values = rows[at][3:]
    halves = [
        [*rows[at][:2], "5.要求行政机关确认或重", *[""] * 7],
        ["", "", "新出具已获取信息", *values],
    ]
    cut = rows[:at] + halves + rows[at + 1 :]
    document = grid_document("三、收到和处理政府信息公开申请情况", cut, "四、行政复议、行政诉讼情况", at + 1)
    assert extract(document).applications == table(**SMALL)


def test_a_header_repeated_on_the_next_page():
    lines = tab_rows(table(**SMALL)).split("\n")
    text = "\n".join([*lines[:12], "— 3 —", *lines[:3], *lines[12:]])
    assert read(report(NOTHING, text, NOTHING)).applications == table(**SMALL)


def test_sentences_before_a_table_that_use_its_words():
    before = "2023年，本年新收政府信息公开申请99件，上年结转88件，制定规范性文件77件，现行有效66件。"
    text = report(
        before + "\n" + disclosure_lines(told("2021"), DISCLOSURE_2021),
        before + "\n" + tab_rows(table(**SMALL)),
        NOTHING,
    )
    found = read(text)
    assert found.disclosure == NUMBERS_2021
    assert found.applications == table(**SMALL)


# ---- forms --------------------------------------------------------------------------------------------


def test_the_form_is_told_by_labels_never_by_the_year():
    new = report(disclosure_lines(told("2021"), DISCLOSURE_2021), tab_rows(table()), NOTHING).replace("2023", "2020")
    old = report(disclosure_lines(told("2019"), DISCLOSURE_2019), tab_rows(table(False)), NOTHING).replace(
        "2023", "2024"
    )
    assert read(new).form == "2021"
    assert read(old).form == "2019"
    assert read(report(NOTHING, tab_rows(table(False)), NOTHING)).form == "2019"
    assert read(report(NOTHING, tab_rows(table()), NOTHING)).form == "2021"


def test_the_new_form_with_one_row_of_other_handling():
    text = report(disclosure_lines(told("2021"), DISCLOSURE_2021), tab_rows(table(False, **SMALL)), NOTHING)
    found = read(text)
    assert found.form == "2021"
    assert found.applications == table(False, **SMALL)


def test_columns_in_another_order_follow_their_header():
    lines = disclosure_lines(told("2021"), DISCLOSURE_2021).replace(
        "本年制发件数\t本年废止件数\t现行有效件数", "现行有效件数\t本年制发件数\t本年废止件数"
    )
    lines = lines.replace("行政规范性文件\t3\t1\t12", "行政规范性文件\t12\t3\t1")
    assert read(report(lines, NOTHING, NOTHING)).disclosure == NUMBERS_2021


# ---- section four -------------------------------------------------------------------------------------


def review_grid(rows):
    return grid_document("四、政府信息公开行政复议、行政诉讼情况", rows, "五、存在的主要问题及改进情况\n无。")


NAMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
BLOCKS = ["行政复议", "未经复议直接起诉", "复议后起诉"]


def test_the_review_table_turned():
    cells = [[str(v) for v in block.values()] for block in REVIEW.values()]
    across = [["", *BLOCKS], *([name, *(cells[b][i] for b in range(3))] for i, name in enumerate(NAMES))]
    down = [["", *NAMES], *([name, *cells[b]] for b, name in enumerate(BLOCKS))]
    assert extract(review_grid(across)).review == REVIEW
    assert extract(review_grid(down)).review == REVIEW
    text = "\n".join(" ".join(row) for row in down)
    assert read(report(NOTHING, NOTHING, text)).review == REVIEW


def test_the_review_table_with_merged_headers_and_in_two_grids():
    numbers = [str(v) for block in REVIEW.values() for v in block.values()]
    top = ["行政复议"] * 5 + ["行政诉讼"] * 10
    middle = [*NAMES, *["未经复议直接起诉"] * 5, *["复议后起诉"] * 5]
    whole = [top, middle, [*NAMES, *NAMES, *NAMES], numbers]
    assert extract(review_grid(whole)).review == REVIEW
    split = grid_document("四、行政复议、行政诉讼情况", whole, "五、存在的主要问题\n无。", 3)
    assert extract(split).review == REVIEW


def test_a_review_table_with_blanks_and_one_without_numbers():
    rows = {block: dict(cells) for block, cells in REVIEW.items()}
    rows["suit_direct"]["corrected"] = None
    found = read(report(NOTHING, NOTHING, review_line(rows)))
    assert found.review == rows
    assert "cells_blank:4" in found.warnings
    empty = {block: dict.fromkeys(cells) for block, cells in REVIEW.items()}
    found = read(report(NOTHING, NOTHING, review_line(empty)))
    assert found.review == empty
    assert "cells_blank:4" in found.warnings


def test_too_few_numbers_in_section_four_are_not_placed():
    text = "行政复议 行政诉讼\n结果维持 结果纠正 其他结果 尚未审结 总计 未经复议直接起诉 复议后起诉\n0 0 0 1 1 0 0 2"
    found = read(report(NOTHING, NOTHING, text))
    assert all(value is None for cells in found.review.values() for value in cells.values())
    assert "table_partial:4" in found.warnings


# ---- evidence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [cell_lines, tab_rows, space_lines, glued])
def test_every_figure_points_at_its_own_digits(layout):
    text = report(disclosure_lines(told("2021"), DISCLOSURE_2021), layout(table(**SMALL)), review_line(REVIEW))
    document = read_bytes(text.encode(), "x.txt")
    found = extract(document)
    assert len(found.figures) == 10 + 25 * 7 + 15
    for figure in found.figures:
        assert figure.raw in document.text[figure.start : figure.end]
        if figure.state in {"number", "zero"} and figure.path.startswith("applications"):
            assert document.text[figure.start : figure.end].strip() == str(figure.value)


def test_lines_and_labels():
    labels = Labels(told("2021").disclosure)
    bands, tail = read_bands(Document("x", "规章 1 2 3\n行政许可\n4"), 0, 15, labels.end)
    assert [(band.label, [cell.text for cell in band.cells], band.own) for band in bands] == [
        ("规章", ["1", "2", "3"], True),
        ("行政许可", ["4"], False),
    ]
    assert tail == ""
    assert distance("部分公开", "部X公开", 2) == 1
    assert distance("重复申请", "总计", 2) == 3
    assert is_value("增10")
    assert not is_value("1.属于国家秘密")


def test_broken_labels_do_not_depend_on_the_place_of_the_break():
    for seed in range(20):
        text = broken_labels(table(**SMALL), random.Random(seed))
        assert read(report(NOTHING, text, NOTHING), normal=False).applications == table(**SMALL)
