"""Questions that ask for measures: told by their meaning, answered also by the problems that measures stand against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archive_tools import add, write_report

from index.archive import Archive
from index.encoder import load_encoder
from index.points import Points
from index.records import Filter
from index.settings import REMEDY_SURE
from index.training.pairs import Cluster
from index.training.points import remedy_of


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two agencies: the same measure in words, against staff here and against the website there."""
    opened = Archive.open(tmp_path / "archive")
    for name, problem in (("甲局", "工作人员身兼数职，精力不足。"), ("乙局", "网站栏目长期没有内容。")):
        measures = [["列入年度重点任务，逐月推进落实。", []]]
        write_report(tmp_path / "in", name, agency=name, problems=[[problem, []]], measures=measures, pairs=[[0, 0]])
    add(opened, tmp_path / "in")
    return opened


@pytest.mark.parametrize("question", ["管公开的都是兼职忙不过来怎么办", "一个人干几个人的活，有啥好办法"])
def test_of_equal_measures_the_one_against_the_problem_asked_for_comes_first(archive: Archive, question: str):
    searcher = archive.searcher()
    asked = searcher.question(question, Filter())
    assert asked.remedy or asked.kind == "measure"
    ranked = [one for one in searcher.rank(asked, searcher.allowed(Filter()), 10) if one.row.kind == "measure"]
    assert [one.row.agency for one in ranked] == ["甲局", "乙局"]
    assert ranked[0].features.against > ranked[1].features.against


def test_nothing_is_looked_up_where_no_measure_is_asked_for(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    searcher = archive.searcher()
    monkeypatch.setattr(searcher.store, "problems_of", lambda rows: pytest.fail("asked in vain"))
    ranked = searcher.rank(searcher.question("网站没人更新", Filter()), searcher.allowed(Filter()), 10)
    assert {one.features.against for one in ranked} == {0.0}
    assert {one.features.remedy for one in ranked} == {0.5}


def test_the_problem_of_a_measure_may_be_gone_while_it_is_ranked(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    searcher = archive.searcher()
    asked = searcher.question("人手不够怎么解决", Filter())
    monkeypatch.setattr(searcher.store, "vectors_there", lambda rows: {})
    ranked = searcher.rank(asked, searcher.allowed(Filter()), 10)
    assert len(ranked) == 4
    assert {one.features.against for one in ranked} == {0.0}


def test_the_built_in_model_tells_what_asks_for_measures():
    encoder = load_encoder()
    asking = ["怎样才能让群众看得懂政策", "有没有办法让领导重视起来", "信息员老换人，有什么好的做法"]
    telling = ["领导压根不当回事", "群众看不懂政策", "信息员三天两头换人"]
    told = [encoder.points.remedy(encoder.encode_query(text)) for text in (*asking, *telling)]
    assert min(told[:3]) > REMEDY_SURE > 0.7 > max(told[3:])


def test_words_alone_ask_for_neither(archive: Archive):
    searcher = archive.searcher()
    assert not searcher.question("轮岗 交接 兼职", Filter()).remedy
    assert not searcher.question("怎么管", Filter()).remedy, "too short to tell"
    assert not searcher.question("雷达站观测简报贴在值班室门口", Filter()).remedy, (
        "of another field: told by a real search"
    )
    assert searcher.question("怎样才能让群众看得懂政策", Filter()).remedy
    assert not searcher.question("怎样才能让群众看得懂政策", Filter(kind=("problem",))).remedy


def test_what_asks_for_measures_is_learnt_from_the_kinds_of_groups():
    encoder = load_encoder()
    groups = [
        Cluster("1", "a", "problem", ("x",), ("甲",), ("没人管", "没人看", "没人问"), gist=""),
        Cluster("2", "a", "measure", ("x",), ("乙",), ("怎么解决", "怎么改进", "有什么办法"), gist=""),
    ]
    points = Points(np.zeros((0, 256), np.float32), remedy=remedy_of(groups, encoder))
    assert points.remedy(encoder.encode_query("怎么办")) > 0.5 > points.remedy(encoder.encode_query("没人理"))
    assert Points(np.zeros((0, 256), np.float32)).remedy(encoder.encode_query("怎么办")) == 0.5
