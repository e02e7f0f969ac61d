"""Normalised text: characters, artefacts, table rows, page marks, re-flow. Expected texts are written by hand."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.normalise import _table, clean, normalise, normalise_cell, normalise_line
from nlp.reflow import glue, is_chrome, is_heading_like, width


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("２０２１年度ＡＢ", "2021年度AB"),
        ("公开率９８．５％，共１／２", "公开率98.5%，共1/2"),
        ("（一）主动公开：收到；办结！", "（一）主动公开：收到；办结！"),
        ("(一)主动公开", "(一)主动公开"),
        ("①②⑳", "①②⑳"),
        ("㈠主动公开㈩", "（一）主动公开（十）"),
        ("⒈学习不够⒉公开不及时", "1.学习不够2.公开不及时"),
        ("公开、及时｡申请﹐办结", "公开、及时。申请，办结"),
        ("政府\u00ad信息\u200b公\ufeff开\u2060", "政府信息公开"),
        ("a\u00a0b\u3000c\u2003d", "a b c d"),
        ("一\r\n二\r三\u2028四\x0b五", "一\n二\n三\n四\n五"),
        ("㎡ Ⅳ ﬁ", "m2 IV fi"),
        ("规章\x07０\x07", "规章\t0\t"),
    ],
)
def test_characters(raw: str, plain: str) -> None:
    assert clean(raw) == plain


def test_d11_radicals_and_compatibility_ideographs() -> None:
    """Kangxi radicals go by NFKC, those of the supplement by the table, 户 to its simplified form."""
    assert clean("⼀、⼯作⽔平⾏政⽅式") == "一、工作水平行政方式"
    assert clean("⺠政⻅解⻓期⻔户⻛险⻥池⻬全⻚⾯⻋⻢") == "民政见解长期门户风险鱼池齐全页面车马"
    assert clean("⼾籍") == "户籍"
    assert clean("\uf9b4導") == "領導"


def test_no_radical_is_left() -> None:
    left = [chr(p) for p in (*range(0x2E81, 0x2EF4), *range(0x2F00, 0x2FD6)) if unicodedata.category(chr(p)) == "So"]
    assert len(left) > 320
    assert all("\u3400" <= clean(char) <= "\u9fff" for char in left)


def test_the_table_is_closed() -> None:
    """No replacement holds a character that would be replaced itself: one pass is enough, in any order."""
    table = _table()
    assert not [char for value in table.values() for char in value if char in table]


@given(st.text(max_size=60))
def test_clean_is_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("[bookmark: _GoBack]本年度公开", "本年度公开"),  # D10
        ("二、主动公开政府信息情况（宋体加粗小四号字）", "二、主动公开政府信息情况"),  # D18
        ("一、总体情况（仿宋_GB2312 三号，行距28磅）", "一、总体情况"),
        ("## 一、总体情况", "一、总体情况"),
        ("**（一）主要问题**", "（一）主要问题"),
        ("主动***息", "主动***息"),  # D15: a mask is the text's own
        ("（黑体）是指网站字体要求", "（黑体）是指网站字体要求"),
        ("第 PAGE \\* MERGEFORMAT 页", "第 页"),
    ],
)
def test_residue(raw: str, plain: str) -> None:
    assert normalise(raw) == plain


def test_d18_sentence_about_the_table() -> None:
    assert normalise("二、主动公开情况\n该部分以表格形式报告。表格如下：\n规章") == "二、主动公开情况\n规章"


def test_blank_lines_and_blanks() -> None:
    assert (
        normalise("\n\n 一、总体情况 \n\n\n　　2021年，我局  主动公开。\n") == "一、总体情况\n2021年，我局 主动公开。"
    )


def test_text_without_newlines_stays_one_line() -> None:
    text = "2019年公开工作报告如下：一、总体情况全年公开64件。二、主动公开政府信息情况规章000三、其他无"
    assert normalise(text) == text


@pytest.mark.parametrize(
    "mark", ["- 3 -", "— 12 —", "－3－", "Page 8", "P. 8", "第 3 页", "第3页 共12页", "第 3 页/共 5 页", "-1-"]
)
def test_d13_page_marks(mark: str) -> None:
    assert normalise(f"加强公开队伍建设。\n{mark}\n二是内容不够。") == "加强公开队伍建设。\n二是内容不够。"


def test_d13_bare_numbers_are_cells_not_page_marks() -> None:
    assert normalise("行政许可\n187\n行政处罚\n3") == "行政许可\n187\n行政处罚\n3"


def test_d13_bare_number_beside_a_form_feed() -> None:
    text = "本机关认真落实条例。\n1\n\f二是公开形式单一。\n2\n\f六、其他。"
    assert normalise(text) == "本机关认真落实条例。\n二是公开形式单一。\n六、其他。"


WRAPPED = """某县农业农村局
2022年政府信息公开工作年度报告
一、总体情况
2022年，县农业农村局围绕乡村振兴和粮食安全两个重点，把涉农补贴、
农药经营、种子质量抽检等群众关心的事项列入主动公开清单，全年发
布各类信息 312 条，其中通过门户网站发布 240 条，通过公众号发布 7
2 条，没有发生泄密事件。
（一）主动公开情况。我局按季度更新目录，对过期栏目逐一清理，确保
栏目内容与实际工作相符。
五、存在的主要问题及改进情况
一是部分站所报送信息不够及时，二是解读材料多为文字，图表偏少，群
众看不懂。下一步将按月通报。
六、其他需要报告的事项
无。
2023年1月12日
"""


def test_d13_hard_wrapped_lines_become_paragraphs() -> None:
    lines = normalise(WRAPPED).split("\n")
    assert lines[:3] == ["某县农业农村局", "2022年政府信息公开工作年度报告", "一、总体情况"]
    assert lines[3].startswith("2022年，县农业农村局")
    assert lines[3].endswith("没有发生泄密事件。")
    assert "涉农补贴、农药经营" in lines[3]
    assert "全年发布各类信息 312 条" in lines[3]
    assert lines[4] == "（一）主动公开情况。我局按季度更新目录，对过期栏目逐一清理，确保栏目内容与实际工作相符。"
    assert lines[5] == "五、存在的主要问题及改进情况"
    assert lines[6].endswith("图表偏少，群众看不懂。下一步将按月通报。")
    assert lines[7:] == ["六、其他需要报告的事项", "无。", "2023年1月12日"]


def test_d13_two_digits_are_never_glued() -> None:
    assert "公众号发布 7 2 条" in normalise(WRAPPED)


@pytest.mark.parametrize(
    "text",
    [
        "某某市应急管理局\n2020年政府信息公开工作年度报告\n一、总体情况\n全年公开12条。",
        "行政许可 447228\n行政处罚 3985758\n行政强制 88283",
        "属于国家秘密 2 0 0 0 0 0 2\n其他法律行政法规禁止公开 30 1 0 0 0 0 31",
        "一是学习不够\n二是公开不及时\n三是形式单一",
        "五、存在的主要问题及改进情况\n问题：队伍不稳。",
    ],
)
def test_lines_that_are_no_wrapped_paragraph_stay(text: str) -> None:
    assert normalise(text) == text


def test_a_heading_as_long_as_the_lines_stays_alone() -> None:
    heading = "四、因政府信息公开工作被申请行政复议提起行政诉讼情况"
    body = (
        "本年度没有因政府信息公开工作被申请行政复议的情况也没有\n被提起行政诉讼的情况，各项工作平稳有序，群众对公开工作\n"
        "总体满意，没有收到投诉举报，也没有被上级通报批评的情形\n发生。"
    )
    assert normalise(f"{heading}\n{body}").split("\n")[0] == heading
    broken = "四、因政府信息公开工作被申请行政复议提起行政诉\n讼情况"
    assert normalise(f"{broken}\n{body}").split("\n")[0] == broken.replace("\n", "")


T1 = (
    "二、主动公开\n\t信息内容\n\t本年制\n发件数\n\n\n\t规章\n\t　　0\n\t\xa0\n\n"
    "\t规范性文件\n\t２\n\t3 \n\n\n三、申请情况\n"
)


def test_t1_cells_of_word_keep_their_lines() -> None:
    """A leading tab, one blank line between rows, a break within a cell mended, empty cells kept."""
    assert normalise(T1) == (
        "二、主动公开\n\t信息内容\n\t本年制发件数\n\n\t规章\n\t0\n\t\n\n\t规范性文件\n\t2\n\t3\n\n三、申请情况"
    )


def test_t1_long_labels_are_not_joined_with_figures() -> None:
    label = "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
    text = f"\t{label}\n\t0\n\t1\n\t2\n\n\t（七）总计\n\t4\n\t5\n\t6"
    assert normalise(text) == text


def test_indented_paragraphs_are_no_table() -> None:
    text = (
        "\t一、总体情况\n\t2021年，我局认真贯彻落实条例，主动公开信息120条。\n\t全年没有收到申请。\n\t六、其他\n\t无。"
    )
    assert normalise(text) == text.replace("\t", "")


def test_t2_tab_rows_keep_every_place() -> None:
    text = "信息内容\t本年制发件数\t现行有效件数\n规章 \t ０\t0\n第二十条第（八）项\t\t\n3.其他\t\t0"
    assert normalise(text) == "信息内容\t本年制发件数\t现行有效件数\n规章\t0\t0\n第二十条第（八）项\t\t\n3.其他\t\t0"


def test_t3_pipe_rows() -> None:
    assert normalise("| 规章 | 0 | 0 |\n| 规范性文件 | | 2 |") == "规章\t0\t0\n规范性文件\t\t2"


def test_t3_one_cell_and_a_pipe_a_line() -> None:
    text = "规章 |\n0 |\n0 |\n|\n行政处罚 |\n5 |"
    assert normalise(text) == "\t规章\n\t0\n\t0\n\t\n\t行政处罚\n\t5"


def test_t4_markdown_table() -> None:
    text = "|项目|数据1|数据2|\n|:---|:---:|---:|\n|规章|0|1|\n"
    assert normalise(text) == "项目\t数据1\t数据2\n规章\t0\t1"


def test_drawn_table() -> None:
    text = "┌──┬──┐\n│规章│ 0│\n├──┼──┤\n│处罚│12│\n└──┴──┘"
    assert normalise(text) == "规章\t0\n处罚\t12"


@pytest.mark.parametrize(
    "line",
    [
        "【打印】【关闭】", "打印本页 | 关闭窗口", "字体：大 中 小", "字号：[大] [中] [小]",
        "扫一扫在手机打开当前页",
        "浏览次数：1234次", "当前位置：首页 > 政务公开 > 年报", "首页 > 政府信息公开年报", "上一篇：无",
        "下一篇：某局年报",
        "分享到：", "版权所有：某县人民政府", "返回顶部", "相关文档", "主办单位：某某市人民政府办公室",
        "网站地图 | 联系我们",
    ],
)  # fmt: skip
def test_d9_chrome_lines_go(line: str) -> None:
    assert is_chrome(line)
    assert normalise(f"一、总体情况\n公开信息12条。\n{line}\n") == "一、总体情况\n公开信息12条。"


@pytest.mark.parametrize(
    "line",
    [
        "打印纸张采购情况已公开。", "首页改版后，公众查询更方便。", "关闭不达标账号3个。",
        "登录系统人次大幅增加。",
        "编辑：政府公报6期，赠阅各村", "手机客户端发布信息30条。", "小", "大", "中央环保督察整改情况",
        "大中小学校名录公开",
        "一、总体情况", "来源于群众的建议12条", "无", "0",
    ],
)  # fmt: skip
def test_d9_lines_of_a_report_stay(line: str) -> None:
    assert not is_chrome(line)


def test_d9_facts_about_the_page_go_only_before_the_report() -> None:
    text = "索引号：11330000-2022\n发布机构：某县水利局\n发布日期：2022-01-12\n一、总体情况\n日期：每月公开一次。"
    assert normalise(text) == "一、总体情况\n日期：每月公开一次。"


def test_cells_and_lines() -> None:
    assert normalise_cell(" 结果\n维持 ") == "结果维持"
    assert normalise_cell("2.0\nversion\tx") == "2.0 version x"
    assert normalise_cell("22\n（其中修订16件）") == "22 （其中修订16件）"
    assert normalise_line("一、 总体\n情况\t") == "一、 总体 情况"


def test_joining_and_measuring() -> None:
    assert glue("政府", "信息") == "政府信息"
    assert glue("共195", "条") == "共195条"
    assert glue("Office", "2019") == "Office 2019"
    assert width("政府ab") == 6
    assert is_heading_like("（一）主要问题")
    assert is_heading_like("2021年1月27日")
    assert not is_heading_like("1.5万元")


_PIECES = st.sampled_from(
    [
        "一、总体情况", "2021年，某局", "公开", "。", "，", "\n", "\n\n", "\t", " ", "　", "0", "12", "|",
        "｜", "- 3 -", "\f",
        "（", "）", "《", "“", "①", "**", "#", "##", "[bookmark: x]", "结果", "维持", "不够", "报告", "—",
        "┃", "─", "\r", "\x0b",
        "打印", "关闭", "发布日期：2022-1-1",
        "主动公开政府信息工作年度报告各项情况统计表及填报说明的具体事项列示",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
@example("****一****")
@example("|\n|\n|\n|")
@example("\t\n\t\n\t\n\t0")
@example(WRAPPED)
@example(T1)
def test_normalise_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\r" not in once
    assert "\f" not in once
    assert once == once.strip("\n")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_normalise_takes_any_text(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    once.encode("utf-8")


@given(st.lists(st.sampled_from("政府信息公开工作年度报告情况"), min_size=1, max_size=50).map("".join))
def test_plain_chinese_is_left_alone(text: str) -> None:
    assert normalise(text) == text
