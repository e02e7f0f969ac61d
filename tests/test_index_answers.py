"""Answers beyond plain hits: by label where nobody uses the words, and figures where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, write_report

from index import archive as archive_module
from index.archive import Archive
from index.bylabel import named_labels
from index.judging import read_judgments
from index.nomatch import off_topic
from index.records import Answer
from nlp.taxonomy import Taxonomy

KINDS = ("problem", "measure")
RECEIVED = "applications.received_new.total"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    fill(tmp_path / "in", 30)
    careless = [["稿件有错字，签发走过场", ["review_security_risk"]], ["栏目停更", ["timeliness_poor"]]]
    strict = [["稿件逐级核对后签发", ["review_secrecy"]]]
    received = {"甲区水利局": 12, "乙区水利局": 30, "丙区水利局": 0}
    for number, (agency, count) in enumerate(received.items()):
        write_report(
            tmp_path / "in",
            f"x{number}",
            agency=agency,
            problems=careless if not number else (),
            measures=strict if not number else (),
            region=["浙江省", "宁波市", agency[:2], f"33029{number}"],
            figures=[[RECEIVED, count]],
        )
    write_report(
        tmp_path / "in",
        "all",
        agency="宁波市人民政府",
        scope="government",
        region=["浙江省", "宁波市", None, "330200"],
        figures=[[RECEIVED, 500]],
    )
    with Archive.open(tmp_path / "archive") as opened:
        add(opened, tmp_path / "in")
        yield opened


# -- by label -------------------------------------------------------------------------------------------------


def test_what_a_filter_leaves_of_the_best_answers_labels(archive: Archive, tmp_path: Path) -> None:
    """Asked of one year, where nobody says it in like words, the year's statements of that label are shown."""
    told, other = "办件骨干法治素养亟须锤炼", "栏目停更"
    for year, problem in ((2030, [told, ["staff_capacity"]]), (2031, [other, ["timeliness_poor"]])):
        write_report(tmp_path / "late", str(year), agency="丁区水利局", year=year, problems=[problem])
    add(archive, tmp_path / "late")
    query = "工作人员业务不熟练"
    assert not archive.search(query).by_labels
    found = archive.search(query, year=2030)
    assert (found.no_match, found.by_labels) == (False, ("staff_capacity",))
    assert [hit.text for hit in found.hits] == [told]
    assert found.note == "所选范围里没有语句这样写“工作人员业务不熟练”，以下按标签“人员业务能力不足”列出"
    assert archive.search(query, year=2031).no_match  # nothing of that label there
    assert archive.search("食堂补贴", year=2030).no_match  # not what any report is about
    assert archive.search(f"“{query}”", year=2030).no_match  # word for word was asked for


def test_a_cue_that_nobody_writes_gives_its_labels_and_says_so(archive: Archive) -> None:
    answer = archive.search("三审三校")
    assert not answer.no_match
    assert answer.by_labels == ("review_security_risk", "review_secrecy")
    assert {hit.text for hit in answer.hits} == {"稿件有错字，签发走过场", "稿件逐级核对后签发"}
    assert answer.note == "没有语句直接写到“三审三校”，以下按标签“审核把关与保密不严”“审核把关与信息管理”列出"
    assert answer.to_dict()["by_labels"] == ["review_security_risk", "review_secrecy"]
    assert all(hit.why.labels for hit in answer.hits)


def test_filters_still_hold_and_the_kind_chooses_the_label(archive: Archive) -> None:
    assert [hit.kind for hit in archive.search("三审三校 措施").hits] == ["measure"]
    assert archive.search("三审三校", kind="problem").by_labels == ("review_security_risk",)
    assert archive.search("三审三校", province="山东省").no_match
    assert archive.search("“三审三校”").no_match


def test_what_is_found_by_words_is_no_matter_of_labels(archive: Archive) -> None:
    found: Answer = archive.search("政策解读形式单一")
    assert found.hits
    assert (found.by_labels, found.note) == ((), "")


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("三审三校", ("review_security_risk", "review_secrecy")),
        ("三审三校制度", ("review_security_risk", "review_secrecy")),
        ("兼职", ("staff_instability",)),
        ("AB岗", ("staffing",)),
        ("A、B岗", ("staffing",)),
        ("人员不稳", ("staff_instability",)),
        ("重视不够", ("awareness_weak",)),
        ("人员业务能力", ("staff_capacity",)),
        ("我们单位公开工作总体情况", ()),
        ("三审三校怎么把关才能不出错又发得快", ()),
        ("岗", ()),
        ("", ()),
    ],
)
def test_labels_by_name_and_by_cue(query: str, labels: tuple[str, ...]) -> None:
    assert named_labels(query, KINDS) == labels


def test_every_label_is_found_by_its_own_name() -> None:
    for entry in Taxonomy.load():
        if entry.id not in (Taxonomy.other("problem"), Taxonomy.other("measure")):
            assert entry.id in named_labels(entry.zh, (entry.kind,))


def test_off_topic_questions_name_no_label() -> None:
    folder = Path(__file__).parents[1] / "corpora" / "judged"
    outside = [j.query for name in ("dev", "dev2") for j in read_judgments(folder / f"{name}.jsonl") if not j.quotes]
    assert [query for query in (*off_topic(), *outside) if named_labels(query, KINDS)] == []


# -- figures --------------------------------------------------------------------------------------------------


def test_a_question_about_figures_names_the_view(archive: Archive) -> None:
    answer = archive.search("新收申请最多的单位")
    asked = answer.statistics
    assert asked is not None
    assert not answer.no_match
    assert (asked.measures, asked.by, asked.order) == (("received_new",), None, "desc")
    rows = archive.statistics(asked.measures[0], by=asked.by, **asked.filter.to_dict()).rows
    assert [row.agency for row in rows] == ["乙区水利局", "甲区水利局", "丙区水利局"]


def test_its_own_filters_hold_and_those_on_sentences_do_not(archive: Archive) -> None:
    answer = archive.search("2021年浙江各市收到多少件申请", label="training")
    assert answer.statistics is not None
    assert answer.statistics.filter.to_dict() == {"year": [2021], "province": ["浙江省"]}
    assert answer.to_dict()["statistics"] == {
        "measures": ["received_new"],
        "by": "city",
        "order": "",
        "positive": False,
        "filters": {"year": [2021], "province": ["浙江省"]},
    }


def test_a_search_carries_no_figures(archive: Archive) -> None:
    for query in ("依申请公开答复较慢", "三审三校", "房价走势"):
        assert archive.search(query).to_dict()["statistics"] is None


def test_a_measures_bare_name_is_answered_with_figures_where_nothing_else_fits(archive: Archive) -> None:
    answer = archive.search("结转下年")
    assert answer.statistics is not None
    assert (answer.statistics.measures, answer.statistics.by) == (("carried_out",), "year")
