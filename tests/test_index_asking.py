"""Questions about figures, told from searches that speak of the same things."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from index import asking
from index.asking import arrange, asked_statistics
from index.query import understand
from index.records import AskedStatistics, Filter, MeasureRow
from index.statistics import definitions

RATES = ("review_corrected_rate", "suit_corrected_rate")
ASKED: list[tuple[str, tuple[str, ...], str | None, str, dict[str, Any]]] = [
    ("新收申请最多的单位", ("received_new",), None, "desc", {}),
    ("2023年浙江各市收到多少件申请", ("received_new",), "city", "", {"year": [2023], "province": ["浙江省"]}),
    ("败诉的有哪些", ("suit_corrected",), None, "", {}),
    ("纠错率", RATES, "year", "", {}),
    ("诉讼纠错率最高的是哪个省？", ("suit_corrected_rate",), "province", "desc", {}),
    ("哪个单位被申请复议最多", ("review_total",), None, "desc", {}),
    ("近三年每年结转下年多少件", ("carried_out",), "year", "", {"year": [2022, 2023, 2024]}),
    ("不予公开占比", ("denied_share",), "year", "", {}),
    ("2022年予以公开的比例是多少", ("granted_share",), "year", "", {"year": [2022]}),
    ("各级单位办结多少申请", ("processed_total",), "level", "", {}),
    ("一共收了多少信息处理费", ("fee_charged_yuan",), "year", "", {}),
    ("历年新收申请变化情况", ("received_new",), "year", "", {}),
    ("哪类单位收到的申请最多", ("received_new",), "agency_type", "desc", {}),
    ("规范性文件制发数量排名", ("normative_issued",), None, "desc", {}),
    ("行政诉讼最少的市", ("suit_total",), "city", "asc", {}),
    ("宁波市各区县申请数量", ("received_new",), "county", "", {"city": ["宁波市"]}),
    (
        "除了街道以外，申请量前10名",
        ("received_new",),
        None,
        "desc",
        {"level": ["national", "province", "city", "county"]},
    ),
    ("除浙江省外，申请最多的单位", ("received_new",), None, "desc", {"not_province": ["浙江省"]}),
    ("2020-2022年，不要2021年，申请最多的单位", ("received_new",), None, "desc", {"year": [2020, 2022]}),
    ("哪些单位被复议纠错了", ("review_corrected",), None, "", {}),
    ("复议诉讼一共有多少起", ("review_total", "suit_total"), "year", "", {}),
    ("教育局败诉率", ("suit_corrected_rate",), "year", "", {"agency_type": ["education"]}),
    ("哪一年申请最多", ("received_new",), "year", "desc", {}),
    ("2021年谁的申请最多", ("received_new",), None, "desc", {"year": [2021]}),
    ("自然人申请有多少", ("received_natural_person",), "year", "", {}),
    ("部分公开数量", ("partially_granted",), "year", "", {}),
]
SEARCHED = [
    "申请答复不规范",
    "依申请公开怎么减少败诉和纠错",
    "依申请公开答复被复议机关纠正",
    "申请量大，人手不足",
    "败诉案件复盘",
    "复议纠错率偏高的问题",
    "申请最多的单位有什么问题",
    "“新收申请”最多",
    "收到多少意见怎么反馈",
    "数量多质量低",
    "诉讼应对能力不足",
    "依申请公开数量逐年上升，压力大",
    "不予公开的理由说明不充分",
    "不予公开的情形有哪些",
    "规范性文件清理不及时",
    "行政处罚公示超期",
    "信息处理费怎么收",
    "败诉怎么办",
    "申请渠道有哪些",
    "哪些单位公开不及时",
    "申请人最不满意的是什么",
    "办理申请最慢的单位",
    "食堂补贴标准",
    "今天黄金多少钱一克",
    "浙江各市的政策解读",
    "各级单位的监督考核",
    "公众号粉丝数量最多的单位",
    "申请",
    "新收申请",
    "复议",
    "",
    "最多",
    "多少件",
]


def ask(query: str, *, bare: bool = False) -> AskedStatistics | None:
    return asked_statistics(understand(query, Filter(), 2024), bare=bare)


@pytest.mark.parametrize(("query", "measures", "by", "order", "where"), ASKED)
def test_questions_about_figures_are_read(
    query: str, measures: tuple[str, ...], by: str | None, order: str, where: dict[str, Any]
) -> None:
    asked = ask(query)
    assert asked is not None
    assert (asked.measures, asked.by, asked.order) == (measures, by, order)
    assert asked.filter.to_dict() == where
    assert set(asked.measures) <= set(definitions())


@pytest.mark.parametrize("query", SEARCHED)
def test_searches_stay_searches(query: str) -> None:
    assert ask(query) is None


def test_a_search_does_not_wait_for_the_dictionary_of_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    asking._terms.cache_clear()
    monkeypatch.setattr(asking, "definitions", lambda: pytest.fail("read"))
    assert ask("兼职忙不过来") is None
    monkeypatch.undo()
    assert ask("各省新收申请最多") is not None


@pytest.mark.parametrize("name", ["dev", "dev2"])
def test_no_judged_query_is_taken_for_one(name: str) -> None:
    path = Path(__file__).parents[1] / "corpora" / "judged" / f"{name}.jsonl"
    queries = [json.loads(line)["query"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert [query for query in queries if ask(query, bare=True)] == []


def test_a_bare_name_asks_where_nothing_else_is_found() -> None:
    asked = ask("新收申请", bare=True)
    assert asked is not None
    assert (asked.measures, asked.by) == (("received_new",), "year")
    assert ask("申请答复不规范", bare=True) is None


def test_every_measure_of_the_dictionary_can_be_asked_for_by_name() -> None:
    missing = [key for key, one in definitions().items() if not ask(f"各省{one.measure.name}最多", bare=True)]
    assert set(missing) <= {"other_processing", "normative_newly_made", "normative_total_published", "admin_fee_items"}


def test_which_ones_leaves_out_nought_and_an_order_sorts() -> None:
    rows = [MeasureRow(g, "m", "", v, 1, 1) for g, v in (("a", 0), ("b", 3), ("c", None), ("unknown", 9), ("d", 5))]
    asked = ask("败诉的有哪些")
    assert asked is not None
    assert [row.group for row in arrange(rows, asked)] == ["b", "d"]
    for query, order in (("申请最多的省", "dbac"), ("申请最少的省", "abdc")):
        asked = ask(query)
        assert asked is not None
        assert [row.group for row in arrange(rows, asked)] == [*order]


@pytest.mark.parametrize("part", ["看一下", "看看一共", "申请", "的", "被 ", "申请的", "哪些单位", "多少"])
def test_long_and_repeating_queries_are_told_at_once(part: str) -> None:
    start = time.perf_counter()
    for length in (70, 5000):
        ask((part * length)[:length] + "啊")
    assert time.perf_counter() - start < 1.5
