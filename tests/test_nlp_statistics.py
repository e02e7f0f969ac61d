"""The statutory tables in every variant of text form, each worked out by hand."""

from __future__ import annotations

import pytest
from statistics_layouts import (
    COLUMNS,
    cell_lines,
    disclosure_cells,
    disclosure_lines,
    markdown_groups,
    one_line,
    pipe_rows,
    report,
    review_line,
    shifted_rows,
    space_lines,
    tab_rows,
    told,
)
from statistics_tables import (
    DISCLOSURE_2019,
    DISCLOSURE_2021,
    NOTHING,
    NUMBERS_2019,
    NUMBERS_2021,
    REVIEW,
    SMALL,
    read,
    states,
    table,
)

from nlp.reading import read_bytes
from nlp.statistics import extract
from nlp.tables.cells import read_cell

# ---- T1 to T14 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("normal", [True, False])
def test_t1_one_cell_a_line(normal):
    text = report(disclosure_cells(told("2021"), DISCLOSURE_2021), cell_lines(table(**SMALL)), review_line(REVIEW))
    found = read(text, normal=normal)
    assert found.form == "2021"
    assert found.disclosure == NUMBERS_2021
    assert found.applications == table(**SMALL)
    assert found.review == REVIEW
    assert found.warnings == ()


def test_t1_a_blank_cell_does_not_move_the_others():
    rows = table(**SMALL)
    rows["granted"]["natural_person"] = None
    rows["granted"]["total"] = None
    found = read(report(NOTHING, cell_lines(rows), NOTHING))
    assert found.applications == rows
    assert found.warnings == ("table_absent:2", "cells_blank:3", "table_absent:4")
    assert states(found, "applications.granted.natural")["applications.granted.natural_person"] == "blank"


@pytest.mark.parametrize("layout", [tab_rows, shifted_rows])
def test_t2_tab_rows_with_shifted_cells(layout):
    text = report(disclosure_lines(told("2019"), DISCLOSURE_2019), layout(table(False, **SMALL)), review_line(REVIEW))
    for found in (read(text), read(text, normal=False), extract(read_bytes(text.encode(), "x.txt"))):
        assert found.form == "2019"
        assert found.disclosure == NUMBERS_2019
        assert found.applications == table(False, **SMALL)
        assert found.review == REVIEW


def test_t3_pipe_rows_and_cells_that_end_in_pipes():
    found = read(report(NOTHING, pipe_rows(table(**SMALL)), NOTHING), normal=False)
    assert found.applications == table(**SMALL)
    assert read_cell("17|").value == 17


def test_t4_a_markdown_table_for_each_group_with_renamed_columns():
    for normal in (True, False):
        found = read(report(NOTHING, markdown_groups(table(**SMALL)), NOTHING), normal=normal)
        assert found.applications == table(**SMALL)


def test_t5_numbers_parted_by_blanks():
    text = report(
        disclosure_lines(told("2021"), DISCLOSURE_2021, " "), space_lines(table(**SMALL)), review_line(REVIEW, " ")
    )
    for found in (read(text), read(text, normal=False)):
        assert found.disclosure == NUMBERS_2021
        assert found.applications == table(**SMALL)
        assert found.review == REVIEW


def test_t5_labels_broken_around_and_below_their_numbers():
    lines = [
        "自然人 法人或其他组织 总计",
        "一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9",
        "二、上年结转政府信息公开申请数量 0 0 0 0 0 0 0",
        "（一）予以公开 5 0 0 0 0 0 5",
        "（二）部分公开（区分处理的，只计这一情",
        "2 0 0 0 0 0 2",
        "形，不计其他情形）",
        "1 0 0 0 0 0 1",
        "1.属于国家秘密",
        "三",
        "、 2.其他法律行政法规禁止公开 0 0 0 0 0 0 0",
        "本",
    ]
    rest = space_lines(table()).split("\n")[10:-2]
    lines += [line for line in rest if "属于国家秘密" not in line and "法规禁止" not in line]
    lines += ["（七）总计 8 0 0 0 0 0 8", "- 7 -", "四、结转下年度继续办理 1 0 0 0 0 0 1"]
    expected = table(
        received_new=(9, 0, 0, 0, 0, 0, 9),
        granted=(5, 0, 0, 0, 0, 0, 5),
        partially_granted=(2, 0, 0, 0, 0, 0, 2),
        denied_state_secret=(1, 0, 0, 0, 0, 0, 1),
        processed_total=(8, 0, 0, 0, 0, 0, 8),
        carried_out=(1, 0, 0, 0, 0, 0, 1),
    )
    found = read(report(NOTHING, "\n".join(lines), NOTHING), normal=False)
    assert found.applications == expected


