"""Statements without their words, held against the statements; a summary is the same whatever is read at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from archive_tools import make_report
from summary_tools import filled

from index import drawing, rows
from index import mentions as mentions_module
from index.mentions import mentions, texts
from index.records import Filter
from index.store import Store
from index.summary import typical as typical_module
from index.summary.records import FigureSource
from index.summary.typical import unusual
from index.summary.write import summarise


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("mentions")
    reports = [
        make_report(
            f"{agency}-{year}",
            agency=f"第{agency}局" if agency else None,
            year=year,
            problems=[
                (f"第{agency}局{year}年业务生疏，{agency * 3}个栏目没人管。", ["staff_capacity", "timeliness_poor"]),
                (f"渠道不多{agency}。", []),
            ],
            measures=[(f"第{agency}局每季度培训{year - 2018}次。", ["training"])],
            pairs=[(0, 0)],
        )
        for year in (2020, 2021)
        for agency in range(30)
    ]
    filled(folder, reports).close()
    found = Store(folder / "store.sqlite3", create=False)
    yield found
    found.close()


@pytest.mark.parametrize("where", [Filter(), Filter(kind=("problem",)), Filter(year=(2021,), label=("training",))])
def test_they_are_the_statements_without_words(store: Store, where: Filter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mentions_module, "CHUNK", 5)
    found, whole = list(mentions(store, where, current_only=True)), store.statements(where, current_only=True)
    assert whole
    assert [(one.row, one.report, one.kind, one.labels) for one in found] == [
        (one.row, one.report_row, one.kind, one.labels) for one in whole
    ]
    same = {(f"{one.region}{one.agency}" if one.agency else one.report) for one in whole}
    assert len({one.agency for one in found}) == len(same)
    by_agency: dict[str, set[object]] = {}
    for mention, statement in zip(found, whole, strict=True):
        by_agency.setdefault(mention.agency, set()).add(statement.agency or statement.report)
    assert all(len(names) == 1 for names in by_agency.values())


def test_texts_come_in_the_order_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "CHUNK", 4)
    whole = store.statements()[::-1]
    asked = [one.row for one in whole]
    assert list(texts(store, [asked[0], 10**9, *asked[1:]])) == [(one.row, one.text) for one in whole]


def test_the_unusual_are_those_with_the_farthest_nearest_neighbour_elsewhere(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(typical_module, "CHUNK", 3)
    held = list(mentions(store, Filter(kind=("problem",)), current_only=True))
    concrete, found = unusual(store, held, 3)
    whole = store.statements(Filter(kind=("problem",)), current_only=True)
    assert concrete == sum(any(sign.isdigit() for sign in one.text) for one in whole)
    vectors = store.vectors([one.row for one in whole])
    nearest = {}
    for place, one in enumerate(whole):
        others = [i for i, other in enumerate(whole) if (other.agency or other.report) != (one.agency or one.report)]
        nearest[one.row] = float((vectors[others] @ vectors[place]).max())
    quotable = [one for one in whole if len(one.text) >= typical_module.LEAST and any(s.isdigit() for s in one.text)]
    middle = float(np.median([nearest[one.row] for one in quotable]))
    assert found
    assert all(nearest[one.row] < middle for one in found)
    assert round(min(nearest[one.row] for one in quotable), 4) == round(nearest[found[0].row], 4)
    assert len({one.agency or one.report for one in found}) == len(found)


def test_a_summary_is_the_same_however_many_are_read_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch):
    whole = summarise(store, Filter())
    for module in (mentions_module, typical_module, rows):
        monkeypatch.setattr(module, "CHUNK", 7)
    assert summarise(store, Filter()) == whole


def test_of_very_many_sentences_those_of_some_reports_are_told_of_and_it_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    whole = summarise(store, Filter())
    monkeypatch.setattr(drawing, "MOST", 40)  # of 120 problems: one report in three
    found = summarise(store, Filter())
    rows = [row for (row,) in store.query("SELECT row FROM reports ORDER BY row")]
    taken = {row for row in rows if row * drawing.GOLDEN % 2**32 < 2**32 // 3}
    assert 1 < len(taken) < len(rows)
    kept = [one for one in store.statements(Filter(kind=("problem",))) if one.report_row in taken]
    texts_of = {part.id: " ".join(sentence.text for sentence in part.sentences) for part in found.parts}
    sources = {source.number: source for source in found.sources}

    def figure(start: str) -> FigureSource:
        """The source of the sentence that begins so."""
        (sentence,) = [one for part in found.parts for one in part.sentences if one.text.startswith(start)]
        return next(one for n in sentence.sources if isinstance(one := sources[n], FigureSource))

    left = figure("在抽取的报告里，写了问题的")
    assert (left.numerator, left.denominator) == (len(taken), len(taken))  # each leaves 渠道不多 without a measure
    assert "在抽取的报告里，" in texts_of["measures"]
    odd = figure("在抽取的报告里，含有数字")
    assert (odd.numerator, odd.denominator) == (sum(any(c.isdigit() for c in one.text) for one in kept), len(kept))
    told = figure("句子很多")
    assert told.numerator == len(taken)
    assert "从每3份报告中抽" in texts_of["caveats"] or "每3份报告中" in texts_of["caveats"]
    assert (found.reports, found.labels, found.trends) == (whole.reports, whole.labels, whole.trends)
    assert "抽" not in " ".join(sentence.text for part in whole.parts for sentence in part.sentences)
