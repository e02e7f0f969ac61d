"""Measures against all problems of a label: counts as everywhere, quotations from the whole label, what came after."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index.against import spread
from index.archive import Archive
from nlp.errors import MingjianError

STAFF, SLOW = ["staff_instability"], ["timeliness_poor"]
TRAIN, HIRE, CHECK = ["training"], ["staffing"], ["timeliness_improve"]
PLACES = [
    ["浙江省", "宁波市", "北仑区", "330206"],
    ["浙江省", "宁波市", "镇海区", "330211"],
    ["浙江省", "温州市", "瓯海区", "330304"],
    ["山东省", "威海市", "文登区", "371003"],
    ["山东省", "威海市", "环翠区", "371002"],
    ["四川省", "成都市", "锦江区", "510104"],
]
TOLD = [
    "每季度给经办人员办一期培训班。",
    "请法制部门的老师来讲信息公开条例。",
    "把新进人员送到上级单位跟班学习。",
    "编一本办事手册，人手一份随时翻看。",
    "开展业务练兵，以考促学。",
    "线上课程每人每年不少于二十学时。",
]


def put(folder: Path, name: str, place: list[str], year: int, problems: Any, measures: Any, pairs: Any) -> None:
    write_report(
        folder,
        name,
        agency=f"{place[2]}应急管理局",
        region=place,
        year=year,
        problems=problems,
        measures=measures,
        pairs=pairs,
    )


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Six bureaus lack staff in 2021, five of them train, one hires too; what follows in 2022 differs."""
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    folder = tmp_path / "in"
    for number, (place, told) in enumerate(zip(PLACES, TOLD, strict=True)):
        problems = [[f"{place[2]}的专职人员偏少，{number}人要管全部事务。", STAFF], ["栏目更新偏慢。", SLOW]]
        measures = [[told, TRAIN], ["新招两名专职人员。", HIRE], ["每周查一遍栏目。", CHECK]]
        pairs = {0: [[0, 0], [0, 1], [1, 2]], 5: [[1, 2]]}.get(number, [[0, 0], [1, 2]])
        put(folder, f"{number}-2021", place, 2021, problems, measures, pairs)
    later = [
        [["人手还是不够。", STAFF]],  # the same label: still there
        [["镇海区的专职人员偏少，1人要管全部事务。", ["channel_narrow"]]],  # the same words: still there
        [["网站访问不稳定。", ["platform_build"]]],  # gone
        [["解读形式单一。", ["interpretation_weak"]]],  # gone
    ]
    for place, problems in zip(PLACES, later, strict=False):
        put(folder, f"{place[2]}-2022", place, 2022, problems, [], [])
    # a government's report on all of its parts is not counted with theirs
    write_report(
        folder,
        "government",
        agency="宁波市人民政府",
        region=["浙江省", "宁波市", None, "330200"],
        level="city",
        scope="government",
        year=2021,
        problems=[["全市专职人员偏少。", STAFF]],
        measures=[["全市轮训。", TRAIN]],
        pairs=[[0, 0]],
    )
    opened = Archive.open(tmp_path / "archive")
    add(opened, folder)
    return opened


def test_the_whole_label_is_counted(archive: Archive) -> None:
    found = archive.measures_against("staff_instability")
    assert (found.label, found.query, found.no_match) == ("staff_instability", "", False)
    # six in 2021 and one in 2022; that of 锦江区 and that of 2022 have no measure
    assert (found.problems, found.unanswered) == (7, 2)
    train, hire = found.groups
    assert (train.label, train.count, train.share) == ("training", 5, 1.0)
    assert (hire.label, hire.count, hire.share) == ("staffing", 1, 0.2)
    # eleven problems are answered, five of them by training
    assert (train.base, train.lift) == (0.4545, 2.2)
    assert any("1份政府汇总报告未计入" in note for note in found.notes)


def test_what_came_after_is_told(archive: Archive) -> None:
    train, hire = archive.measures_against("人员不稳、兼职与力量不足").groups
    # of the five, 环翠区 has no report of 2022; two state it again, by label or in the same words
    assert (train.followed, train.gone) == (4, 2)
    assert (hire.followed, hire.gone) == (1, 0)


def test_quotations_come_from_the_whole_label_and_from_many_places(archive: Archive) -> None:
    train = archive.measures_against("staff_instability").groups[0]
    assert len(train.examples) == 3
    assert len({hit.agency for hit in train.examples}) == 3
    assert {hit.region.province for hit in train.examples} == {"浙江省", "山东省"}
    assert {hit.text for hit in train.examples} <= set(TOLD[:5]), "not that of the unanswered one"
    assert [hit.rank for hit in train.examples] == [1, 2, 3]
    for hit in train.examples:
        assert archive.show(hit.report).text[hit.start : hit.end] == hit.text


