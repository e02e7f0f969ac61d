"""Statements of section five beyond their layout: kinds, status, titles, warnings, several parts, real reports."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.records import Section
from nlp.statements import Cut, cut

SHARED = Path(__file__).parents[2] / "shared"
HEADING = "五、存在的主要问题及改进情况"


def split_of(*sections: tuple[str, int, int], parts=()) -> SimpleNamespace:
    made = tuple(Section(5, "issues", heading, "", start, end) for heading, start, end in sections)
    return SimpleNamespace(sections=made, parts_of_five=parts)


def cut_text(body: str, heading: str = HEADING) -> Cut:
    text = f"{heading}\n{body}"
    return cut(split_of((heading, 0, len(text))), text)


def texts(found: Cut, kind: str) -> list[str]:
    return [s.text for s in found.statements if s.kind == kind]


def test_no_section_five_gives_nothing_and_warns_of_nothing():
    assert cut(SimpleNamespace(sections=(), parts_of_five=()), "任意文字") == Cut((), False, ())


def test_two_top_level_sections_are_one_section_five():
    first, second = "六、存在的主要问题", "七、改进措施"
    text = f"{first}\n公开目录更新慢。\n群众参与少。\n{second}\n按季度修订目录。\n开设意见信箱。"
    middle = text.index(second)
    split = split_of(
        (first, 0, middle),
        parts=(("problem", len(first) + 1, middle - 1), ("measure", middle + len(second) + 1, len(text))),
    )
    found = cut(split, text)
    assert texts(found, "problem") == ["公开目录更新慢。", "群众参与少。"]
    assert texts(found, "measure") == ["按季度修订目录。", "开设意见信箱。"]
    assert all(text[s.start : s.end] == s.text for s in found.statements)


def test_the_heading_may_or_may_not_be_part_of_the_section():
    body = "（一）存在问题\n1.公开目录更新慢。\n（二）改进措施\n1.按季度修订目录。"
    text = f"{HEADING}\n{body}"
    inside = cut(split_of((HEADING, 0, len(text))), text)
    outside = cut(split_of((HEADING, len(HEADING) + 1, len(text))), text)
    assert inside == outside
    assert texts(inside, "problem") == ["公开目录更新慢。"]


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ("（一）问题\n1.更新慢。\n（二）措施\n1.加快更新。", ()),
        ("1.更新不及时。\n2.形式单一。", ("s5_no_measures",)),
        ("下一步，我局将加强培训，配齐专职人员。", ("s5_no_problems",)),
        ("（一）上年度问题整改情况\n1.健全了制度。\n（二）存在的问题\n1.更新慢。", ("s5_reversed",)),
        ("无", ("s5_none_stated",)),
        ("", ("s5_none_stated", "s5_no_problems", "s5_no_measures")),
    ],
)
def test_warnings(body, warnings):
    found = cut_text(body)
    assert found.warnings == warnings
    assert found.none_stated == ("s5_none_stated" in warnings)


@pytest.mark.parametrize(
    "body",
    [
        "无",
        "无。",
        "暂无",
        "暂无。",
        "/",
        "—",
        "本机关2022年度暂无存在的问题。",
        "本年度无。",
        "无。下一步继续做好政府信息公开工作。",
        "不存在问题，今后继续努力。",
        "（一）存在的主要问题\n无\n（二）改进情况\n无",
        " \n ",
    ],
)
def test_none_stated(body):
    found = cut_text(body)
    assert found.none_stated
    assert found.statements == ()


def test_a_plan_with_substance_stands_behind_none():
    found = cut_text("本年度无。下一步，我局将加强业务培训，完善公开目录。")
    assert found.none_stated
    assert [s.kind for s in found.statements] == ["measure"]


def test_lacking_staff_is_no_statement_of_none():
    found = cut_text("目前没有专职人员，更新不及时。")
    assert not found.none_stated
    assert texts(found, "problem") == ["目前没有专职人员，更新不及时。"]


@pytest.mark.parametrize(
    ("measure", "status"),
    [
        ("加强业务培训，每季度组织一次集中学习。", "planned"),
        ("将公开工作纳入年度考核。", "planned"),
        ("拟于三季度改版网站。", "planned"),
        ("进一步完善审核流程。", "planned"),
        ("已印发审核办法，实行三级审签。", "done"),
        ("丰富了解读形式，制作图解12件。", "done"),
        ("举办培训班2期，培训信息员80余人次。", "done"),
        ("清理失效文件三百余件，整改完成。", "done"),
        ("正在建设统一的政策文件库。", "ongoing"),
        ("目前专栏改版正有序推进中。", "ongoing"),
        ("答复模板的修订工作正在进行。", "ongoing"),
    ],
)
def test_status_is_told_by_the_aspect_of_the_verbs(measure, status):
    found = cut_text(f"（一）存在的问题\n1.更新不及时。\n（二）改进情况\n1.{measure}")
    assert [s.status for s in found.statements] == [None, status]


def test_what_stands_behind_next_year_is_planned_whatever_its_verbs():
    found = cut_text("存在的问题是审核不严。2025年，我局将在已建立制度的基础上，严格落实三级审签。")
    assert [(s.kind, s.status) for s in found.statements] == [("problem", None), ("measure", "planned")]


def test_a_list_of_measures_taken_is_done_where_its_items_say_so():
    found = cut_text("（一）问题\n1.解读少。\n（二）改进情况\n1.制作了图解8件。\n2.规范基层专区。\n3.已开设解读专栏。")
    assert [s.status for s in found.statements[1:]] == ["done", "done", "done"]


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ("公开队伍不健全：经办人员均为兼职，精力有限。", "公开队伍不健全"),
        ("加大培训力度。组织信息员集中学习条例。", "加大培训力度"),
        ("更新不及时", None),
        (
            "审核不严，错字较多，群众有意见，影响了公信力。还需要进一步加强管理。",
            "审核不严，错字较多，群众有意见，影响了公信力",
        ),
    ],
)
def test_title_of_an_item(item, title):
    found = cut_text(f"存在的问题：\n1.{item}\n2.其他方面不足之处。")
    assert found.statements[0].title == title


def test_a_title_on_its_own_line_belongs_to_its_item():
    found = cut_text("（一）存在问题\n1.队伍力量不足\n经办人员均为兼职。\n2.形式单一\n以文字为主。")
    assert [(s.title, s.text) for s in found.statements] == [
        ("队伍力量不足", "队伍力量不足\n经办人员均为兼职。"),
        ("形式单一", "形式单一\n以文字为主。"),
    ]


def test_ordinals_are_kept_beside_the_text():
    found = cut_text("（一）问题\n1.更新慢。\n2.渠道少。\n（二）措施\n一是加快更新；二是拓宽渠道。")
    assert [s.ordinal for s in found.statements] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    "tail",
    [
        "某某县水利局\n2022年1月18日",
        "某某县水利局2022年1月18日",
        "二〇二二年一月十八日",
        "附件：1.统计表.xls",
        "【打印】【关闭】",
        "六、其他需要报告的事项\n无",
        "（此页无正文）",
        "- 7 -",
    ],
)
def test_the_tail_is_left_out(tail):
    found = cut_text(f"1.公开不及时。\n下一步：\n1.安排专人及时更新。\n{tail}")
    assert [s.text for s in found.statements] == ["公开不及时。", "安排专人及时更新。"]


def test_a_table_of_problems_and_measures():
    found = cut_text("序号\t存在问题\t改进措施\n1\t更新不及时\t建立周巡查制度\n2\t解读形式单一\t增加图解和短视频")
    assert [(s.kind, s.text, s.ordinal) for s in found.statements] == [
        ("problem", "更新不及时", 1),
        ("measure", "建立周巡查制度", 1),
        ("problem", "解读形式单一", 2),
        ("measure", "增加图解和短视频", 2),
    ]


def test_full_and_half_width_punctuation_are_cut_alike():
    body = "存在的问题：一是公开不及时，有的信息滞后；二是形式单一。下一步，将：1、加快更新；2、运用图解。"
    narrow = body.translate(str.maketrans("：；，", ":;,"))
    assert [(s.kind, s.start, s.end) for s in cut_text(body).statements] == [
        (s.kind, s.start, s.end) for s in cut_text(narrow).statements
    ]


PIECES = st.sampled_from(
    [
        *(
            "存在问题",
            "改进措施",
            "一是",
            "二是",
            "（一）",
            "（二）",
            "1.",
            "2.",
            "①",
            "首先，",
            "下一步，我局将",
            "针对上述问题，",
        ),
        *(
            "等问题",
            "但",
            "不够",
            "不足",
            "加强",
            "无",
            "暂无",
            "公开",
            "队伍",
            "总之",
            "2021年",
            "第三条",
            "1.5万",
            "附件：",
        ),
        *(
            "六、其他需要报告的事项",
            "：",
            "。",
            "；",
            "，",
            "、",
            "“",
            "”",
            "（",
            "）",
            "\n",
            "\t",
            "word",
            "𠮷",
            "\u3000",
            "\xa0",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=120), st.booleans())
def test_any_text_is_cut_with_exact_offsets_in_reading_order(body, glued):
    text = HEADING + ("" if glued else "\n") + body
    found = cut(split_of((HEADING, 0, len(text))), text)
    end = 0
    for statement in found.statements:
        assert text[statement.start : statement.end] == statement.text
        assert end <= statement.start < statement.end <= len(text)
        assert statement.text == statement.text.strip()
        assert (statement.status is None) == (statement.kind == "problem")
        assert statement.title is None or statement.text.startswith(statement.title)
        end = statement.end
    assert not (found.none_stated and any(s.kind == "problem" for s in found.statements))


@pytest.mark.parametrize(
    "unit", ["不够，", "一是", "公开不及时。", "政务公开", "1.", "“", "（", "存在问题：\n", "将", "按照", "\t"]
)
def test_hostile_repetition_takes_no_long(unit):
    started = time.process_time()
    cut_text(unit * 4000)
    assert time.process_time() - started < 5


def test_a_report_is_cut_in_about_a_millisecond():
    body = (
        "2023年，我局政务公开工作稳步推进，但仍存在一些不足：一是部分科室报送不主动；二是栏目内容单薄；三是解读形式单一。"
        "下一步，我局将做好以下工作：一是明确各科室信息员职责；二是围绕办事需求补充内容；三是制作图解和短视频。"
    )
    cut_text(body)
    started = time.process_time()
    for i in range(50):
        cut_text(body.replace("科室", f"科室{i}"))
    assert (time.process_time() - started) / 50 < 0.01  # far above what it takes, against a slow machine


SEEDS = {
    "000": [
        ("信息公开工作人员业务能力", "problem"),
        ("现有主动公开的政府信息与", "problem"),
        ("信息公开渠道较为单一，公", "problem"),
        ("进一步提高工作人员业务能", "measure"),
        ("进一步拓展政府信息公开内", "measure"),
        ("进一步丰富政府信息公开形", "measure"),
    ],
    "002": [
        ("公开意识有待提升：部分股", "problem"),
        ("公开水平有待提高：政务公", "problem"),
        ("公开队伍不健全：政务公开", "problem"),
        ("公开内容深度和广度不足：", "problem"),
        ("加强监督检查：将政务公开", "measure"),
        ("开展业务培训：针对政务公", "measure"),
        ("深化公开内容：在公开内容", "measure"),
        ("丰富公开渠道和形式：积极", "measure"),
    ],
    "003": [
        ("政务公开工作人员业务水平", "problem"),
        ("形式内容单一，不能运用图", "problem"),
        ("加大政府统计信息公开力度", "measure"),
        ("加强政务公开工作队伍的建", "measure"),
        ("不断创新工作方式方法，认", "measure"),
    ],
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_real_reports_give_the_statements_labelled_by_hand(seed):
    from nlp.reading import read
    from nlp.sections import split_sections

    document = read(next((SHARED / "seeds").glob(f"{seed}_*.txt")))
    found = cut(split_sections(document), document.text)
    assert [(s.text[:12].translate(str.maketrans(":,", "：，")), s.kind) for s in found.statements] == SEEDS[seed]
    assert {s.status for s in found.statements if s.kind == "measure"} == {"planned"}
    assert not found.none_stated


def test_long_lists_are_cut_to_their_end():
    items = "\n".join(f"{i}.第{i}科室信息更新不及时。" for i in range(1, 61))
    found = cut_text(f"（一）存在的主要问题\n{items}")
    assert [s.ordinal for s in found.statements] == list(range(1, 61))
