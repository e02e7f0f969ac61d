"""One agency over the years and text taken over, from reports whose answers are worked out by hand."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from archive_tools import make_report
from hypothesis import given
from hypothesis import strategies as st

from index.agencies import agencies, agency, find
from index.copying import reuse
from index.findings import check
from index.histories import History
from index.reads import Missing
from index.records import Filter
from index.spans import letters, letters_of, runs
from index.store import Store
from index.writes import put_report
from nlp.errors import MingjianError
from nlp.records import Region, Report
from nlp.reuse import reused_share

SLOW = "部分科室报送不及时，栏目空档时间较长，群众反映查不到最新的办事指南与收费标准。"
SLOW_AGAIN = "报送仍不及时：部分科室报送不及时，栏目空档时间较长，群众反映查不到最新的办事指南。"
STAFF = "机关内部没有专门岗位承担公开工作，几名同志轮流值守，前后衔接常常出现疏漏。"
TRAIN = "把公开业务列入新进人员必修课，每季度组织一次案例讲评，请办件能手现场示范。"
OTHER_WORDS = "政策图解偏少，以文字转载为主，群众看完仍要打电话询问。"
KEY = "浙江省宁波市北仑区应急管理局"
CELL = "applications.received_new.total"


def told(
    year: int | None,
    problems: Sequence[tuple[str, Sequence[str]]],
    measures: Sequence[tuple[str, Sequence[str]]] = (),
    **more: object,
) -> Report:
    values = {"agency": "北仑区应急管理局", **more}
    return make_report(f"{values['agency']}{year}.txt", year=year, problems=problems, measures=measures, **values)  # type: ignore[arg-type]


# 2020 is missing; in 2022 the bureau has another name; in 2023 it says new things only
REPORTS = [
    (KEY, told(2018, [(SLOW, ["timeliness_poor"])], figures=[(CELL, 4)])),
    (
        KEY,
        told(
            2019,
            [(SLOW, ["timeliness_poor"]), (STAFF, ["staff_instability"])],
            [(TRAIN, ["training"])],
            figures=[(CELL, 6)],
        ),
    ),
    (KEY, told(2021, [(STAFF, ["staff_instability"])], [(TRAIN, ["training"])], figures=[(CELL, None)])),
    (KEY, told(2022, [(SLOW_AGAIN, ["timeliness_poor"])], [(TRAIN, ["training"])], agency="北仑区应急局")),
    (KEY, told(2023, [(OTHER_WORDS, ["interpretation_weak"])])),
    (
        "江苏省某县教育局",
        told(2022, [(SLOW, ["timeliness_poor"]), (STAFF, ["staff_instability"])], agency="某县教育局"),
    ),
    ("浙江省宁波市鄞州区应急管理局", told(2022, [("自有的话。", [])], agency="鄞州区应急管理局")),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("store") / "store.sqlite3")
    with store.writing(), store.transaction() as tx:
        for key, one in REPORTS:
            put_report(tx, one, key, "1")
    yield store
    store.close()


@pytest.fixture(scope="module")
def history(store: Store) -> History:
    return agency(store, KEY)


def test_the_years_of_an_agency_and_those_missing(history: History) -> None:
    assert [(y.year, y.problems, y.measures) for y in history.years] == [
        (2018, 1, 0),
        (2019, 2, 1),
        (2021, 1, 1),
        (2022, 1, 1),
        (2023, 1, 0),
    ]
    assert history.missing == (2020,)
    assert history.names[2021] == "北仑区应急管理局"
    assert history.names[2022] == "北仑区应急局"
    assert history.agency.name == "北仑区应急管理局"  # as the last report has it
    assert history.agency.years == (2018, 2019, 2021, 2022, 2023)


def test_the_same_problem_again_by_label(history: History) -> None:
    assert [(r.label, r.years, r.of, r.run, r.gone_since) for r in history.recurring] == [
        ("timeliness_poor", (2018, 2019, 2022), 5, 2, 2023),
        ("staff_instability", (2019, 2021), 5, 2, 2022),  # two reports in a row, for 2020's is not there
    ]


def test_problems_that_vanished(history: History) -> None:
    assert [(r.label, r.years[-1], r.gone_since) for r in history.vanished] == [
        ("timeliness_poor", 2022, 2023),
        ("staff_instability", 2021, 2022),
    ]
    assert [line.text for line in history.vanished[1].lines] == [STAFF, STAFF]


def test_sentences_said_again(history: History) -> None:
    found = [(c.kind, c.years, c.word_for_word) for c in history.chains]
    assert found == [
        ("problem", (2018, 2019, 2022), False),
        ("problem", (2019, 2021), True),
        ("measure", (2019, 2021, 2022), True),
    ]
    assert 0.4 <= history.chains[0].likeness < 1.0
    assert history.chains[2].likeness == 1.0


def test_reuse_of_last_year_with_places(history: History, store: Store) -> None:
    assert [(r.year, r.source_year) for r in history.reuse] == [(2019, 2018), (2022, 2021), (2023, 2022)]
    first = history.reuse[0]
    new, old = "".join(re.findall(r"\w", SLOW + STAFF + TRAIN)), "".join(re.findall(r"\w", SLOW))
    assert first.share == pytest.approx(len(old) / len(new), abs=1e-4)
    assert [(p.line.text, p.source.text) for p in first.passages] == [(SLOW, SLOW)]
    span = first.passages[0].spans[0]
    mine, theirs = store.report(first.report).text, store.report(first.source_report).text
    assert mine[span.start : span.end] == SLOW[:-1] == theirs[span.source_start : span.source_end]
    assert {y.year: y.reuse for y in history.years}[2018] is None
    assert {y.year: y.reuse for y in history.years}[2021] is None  # no data is not zero
    assert {y.year: y.reuse for y in history.years}[2023] == 0.0


def test_text_of_another_agency(store: Store, history: History) -> None:
    assert history.copied == ()  # it wrote first
    other = agency(store, "某县教育局")
    assert [(r.kind, r.source_agency, r.source_year, r.share) for r in other.copied] == [
        ("agency", "北仑区应急管理局", 2019, 1.0)
    ]
    assert [p.source.text for p in other.copied[0].passages] == [SLOW, STAFF]


def test_numbers_over_the_years(history: History) -> None:
    values = {(row.measure, row.group): row.value for row in history.figures}
    assert [values["received_new", str(y)] for y in (2018, 2019, 2021)] == [4, 6, None]
    assert history.measures[0].id == "received_new"


def test_a_history_is_json(history: History) -> None:
    found = json.loads(json.dumps(history.to_dict()))
    assert found["missing"] == [2020]
    assert found["agency"]["key"] == KEY
    assert found["reuse"][0]["passages"][0]["spans"][0].keys() == {"start", "end", "source_start", "source_end"}


# -- finding an agency ------------------------------------------------------------------------------------------


def test_an_agency_is_found_by_key_name_part_and_report(store: Store) -> None:
    report = store.query("SELECT id FROM reports WHERE year = 2018")[0][0]
    for name in (KEY, "北仑区应急管理局", "北仑区应急局", "北仑", " 北仑区 应急管理局 ", report):
        assert find(store, name).key == KEY, name


def test_what_is_unclear_names_those_meant(store: Store) -> None:
    with pytest.raises(MingjianError, match=r"2 个单位.*北仑区应急管理局.*鄞州区应急管理局"):
        find(store, "应急管理局")
    with pytest.raises(Missing, match="没有叫“财政局”的单位"):
        agency(store, "财政局")
    with pytest.raises(MingjianError, match="请写出单位名称"):
        agency(store, "  ")


def test_the_list_of_agencies(store: Store) -> None:
    assert [(a.name, a.reports) for a in agencies(store, Filter())] == [
        ("北仑区应急管理局", 5),
        ("某县教育局", 1),
        ("鄞州区应急管理局", 1),
    ]
    assert [a.reports for a in agencies(store, Filter(year=(2022, 2023)), "应急")] == [2, 1]
    assert agencies(store, Filter(), "财政") == []


def test_a_report_whose_place_is_not_certain_stands_under_its_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    nowhere = Region(None, None, None, None)
    with store.writing(), store.transaction() as tx:
        for year in (2021, None):
            put_report(
                tx, told(year, [(SLOW, ["timeliness_poor"])], agency="城关区某局", region=nowhere), "城关区某局", "1"
            )
    found = agency(store, "城关区某局")
    assert [y.year for y in found.years] == [2021]
    assert found.notes == ("有1份报告年份不明，没有列入",)
    assert found.recurring == found.vanished == found.chains == found.reuse == ()
    store.close()


def test_stock_frames_are_no_repetition(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    frame = "我区政府信息公开工作在{}、{}等方面仍有待改进。"
    with store.writing(), store.transaction() as tx:
        put_report(tx, told(2021, [(frame.format("人员配备", "监督检查"), ["supervision_weak"])]), KEY, "1")
        put_report(tx, told(2022, [(frame.format("解读质量", "页面设计"), ["interpretation_weak"])]), KEY, "1")
    assert agency(store, KEY).chains == ()
    store.close()


# -- reuse ------------------------------------------------------------------------------------------------------


def test_reuse_is_what_check_says(store: Store) -> None:
    found = {(r.report, f"REUSE-{r.kind.upper()}") for r in reuse(store, Filter())}
    said = {(f.report, f.rule) for f in check(store, Filter()) if f.rule.startswith("REUSE")}
    assert found == said
    assert {rule for _, rule in found} == {"REUSE-AGENCY"}


def test_a_source_outside_the_filter_is_found(store: Store) -> None:
    found = reuse(store, Filter(agency=("某县教育局",)))
    assert [(r.source_agency, r.source_year) for r in found] == [("北仑区应急管理局", 2019)]
    assert found[0].passages


ALPHABET = st.text("甲乙丙，。12 ", max_size=60)


@given(ALPHABET, ALPHABET)
def test_runs_cover_what_the_share_counts(new: str, old: str) -> None:
    mine, theirs = ("".join(text[at] for at in letters(text)) for text in (new, old))
    found = runs(mine, theirs)
    done = 0
    for run in found:
        assert run.start >= done
        assert run.length > 0
        assert mine[run.start : run.start + run.length] == theirs[run.source : run.source + run.length]
        done = run.start + run.length
    covered = sum(run.length for run in found)
    assert (covered / len(mine) if mine else 0.0) == pytest.approx(reused_share(new, old))


@given(st.lists(st.sampled_from([SLOW, STAFF, TRAIN, OTHER_WORDS]), max_size=4), st.integers(0, 30))
def test_runs_of_real_sentences_are_whole(sentences: list[str], cut: int) -> None:
    text = "".join(sentences)[cut:]
    mine = "".join(text[at] for at in letters(text))
    found = runs(mine, mine)
    assert sum(run.length for run in found) == (len(mine) if len(mine) >= 16 else 0)


@given(st.text(max_size=60))
def test_letters_are_where_they_are_said_to_stand(text: str) -> None:
    assert letters_of(text) == "".join(text[at] for at in letters(text))
