"""The words by which section five is cut: ordinals, headings, what a clause says."""

import pytest

from nlp.kinds import is_closing, is_empty, is_praise, kind_by_words, lacks
from nlp.labelling import kind_of
from nlp.layout import body_end, heading_at, side_of
from nlp.ordinals import find_marks, number_of
from nlp.phrases import trie_pattern


def marks(text: str) -> list[tuple[str, int | None]]:
    return [(text[m.start : m.end].strip(), m.number) for m in find_marks(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是人少；二是事多。", [("一是", 1), ("二是", 2)]),
        ("（一）人少。（二）事多。", [("（一）", 1), ("（二）", 2)]),
        ("(一)人少。(二)事多。", [("(一)", 1), ("(二)", 2)]),
        ("一、人少\n二、事多", [("一、", 1), ("二、", 2)]),
        ("1.人少；2.事多", [("1.", 1), ("2.", 2)]),
        ("1、人少\n2、事多", [("1、", 1), ("2、", 2)]),
        ("1）人少；2）事多", [("1）", 1), ("2）", 2)]),
        ("（1）人少（2）事多", [("（1）", 1), ("（2）", 2)]),
        ("①人少②事多", [("①", 1), ("②", 2)]),
        ("⑴人少⑵事多", [("⑴", 1), ("⑵", 2)]),
        ("1人员少\n2任务重", [("1", 1), ("2", 2)]),
        ("首先，人少；其次，事多；最后，慢", [("首先，", 1), ("其次，", 2), ("最后，", None)]),
        ("第一，人少；第二，事多", [("第一，", 1), ("第二，", 2)]),
        ("其一，人少；其二，事多", [("其一，", 1), ("其二，", 2)]),
        ("一方面人少，另一方面事多", [("一方面", 1), ("另一方面", 2)]),
        ("问题一：人少\n问题二：事多", [("问题一：", 1), ("问题二：", 2)]),
        ("1.12345热线答复慢\n2.内容少", [("1.", 1), ("2.", 2)]),
        ("1.2021年新增栏目少", [("1.", 1)]),
        ("十一、人少\n十二、事多", [("十一、", 11), ("十二、", 12)]),
    ],
)
def test_ordinals(text, expected):
    assert marks(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "答复率98.5%，历史数据1.5万条",
        "依据《条例》第三条办理",
        "2021.1.27发布",
        "统一是非标准，唯一是它",
        "第一时间发布，第三方评估",
        "一、二级单位",
        "平均3.5天才答复",
        "在15个工作日内，12条、30件",
        "首先要做的是公开",
        "形式比较单一，场景化不足",
        "风格不一、错漏较多",
        "文件2.0版",
    ],
)
def test_what_looks_like_an_ordinal_and_is_none(text):
    assert marks(text) == []


@pytest.mark.parametrize(
    ("word", "number"), [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("③", 3), ("十十", None)]
)
def test_numbers(word, number):
    assert number_of(word) == number


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("存在的问题", ("problem", False)),
        ("问题和困难", ("problem", False)),
        ("主要问题及不足", ("problem", False)),
        ("需要改进的地方", ("problem", False)),
        ("问题分析", ("problem", False)),
        ("改进情况", ("measure", False)),
        ("解决办法和改进措施", ("measure", False)),
        ("下一步工作打算", ("measure", False)),
        ("针对存在问题的整改措施", ("measure", False)),
        ("2023年度存在问题的整改情况", ("measure", True)),
        ("上年度问题整改落实情况", ("measure", True)),
        ("存在的主要问题及改进情况", ("mixed", False)),
        ("取得的成效", ("praise", False)),
        ("公开队伍", None),
    ],
)
def test_sides_of_headings(words, side):
    assert side_of(words) == side


@pytest.mark.parametrize(
    ("text", "glued", "end"),
    [
        ("存在的问题\n", False, 6),
        ("改进措施：加强培训", False, 5),
        ("【存在问题】\n更新慢", False, 7),
        ("改进措施加强学习培训", True, 4),
        ("改进措施不到位，整改不彻底", True, None),
        ("改进工作作风", False, None),
        ("存在的问题和不足导致更新慢", True, None),
        ("公开意识有待提升：部分股室不重视", False, None),
    ],
)
def test_headings_in_place(text, glued, end):
    found = heading_at(text, 0, len(text), glued)
    assert (found[2] if found else None) == end


