"""Filters: what people write, and SQL against brute force over the same reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from archive_tools import make_report
from hypothesis import given, settings
from hypothesis import strategies as st

from index.columns import columns_of
from index.filters import make_filter, merge, report_clause
from index.reads import StatementRow
from index.records import Filter, ReportRow
from index.store import Store
from index.writes import FileMark, link_file, put_report
from nlp.errors import MingjianError
from nlp.records import Region

PLACES = [
    Region("浙江省", "宁波市", "北仑区", "330206"),
    Region("浙江省", "宁波市", None, "330200"),
    Region("山东省", "威海市", "文登区", "371003"),
    Region("吉林省", "吉林市", None, "220200"),
    Region("吉林省", "延边朝鲜族自治州", "延吉市", "222401"),
    Region(),
]
LABELS = ["staff_capacity", "staff_instability", "timeliness_poor"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("filters") / "store.sqlite3")
    with opened.writing():
        for number in range(72):
            report = make_report(
                f"{number}.txt",
                agency=f"第{number}单位" if number % 7 else None,
                year=2019 + number % 5 if number % 11 else None,
                region=PLACES[number % len(PLACES)],
                level=("county", "city", "township", "unknown")[number % 4],
                agency_type=("emergency", "education", "other")[number % 3],
                form=("2019", "2021", "free")[number // 3 % 3],
                scope=("agency", "government")[number // 5 % 2],
                problems=[(f"问题{number}甲。", LABELS[: number % 4]), (f"问题{number}乙。", LABELS[number % 3 :])],
                measures=[(f"措施{number}。", ["training"])] if number % 2 else [],
                passages=[f"段落{number}。"] if number % 5 == 0 else [],
                pairs=[(0, 0)] if number % 2 else [],
            )
            with opened.transaction() as tx:
                placed = put_report(tx, report, f"key{number}", "1")
                link_file(tx, FileMark(f"{number}.txt", "0", 0), placed.row, "1")
    yield opened
    opened.close()


def keeps_report(where: Filter, row: ReportRow | StatementRow) -> bool:
    def among(values: tuple[str, ...], own: str | None) -> bool:
        full = tuple("省市区县旗州盟")
        return own is not None and any(
            own == v if len(v) > 2 and v.endswith(full) else own.startswith(v) for v in values
        )

    def place(name: str) -> bool:
        values, unwanted, own = getattr(where, name), getattr(where, f"not_{name}"), getattr(row.region, name)
        return (not values or among(values, own)) and not among(unwanted, own)

    report = row.id if isinstance(row, ReportRow) else row.report
    return (
        all(
            not values or own in values
            for values, own in (
                (where.year, row.year),
                (where.level, row.level),
                (where.agency_type, row.agency_type),
                (where.form, row.form),
                (where.scope, row.scope),
                (where.report, report),
            )
        )
        and all(place(name) for name in ("province", "city", "county"))
        and (not where.agency or (row.agency is not None and any(v in row.agency for v in where.agency)))
        and row.level not in where.not_level
        and row.agency_type not in where.not_agency_type
        and row.year not in where.not_year
    )


def keeps_statement(where: Filter, row: StatementRow) -> bool:
    return (
        keeps_report(where, row)
        and (not where.kind or row.kind in where.kind)
        and (not where.label or bool(set(where.label) & set(row.labels)))
        and (not where.unanswered or (row.kind == "problem" and not row.paired))
    )


def some(values: list[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


filters = st.builds(
    Filter,
    year=some([2019, 2020, 2021, 2030]),
    province=some(["浙江", "浙江省", "吉林"]),
    city=some(["宁波", "宁波市", "吉林市", "延边"]),
    county=st.one_of(st.just(()), some(["北仑区", "文登"])),
    level=some(["county", "township"]),
    agency_type=some(["emergency", "education"]),
    kind=some(["problem", "measure", "passage"]),
    label=some([*LABELS, "training"]),
    form=some(["2019", "2021"]),
    scope=some(["agency", "government"]),
    agency=st.one_of(st.just(()), some(["第1", "第2单位"])),
    not_province=some(["浙江", "浙江省", "吉林", "没有的"]),
    not_city=some(["宁波市", "吉林市", "延边"]),
    not_county=st.one_of(st.just(()), some(["北仑区", "文登"])),
    not_level=some(["county", "unknown"]),
    not_agency_type=some(["emergency", "other"]),
    not_year=some([2019, 2021, 2030]),
    unanswered=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(where=filters)
def test_sql_keeps_what_brute_force_keeps(store: Store, where: Filter):
    everything = store.statements()
    kept = [s.row for s in everything if keeps_statement(where, s)]
    assert [s.row for s in store.statements(where)] == kept
    inner = bool(where.kind or where.label or where.unanswered)
    with_one = {s.report for s in everything if s.row in set(kept)}
    expected = {r.id for r in store.report_rows() if keeps_report(where, r) and (not inner or r.id in with_one)}
    assert {r.id for r in store.report_rows(where)} == expected


@settings(max_examples=100, deadline=None)
@given(where=filters)
def test_columns_keep_what_sql_keeps(store: Store, where: Filter):
    columns = columns_of(store)
    clause = report_clause(replace(where, kind=(), label=(), unanswered=False, report=()))
    right = store.query(f"SELECT r.row FROM reports r WHERE {clause.sql} ORDER BY r.row", clause.params)
    assert columns.rows[columns.kept(where)].tolist() == [row for (row,) in right]


@pytest.mark.parametrize(
    ("field", "value"),
    [("not_province", "浙江"), ("not_city", "宁波市"), ("not_county", "北仑区"), ("not_year", 2021)],
)
def test_what_a_report_does_not_say_is_not_excluded(store: Store, field: str, value: object):
    own = {"not_year": lambda row: row.year}.get(field, lambda row: getattr(row.region, field.removeprefix("not_")))
    rows = store.report_rows(make_filter(**{field: value}))
    assert any(own(row) is None for row in rows)
    assert sum(own(row) is None for row in rows) == sum(own(row) is None for row in store.report_rows())
    assert 0 < len(rows) < len(store.report_rows())


def test_what_people_write_for_years():
    for value in (2021, "2021", "2021年", [2021], ("2021年度",)):
        assert make_filter(year=value).year == (2021,)
    assert make_filter(year="2019-2021").year == (2019, 2020, 2021)
    assert make_filter(year="2019至2020年").year == (2019, 2020)
    assert make_filter(year="2019,2021").year == (2019, 2021)
    assert make_filter(year=["2019-2020", 2020, "2024"]).year == (2019, 2020, 2024)
    assert make_filter(year=None).year == make_filter(year=[]).year == make_filter(year="").year == ()
    for wrong in ("去年", "21", "2024-2019", 99999):
        with pytest.raises(MingjianError, match="年份"):
            make_filter(year=wrong)


def test_chinese_names_stand_for_ids():
    where = make_filter(kind="问题", level="县级", form="2021", scope="政府", not_level="乡镇")
    assert where == Filter(
        kind=("problem",), level=("county",), form=("2021",), scope=("government",), not_level=("township",)
    )
    where = make_filter(
        not_agency_type="教育局", not_year="2019-2020", not_province="浙江", not_city=["宁波市", "杭州"]
    )
    assert where == Filter(
        not_agency_type=("education",),
        not_year=(2019, 2020),
        not_province=("浙江",),
        not_city=("宁波市", "杭州"),
    )
    with pytest.raises(MingjianError, match="年份"):
        make_filter(not_year="去年")
    assert make_filter(agency_type=["应急", "教育局", "emergency"]).agency_type == ("emergency", "education")
    assert make_filter(agency_type="安监局").agency_type == ("emergency",)
    assert make_filter(label="人员业务能力不足").label == ("staff_capacity",)


@pytest.mark.parametrize(
    ("field", "value", "listed"),
    [("kind", "牢骚", "problem"), ("level", "村级", "county"), ("label", "没有的标签", "staff_capacity")],
)
def test_unknown_values_are_refused_with_what_there_is(field: str, value: str, listed: str):
    with pytest.raises(MingjianError, match=rf"{value}.*{listed}"):
        make_filter(**{field: value})


def test_an_unknown_field_is_refused_with_the_known_ones():
    with pytest.raises(MingjianError, match=r"colour.*province"):
        make_filter(colour="red")
    with pytest.raises(MingjianError, match="太短"):
        make_filter(province="浙")


def test_the_explicit_filter_decides():
    assert merge(Filter(year=(2020,)), Filter(year=(2021,), kind=("problem",))) == Filter((2020,), kind=("problem",))
