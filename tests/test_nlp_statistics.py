"""The statutory tables in every variant of text form, each worked out by hand."""

from __future__ import annotations

import itertools

import pytest
from statistics_layouts import (
    COLUMNS,
    broken_labels,
    cell_lines,
    disclosure_cells,
    disclosure_lines,
    glued,
    grid_document,
    grid_rows,
    markdown_groups,
    one_line,
    pipe_rows,
    report,
    review_line,
    row_keys,
    shifted_rows,
    space_lines,
    tab_rows,
    told,
)

from nlp.normalise import normalise
from nlp.reading import read_bytes
from nlp.records import Document
from nlp.statistics import extract
from nlp.tables import glued as gluing
from nlp.tables.align import Labels, distance
from nlp.tables.bands import read_bands
from nlp.tables.cells import is_value, read_cell

NOTHING = "（表略）"


def table(three=True, **rows):
    """A table of section three: the rows named, all others zero."""
    return {key: dict(zip(COLUMNS, rows.get(key, (0,) * 7), strict=True)) for key in row_keys(three)}


SMALL = {
    "received_new": (5, 2, 0, 0, 0, 1, 8),
    "carried_in": (1, 0, 0, 0, 0, 0, 1),
    "granted": (2, 1, 0, 0, 0, 0, 3),
    "denied_state_secret": (1, 0, 0, 0, 0, 0, 1),
    "unable_not_held": (1, 1, 0, 0, 0, 1, 3),
    "processed_total": (4, 2, 0, 0, 0, 1, 7),
    "carried_out": (2, 0, 0, 0, 0, 0, 2),
}
REVIEW = {
    "review": {"upheld": 1, "corrected": 2, "other": 0, "pending": 3, "total": 6},
    "suit_direct": {"upheld": 0, "corrected": 0, "other": 4, "pending": 0, "total": 4},
    "suit_after_review": {"upheld": 5, "corrected": 0, "other": 0, "pending": 1, "total": 6},
}
DISCLOSURE_2021 = {
    "regulation": {"issued": "0", "repealed": "0", "in_force": "0"},
    "normative_document": {"issued": "3", "repealed": "1", "in_force": "12"},
    "licence": {"decisions": "1,204"},
    "penalty": {"decisions": "56"},
    "coercion": {"decisions": "0"},
    "admin_fee": {"amount_wan": "12.5"},
}
NUMBERS_2021 = {
    "regulation": {"issued": 0, "repealed": 0, "in_force": 0},
    "normative_document": {"issued": 3, "repealed": 1, "in_force": 12},
    "licence": {"decisions": 1204},
    "penalty": {"decisions": 56},
    "coercion": {"decisions": 0},
    "admin_fee": {"amount_wan": 12.5},
}
DISCLOSURE_2019 = {
    "regulation": {"newly_made": "0", "newly_published": "0", "total_published": "0"},
    "normative_document": {"newly_made": "2", "newly_published": "2", "total_published": "9"},
    "licence": {"items_prev_year": "20", "items_change": "增3", "decisions": "110"},
    "other_service": {"items_prev_year": "7", "items_change": "减2", "decisions": "31"},
    "penalty": {"items_prev_year": "41", "items_change": "0", "decisions": "6"},
    "coercion": {"items_prev_year": "4", "items_change": "+1", "decisions": "/"},
    "admin_fee": {"items_prev_year": "1", "items_change": "-1"},
    "central_procurement": {"items": "4", "amount_yuan": "433.9万元"},
}
NUMBERS_2019 = {
    "regulation": {"newly_made": 0, "newly_published": 0, "total_published": 0},
    "normative_document": {"newly_made": 2, "newly_published": 2, "total_published": 9},
    "licence": {"items_prev_year": 20, "items_change": 3, "decisions": 110},
    "other_service": {"items_prev_year": 7, "items_change": -2, "decisions": 31},
    "penalty": {"items_prev_year": 41, "items_change": 0, "decisions": 6},
    "coercion": {"items_prev_year": 4, "items_change": 1, "decisions": None},
    "admin_fee": {"items_prev_year": 1, "items_change": -1},
    "central_procurement": {"items": 4, "amount_yuan": 4339000.0},
}


def read(text, *, normal=True):
    """Extract from a text, by way of the normaliser or as it is."""
    return extract(Document("x", normalise(text) if normal else text))


def states(found, prefix):
    return {figure.path: figure.state for figure in found.figures if figure.path.startswith(prefix)}


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
    import random

    for seed in range(20):
        text = broken_labels(table(**SMALL), random.Random(seed))
        assert read(report(NOTHING, text, NOTHING), normal=False).applications == table(**SMALL)
