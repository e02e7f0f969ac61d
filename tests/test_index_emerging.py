"""Topics that are new or growing: shares of reports before and since a year, worked out by hand and by scipy."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, make_report
from scipy.stats import fisher_exact

from index import drawing
from index import topics as topics_module
from index.columns import columns_of
from index.embedding import Embedder
from index.emerging import emergence, emerging, first_recent_year
from index.records import Filter
from index.store import Store
from index.summary.backing import unbacked
from index.summary.records import FigureSource
from index.summary.write import summarise
from index.topics import topics
from index.writes import put_report

EVERY = dict.fromkeys(range(2019, 2024), 100)
OLD = "栏目长期不更新，旧文件堆在首页。"
NEW = "数据开放平台接口经常失效，下载不到表格。"


def said(stating: dict[int, int], every: dict[int, int] = EVERY, since: int = 2022, agencies: int = 9) -> bool:
    return emerging([emergence(stating, every, since, agencies)])[0]


@pytest.mark.parametrize(
    ("stating", "grew"),
    [
        ({2022: 6, 2023: 8}, True),
        ({2019: 5, 2020: 5, 2021: 5, 2022: 5, 2023: 5}, False),
        ({2023: 3}, False),  # too few to tell
        ({2019: 8, 2020: 8, 2021: 8, 2022: 12, 2023: 12}, False),  # half as much again is no doubling
        ({2019: 1, 2023: 4}, False),
        ({2019: 20, 2022: 1}, False),  # falling
    ],
)
def test_what_grew_in_the_last_two_years(stating: dict[int, int], grew: bool) -> None:
    assert said(stating) is grew


def test_one_agency_alone_moves_nothing() -> None:
    assert said({2022: 6, 2023: 8}, agencies=3)
    assert not said({2022: 6, 2023: 8}, agencies=2)


def test_the_share_is_of_the_years_own_reports() -> None:
    few_before = {2019: 10, 2020: 10, 2021: 10, 2022: 300, 2023: 300}
    assert not said({2019: 1, 2022: 10, 2023: 10}, few_before)  # more reports, the same share
    found = emergence({2019: 1, 2022: 10, 2023: 10}, few_before, 2022, 9)
    assert (found.recent, found.recent_of, found.before, found.before_of, found.few, found.new) == (
        20, 600, 1, 30, False, False
    )  # fmt: skip


@pytest.mark.parametrize(("a", "n", "b", "m"), [(14, 200, 0, 300), (5, 9, 1, 40), (3, 4, 0, 90), (0, 7, 0, 7)])
def test_the_test_is_fishers(a: int, n: int, b: int, m: int) -> None:
    found = emergence({2020: b, 2022: a}, {2020: m, 2022: n}, 2022, 9)
    assert found.p == pytest.approx(fisher_exact([[a, n - a], [b, m - b]])[1])
    assert found.few is (min(n, m) < 5)


def test_false_discoveries_are_held_over_all_topics() -> None:
    weak = emergence({2020: 2, 2022: 9}, {2020: 100, 2022: 100}, 2022, 9)
    assert 0.05 / 60 < weak.p < 0.05 * 2
    noise = [emergence({2020: 5, 2022: 5}, {2020: 100, 2022: 100}, 2022, 9)] * 59
    strong = emergence({2022: 30}, {2020: 100, 2022: 100}, 2022, 9)
    assert emerging([strong, *noise, weak]) == [True, *[False] * 60]
    assert emerging([]) == []


@pytest.mark.parametrize(
    ("years", "since", "first"),
    [
        ((2019, 2020, 2021, 2022, 2023), None, 2022),
        ((2019, 2020, 2021), None, 2020),
        ((2019, 2020), None, None),
        ((), None, None),
        ((2019, 2020), 2020, 2020),
        ((2019, 2023), 2021, 2021),  # a year without reports of its own
        ((2019, 2020), 2019, None),  # nothing before
        ((2019, 2020), 2021, None),  # nothing since
        ((), 2020, None),
    ],
)
def test_from_when_on_a_topic_counts_as_new(years: tuple[int, ...], since: int | None, first: int | None) -> None:
    assert first_recent_year(dict.fromkeys(years, 9), since) == first


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Ten agencies, 2019–2023: an old complaint every year, a new one of seven agencies since 2022."""
    store = Store(tmp_path_factory.mktemp("store") / "store.sqlite3")
    embedder = Embedder(store, HashEncoder())
    with store.writing():
        for year in range(2019, 2024):
            for number in range(10):
                new = [(f"{number}号：{NEW}", ["data_open_weak"])] if year >= 2022 and number < 7 else []
                one = make_report(
                    f"{year}-{number}.txt",
                    agency=f"第{number}局",
                    year=year,
                    problems=[(f"{number}号：{OLD}", ["timeliness_poor"]), *new, *new],
                )
                found = embedder.missing([s.text for s in one.statements])
                with store.transaction() as tx:
                    embedder.put(tx, found)
                    put_report(tx, one, f"第{number}局", "1")
    yield store
    store.close()