@pytest.mark.parametrize(
    "words",
    [
        "更新不及时",
        "形式较为单一",
        "质量有待提高",
        "仍需加强",
        "人手紧张",
        "缺乏沟通",
        "推进力度不够大",
        "宣传推广不够深入细致",
        "与申请人事前沟通少",
        "对新规定把握不准",
        "部分文件印发一个多月后才挂网",
        "发出后很少收到建议",
        "往往滞后两三天",
        "重业务轻公开",
    ],
)
def test_clauses_that_lack_something(words):
    assert lacks(words)


@pytest.mark.parametrize(
    "words",
    [
        "避免更新不及时",
        "解决公开不及时的问题",
        "补齐短板",
        "加强对不熟悉业务人员的培训",
        "不断提升水平",
        "以公开为常态不公开为例外",
        "未收取信息处理费",
        "未发生复议诉讼",
        "杜绝错误信息上网",
        "对排名靠后的乡镇实行帮扶",
        "实现全年零差错",
        "补充薄弱栏目内容",
        "查找短板弱项",
    ],
)
def test_clauses_that_mend_or_only_name_a_lack(words):
    assert not lacks(words)


@pytest.mark.parametrize(
    "words",
    [
        "进一步提升政务公开工作水平",
        "仍存在一些不足",
        "我局将认真贯彻落实上级部门相关要求",
        "按照上级部署",
        "与先进单位相比",
        "下一步",
        "我镇",
        "某某县发展和改革局",
        "推动政府信息公开各项工作落实落细",
        "坚持以人民为中心的发展思想",
        "主要表现在",
    ],
)
def test_clauses_that_say_nothing_of_their_own(words):
    assert is_empty(words)


@pytest.mark.parametrize(
    "words",
    [
        "加大统计信息公开力度",
        "丰富公开形式",
        "公开队伍不健全",
        "公开水平有待提高",
        "围绕群众需求补充栏目",
        "组织业务培训",
    ],
)
def test_clauses_that_say_something(words):
    assert not is_empty(words)


def test_praise_is_no_lack():
    assert is_praise("取得了一定成效")
    assert not is_praise("取得成效但更新不及时")


@pytest.mark.parametrize(
    ("sentence", "closing"),
    [
        ("总之，我们将再接再厉。", True),
        ("努力建设人民满意的服务型机关。", True),
        ("推动公开工作再上新台阶。", True),
        ("为营造公平透明的营商环境提供支撑。", True),
        ("努力拓宽公开渠道，更新网站栏目。", False),
        ("推动解读材料与文件同步发布，提升群众满意度，制作图解和短视频一并推送到各村公众号群里供大家随时查阅。", False),
        ("为解决以上问题，抓好整改落实：", False),
    ],
)
def test_closing_sentences(sentence, closing):
    assert is_closing(sentence) is closing


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("部分栏目长期没有更新。", "problem"),
        ("经办人员均为兼职，精力有限。", "problem"),
        ("每季度组织一次条例学习。", "measure"),
        ("下一步将改版网站。", "measure"),
        ("由办公室逐级签审后发布。", "measure"),
        ("2023年，我局政务公开工作取得了一定成效。", "none"),
        ("但仍存在一些不足，主要表现在：", "none"),
        ("总之，我们将再接再厉，再上新台阶。", "none"),
        ("", "none"),
    ],
)
def test_kind_of_a_sentence(sentence, kind):
    assert kind_by_words(sentence) == kind == kind_of(sentence)


def test_section_five_ends_before_the_next_section():
    text = "1.更新慢。\n六、其他需要报告的事项\n无"
    assert text[: body_end(text, 0, len(text))] == "1.更新慢。"


def test_a_trie_matches_the_longest_phrase_in_either_width():
    import re

    pattern = re.compile(trie_pattern(["不够", "不够及时", "存在：", "（一）", "a.b"]))
    assert pattern.match("不够及时").group() == "不够及时"
    assert pattern.match("不够快").group() == "不够"
    assert pattern.match("存在:").group() == "存在:"
    assert pattern.match("(一)").group() == "(一)"
    assert pattern.match("axb") is None
    assert re.compile(trie_pattern([])).search("任何") is None
