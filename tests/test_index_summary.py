"""Summaries over a small store whose every sentence is worked out by hand, and what holds for any store."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_tools import make_report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from summary_tools import filled

from index.insight import trends
from index.records import Filter
from index.statistics import definitions, statistics
from index.store import Store
from index.summary.backing import numbers, unbacked
from index.summary.records import FigureSource, Sentence, StatementSource, Summary
from index.summary.wording import shortened, spell_years
from index.summary.write import summarise, title_of
from nlp.errors import MingjianError

STAFF, LATE = "staff_capacity", "timeliness_poor"
NEW, DONE, OPEN = (f"applications.{row}.total" for row in ("received_new", "processed_total", "granted"))
CORRECTED, UPHELD, REST = (f"review.review.{row}" for row in ("corrected", "upheld", "other"))
REPORTS = [
    make_report(
        "a21",
        agency="甲局",
        year=2021,
        problems=[["经办人员业务生疏，条款理解停留在字面上。", [STAFF]], ["栏目更新慢，最长空档九十天。", [LATE]]],
        measures=[["每季度组织一次业务培训并考试。", ["training"]]],
        pairs=[(0, 0)],
        figures=[(NEW, 4), (DONE, 5), (OPEN, 3)],
    ),
    make_report(
        "a22",
        agency="甲局",
        year=2022,
        problems=[["新手较多，业务生疏的情况没有改观。", [STAFF]]],
        measures=[["请市司法局老师到机关集中培训。", ["training"]]],
        pairs=[(0, 0)],
        figures=[(NEW, 6), (DONE, 5), (OPEN, 4)],
    ),
    make_report("b21", agency="乙局", year=2021, problems=[["信息员对新条例一知半解，业务生疏。", [STAFF]]]),
    make_report("c21", agency="丙局", year=2021, figures=[(NEW, None)]),
    make_report(
        "c22",
        agency="丙局",
        year=2022,
        problems=[["更新慢，办事指南过期半年才替换。", [LATE]]],
        measures=[["落实专人每周巡查栏目。", ["timeliness_improve"]]],
        pairs=[(0, 0)],
    ),
    make_report("d22", agency="丁局", year=2022, form="2019"),
    make_report("g22", agency="某区", year=2022, scope="government", problems=[["部门更新慢。", [LATE]]]),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = filled(tmp_path_factory.mktemp("summary"), REPORTS)
    yield store
    store.close()


def texts(found: Summary, part: str) -> list[str]:
    return [s.text for p in found.parts if p.id == part for s in p.sentences]


def test_every_sentence_as_worked_out_by_hand(store: Store) -> None:
    found = summarise(store, Filter())
    assert texts(found, "scope") == [
        "本简报依据4个单位的6份报告，报告年度为2021–2022年。",
        "分年度看，2021年3份、2022年3份。",
        "这6份都有第五部分（存在的主要问题及改进情况），以下占比均以此为分母，一份报告写到几次都只算一次。",
    ]
    assert texts(found, "problems")[0] == (
        "写得最多的问题是“人员业务能力不足”（3份，50%），其次是“公开不及时”（2份，33%）。"
    )
    assert texts(found, "change") == [
        "可比的只有2个年度、6份报告，不足以判断升降（至少需要3个年度、20份报告）。",
    ]
    measures = texts(found, "measures")
    assert measures[0] == "写到“人员业务能力不足”的3份报告中，2份写了对应措施，有“培训学习提升能力”（2份）。"
    assert measures[2] == "2份写到“公开不及时”的报告，1份有对应措施，为“加快更新、及时公开”（1份）。"
    assert texts(found, "unanswered")[0] == "写了问题的4份报告中，2份至少有一个问题没有找到对应措施。"
    assert texts(found, "figures") == [
        "有申请办理数据的报告合计：新收申请10件、办结申请10件。",
        "办结的申请按结果分，予以公开7件（70.0%）。",
    ]
    assert texts(found, "caveats") == [
        "另有1份政府汇总报告未计入，以免与所属部门重复计算。",
        "所选报告用了不同的表式：2019年试行格式1份、2021年正式格式5份；主动公开各表口径不同，不连成一条线比较。",
        "2021–2022年各不足5份报告，这些年度的占比偶然性大。",
        "4份报告没有读到申请办理表，对应数字按无数据处理，不作零计。",
    ]


def test_quotations_come_from_different_agencies_and_never_twice(store: Store) -> None:
    found = summarise(store, Filter())
    first = texts(found, "problems")[1]
    assert "甲局" in first
    assert "乙局" in first
    quoted = [source.text for source in found.sources if isinstance(source, StatementSource)]
    assert len(quoted) == len(set(quoted))


def test_a_quotation_points_to_its_place(store: Store) -> None:
    for source in summarise(store, Filter()).sources:
        if isinstance(source, StatementSource):
            assert store.report(source.report).text[source.start : source.end] == source.text


def test_a_source_says_how_its_figure_comes_out(store: Store) -> None:
    found = summarise(store, Filter())
    lead = next(p for p in found.parts if p.id == "problems").sentences[0]
    first, second = (found.source(number) for number in lead.sources)
    assert isinstance(first, FigureSource)
    assert (first.numerator, first.denominator, first.definition) == (
        3,
        6,
        "写到“人员业务能力不足”的报告数 ÷ 有第五部分的报告数",
    )
    assert isinstance(second, FigureSource)
    assert (second.numerator, second.denominator) == (2, 6)
    assert lead.marked().startswith(f"写得最多的问题是“人员业务能力不足”（3份，50%）[{first.number}]，")


def test_shares_and_sums_are_those_of_trends_and_statistics(store: Store) -> None:
    found = summarise(store, Filter())
    by_scope = {row.label: row.stating for row in trends(store, Filter(), "scope").rows}
    assert {row.id: row.stating for row in found.labels} == by_scope
    told = [s for s in found.sources if isinstance(s, FigureSource) and s.definition.startswith("予以公开占比")]
    ratio = statistics(store, "granted_share", "scope", Filter()).rows[0].value
    assert [(s.numerator, s.denominator, s.share) for s in told] == [(7, 10, ratio)]


def test_both_scopes_are_never_counted_together(store: Store) -> None:
    assert summarise(store, Filter(scope=("agency", "government"))).reports == 6
    government = summarise(store, Filter(scope=("government",)))
    assert (government.reports, government.labels[0].stating) == (1, 1)


def test_few_reports_get_no_percentages(store: Store) -> None:
    found = summarise(store, Filter(agency=("甲局",)))
    assert not any("%" in text for part in ("problems", "measures", "unanswered") for text in texts(found, part))
    assert "有第五部分的报告只有2份，不足5份，因此只列份数，不列占比，也不判断升降。" in texts(found, "caveats")
    assert texts(found, "change") == []


def test_labels_and_kinds_choose_what_is_told_of_not_what_counts(store: Store) -> None:
    found = summarise(store, Filter(label=(LATE,)))
    assert found.reports == 6
    assert [row.id for row in found.labels] == [LATE]
    assert "业务能力" not in "".join(texts(found, "problems"))
    assert texts(summarise(store, Filter(kind=("measure",))), "problems") == []


def test_unanswered_alone_is_refused_in_chinese(store: Store) -> None:
    with pytest.raises(MingjianError, match="按报告统计"):
        summarise(store, Filter(unanswered=True))


def test_no_report_no_sentence(store: Store) -> None:
    found = summarise(store, Filter(year=(2013,)))
    assert (found.reports, found.parts, found.sources) == (0, (), ())


def test_rise_is_told_only_where_the_test_says_so(tmp_path: Path) -> None:
    reports = [
        make_report(
            f"{agency}{year}",
            agency=f"第{agency}局",
            year=year,
            problems=[[f"第{agency}局{year}年业务生疏。", [STAFF]]] if agency < rising else [["更新慢。", [LATE]]],
        )
        for year, rising in ((2019, 1), (2020, 4), (2021, 7), (2022, 10))
        for agency in range(10)
    ]
    store = filled(tmp_path, reports)
    change = texts(summarise(store, Filter()), "change")
    store.close()
    rises = "写到“人员业务能力不足”的报告，由2019年10份中的1份（10%）升至2022年10份中的10份（100%），"
    assert f"{rises}逐年占比的上升通过趋势检验。" in change
    assert any("写到“公开不及时”的报告，由2019年10份中的9份（90%）降至2022年10份中的0份（0%）" in t for t in change)
    assert not any("每个年度都有报告的单位" in text for text in change)


def test_titles_say_what_was_chosen() -> None:
    where = Filter(province=("浙江省",), agency_type=("emergency",), year=(2020, 2021, 2023))
    assert title_of(where) == "浙江省应急管理2020–2021年、2023年政府信息公开年度报告简报"
    assert title_of(Filter()) == "政府信息公开年度报告简报"
    assert spell_years([2021, 2019, 2020, 2023]) == "2019–2021年、2023年"


def test_quotations_are_cut_at_clauses_and_keep_one_pair_of_marks() -> None:
    assert shortened("说的是“公开”与\u202e“保密”。") == "说的是‘公开’与‘保密’"
    long = "一" * 30 + "，" + "二" * 30 + "，" + "三" * 30
    assert shortened(long) == "一" * 30 + "，" + "二" * 30 + "…"
    assert shortened("数" * 60 + "1234567890123456").endswith("数…")


def test_a_number_without_a_source_is_found() -> None:
    source = FigureSource(1, "计入的报告数", 12, 40, group="2021年")
    assert unbacked(Sentence("2021年40份中的12份（30%）", ((3, 1),)), [source]) == []
    assert unbacked(Sentence("共13份（33%）", ((3, 1),)), [source]) == ["13", "33%"]
    assert unbacked(Sentence("12份", ()), [source]) == ["12"]
    assert numbers("1,615件占38.5%，2021年") == ["1,615", "38.5%", "2021"]


LABELS = ("staff_capacity", "timeliness_poor", "content_incomplete", "other_problem")
ANSWERS = ("training", "timeliness_improve", "other_measure")
WORDS = ("业务生疏", "更新慢了3天", "栏目空着", "《指南》过期", "“一知半解”", "=1+1", "\ue0007\ue001混入", "回复20%")


@st.composite
def stores(draw: st.DrawFn) -> list[object]:
    reports = []
    for number in range(draw(st.integers(1, 14))):
        sentence = st.builds("{}，{}，共{}处。".format, st.sampled_from(WORDS), st.sampled_from(WORDS), st.just(number))
        problems = draw(
            st.lists(st.tuples(sentence, st.lists(st.sampled_from(LABELS), max_size=2, unique=True)), max_size=3)
        )
        measures = draw(
            st.lists(st.tuples(sentence, st.lists(st.sampled_from(ANSWERS), max_size=2, unique=True)), max_size=2)
        )
        pairs = [(p, m) for p in range(len(problems)) for m in range(len(measures)) if draw(st.booleans())]
        value = st.none() | st.integers(0, 3000)
        figures = (
            [(path, draw(value)) for path in (NEW, DONE, OPEN, CORRECTED, UPHELD, REST)] if draw(st.booleans()) else []
        )
        reports.append(
            make_report(
                f"{number}.txt",
                agency=draw(st.sampled_from(["甲局", "乙局", "丙局5处", None])),
                year=draw(st.sampled_from([2019, 2020, 2021, 2023, None])),
                problems=problems,
                measures=measures,
                pairs=pairs,
                figures=figures,
                form=draw(st.sampled_from(["2019", "2021", "free"])),
                scope=draw(st.sampled_from(["agency", "agency", "government"])),
            )
        )
    return reports


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stores())
def test_every_number_of_any_summary_stands_in_its_sources(reports: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder), reports)
        found = summarise(store, Filter())
        again = summarise(store, Filter())
        store.close()
    assert found == again
    json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False)
    cited = [number for part in found.parts for s in part.sentences for number in s.sources]
    assert list(dict.fromkeys(cited)) == [source.number for source in found.sources]
    for part in found.parts:
        assert part.sentences
        for sentence in part.sentences:
            assert sentence.sources, sentence.text
            assert unbacked(sentence, found.sources) == [], sentence.text
            assert "{" not in sentence.text
            assert "".join(text for text, _ in sentence.pieces()) == sentence.text
    for source in found.sources:
        if isinstance(source, FigureSource) and source.denominator is not None and source.unit == "份":
            assert 0 <= source.numerator <= source.denominator


def test_definitions_of_the_text_are_those_of_the_dictionary(store: Store) -> None:
    found = dict(summarise(store, Filter()).definitions)
    known = definitions()
    assert found["新收申请"] == known["received_new"].measure.definition