def test_near_copies_are_quoted_once(archive: Archive, tmp_path: Path) -> None:
    for number in range(8):
        place = ["湖北省", "武汉市", f"第{number}区", f"4201{number:02d}"]
        problems, measures = [["专职人员偏少。", STAFF]], [["每季度给经办人员办一期培训班。", TRAIN]]
        put(tmp_path / "more", f"{number}", place, 2021, problems, measures, [[0, 0]])
    add(archive, tmp_path / "more")
    train = archive.measures_against("staff_instability").groups[0]
    assert train.count == 13
    assert len({hit.text for hit in train.examples}) == len(train.examples) == 3


def test_filters_and_k(archive: Archive) -> None:
    found = archive.measures_against("staff_instability", province="山东省", k=1)
    assert (found.problems, found.unanswered, len(found.groups)) == (2, 0, 1)
    assert {hit.region.province for hit in found.groups[0].examples} == {"山东省"}
    assert found.filter.to_dict() == {"province": ["山东省"]}
    nothing = archive.measures_against("staff_instability", year=2035)
    assert (nothing.problems, nothing.groups, nothing.no_match) == (0, (), True)
    one = archive.list(county="北仑区", year=2021)[0].id
    assert [g.count for g in archive.measures_against("staff_instability", report=one).groups] == [1, 1]
    own = archive.measures_against("staff_instability", scope="government")
    assert [(g.label, g.count) for g in own.groups] == [("training", 1)]


def test_it_is_counted_as_the_comparison_of_problems_and_measures_counts(archive: Archive) -> None:
    for filters in ({}, {"year": [2021]}, {"province": ["浙江省"]}, {"scope": ["government"]}):
        for one in archive.together(**filters).answers:
            found = archive.measures_against(one.label, k=99, **filters)
            assert (found.problems, found.unanswered) == (one.unanswered.of, one.unanswered.count)
            assert [(g.label, g.count, g.share, g.base, g.lift) for g in found.groups] == [
                (a.measure, a.share.count, a.share.share, a.base, a.lift) for a in one.answers
            ]


def test_it_follows_what_people_correct(archive: Archive) -> None:
    before = archive.measures_against("staff_instability")
    (hired,) = archive.statements(label=["staffing"], kind=["measure"], county=["北仑区"])
    archive.label(hired.id, add="training", remove="staffing", by="张三")
    problem = archive.statements(label=["staff_instability"], county=["瓯海区"])[0]
    archive.label(problem.id, remove="staff_instability", by="张三")
    after = archive.measures_against("staff_instability")
    assert (before.problems, after.problems) == (7, 6)
    assert [(g.label, g.count) for g in after.groups] == [("training", 4)]


def test_same_archive_same_answer_whatever_the_order_of_intake(archive: Archive, tmp_path: Path) -> None:
    files = sorted((tmp_path / "in").rglob("*"))
    files = [file for file in files if file.is_file()]
    random.Random(3).shuffle(files)
    with Archive.open(tmp_path / "other") as other:
        for file in files:
            add(other, file)
        one, two = (a.measures_against("staff_instability").to_dict() for a in (archive, other))
    assert one == archive.measures_against("staff_instability").to_dict()
    assert [g["examples"][0]["text"] for g in one["groups"]] == [g["examples"][0]["text"] for g in two["groups"]]
    assert json.dumps(one, sort_keys=True)


def test_without_a_query_the_label_is_the_problem(archive: Archive) -> None:
    assert archive.solutions(label="staff_instability", k=1) == archive.measures_against("staff_instability", k=1)
    for filters in ({}, {"label": ["staff_instability", "timeliness_poor"]}):
        with pytest.raises(MingjianError, match="写明问题"):
            archive.solutions(**filters)
    with pytest.raises(MingjianError, match="是措施的标签"):
        archive.measures_against("training")
    with pytest.raises(MingjianError):
        archive.measures_against("没有这个标签")


def test_the_file_holds_the_same(archive: Archive, tmp_path: Path) -> None:
    found = archive.measures_against("staff_instability", year=[2021], k=50)
    rows = archive.export(tmp_path / "s.json", what="solutions", label=["staff_instability"], year=[2021])
    assert rows == sum(len(group.examples) for group in found.groups)
    assert json.loads((tmp_path / "s.json").read_text("utf-8")) == json.loads(json.dumps(found.to_dict()))
    archive.export(tmp_path / "s.csv", what="solutions", label=["staff_instability"], year=[2021])
    assert "标签：staff_instability；年份：2021" in (tmp_path / "s.csv").read_text("utf-8-sig")


def test_spread_takes_other_provinces_first(archive: Archive) -> None:
    rows = archive.statements(label=["training"], scope=["agency"], kind=["measure"])
    assert [row.region.county for row in rows] == ["北仑区", "镇海区", "瓯海区", "文登区", "环翠区", "锦江区"]
    assert [row.region.county for row in spread(rows)] == ["北仑区", "文登区", "锦江区"]
    assert [row.region.county for row in spread(rows[:3])] == ["北仑区", "镇海区", "瓯海区"]
    assert [row.region.county for row in spread(rows[:5])] == ["北仑区", "瓯海区", "文登区"]
    assert spread([]) == []