def test_t5_a_row_with_too_few_numbers_is_unknown_and_moves_no_other():
    text = space_lines(table(**SMALL)).replace("予以公开 2 1 0 0 0 0 3", "予以公开 2 1 3")
    found = read(report(NOTHING, text, NOTHING))
    expected = table(**SMALL)
    expected["granted"] = dict.fromkeys(COLUMNS)
    assert found.applications == expected
    assert "cells_ambiguous:3" in found.warnings


def test_t5_newlines_lost():
    found = read(report(NOTHING, one_line(table(**SMALL)), NOTHING).replace("\n", " "))
    assert found.applications == table(**SMALL)


def test_t6_only_the_totals_are_filled():
    rows = {key: {c: (v if c == "total" else None) for c, v in cells.items()} for key, cells in table(**SMALL).items()}
    for text in (tab_rows(rows), cell_lines(rows), pipe_rows(rows)):
        found = extract(read_bytes(report(NOTHING, text, NOTHING).encode(), "x.txt"))
        assert found.applications == rows
        assert "cells_blank:3" in found.warnings
        assert states(found, "applications.carried_in.enterprise") == {"applications.carried_in.enterprise": "blank"}


def test_t7_tables_missing():
    found = read(report(NOTHING, NOTHING, NOTHING))
    assert (found.form, found.disclosure, found.applications, found.review) == ("free", None, None, None)
    assert found.warnings == ("table_absent:2", "table_absent:3", "table_absent:4")
    old = read("某局2015年报告\n一、概述\n公开信息5条。\n三、依申请公开政府信息情况\n收到申请1件。")
    assert old.form == "free"
    assert old.warnings == ()


def test_t8_annotated_cells():
    noted = {
        **DISCLOSURE_2021,
        "normative_document": {"issued": "22（其中修订16件）", "repealed": "55（含自然失效29件）", "in_force": "8"},
    }
    for bar in ("\t", " ", "|"):
        found = read(report(disclosure_lines(told("2021"), noted, bar), NOTHING, NOTHING), normal=False)
        assert found.disclosure["normative_document"] == {"issued": 22, "repealed": 55, "in_force": 8}
    figure = next(f for f in found.figures if f.path == "disclosure.normative_document.issued")
    assert figure.raw == "22（其中修订16件）"


def test_t9_full_width_digits_and_blanks():
    text = (
        tab_rows(table(**SMALL))
        .translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        .replace("\t０", "\t　０ ")
    )
    for normal in (True, False):
        assert read(report(NOTHING, text, NOTHING), normal=normal).applications == table(**SMALL)


@pytest.mark.parametrize(
    ("cell", "value", "state"),
    [
        ("增10", 10, "number"),
        ("减3", -3, "number"),
        ("+4", 4, "number"),
        ("-2", -2, "number"),
        ("−2", -2, "number"),
        ("增加 3 项", 3, "number"),
        ("减少2项", -2, "number"),
        ("（增）5", 5, "number"),
        ("减(7)", -7, "number"),
        ("10（减）", -10, "number"),
        ("6", 6, "number"),
        ("0", 0, "zero"),
        ("增0减0", 0, "zero"),
        ("无变化", None, "na"),
        ("—", None, "na"),
        ("/", None, "na"),
        ("无", None, "na"),
        ("", None, "blank"),
        ("增2减1", None, "text"),
    ],
)
def test_t10_changes_are_signed(cell, value, state):
    assert read_cell(cell, "change")[:2] == (value, state)


