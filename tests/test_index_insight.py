"""Trends, statistics, facets and findings over a small store whose numbers are worked out by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.facets import facets
from index.findings import check
from index.insight import label_shares, moving, trends
from index.records import Filter, TrendRow
from index.shares import cochran_armitage, p_value, wilson
from index.statistics import definitions, statistics
from index.store import Store
from index.writes import put_report
from nlp.errors import MingjianError
from nlp.records import Check, Figure, Label, Metadata, Region, Report, Section, Statement, Statistics
from nlp.taxonomy import Taxonomy

LONG = "部分科室报送不及时，栏目空档时间较长，群众反映查不到最新的办事指南与收费标准。"
LONG_TOO = "机关内部没有专门岗位承担公开工作，几名同志轮流值守，前后衔接常常出现疏漏。"


def figure(path: str, value: float | None) -> Figure:
    return Figure(path, value, "number" if value else "zero", str(value), 0, 0)


def report(
    agency: str,
    year: int,
    labels: list[str],
    *,
    province: str = "浙江省",
    agency_type: str = "emergency",
    scope: str = "agency",
    form: str = "2021",
    cells: dict[str, float | None] | None = None,
    fee: float | None = None,
    texts: tuple[str, ...] = (),
    section_five: bool = True,
    checks: tuple[Check, ...] = (),
) -> Report:
    body = list(texts) or [f"{agency}{year}年的第{i}个问题" for i, _ in enumerate(labels)]
    text = "\n".join([f"{agency}{year}", *body])
    statements = tuple(
        Statement("problem", said, text.index(said), text.index(said) + len(said), labels=(Label(label, 0.9),))
        for said, label in zip(body, labels, strict=True)
    )
    received = (cells or {}).get("applications.received_new.total")
    tables = {"received_new": {"total": received}} if cells else None
    return Report(
        source=f"{agency}{year}.txt",
        text=text,
        metadata=Metadata(
            None, agency, agency, agency_type, Region(province, None, None, "330000"), "county", scope, year
        ),
        form=form,
        sections=(Section(5, "issues", "五、存在的主要问题", text, 0, len(text)),) if section_five else (),
        statistics=Statistics(
            form, None, tables, None, fee, tuple(figure(path, value) for path, value in (cells or {}).items())
        ),
        statements=statements,
        checks=checks,
    )


REPORTS = [
    report("甲局", 2021, ["staff_instability"], cells={"applications.received_new.total": 4}, fee=0.0),
    report("乙局", 2021, ["timeliness_poor"], cells={"applications.received_new.total": None}),
    report("丙局", 2021, [], province="江苏省", section_five=False, fee=40.0),
    report(
        "甲局",
        2022,
        ["staff_instability", "timeliness_poor"],
        cells={"applications.received_new.total": 6, "applications.processed_total.total": 0},
        checks=(Check("T3-A", "total", "fail", "表三“总计”列：不平"), Check("T3-A", "other_org", "pass", "")),
    ),
    report("某区政府", 2022, ["staff_instability"], scope="government", agency_type="government_whole"),
    report("丁局", 2022, ["timeliness_poor", "staff_instability"], texts=(LONG, LONG_TOO)),
    report("戊局", 2023, ["timeliness_poor", "staff_instability"], texts=(LONG, LONG_TOO), province="江苏省"),
    report("丁局", 2023, ["timeliness_poor", "staff_instability"], texts=(LONG, LONG_TOO)),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("store") / "store.sqlite3")
    with store.writing():
        for one in REPORTS:
            with store.transaction() as tx:
                place = f"{one.metadata.region.province}{one.metadata.agency}"
                put_report(tx, one, place, "1")
    yield store
    store.close()


def row(found, group: str, label: str):
    return next(r for r in found.rows if r.group == group and r.label == label)


def test_share_is_of_reports_with_a_section_five(store: Store) -> None:
    found = trends(store, Filter())
    first = row(found, "2021", "staff_instability")
    assert (first.reports, first.stating, first.share) == (2, 1, 0.5)
    assert (first.low, first.high) == tuple(round(x, 4) for x in wilson(1, 2))


def test_governments_are_not_counted_with_agencies_unless_asked(store: Store) -> None:
    found = trends(store, Filter())
    assert row(found, "2022", "staff_instability").reports == 2
    assert any("1份政府汇总报告未计入" in note for note in found.notes)
    government = trends(store, Filter(scope=("government",)))
    assert row(government, "2022", "staff_instability").reports == 1
    alone = trends(store, Filter(agency_type=("government_whole",)))
    assert row(alone, "2022", "staff_instability").stating == 1


def test_a_group_that_does_not_state_a_label_has_a_zero_row_and_an_absent_group_has_none(store: Store) -> None:
    found = trends(store, Filter(year=(2021,), province=("江苏省",)))
    assert found.rows == ()
    by_province = trends(store, Filter(), by="province", labels=["staff_instability"])
    assert {(r.group, r.reports, r.stating) for r in by_province.rows} == {("浙江省", 5, 4), ("江苏省", 1, 1)}


def test_unknown_grouping_names_the_known_ones(store: Store) -> None:
    with pytest.raises(MingjianError, match="year"):
        trends(store, Filter(), by="colour")


def test_label_shares(store: Store) -> None:
    reports, shares = label_shares(store, Filter(year=(2022,)))
    assert reports == 2
    assert {s.id: (s.reports, s.share) for s in shares} == {"staff_instability": (2, 1.0), "timeliness_poor": (2, 1.0)}


def test_sums_say_how_many_reports_gave_the_number(store: Store) -> None:
    found = statistics(store, "received_new", "year", Filter())
    assert [(r.group, r.value, r.reports, r.of) for r in found.rows] == [
        ("2021", 4, 1, 3),
        ("2022", 6, 1, 2),
        ("2023", None, 0, 2),
    ]


def test_ratio_without_denominator_is_unknown_not_zero(store: Store) -> None:
    found = statistics(store, "denied_share", "year", Filter(year=(2022,)))
    assert [r.value for r in found.rows] == [None]


def test_ranking_by_report_and_fee(store: Store) -> None:
    ranked = statistics(store, "新收申请", None, Filter())
    assert [(r.agency, r.year, r.value) for r in ranked.rows] == [("甲局", 2022, 6), ("甲局", 2021, 4)]
    fees = statistics(store, "fee_charged_yuan", None, Filter())
    assert [(r.agency, r.value) for r in fees.rows] == [("丙局", 40.0), ("甲局", 0.0)]


def test_measures_of_one_form_ignore_the_other(store: Store) -> None:
    assert [r.of for r in statistics(store, "admin_fee_items", "year", Filter()).rows] == []


def test_unknown_measure_lists_the_known_ones(store: Store) -> None:
    with pytest.raises(MingjianError, match="received_new（新收申请）"):
        statistics(store, "weather", None, Filter())


def test_every_measure_names_known_cells() -> None:
    roots = {"applications", "disclosure", "review", "fee_charged_yuan"}
    for key, definition in definitions().items():
        assert definition.measure.definition, key
        assert {path.split(".")[0] for path in definition.paths()} <= roots


def test_findings(store: Store) -> None:
    found = [(f.agency, f.year, f.rule, f.status) for f in check(store, Filter())]
    assert ("甲局", 2022, "T3-A", "fail") in found
    assert sum(rule == "T3-A" for _, _, rule, _ in found) == 1
    assert ("丁局", 2023, "REUSE-YEAR", "notice") in found
    assert ("戊局", 2023, "REUSE-AGENCY", "notice") in found
    assert ("丁局", 2022, "REUSE-AGENCY", "notice") not in found  # the earlier one is the source
    assert sum(rule == "S5-UNANSWERED" for _, _, rule, _ in found) == sum(len(r.statements) for r in REPORTS)


def test_findings_of_the_reports_that_state_a_label(store: Store) -> None:
    stating = {r.id for r in store.report_rows(Filter(label=("timeliness_poor",)))}
    chosen, every = check(store, Filter(label=("timeliness_poor",))), check(store, Filter())
    kept = [f for f in every if f.report in stating and f.rule != "S5-UNANSWERED"]
    assert [f for f in chosen if f.rule != "S5-UNANSWERED"] == kept
    unanswered = {f.where for f in chosen if f.rule == "S5-UNANSWERED"}
    assert unanswered == {s.id for s in store.statements(Filter(label=("timeliness_poor",), unanswered=True))}
    assert unanswered < {f.where for f in every if f.rule == "S5-UNANSWERED"}


def test_last_year_counts_even_where_the_filter_leaves_it_out(store: Store) -> None:
    assert "REUSE-YEAR" in {f.rule for f in check(store, Filter(year=(2023,), agency=("丁局",)))}


def test_facets_keep_the_other_values_of_a_restricted_field(store: Store) -> None:
    found = facets(store, Filter(year=(2022,)))
    assert (found.reports, found.statements) == (3, 5)
    assert {f.value: f.count for f in found.fields["year"]} == {"2021": 3, "2022": 3, "2023": 2}
    assert {f.value: f.count for f in found.fields["label"]} == {"staff_instability": 3, "timeliness_poor": 2}
    assert {f.value: f.count for f in found.fields["province"]} == {"浙江省": 3}


def test_what_moves_does_not_hang_on_which_labels_are_shown(tmp_path: Path) -> None:
    """One label at p = 0.02 among twenty that stay as they are: alone it would pass, with the others it does not."""
    still = [label.id for label in Taxonomy.load().of_kind("problem") if label.id != "timeliness_poor"]
    stated = {2021: 3, 2022: 7, 2023: 10}
    reports = [
        report(f"{i}局", year, [*still[i % 2 :: 2], *(["timeliness_poor"] if i < late else [])])
        for year, late in stated.items()
        for i in range(20)
    ]
    store = Store(tmp_path / "store.sqlite3")
    with store.writing(), store.transaction() as tx:
        for one in reports:
            put_report(tx, one, f"浙江省{one.metadata.agency}", "1")
    every = trends(store, Filter())
    alone = trends(store, Filter(), labels=["timeliness_poor"])
    store.close()
    shares = [(r.stating, r.reports) for r in alone.rows]
    assert shares == [(3, 20), (7, 20), (10, 20)]
    assert p_value(cochran_armitage([3, 7, 10], [20] * 3, [2021.0, 2022.0, 2023.0])) < 0.05
    assert every.moves == alone.moves == ()


def test_a_measures_label_is_tested_with_measures() -> None:
    """Problems that do not move take nothing from what is said of measures."""
    problems = [label.id for label in Taxonomy.load().of_kind("problem")]
    rows = [TrendRow(str(year), label, 20, 10, 0.5, 0.0, 1.0) for label in problems for year in (2021, 2022, 2023)]
    rows += [TrendRow(str(y), "training", 20, n, n / 20, 0.0, 1.0) for y, n in ((2021, 3), (2022, 7), (2023, 10))]
    assert [label for label, _ in moving(rows)] == ["training"]


def test_groups_of_few_reports_are_marked(store: Store) -> None:
    found = trends(store, Filter()).to_dict()["rows"]
    assert {row["few"] for row in found} == {True}
    assert not TrendRow("2021", "training", 5, 1, 0.2, 0.0, 1.0).few
