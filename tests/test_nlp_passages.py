"""Passages: prose only, whole sentences, exact offsets."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.normalise import normalise
from nlp.passages import LONGEST, SHORTEST, cut_passages
from nlp.records import Document
from nlp.sections import split_sections

SHARED = Path(__file__).parents[2] / "shared"
A = "全年通过门户网站发布各类政府信息一百二十条，比上年增加三成，群众查询更加方便。"
B = "围绕惠企政策制作图文解读九篇，邀请企业代表到场座谈，收集意见建议三十余条并逐一答复。"
C = "组织业务培训两次，参训人员覆盖全部科室和下属单位，考核结果纳入年度绩效并在局内通报。"


def passages(text: str):
    document = Document("report.txt", text)
    found = cut_passages(split_sections(document), text)
    for p in found:
        assert text[p.start : p.end] == p.text
        assert p.kind == "passage"
        assert SHORTEST <= len(p.text) <= LONGEST
        assert p.labels == ()
        assert p.status is None
    spans = [(p.start, p.end) for p in found]
    assert spans == sorted(spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    return found


def test_paragraphs_of_one_two_and_six_only():
    text = (
        f"一、总体情况\n{A}\n{B}\n二、主动公开政府信息情况\n{C}\n规章\t0\t0\t0\n"
        f"三、收到和处理政府信息公开申请情况\n{A}\n四、政府信息公开行政复议、行政诉讼情况\n{B}\n"
        f"五、存在的主要问题及改进情况\n{C}\n六、其他需要报告的事项\n{A}"
    )
    assert [(p.section, p.text) for p in passages(text)] == [(1, A), (1, B), (2, C), (6, A)]


def test_further_parts_are_searched_too():
    text = f"一、概述\n{A}\n二、收费及减免情况\n{B}\n三、存在的问题及改进措施\n{C}"
    assert [(p.section, p.text) for p in passages(text)] == [(1, A), (0, B)]


def test_ordinals_and_short_lines_are_left_out():
    text = f"一、总体情况\n（一）主动公开情况\n（一）{A}\n2.{B}\n无。\n六、其他需要报告的事项\n无"
    assert [p.text for p in passages(text)] == [A, B]


def test_long_paragraph_is_cut_at_sentences_into_even_pieces():
    text = "一、总体情况\n" + (A + B + C) * 4
    found = passages(text)
    assert "".join(p.text for p in found) == (A + B + C) * 4
    assert all(p.text.endswith("。") for p in found)
    lengths = [len(p.text) for p in found]
    assert min(lengths) > 100


def test_long_sentence_is_cut_at_clauses():
    sentence = "，".join([A[:-1]] * 5) + "；" + "，".join([B[:-1]] * 5) + "。"
    found = passages("一、总体情况\n" + sentence)
    assert "".join(p.text for p in found) == sentence
    assert all(p.text[-1] in "，；。" for p in found)


def test_text_without_any_stop():
    found = passages("一、总体情况\n" + "公" * 600)
    assert sum(len(p.text) for p in found) == 600


def test_topics_glued_to_each_other_are_kept_apart():
    table = "二、主动公开政府信息情况第二十条第（一）项信息内容本年制发件数规章000"
    text = f"一、总体情况（一）主动公开情况。{A}（二）平台建设情况。{B}{table}"
    assert [p.text for p in passages(text)] == [f"主动公开情况。{A}", f"平台建设情况。{B}"]


def test_rows_of_numbers_are_no_prose():
    rows = "行政许可 4472\n规章 1 0 11\n行政规范性文件 8 26 66\n行政事业性收费 96171.6"
    head = "第二十条第（一）项\n信息内容 本年制发件数 本年废止件数 现行有效件数"
    text = f"一、总体情况\n{A}\n二、主动公开政府信息情况\n{head}\n{rows}\n{B}"
    assert [p.text for p in passages(text)] == [A, B]


def test_nothing_to_cut():
    assert passages("") == ()
    assert passages("一、总体情况\n无。") == ()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [A, B, C, "\n", "（一）", "一、总体情况\n", "0\t0\t0\n", "，", "。", " ", "六、其他需要报告的事项"]
        ),
        max_size=40,
    )
)
def test_any_text_keeps_the_limits(pieces):
    passages(normalise("".join(pieces)))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "count"), [("000_8d6b741e79045b01", 4), ("002_a80394a9bf3e5815", 5), ("003_e824e7fa6ddd1e25", 7)]
)
def test_seeds(name, count):
    text = normalise((SHARED / "seeds" / f"{name}.txt").read_text(encoding="utf-8-sig"))
    found = passages(text)
    assert len(found) == count
    assert not any(re.search(r"本年制发件数|\t", p.text) for p in found)