def test_emerging_topics_are_told_apart(store: Store) -> None:
    found = topics(store, Filter())
    assert found.since == 2022
    assert found.emerging
    for topic in found.topics:
        assert topic.growth is not None
        texts = [one.text for one in topic.representatives]
        assert topic.emerging is all(NEW in text for text in texts)
        assert topic.emerging is (topic in found.emerging)
    new = found.emerging[0]
    ids = {one.report for one in store.statements(Filter(kind=("problem",))) if NEW in one.text}
    assert sum(topic.growth.recent for topic in found.emerging if topic.growth) == len(ids) == 14
    assert new.growth is not None
    assert (new.growth.before, new.growth.before_of, new.growth.recent_of, new.growth.new) == (0, 30, 20, True)
    assert new.size == 2 * new.reports  # each report says it twice, and counts once
    assert found.to_dict()["emerging"] == [topic.id for topic in found.emerging]
    assert found.to_dict()["since"] == 2022


def test_another_year_gives_another_answer(store: Store) -> None:
    later = topics(store, Filter(), since=2021)
    assert later.since == 2021
    assert {t.growth.recent_of for t in later.topics if t.growth} == {30}
    nothing = topics(store, Filter(), since=2019)
    assert nothing.since is None
    assert nothing.emerging == ()
    assert all(topic.growth is None for topic in nothing.topics)


def test_a_selection_of_two_years_has_no_past(store: Store) -> None:
    assert topics(store, Filter(year=(2022, 2023))).emerging == ()


def test_an_empty_archive_has_no_topics(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    found = topics(store, Filter())
    assert (found.topics, found.emerging, found.since, found.unassigned, found.reports) == ((), (), None, 0.0, 0)
    store.close()


def test_of_many_statements_those_of_some_reports_are_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    every = topics(store, Filter())
    assert (every.every, every.note) == (1, "")
    monkeypatch.setattr(drawing, "MOST", 30)  # of 78
    some = topics(store, Filter(kind=("problem",)))
    assert some.every == 3
    assert "每 3 份报告中抽 1 份" in some.note
    assert some.to_dict()["every"] == 3
    assert (some.reports, some.labels) == (every.reports, topics(store, Filter(kind=("problem",))).labels)
    drawn, by_year = topics_module._sample(store, Filter(kind=("problem",)), 3)
    assert 0 < len(drawn) <= 50 / 3 + 2
    assert sum(by_year.values()) == len(drawn)
    ids = [name for row, name in store.report_numbers().items() if row in set(drawn)]
    monkeypatch.setattr(drawing, "MOST", 10**6)
    same = topics(store, Filter(kind=("problem",), report=tuple(ids)))
    assert same.topics == some.topics  # what grew is told from the years of those reports, too


def test_the_draw_takes_all_years_of_agencies_that_stand_one_after_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(1, 15_001)
    year = {2010 + number: number for number in range(15)}
    columns = replace(
        columns_of(store),
        rows=rows,
        codes={"year": (rows % 15).astype(np.int32)},
        values={"year": year},
        numbers={"has_issues": np.ones(len(rows), np.int32)},
    )
    monkeypatch.setattr(drawing, "columns_of", lambda store: columns)
    monkeypatch.setattr(drawing, "current_kept", lambda *_: np.ones(len(rows), bool))
    for every in (2, 3, 5, 8, 15, 30):
        drawn, by_year = topics_module._sample(store, Filter(), every)
        assert len(drawn) == pytest.approx(len(rows) / every, rel=0.02)
        assert min(by_year.values()) > 0.8 * len(rows) / every / 15


def test_a_summary_says_that_reports_were_drawn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MOST", 40)
    text = summarise(store, Filter())
    change = next(part for part in text.parts if part.id == "change")
    told = [one for one in change.sentences if "一类说法" in one.text or "归纳出的" in one.text]
    assert told
    assert all("在抽取的报告里，" in one.text for one in told)
    assert [unbacked(one, text.sources) for one in told] == [[] for _ in told]


def test_a_summary_tells_of_emerging_topics_with_their_figures(store: Store) -> None:
    text = summarise(store, Filter())
    topic = topics(store, Filter()).emerging[0]
    assert topic.growth is not None
    change = next(part for part in text.parts if part.id == "change")
    told = [one for one in change.sentences if f"“{topic.name}”" in one.text]
    recent = topic.growth.recent
    assert f"2022年及以后的20份报告中有{recent}份（{recent / 20:.0%}）写到，此前的30份中有0份（0%）" in told[0].text
    assert "是新出现的" in told[0].text
    assert NEW.rstrip("。") in told[0].text
    assert [unbacked(one, text.sources) for one in told] == [[]]
    cited = [source for source in text.sources if source.number in told[0].sources]
    figures = [(s.numerator, s.denominator, s.group) for s in cited if isinstance(s, FigureSource)]
    assert figures == [(recent, 20, "2022年及以后"), (0, 30, "2022年以前")]


def test_a_summary_says_that_nothing_emerges(store: Store) -> None:
    numbers = tuple(f"第{n}局" for n in (7, 8, 9))
    reports = [one.id for one in store.report_rows() if one.agency in numbers]
    text = summarise(store, Filter(report=tuple(reports), year=(2019, 2020, 2021, 2022, 2023)))
    assert not any("一类说法" in one.text for part in text.parts for one in part.sentences)


def test_words_of_a_growth() -> None:
    found = emergence({2022: 14}, {2020: 30, 2022: 20}, 2022, 9)
    assert found.words == "2022年起 20 份报告中有 14 份写到（70%），此前 30 份中有 0 份（0%）"
    few = emergence({2020: 1, 2022: 3}, {2020: 30, 2022: 4}, 2022, 9)
    assert few.words.endswith("此前 30 份中有 1 份（3%）；有一边不足5份，仅供参考")
