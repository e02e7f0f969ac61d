"""Layouts beyond the gold set: columns in another order, odd headings, section five in pairs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from statistics_layouts import COLUMNS, header_rows, label_cells, printed, report, review_line, tab_rows
from statistics_tables import NOTHING, REVIEW, SMALL, read, table

from nlp.checks import run_checks
from nlp.forms import application_columns
from nlp.metadata import read_metadata
from nlp.normalise import normalise
from nlp.records import Document, Section
from nlp.sections import split_sections
from nlp.statements import Cut, cut

SMALL_TABLE = table(**SMALL)
NAMES = {column.key: column.name for column in application_columns()}
TITLES = [
    "总体情况",
    "主动公开政府信息情况",
    "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况",
    "存在的主要问题及改进情况",
    "其他需要报告的事项",
]


# ---- section three: which column is which --------------------------------------------------------------


def row_labels(key):
    return label_cells(key, "三、本年度办理结果" if key == "granted" else "")


def in_order(order, header):
    """The table with its columns in that order below a header."""
    rows = [*header, *([*row_labels(key), *(str(cells[c]) for c in order)] for key, cells in SMALL_TABLE.items())]
    return "\n".join("\t".join(row) for row in rows)


def one_row_header(order):
    rows = [["办理情况", *(NAMES[c] for c in order)]]
    rows += [[printed(key), *(str(cells[c]) for c in order)] for key, cells in SMALL_TABLE.items()]
    return "\n".join("\t".join(row) for row in rows)


def applications(text):
    return read(report(NOTHING, text, NOTHING)).applications


def test_the_total_may_stand_before_the_applicants():
    first, second, third = header_rows()
    first = [*first[:3], "总计", "申请人情况", *first[4:9]]
    second, third = [*second[:3], "", *second[3:9]], [*third[:3], "", *third[3:9]]
    assert applications(in_order(["total", *COLUMNS[:6]], [first, second, third])) == SMALL_TABLE


def test_a_header_that_contradicts_the_sums_moves_no_number():
    first, second, third = header_rows()
    first = [*first[:3], "总计", "申请人情况", *first[4:9]]
    assert applications(in_order(COLUMNS, [first, second, third])) == SMALL_TABLE


@pytest.mark.parametrize(
    "order",
    [
        [*COLUMNS],
        ["total", *COLUMNS[:6]],
        [*COLUMNS[1:6], "natural_person", "total"],
        [
            "natural_person",
            "legal_service_org",
            "research_institute",
            "other_org",
            "enterprise",
            "public_welfare_org",
            "total",
        ],
    ],
)
def test_a_header_of_one_row_tells_the_order(order):
    assert applications(one_row_header(order)) == SMALL_TABLE


def test_organisations_in_another_order_below_their_group():
    order = [
        "natural_person",
        "legal_service_org",
        "research_institute",
        "public_welfare_org",
        "enterprise",
        "other_org",
        "total",
    ]
    first, second, third = header_rows()
    third = [*third[:4], *(NAMES[c] for c in order[1:6]), *third[9:]]
    assert applications(in_order(order, [first, second, third])) == SMALL_TABLE


def test_a_column_left_out_is_unknown_and_moves_no_other():
    order = [c for c in COLUMNS if c != "public_welfare_org"]
    first, second, third = header_rows()
    header = [row[:7] + row[8:] for row in (first, second)] + [[cell for cell in third if cell != "社会公益组织"]]
    found = read(report(NOTHING, in_order(order, header), NOTHING))
    expected = {
        row: {c: None if c == "public_welfare_org" else n for c, n in cells.items()}
        for row, cells in SMALL_TABLE.items()
    }
    assert found.applications == expected
    assert "table_partial:3" in found.warnings
    assert not [c for c in run_checks(found, "") if c.status == "fail"]


def test_letters_for_digits_are_unknown_and_warned_of():
    text = tab_rows(SMALL_TABLE).replace("\t5\t2\t", "\t5\tO\t")
    found = read(report(NOTHING, text, NOTHING))
    assert found.applications["received_new"]["enterprise"] is None
    assert found.applications["received_new"]["natural_person"] == 5
    assert "cells_ambiguous:3" in found.warnings


def test_a_blank_between_number_and_unit():
    rows = [
        "".join(filter(None, row_labels(k))) + " " + "  ".join(f"{c[q]} 件" for q in COLUMNS)
        for k, c in SMALL_TABLE.items()
    ]
    assert applications("\n".join(rows)) == SMALL_TABLE


def test_section_four_with_its_totals_first_moves_no_number():
    rows = [("行政复议", 6, 1, 2, 0, 3), ("未经复议直接起诉", 4, 0, 0, 4, 0), ("复议后起诉", 6, 5, 0, 0, 1)]
    head = "类别 总计 结果维持 结果纠正 其他结果 尚未审结"
    text = "\n".join([head, *(" ".join(map(str, row)) for row in rows)])
    found = read(report(NOTHING, tab_rows(SMALL_TABLE), text))
    assert {value for cells in found.review.values() for value in cells.values()} == {None}
    assert "table_partial:4" in found.warnings
    by_tabs = "\n".join([head.replace(" ", "\t"), *("\t".join(map(str, row)) for row in rows)])
    assert read(report(NOTHING, tab_rows(SMALL_TABLE), by_tabs)).review in (REVIEW, found.review)


# ---- headings ------------------------------------------------------------------------------------------


def whole(headings, title="桐乡市水利局2023年政府信息公开工作年度报告"):
    bodies = [
        "我局全年主动公开信息320条，收到申请8件，办结7件。",
        "（表略）",
        tab_rows(SMALL_TABLE),
        review_line(REVIEW),
        "1.栏目更新不够及时。\n2.解读形式较少。",
        "本年度未收取信息处理费。",
    ]
    parts = [f"{heading}\n{body}" for heading, body in zip(headings, bodies, strict=True)]
    return Document("x.txt", normalise("\n".join([title, *parts])))


@pytest.mark.parametrize(
    "headings",
    [
        [f"【{t}】" for t in TITLES],
        [f"{n}、{t}" for n, t in zip("ⅠⅡⅢⅣⅤⅥ", TITLES, strict=True)],
        [f"{n}、{t}" for n, t in zip("壹贰叁肆伍陆", TITLES, strict=True)],
        [
            f"第一部分 {TITLES[0]}",
            f"（二）{TITLES[1]}",
            f"3. {TITLES[2]}",
            f"四、{TITLES[3]}",
            f"5．{TITLES[4]}",
            f"（6）{TITLES[5]}",
        ],
    ],
    ids=["brackets", "roman", "formal", "mixed"],
)
def test_headings_with_odd_ordinals(headings):
    sections = split_sections(whole(headings)).sections
    assert [s.number for s in sections] == [1, 2, 3, 4, 5, 6]
    assert sections[4].text.endswith("解读形式较少。")


# ---- the year among other years' reports ----------------------------------------------------------------


def test_titles_of_other_years_above_the_report():
    own = whole([f"{n}、{t}" for n, t in zip("一二三四五六", TITLES, strict=True)])
    listed = "桐乡市水利局2021年政府信息公开工作年度报告\n桐乡市水利局2022年政府信息公开工作年度报告\n"
    document = Document("x.txt", listed + own.text)
    found = read_metadata(document, split_sections(document))
    assert (found.year, found.agency) == (2023, "桐乡市水利局")
    assert "year_conflict" in found.warnings


# ---- sentences against tables ---------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "status"), [("1.43万件", "pass"), ("1.5万件", "fail")])
def test_a_number_in_wan_is_as_exact_as_its_last_digit(said, status):
    big = table(
        received_new=(14346, 0, 0, 0, 0, 0, 14346),
        processed_total=(14346, 0, 0, 0, 0, 0, 14346),
        granted=(14346, 0, 0, 0, 0, 0, 14346),
    )
    text = f"2023年，我局共收到政府信息公开申请{said}。"
    found = read(text + "\n" + report(NOTHING, tab_rows(big), NOTHING))
    checks = [c for c in run_checks(found, text) if c.rule == "TXT-A" and c.where == "received_new"]
    assert [c.status for c in checks] == [status]


# ---- section five ---------------------------------------------------------------------------------------


def cut_text(body: str) -> Cut:
    heading = "五、存在的主要问题及改进情况"
    text = f"{heading}\n{body}"
    section = Section(5, "issues", heading, body, len(heading) + 1, len(text))
    return cut(SimpleNamespace(sections=(section,), parts_of_five=()), text)


FIVE = {
    "questions and answers": (
        "问：2023年还存在哪些问题？\n答：一是数据类信息偏少；二是公众号推送不规律。\n"
        "问：下一步打算怎么改进？\n答：一是按季度发布水情数据；二是每周固定推送一期。",
        ["P 数据类信息偏少", "P 公众号推送不规律。", "M 按季度发布水情数据", "M 每周固定推送一期。"],
    ),
    "problem and measure by a bare word": (
        "（一）问题：公开不及时。措施：建立台账，按周巡查。\n（二）问题：解读少。对应措施：增加图解。",
        ["P 公开不及时。", "M 建立台账，按周巡查。", "P 解读少。", "M 增加图解。"],
    ),
    "numbered by their own name": (
        "存在问题1：目录更新滞后。整改措施1：按季修订目录。存在问题2：培训次数少。整改措施2：全年组织培训4次。",
        ["P 目录更新滞后。", "M 按季修订目录。", "P 培训次数少。", "M 全年组织培训4次。"],
    ),
    "double dashes": (
        "主要不足\n——平台功能弱，检索不便；\n——村级公开覆盖不足。\n努力方向\n——升级检索功能；\n——推动村级公开全覆盖。",
        ["P 平台功能弱，检索不便", "P 村级公开覆盖不足。", "M 升级检索功能", "M 推动村级公开全覆盖。"],
    ),
    "a table of bars": (
        "|序号|问题|整改措施|整改时限|\n|---|---|---|---|\n|1|目录更新慢|建立更新台账|6月|\n|2|图解材料少|增加图解|9月|",
        ["P 目录更新慢", "M 建立更新台账", "P 图解材料少", "M 增加图解"],
    ),
    "a label with its year": (
        "2022年度存在问题整改情况：针对培训少的问题，组织培训3次。2023年度存在问题：答复文书不规范；新媒体更新慢。",
        ["M 针对培训少的问题，组织培训3次。", "P 答复文书不规范", "P 新媒体更新慢。"],
    ),
    "mainly as": (
        "2023年我局政府信息公开工作存在的不足主要为公开信息的数量偏少、质量不高，群众参与度低。",
        ["P 公开信息的数量偏少、质量不高，群众参与度低。"],
    ),
    "updating is no empty word": (
        "（一）公开内容更新不及时。\n改进情况：制定更新清单，明确专人每周巡查。\n（二）政策解读形式单一。\n改进情况：制作图解6篇。",
        ["P 公开内容更新不及时。", "M 制定更新清单，明确专人每周巡查。", "P 政策解读形式单一。", "M 制作图解6篇。"],
    ),
    "items of three characters": (
        "（一）存在问题：1.更新慢；2.内容少；（二）下步打算：1.加快更新；2.丰富内容；",
        ["P 更新慢", "P 内容少", "M 加快更新", "M 丰富内容"],
    ),
    "headings on one line": (
        "（一）存在的主要困难及问题。主要是：专业人员匮乏；公众知晓率还不高。（二）具体的改进措施。一是充实专业力量。二是加大宣传力度。",
        ["P 专业人员匮乏", "P 公众知晓率还不高。", "M 充实专业力量。", "M 加大宣传力度。"],
    ),
    "problems before the colon that announces measures": (
        "我局工作虽有成效，但仍存在更新不及时、内容不丰富的情况，今后我局将：\n1.加快更新；\n2.丰富内容。",
        ["P 更新不及时", "P 内容不丰富", "M 加快更新", "M 丰富内容。"],
    ),
    "lists that announce the next one in their last item": (
        "我局进行了认真整改：1.完善了公开目录；2.加强了人员培训。但仍存在：1.政策解读不深入；2.公众参与度低。"
        "2024年改进措施：1.开展多元化解读；2.拓宽参与渠道。",
        [
            "M 完善了公开目录",
            "M 加强了人员培训。",
            "P 政策解读不深入",
            "P 公众参与度低。",
            "M 开展多元化解读",
            "M 拓宽参与渠道。",
        ],
    ),
    "listed behind a lead-in": (
        "工作虽有进步，但仍有差距。主要表现在：政策解读深度不足、新媒体内容更新不及时、部分栏目信息量较少。\n"
        "下步，我局将：提高解读深度；充实栏目信息。",
        [
            "P 政策解读深度不足",
            "P 新媒体内容更新不及时",
            "P 部分栏目信息量较少。",
            "M 提高解读深度",
            "M 充实栏目信息。",
        ],
    ),
    "examples behind the matter": (
        "（一）主要问题\n还存在着与新任务不相适应的地方，如信息员业务水平参差不齐，信息报送的质量不够高。",
        ["P 与新任务不相适应的地方", "P 信息员业务水平参差不齐", "P 信息报送的质量不够高。"],
    ),
    "a heading glued to a problem": (
        "主要问题：信息审核环节较多，上网慢；基层站所公开薄弱改进措施：压缩审核时限；派员到站所指导",
        ["P 信息审核环节较多，上网慢", "P 基层站所公开薄弱", "M 压缩审核时限", "M 派员到站所指导"],
    ),
    "the next heading inside running text": (
        "（一）存在问题：更新不够及时。（二）改进措施：建立巡查制度。VI、其他需要报告的事项 本年度未收取信息处理费。",
        ["P 更新不够及时。", "M 建立巡查制度。"],
    ),
    "half-width stops": (
        "仍存在不足:人员不固定,业务生疏;公开内容以动态信息为主.今后我镇将固定专人负责,加强业务学习.",
        ["P 人员不固定,业务生疏", "P 公开内容以动态信息为主.", "M 固定专人负责,加强业务学习."],
    ),
}


@pytest.mark.parametrize("name", FIVE)
def test_section_five(name):
    body, expected = FIVE[name]
    assert [f"{'P' if s.kind == 'problem' else 'M'} {s.text}" for s in cut_text(body).statements] == expected


@pytest.mark.parametrize(
    "body",
    [
        "不涉及。",
        "本机关2023年度无此类情况。",
        "我镇2023年度在政府信息公开工作中没有发生需要整改的问题。",
        "无（本年度无相关情况）。",
        "无需要改进的问题。",
    ],
)
def test_nothing_to_report(body):
    found = cut_text(body)
    assert found.none_stated
    assert not found.statements


# ---- titles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["桐乡市水利局2O23年政府信息公开工作年度报告", "桐乡市水利局关于印发2023年度政府信息公开工作年度报告的通知"],
)
def test_agency_of_odd_titles(title):
    document = whole([f"{n}、{t}" for n, t in zip("一二三四五六", TITLES, strict=True)], title)
    found = read_metadata(document, split_sections(document))
    assert (found.year, found.agency) == (2023, "桐乡市水利局")


def test_heading_of_five_with_the_next_stage():
    headings = [f"{n}、{t}" for n, t in zip("一二三四五六", TITLES, strict=True)]
    headings[4] = "五、工作中存在的困难、原因分析及下一阶段工作设想"
    assert split_sections(whole(headings)).sections[4].heading == headings[4]