@pytest.mark.parametrize(
    ("cell", "value", "state"),
    [
        ("0", 0, "zero"),
        ("０", 0, "zero"),
        (" 12 ", 12, "number"),
        ("1,234", 1234, "number"),
        ("12,34", None, "text"),
        ("22（其中修订16件）", 22, "number"),
        ("7件", 7, "number"),
        ("零", 0, "zero"),
        ("00", None, "ambiguous"),
        ("1 2", None, "ambiguous"),
        ("276余", None, "text"),
        ("约5", None, "text"),
        ("100%", None, "text"),
        ("1.", None, "text"),
        ("-", None, "na"),
        ("——", None, "na"),
        ("／", None, "na"),
        ("无", None, "na"),
        ("*", None, "na"),
        ("\u3000", None, "blank"),
        ("-5", -5, "number"),
        ("3.0", 3, "number"),
    ],
)
def test_what_a_count_cell_says(cell, value, state):
    reading = read_cell(cell)
    assert (reading.value, reading.state) == (value, state)
    assert not isinstance(reading.value, float)


@pytest.mark.parametrize(
    ("cell", "kind", "header", "value"),
    [
        ("4339000.00元", "yuan", None, 4339000.0),
        ("433.9万元", "yuan", None, 4339000.0),
        ("433.9", "yuan", "万元", 4339000.0),
        ("4339000元", "yuan", "万元", 4339000.0),
        ("4339000", "yuan", None, 4339000.0),
        ("1.2亿元", "yuan", None, 120000000.0),
        ("￥52,000.50", "yuan", None, 52000.5),
        ("739.0766", "wan", None, 739.0766),
        ("7545元", "wan", None, 0.7545),
        ("7545", "wan", "元", 0.7545),
        ("12.5万元", "wan", "元", 12.5),
        ("0", "wan", None, 0.0),
        ("/", "wan", None, None),
        ("约3万元", "yuan", None, None),
    ],
)
def test_t11_money_comes_in_one_unit(cell, kind, header, value):
    reading = read_cell(cell, kind, header)
    assert reading.value == value
    assert reading.value is None or isinstance(reading.value, float)


def test_t11_a_unit_in_the_header_counts_and_a_missing_one_is_warned_of():
    text = disclosure_lines(told("2021"), DISCLOSURE_2021).replace("万元", "元")
    assert read(report(text, NOTHING, NOTHING)).disclosure["admin_fee"] == {"amount_wan": 0.00125}
    bare = {**DISCLOSURE_2019, "central_procurement": {"items": "4", "amount_yuan": "52000"}}
    found = read(report(disclosure_lines(told("2019"), bare), NOTHING, NOTHING))
    assert found.disclosure["central_procurement"]["amount_yuan"] == 52000.0
    assert "unit_assumed:2" in found.warnings
    headed = disclosure_lines(told("2019"), bare).replace("采购总金额", "采购总金额（万元）")
    assert read(report(headed, NOTHING, NOTHING)).disclosure["central_procurement"]["amount_yuan"] == 520000000.0


def test_t12_words_in_numbers_are_no_cells():
    rows = table(**SMALL)
    text = tab_rows(rows).replace("\t5\t2\t0\t0\t0\t1\t8", "\t5余\t2\t0\t0\t0\t1\t近10")
    rows["received_new"].update(natural_person=None, total=None)
    found = read(report(NOTHING, text, NOTHING))
    assert found.applications == rows
    assert states(found, "applications.received_new.total") == {"applications.received_new.total": "text"}


def test_t13_renamed_rows():
    text = disclosure_lines(told("2021"), DISCLOSURE_2021).replace("行政规范性文件", "规范性文件")
    rows = tab_rows(table(False, **SMALL, other_total=(0, 0, 0, 3, 0, 0, 3))).replace("（六）其他处理", "（六）其他")
    found = read(report(text, rows, NOTHING))
    assert found.disclosure == NUMBERS_2021
    assert found.applications["other_total"] == dict(zip(COLUMNS, (0, 0, 0, 3, 0, 0, 3), strict=True))
    assert "other_misc" not in found.applications


def test_t14_figures_in_sentences_make_no_table():
    text = (
        "本年新收政府信息公开申请5件，上年结转0件；予以公开3件，部分公开1件，不予公开0件，属于国家秘密0件，重复申请1件，"
        "本机关不掌握相关政府信息0件，结转下年度继续办理0件。"
    )
    found = read(
        report(
            NOTHING, text, "结果维持1件，结果纠正0件，其他结果0件，尚未审结2件，未经复议直接起诉0件，复议后起诉0件。"
        )
    )
    assert found.applications is None
    assert found.review is None
    assert {f.path: f.value for f in found.prose}["prose.received"] == 5
