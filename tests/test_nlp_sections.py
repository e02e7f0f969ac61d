"""Sections under the layouts that real reports have; every text here is made up for the test."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.headings import ordinal
from nlp.normalise import normalise
from nlp.records import Cell, Document, Grid
from nlp.sections import split_sections

SHARED = Path(__file__).parents[2] / "shared"

ONE = "本年度，我局围绕中心工作推进公开，全年发布各类信息一百余条，答复申请两件，没有发生泄密事件。"
TABLE_TWO = (
    "第二十条第（一）项\t\t\t\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n规章\t0\t0\t0\n"
    "行政规范性文件\t1\t0\t4"
)
TABLE_THREE = (
    "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）\t\t申请人情况\t\t\n"
    "一、本年新收政府信息公开申请数量\t\t2\t0\t0\t0\t0\t0\t2\n"
    "二、上年结转政府信息公开申请数量\t\t0\t0\t0\t0\t0\t0\t0\n"
    "三、本年度办理结果\t（一）予以公开\t\t2\t0\t0\t0\t0\t0\t2\n"
    "\t（七）总计\t\t2\t0\t0\t0\t0\t0\t2\n"
    "四、结转下年度继续办理\t\t0\t0\t0\t0\t0\t0\t0"
)
TABLE_FOUR = "行政复议\t\t\t\t\t行政诉讼\t\t\t\n结果维持\t结果纠正\t其他结果\t尚未审结\t总计\n0\t0\t0\t0\t0"
FIVE = "（一）存在的问题\n1.科室之间衔接不够顺畅。\n（二）改进措施\n1.明确专人负责催办。"
SIX = "本年度没有收取信息处理费。"
HEADS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
BODIES = (ONE, TABLE_TWO, TABLE_THREE, TABLE_FOUR, FIVE, SIX)
KINDS = ["overview", "disclosure", "applications", "review", "issues", "other"]


def doc(text: str, grids: tuple[Grid, ...] = ()) -> Document:
    return Document("report.txt", text, grids)


def report(heads=HEADS, bodies=BODIES, front: str = "", joint: str = "\n") -> Document:
    parts = [front] if front else []
    for head, body in zip(heads, bodies, strict=True):
        parts += [part for part in (head, body) if part is not None]
    return doc(joint.join(parts))


def numbers(split) -> list[int]:
    return [s.number for s in split.sections]


def check_offsets(document: Document, split) -> None:
    last = 0
    for section in split.sections:
        assert document.text[section.start : section.end] == section.text
        assert last <= section.start <= section.end
        last = section.end
    for _, start, end in split.parts_of_five:
        assert 0 <= start <= end <= len(document.text)


def plain_six(document: Document, bodies=BODIES) -> None:
    """The six sections, each with its body and no warning."""
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert [s.kind for s in split.sections] == KINDS
    assert [s.text for s in split.sections] == list(bodies)
    assert split.warnings == ()
    check_offsets(document, split)


# ---------------------------------------------------------------- H1, H2, H3: wordings


def test_h1_statutory_headings():
    document = report(front="某区财政局2021年政府信息公开工作年度报告")
    plain_six(document)
    split = split_sections(document)
    assert [s.heading for s in split.sections] == list(HEADS)
    assert split.get(5).text == FIVE
    assert split.get(7) is None
    assert split.parts_of_five == ()


@pytest.mark.parametrize(
    ("number", "heading"),
    [
        (1, "一、政府信息公开工作总体情况"),
        (1, "一、概述"),
        (1, "一、基本情况"),
        (1, "一、2021年政府信息公开工作基本情况"),
        (2, "二、行政机关主动公开政府信息情况"),
        (2, "二、主动公开政府信息的情况"),
        (2, "二、政府信息主动公开情况"),
        (2, "二、主动公开情况"),
        (3, "三、收到和处理政府信息公开申请情况统计表"),
        (3, "三、依申请公开政府信息办理情况"),
        (3, "三、政府信息公开申请办理情况"),
        (3, "三、收到、处理政府信息公开申请情况"),
        (4, "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
        (4, "四、行政复议、行政诉讼情况"),
        (4, "四、申请行政复议和提起行政诉讼的情况"),
        (4, "四、政府信息公开工作引起的行政复议、行政诉讼及举报投诉情况"),
        (5, "五、政府信息公开工作存在的主要问题及改进情况"),
        (5, "五、存在问题及改进情况"),
        (5, "五、主要问题和改进措施"),
        (5, "五、存在的主要问题及下步工作安排"),
        (5, "五、存在不足及改进措施"),
        (5, "五、存在的主要困难、问题及今后努力方向"),
        (5, "五、工作中存在的薄弱环节及整改措施"),
        (5, "五、存在的问题和下一步工作打算"),
        (5, "五、问题与不足及2022年工作计划"),
        (6, "六、其他需要报告的情况"),
        (6, "六、需要说明的其他事项"),
        (6, "六、其它需要报告的事项"),
        (6, "六、其他事项"),
        (6, "六、其他需要说明和报告的事项"),
    ],
)
@pytest.mark.parametrize("glued", [False, True])
def test_h2_h3_wordings(number, heading, glued):
    heads = list(HEADS)
    heads[number - 1] = heading
    document = report(heads)
    if glued:
        bodies = [body.replace("\n", " ").replace("\t", " ") for body in BODIES]
        bodies[3] = "2021年没有发生此类案件。"
        bodies[4] = "2021年仍有不足。下一步我局将改进。"
        document = report(heads, bodies, joint="")
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.get(number).heading == heading
    check_offsets(document, split)


# ---------------------------------------------------------------- H4, H5: section five in two, or half


@pytest.mark.parametrize(
    ("problem", "measure"),
    [
        ("五、存在的主要问题", "六、改进措施"),
        ("五、存在问题和不足", "六、下一步工作打算"),
        ("五、存在的不足", "六、2022年工作计划"),
        ("五、工作中存在的困难和问题", "六、整改措施"),
    ],
)
def test_h4_two_sections_become_one(problem, measure):
    heads = (*HEADS[:4], problem, measure, "七、其他需要报告的事项")
    bodies = (*BODIES[:4], "科室衔接不够顺畅。", "明确专人负责催办。", SIX)
    document = report(heads, bodies)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    five = split.get(5)
    assert five.heading == problem
    assert five.text == f"科室衔接不够顺畅。\n{measure}\n明确专人负责催办。"
    assert [(hint, document.text[a:b]) for hint, a, b in split.parts_of_five] == [
        ("problem", "科室衔接不够顺畅。"),
        ("measure", "明确专人负责催办。"),
    ]
    check_offsets(document, split)


def test_h4_full_heading_then_plan():
    heads = (*HEADS[:5], "六、下一步工作安排", "七、其他需要报告的事项")
    document = report(heads, (*BODIES[:5], "明年将继续补齐短板。", SIX))
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert [part[0] for part in split.parts_of_five] == [None, "measure"]


def test_restarted_numbers_inside_five_are_not_halves():
    inner = "一、存在的主要问题\n科室衔接不够顺畅。\n二、改进措施\n明确专人负责催办。"
    document = report(bodies=(*BODIES[:4], inner, SIX))
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.get(5).text == inner
    assert split.parts_of_five == ()


def test_h5_only_problems():
    heads = (*HEADS[:4], "五、存在的不足", HEADS[5])
    split = split_sections(report(heads))
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.get(5).heading == "五、存在的不足"


# ---------------------------------------------------------------- H6: numerals


@pytest.mark.parametrize(
    "style",
    [
        "{n}、 {h}", "{n}.{h}", "{n}，{h}", "{n} {h}", "第{n}部分 {h}", "第{n}部分、{h}", "第{n}，{h}", "第{n}、{h}",
        "（{n}）{h}", "({n}) {h}", "{a}、{h}", "{a}. {h}", "  {n}、{h}", "{h}", "{n}：{h}",
    ],
)  # fmt: skip
def test_h6_numeral_styles(style):
    heads = [style.format(n="一二三四五六"[i], a=i + 1, h=head.partition("、")[2]) for i, head in enumerate(HEADS)]
    document = report(heads)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert [s.text for s in split.sections] == list(BODIES)
    assert [s.heading for s in split.sections] == [head.strip() for head in heads]


@pytest.mark.parametrize("dash", ["—、总体情况", "-、总体情况", "――、总体情况"])
def test_h6_dash_for_one(dash):
    plain_six(report((dash, *HEADS[1:])))


def test_h6_traditional_characters():
    heads = (
        "一、總體情況", "二、主動公開政府信息情況", "三、收到和處理政府信息公開申請情況",
        "四、政府信息公開行政複議、行政訴訟情況", "五、存在的主要問題及改進情況", "六、其他需要報告的事項",
    )  # fmt: skip
    plain_six(report(heads))


# ---------------------------------------------------------------- H7: glued headings, lost newlines


def test_h7_heading_glued_to_the_sentence_before():
    document = doc(
        "一、总体情况" + ONE + "二、主动公开政府信息情况\n" + TABLE_TWO + "\n三、收到和处理政府信息公开申请情况\n"
        + TABLE_THREE + "\n四、政府信息公开行政复议、行政诉讼情况\n" + TABLE_FOUR
        + "五、存在的主要问题及改进情况\n" + FIVE + "六、其他需要报告的事项：" + SIX
    )  # fmt: skip
    plain_six(document)


def test_h7_no_newline_at_all():
    row = "一、本年新收政府信息公开申请数量2000002二、上年结转政府信息公开申请数量0000000三、本年度办理结果"
    bodies = (
        "2021年，本局推进公开。（一）主动公开政府信息情况。发布信息九条。（二）依申请公开情况。收到申请两件。",
        "第二十条第（一）项信息内容本年制发件数本年废止件数现行有效件数规章000行政规范性文件104",
        "（本列数据的勾稽关系为：第一项加第二项之和）申请人情况"
        + row
        + "（七）总计2000002四、结转下年度继续办理0000000",
        "行政复议行政诉讼结果维持结果纠正其他结果尚未审结总计000000000000000",
        "2021年存在衔接不畅的问题。2022年，本局将明确专人催办。",
        "无",
    )
    plain_six(report(bodies=bodies, joint=""), bodies)


def test_heading_and_text_on_one_line():
    bodies = (*BODIES[:5], "无。")
    lines = [f"{h} {b}" if i in (0, 5) else f"{h}\n{b}" for i, (h, b) in enumerate(zip(HEADS, bodies, strict=True))]
    plain_six(doc("\n".join(lines)), bodies)


# ---------------------------------------------------------------- H8: lost headings


def test_h8_five_inferred_from_its_first_sub_heading():
    heads = (*HEADS[:4], None, HEADS[5])
    document = report(heads)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.warnings == ("section_inferred:5",)
    assert split.get(5).heading == ""
    assert split.get(5).text == FIVE
    assert split.get(4).text == TABLE_FOUR


def test_h8_five_inferred_from_its_words_behind_section_four():
    prose = (
        "2022年没有发生行政复议和行政诉讼案件。2022年，公开工作有序推进，但仍存在更新不及时等问题。下一步将明确专人。"
    )
    heads = (*HEADS[:4], HEADS[5])
    document = report(heads, (*BODIES[:3], prose, SIX), joint="")
    split = split_sections(document)
    assert "section_inferred:5" in split.warnings
    assert split.get(4).text == "2022年没有发生行政复议和行政诉讼案件。"
    assert split.get(5).text.startswith("2022年，公开工作有序推进")


def test_problems_named_in_section_one_are_no_section_five():
    words = ONE + "针对上年存在的问题，我局逐项整改。"
    split = split_sections(report(HEADS[:4], (words, *BODIES[1:4])))
    assert numbers(split) == [1, 2, 3, 4]
    assert split.warnings == ("missing_section:5", "missing_section:6")


@pytest.mark.parametrize("number", [2, 3, 4])
def test_h8_tables_tell_their_section(number):
    heads = tuple(None if i == number - 1 else head for i, head in enumerate(HEADS))
    document = report(heads)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.warnings == (f"section_inferred:{number}",)
    assert split.get(number).text == BODIES[number - 1]


def test_h8_table_inside_a_grid_begins_with_the_grid():
    text = (
        "一、总体情况\n" + ONE + "\n类别\t内容\n第二十条第（一）项\t\n规章\t0\n三、收到和处理政府信息公开申请情况\n无"
    )
    start = text.index("类别")
    end = text.index("\n三、")
    rows = ((Cell("类别", start, start + 2), Cell("内容", start + 3, start + 5)),)
    split = split_sections(doc(text, (Grid(rows, start, end),)))
    assert split.get(2).start == start


def test_h8_overview_without_heading():
    front = "某县水利局2022年政府信息公开工作年度报告"
    document = report((None, *HEADS[1:]), (ONE * 3, *BODIES[1:]), front=front)
    split = split_sections(document)
    assert split.warnings == ("section_inferred:1",)
    assert split.get(1).text == ONE * 3


# ---------------------------------------------------------------- H9: restarted numbers, contents, sub-topics


def test_h9_numbered_topics_in_section_one():
    topics = (
        "一、主动公开政府信息情况\n发布信息九条。\n二、依申请公开情况\n收到申请两件。\n三、政府信息管理情况\n"
        "更新目录。\n四、平台建设情况\n网站改版。\n五、监督保障情况\n组织培训。\n六、政策解读情况\n解读两件。"
    )
    document = report(bodies=(topics, *BODIES[1:]))
    plain_six(document, (topics, *BODIES[1:]))


def test_h9_statutory_part_restarts_at_one():
    front = "某区科技局2024年政府信息公开工作年度报告\n一、重点工作推进情况\n印发要点。\n二、政策解读情况\n解读两件。"
    document = report(front=front)
    split = split_sections(document)
    assert numbers(split)[-6:] == [1, 2, 3, 4, 5, 6]
    assert [s.text for s in split.sections][-6:] == list(BODIES)


def test_sub_headings_of_section_one_that_sound_like_sections():
    one = (
        "（一）主动公开政府信息情况\n发布信息九条。\n（二）收到和处理政府信息公开申请情况\n收到申请两件。\n"
        "（三）政府信息公开行政复议、行政诉讼情况\n没有发生。\n（四）平台建设情况\n网站改版。"
    )
    plain_six(report(bodies=(one, *BODIES[1:])), (one, *BODIES[1:]))


def test_table_of_contents():
    contents = "某市应急管理局2023年政府信息公开工作年度报告\n目录\n" + "\n".join(HEADS)
    document = report(front=contents)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert [s.text for s in split.sections] == list(BODIES)


def test_misnumbered_headings():
    wrong = [w + h[1:] for w, h in zip("一二二三四五", HEADS, strict=True)]
    plain_six(report(wrong))


def test_one_heading_with_the_ordinal_of_a_sub_heading():
    heads = (HEADS[0], "（二）主动公开政府信息情况", *HEADS[2:])
    plain_six(report(heads))


def test_rows_of_section_three_never_part_it():
    split = split_sections(report())
    assert split.get(3).text == TABLE_THREE


def test_heading_inside_a_table_cell():
    text = "\n".join(f"{h}\t\t\n{b}" for h, b in zip(HEADS, BODIES, strict=True))
    grid = Grid(((Cell("", 0, 0),),), 0, len(text))
    split = split_sections(doc(text, (grid,)))
    assert numbers(split) == [1, 2, 3, 4, 5, 6]


def test_headings_quoted_in_prose_are_none():
    one = ONE + "本报告按“五、存在的主要问题及改进情况”等六部分编写。"
    plain_six(report(bodies=(one, *BODIES[1:])), (one, *BODIES[1:]))


# ---------------------------------------------------------------- H10: older reports


def test_h10_the_parts_of_2008_to_2018():
    heads = (
        "一、概述", "二、主动公开政府信息的情况", "三、依申请公开政府信息和不予公开政府信息的情况",
        "四、政府信息公开的收费及减免情况", "五、因政府信息公开申请行政复议、提起行政诉讼的情况",
        "六、政府信息公开工作存在的主要问题及改进情况", "七、其他需要报告的事项",
    )  # fmt: skip
    bodies = (ONE, "发布信息九条。", "收到申请两件。", "未收费。", "没有发生。", "更新不及时。将改进。", "无。")
    split = split_sections(report(heads, bodies))
    assert numbers(split) == [1, 2, 3, 0, 4, 5, 6]
    assert split.sections[3].kind == "other_section"
    assert split.sections[3].heading == heads[3]
    assert [s.text for s in split.sections] == list(bodies)
    assert split.warnings == ()


def test_h10_free_headings_are_kept():
    heads = (
        "一、加强组织领导",
        "二、拓宽公开渠道",
        "三、依申请公开办理情况",
        "四、机构建设和人员培训情况",
        "五、存在问题和改进措施",
    )
    bodies = ("成立专班。", "开通公众号。", "收到申请两件。", "培训一次。", "更新不及时。将改进。")
    split = split_sections(report(heads, bodies))
    assert numbers(split) == [0, 0, 3, 0, 5]
    assert [s.heading for s in split.sections] == list(heads)
    assert [s.text for s in split.sections] == list(bodies)
    assert split.warnings == ("missing_section:1", "missing_section:2", "missing_section:4", "missing_section:6")


def test_further_part_behind_section_six():
    document = report((*HEADS, "七、附表说明"), (*BODIES, "数据由各科室填报。"))
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6, 0]
    assert split.sections[-1].text == "数据由各科室填报。"


# ---------------------------------------------------------------- H11, H12: empty and missing


def test_h11_empty_sections_keep_their_heading():
    bodies = (ONE, None, None, None, FIVE, SIX)
    document = report(bodies=bodies)
    split = split_sections(document)
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert [s.text for s in split.sections] == [ONE, "", "", "", FIVE, SIX]
    assert split.warnings == ()


def test_h12_missing_sections_are_named():
    split = split_sections(report(HEADS[:3], (ONE, "发布信息九条。", "没有收到申请。")))
    assert numbers(split) == [1, 2, 3]
    assert split.warnings == ("missing_section:4", "missing_section:5", "missing_section:6")


def test_no_heading_at_all():
    document = doc("某镇2021年政府信息公开工作年度报告\n全年发布信息九条，没有收到申请。")
    split = split_sections(document)
    assert numbers(split) == [0]
    assert split.warnings == tuple(f"missing_section:{n}" for n in range(1, 7))
    check_offsets(document, split)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "一", "一、", "五、", "（一）", "第一部分"])
def test_next_to_nothing(text):
    document = doc(text)
    check_offsets(document, split_sections(document))


# ---------------------------------------------------------------- H13–H15 and the edges of sections


def test_h13_prose_beside_the_table_stays():
    two = "2021年发布信息九条。\n" + TABLE_TWO + "\n以上不含转载。"
    plain_six(report(bodies=(ONE, two, *BODIES[2:])), (ONE, two, *BODIES[2:]))


def test_h15_items_of_section_six():
    six = "（一）收取信息处理费情况\n未收取。\n（二）建议提案办理情况\n办复三件。\n（三）其他事项\n无。"
    plain_six(report(bodies=(*BODIES[:5], six)), (*BODIES[:5], six))


def test_d18_template_residue_in_headings():
    heads = ("一、总体情况（宋体加粗小四号字）", *HEADS[1:])
    split = split_sections(report(heads))
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.get(1).text == ONE


@pytest.mark.parametrize(
    ("slip", "number"),
    [
        ("五、存在的主要间题及改进情况", 5),
        ("三、收到和处理政府信息公幵申清情况", 3),
        ("二、主动公升政府信息情况", 2),
        ("六、其它需耍报告的事项", 6),
    ],
)
def test_d14_slips_in_headings(slip, number):
    heads = list(HEADS)
    heads[number - 1] = slip
    split = split_sections(report(heads))
    assert numbers(split) == [1, 2, 3, 4, 5, 6]
    assert split.get(number).text == BODIES[number - 1]
    assert split.warnings == ()


def test_headings_with_blanks_between_the_characters():
    heads = ("一、总 体 情 况", HEADS[1], HEADS[2], "四、政府信息公开行政复议、 行政诉讼情况", *HEADS[4:])
    plain_six(report(heads))


def test_long_heading_over_two_lines():
    heads = (*HEADS[:3], "四、因政府信息公开工作被申请行政复议、提起行政\n诉讼情况", *HEADS[4:])
    plain_six(report(heads))


@pytest.mark.parametrize(
    "tail",
    [
        "\n某区财政局\n2022年1月20日",
        "\n某区财政局\n2022 年 1 月 20 日\n附件：报告.doc",
        "\n江苏省苏州市财政局2022年1月20日",
        "\n2022年1月20日",
        "\n二〇二二年一月二十日",
        "\n附件：1.报告.doc",
        "\n苏州市财政局",
    ],
)
def test_d8_signature_is_not_part_of_the_last_section(tail):
    document = doc(report().text + tail)
    split = split_sections(document)
    assert split.get(6).text == SIX
    assert document.text[split.tail_start :].strip() == tail.strip()


def test_dates_at_the_end_of_a_sentence_are_no_signature():
    six = "以上数据统计截至2021年12月31日。"
    split = split_sections(report(bodies=(*BODIES[:5], six)))
    assert split.get(6).text == six


# ---------------------------------------------------------------- D6, D7: prefaces

PREFACE = (
    "本报告根据《中华人民共和国政府信息公开条例》编制。所列数据的统计期限自2021年1月1日起至2021年12月31日止。\n"
    "如对本报告有疑问，请与某区财政局办公室联系（电话：0512-00000000，邮编：215000）。"
)


def test_d6_preface_before_section_one():
    document = report(front="某区财政局\n2021年政府信息公开工作年度报告\n" + PREFACE)
    split = split_sections(document)
    assert document.text[slice(*split.preface)] == PREFACE
    assert split.get(1).text == ONE


def test_d7_preface_inside_section_one():
    document = report(bodies=(PREFACE + "\n" + ONE, *BODIES[1:]))
    split = split_sections(document)
    assert document.text[slice(*split.preface)].strip() == PREFACE
    assert split.get(1).text == ONE


def test_no_preface():
    assert split_sections(report(front="某区财政局2021年政府信息公开工作年度报告")).preface is None


# ---------------------------------------------------------------- properties


@pytest.mark.parametrize(
    ("word", "value"), [("一", 1), ("十", 10), ("十一", 11), ("二十", 20), ("九十九", 99), ("12", 12)]
)
def test_ordinals(word, value):
    assert ordinal(word) == value


@pytest.mark.parametrize("word", ["", "十十", "一二", "百"])
def test_no_ordinals(word):
    assert ordinal(word) is None


PIECES = st.sampled_from(
    [
        *HEADS,
        *BODIES,
        PREFACE,
        "\n",
        " ",
        "。",
        "一、",
        "（一）",
        "五、存在的不足",
        "改进措施",
        "2021年",
        "某区财政局",
        "\t0",
        "第一部分",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_any_jumble_gives_ordered_disjoint_true_sections(pieces):
    document = doc(normalise("".join(pieces)))
    split = split_sections(document)
    check_offsets(document, split)
    known = [n for n in numbers(split) if n]
    assert known == sorted(set(known))
    for number in range(1, 7):
        assert (number in known) != (f"missing_section:{number}" in split.warnings)
    if split.preface:
        assert 0 <= split.preface[0] < split.preface[1] <= len(document.text)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)).map(lambda order: tuple(sorted(order[:4]))), st.sampled_from(["", "\n", " "]))
def test_the_sections_present_are_the_sections_found(present, joint):
    bodies = ["某某。", "甲乙。", "丙丁。", "戊己。", "庚辛。", "壬癸。"]
    document = doc(joint.join(HEADS[i] + joint + bodies[i] for i in present))
    split = split_sections(document)
    assert [n for n in numbers(split) if n] == [i + 1 for i in present]
    assert [s.text for s in split.sections] == [bodies[i] for i in present]


@pytest.mark.parametrize(
    "piece", ["一、", "五、某某某某\n", "一、总体情况\n二、主动公开政府信息情况\n", "（一）主动公开情况", "0\t"]
)
def test_monstrous_texts_stay_quick(piece):
    document = doc(piece * (200_000 // len(piece)))
    start = time.perf_counter()
    check_offsets(document, split_sections(document))
    assert time.perf_counter() - start < 5


# ---------------------------------------------------------------- the real files beside the checkout


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("name", ["000_8d6b741e79045b01", "002_a80394a9bf3e5815", "003_e824e7fa6ddd1e25"])
def test_seeds(name):
    text = normalise((SHARED / "seeds" / f"{name}.txt").read_text(encoding="utf-8-sig"))
    split = split_sections(doc(text))
    assert [(s.number, s.heading) for s in split.sections] == list(enumerate(HEADS, 1))
    assert split.warnings == ()
    assert split.preface is None


# The top-level parts of each crawled report, by hand: 0 = a part of its own, negative = heading lost by the site.
HEBEI = {
    "河北省人力资源和社会保障厅_2017": [1, 3, 4, 0],
    "河北省人力资源和社会保障厅_2018": [0, 2, 0, 3, 0, 0],
    "河北省人力资源和社会保障厅_2019": [1, 2, 3, 4, 5, 6],
    "河北省人力资源和社会保障厅_2020": [1, 2, 3, 4, -5, 6],
    "河北省人力资源和社会保障厅_2022": [1, 2, 3, -5, 6],
    "河北省人力资源和社会保障厅_2023": [1, 2, 3, 4, 5, 6],
    "河北省工业和信息化厅_2016": [1, 2, 0, 5],
    "河北省工业和信息化厅_2017": [1, 2, 0, 5],
    "河北省工业和信息化厅_2018": [1, 2, 0, 5],
    "河北省工业和信息化厅_2019": [1, 2, 3, 4, 5],
    "河北省工业和信息化厅_2020": [1, 2, 3, 4, 5],
    "河北省工业和信息化厅_2021": [1, 2, 3, 4, 5, 6],
    "河北省工业和信息化厅_2022": [1, 2, 3, 4, 5, 6],
    "河北省工业和信息化厅_2023": [1, 2, 3, 4, 5, 6],
    "河北省科学技术厅_2015": [1, 2, 3, 4, 0, 5],
    "河北省科学技术厅_2016": [1, 2, 3, 4, 0, 5],
    "河北省科学技术厅_2017": [1, 2, 3, 4, 0, 5],
    "河北省科学技术厅_2018": [1, 2, 3, 4, 0, 5],
    "河北省科学技术厅_2019": [1, 2, 3, 4, 5],
    "河北省科学技术厅_2020": [1, 2, 3, 4, 5],
    "河北省科学技术厅_2021": [1, 2, 3, 4, 5, 6],
    "河北省科学技术厅_2022": [1, 2, 3, 4, 5, 6],
    "河北省科学技术厅_2023": [1, 2, 3, 4, 5, 6],
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("name", HEBEI)
def test_crawled_reports_without_newlines(name):
    text = normalise((SHARED / "reports" / "hebei" / f"{name}.txt").read_text(encoding="utf-8-sig"))
    document = doc(text)
    split = split_sections(document)
    check_offsets(document, split)
    assert numbers(split) == [abs(n) for n in HEBEI[name]]
    assert [w for w in split.warnings if "inferred" in w] == [f"section_inferred:{-n}" for n in HEBEI[name] if n < 0]
    assert all(s.heading for s in split.sections if s.number != 5)
