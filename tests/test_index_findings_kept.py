"""Findings that are kept and gone on from say what looking at every report again says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import findings_oracle
import numpy as np
import pytest
from archive_tools import HashEncoder, make_report, sentence

from index import archive as archive_module
from index import casefiles, cases, columnfiles, copies, generations, publish
from index.archive import Archive
from index.cases import Told
from index.copying import reuse
from index.filters import make_filter
from index.ordering import in_order
from index.parsing import HereParser
from index.records import Filter
from nlp.records import Check, Region, Report

LONG = [sentence(number) * 2 for number in range(30)]
CODES = {"甲市财政局": "330200", "甲市教育局": "330200", "甲市人民政府": "330200", "乙县教育局": "330206"}
AGENCIES = (*CODES, "乙县人民政府", "乙县卫生局")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"year": [2022]},
    {"agency": "教育"},
    {"label": ["training"]},
    {"label": ["staff_capacity"], "kind": ["problem"]},
    {"unanswered": True},
    {"scope": ["government"]},
    {"year": [1999]},
)


def read(path: Path) -> Report:
    """A "parser": what the file says of tables and checks beside :func:`make_report`'s own."""
    told = json.loads(path.read_text(encoding="utf-8"))
    tables, verdicts = told.pop("tables"), told.pop("verdicts")
    report = make_report(str(path), **{**told, "region": Region(*told["region"])})
    numbers = replace(report.statistics, applications=tables)
    checks = tuple(Check("T3-A", "total", verdict, f"表三“总计”列：{verdict}") for verdict in verdicts)
    return replace(report, statistics=numbers, checks=checks)


def written(folder: Path, rng: random.Random, agency: str, year: int, name: str) -> Path:
    """A report with numbers, texts and verdicts drawn."""
    city = agency.startswith("甲市")
    whole = agency.endswith("人民政府")
    rows = ("received_new", "carried_in", "processed_total", "carried_out")
    texts = rng.sample(LONG, 4) if rng.random() < 0.6 else LONG[:4]
    told = {
        "agency": agency,
        "year": year,
        "agency_type": "government_whole" if whole else "education",
        "scope": "government" if whole else "agency",
        "level": "city" if city else "county",
        "region": ["浙江省", "甲市", None if city else "乙县", "330200" if city else "330206"],
        "problems": [[text, rng.choice([["staff_capacity"], ["training"], []])] for text in texts],
        "measures": [[f"针对{text}提升统计服务。", ["training"]] for text in texts[:2]],
        "pairs": [[0, 0]] if rng.random() < 0.5 else [[0, 0], [1, 1], [2, 1], [3, 0]],
        "tables": {row: {"total": rng.choice([0, 1, 2, 3, None])} for row in rows} if rng.random() < 0.8 else None,
        "verdicts": rng.sample(["fail", "uncertain", "pass"], rng.randint(0, 2)),
        "warnings": rng.sample(["form_2021", "table_absent:2"], rng.randint(0, 2)),
    }
    path = folder / f"{name}.txt"
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def same(archive: Archive) -> None:
    """What is kept is what is worked out from nothing, however it is asked for."""
    for filters in FILTERS:
        wanted = findings_oracle.check(archive.store, make_filter(**filters))
        assert archive.check(**filters) == wanted, filters
        counted = archive.check_counts(**filters)
        assert sum(sum(rule.statuses.values()) for rule in counted.rules) == len(wanted)
        assert counted.wrong == len({one.report for one in wanted if one.status == "fail"})
        assert counted.repeated == len({one.report for one in wanted if one.rule.startswith("REUSE")})
        for rule in counted.rules:
            mine = [one for one in wanted if one.rule == rule.rule]
            assert rule.reports == len({one.report for one in mine})
            for status, number in rule.statuses.items():
                some = [one for one in mine if one.status == status]
                assert (number, rule.holders[status]) == (len(some), len({one.report for one in some}))
            listed = archive.check_examples(rule.rule, **filters)
            assert sorted(map(repr, listed)) == sorted(map(repr, mine))
            assert archive.check_examples(rule.rule, first=2, **filters) == [
                one for one in listed if one.report in list(dict.fromkeys(each.report for each in listed))[:2]
            ]
    rows = archive.list()
    for one in archive.warning_counts(first=3):
        holders = [row for row in rows if one.warning in row.warnings]
        assert (one.reports, list(one.first)) == (len(holders), holders[:3])
    assert {row.id for row in rows if row.warnings} == {
        row.id for one in archive.warning_counts(first=10**6) for row in one.first
    }
    said = {(f.report, f.rule) for f in archive.check() if f.rule.startswith("REUSE")}
    kinds = {"year": "REUSE-YEAR", "agency": "REUSE-AGENCY"}
    assert {(one.report, kinds[one.kind]) for one in reuse(archive.store, Filter())} == said


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_an_archive(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int):
    monkeypatch.setattr(generations, "TAIL_MIN", 60)
    monkeypatch.setattr(publish, "EXTEND_FROM", 40)
    monkeypatch.setattr(cases, "ALONE", seed * 3)
    monkeypatch.setattr(copies, "ALONE", seed * 3)
    rng, folder = random.Random(seed), tmp_path / "in"
    archive.add(
        [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2021, 2022)], parser=HereParser(read)
    )
    same(archive)
    rules = {one.rule for one in archive.check()}
    for turn in range(9):
        rows = archive.list()
        match turn % 5 if turn < 5 else rng.randrange(5):
            case 0:  # another year, and what is there changed
                names = [(a, 2021 + rng.randrange(3)) for a in rng.sample(AGENCIES, 3)]
                archive.add([written(folder, rng, a, y, f"{a}{y}") for a, y in names], parser=HereParser(read))
            case 1:
                archive.remove(rng.choice(rows).id)
            case 2:
                statement = rng.choice(archive.statements())
                archive.label(statement.id, add=["training" if statement.kind == "measure" else "timeliness_poor"])
            case 3:  # a second version of one agency's year
                agency = rng.choice(AGENCIES)
                archive.add([written(folder, rng, agency, 2022, f"{agency}-{turn}")], parser=HereParser(read))
            case _:
                archive.rebuild()
        same(archive)
        rules |= {one.rule for one in archive.check()}
        with Archive.open(archive.path) as again:
            same(again)
    assert rules == {"T3-A", "T3-D", "HIER-A", "REUSE-YEAR", "REUSE-AGENCY", "S5-UNANSWERED", "COPY-RESIDUE"}
    assert not archive.verify()


def test_a_generation_holds_them_and_only_what_came_later_is_looked_at(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rng, folder = random.Random(7), tmp_path / "in"
    archive.add(
        [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2020, 2021)], parser=HereParser(read)
    )
    archive.rebuild()
    inside = columnfiles.folder_in_force(archive.path)
    assert inside is not None
    assert {casefiles.NUMBERS, casefiles.WORDS, casefiles.COPIES} <= {path.name for path in inside.iterdir()}
    archive.add([written(folder, rng, "甲市教育局", 2022, "new")], parser=HereParser(read))
    wanted = findings_oracle.check(archive.store, Filter())
    looked: list[int] = []
    examine = cases.examine
    monkeypatch.setattr(cases, "examine", lambda s, rows: looked.extend(rows) or examine(s, rows))  # type: ignore[func-returns-value]
    with Archive.open(archive.path) as again:
        assert again.check() == wanted
        assert len(looked) <= 2  # the new one, and the summary that counts it


@pytest.mark.parametrize("name", [casefiles.NUMBERS, casefiles.WORDS, casefiles.COPIES])
@pytest.mark.parametrize("damage", ["gone", "short", "flipped", "empty", "other rules"])
def test_damaged_or_other_files_are_not_used(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
):
    rng, folder = random.Random(8), tmp_path / "in"
    archive.add(
        [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2020, 2021)], parser=HereParser(read)
    )
    archive.rebuild()
    wanted = findings_oracle.check(archive.store, Filter())
    inside = columnfiles.folder_in_force(archive.path)
    assert inside is not None
    content = (inside / name).read_bytes()
    if damage == "other rules":
        monkeypatch.setattr(casefiles, "made_by", lambda rules: "others")
        assert casefiles.load(inside) is None
        assert casefiles.load_copies(inside) is None
    elif damage == "gone":
        (inside / name).unlink()
    else:
        half = content[: len(content) // 2]
        flipped = half + bytes([content[len(half)] ^ 0xFF]) + content[len(half) + 1 :]
        (inside / name).write_bytes({"short": half, "flipped": flipped, "empty": b""}[damage])
    with Archive.open(archive.path) as again:
        found = again.check()
        if (name, damage) == (casefiles.WORDS, "flipped"):  # what verify tells of; a word is all that it costs
            assert [(one.report, one.rule, one.status) for one in found] == [
                (one.report, one.rule, one.status) for one in wanted
            ]
        else:
            assert found == wanted
        assert again.verify() or damage == "other rules"


def test_nothing_is_waited_for_unless_asked(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rng, folder = random.Random(9), tmp_path / "in"
    archive.add(
        [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2020, 2021)], parser=HereParser(read)
    )
    inside = columnfiles.folder_in_force(archive.path)
    for path in inside.iterdir() if inside else ():
        if path.name in (casefiles.NUMBERS, casefiles.COPIES):
            path.unlink()
    with Archive.open(archive.path) as again:
        monkeypatch.setattr(cases, "ALONE", 3)
        monkeypatch.setattr(copies, "ALONE", 3)
        monkeypatch.setattr("index.findings.ALONE", 3)
        assert again.check_counts(wait=False).pending == "all"
        assert again.check_examples("", first=3) == []
        told: list[tuple[int, int]] = []
        again.check_prepare(lambda done, total: told.append((done, total)))
        assert told
        assert all(0 <= done <= total for done, total in told)
        assert again.check_counts(wait=False) == again.check_counts()
        archive.add([written(folder, rng, "甲市教育局", 2022, "new")], parser=HereParser(read))
        before = again.check_counts(wait=False)
        assert before.pending == "copies"
        assert before.reports == len(AGENCIES) * 2 + 1
        assert again.check_counts().pending == again.check_counts(wait=False).pending == ""


def test_a_generation_that_is_gone_on_from_leaves_what_is_copied_as_it_was_known(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Who opens the archive after it sees the copies of before at once, the new ones when they are worked out."""
    rng, folder = random.Random(9), tmp_path / "in"
    reports = [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2020, 2021)]
    archive.add(reports, parser=HereParser(read))
    archive.rebuild()
    known = {one.report for one in archive.check() if one.rule == "REUSE-AGENCY"}
    assert known
    monkeypatch.setattr(publish, "EXTEND_FROM", 10)
    monkeypatch.setattr(generations, "TAIL_MIN", 2)
    more = [written(folder, rng, a, 2022, f"{a}2022") for a in AGENCIES]
    archive.add(more, parser=HereParser(read))
    with Archive.open(archive.path) as again:
        before = again.check_counts(wait=False)
        assert before.pending == "copies"
        [rule] = [rule for rule in before.rules if rule.rule == "REUSE-AGENCY"]
        assert rule.reports == len(known)
        assert {one.report for one in again.check_examples("REUSE-AGENCY")} >= known
        same(again)


def test_work_that_is_stopped_leaves_everything_as_it_was(archive: Archive, tmp_path: Path):
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    rng, folder = random.Random(10), tmp_path / "in"
    archive.add([written(folder, rng, a, 2021, a) for a in AGENCIES], parser=HereParser(read))
    archive.add([written(folder, rng, a, 2022, f"{a}2") for a in AGENCIES], parser=HereParser(read))
    with Archive.open(archive.path) as again:
        if copies.due(again.store):
            with pytest.raises(Enough):
                again.check_prepare(stop)
        assert again.check() == findings_oracle.check(archive.store, Filter())


def test_an_empty_archive_has_none(archive: Archive):
    assert archive.check() == []
    assert archive.check_counts().rules == ()
    assert archive.check_examples("T3-A", first=3) == []
    assert archive.warning_counts() == []


def test_the_order_of_lists(archive: Archive, tmp_path: Path):
    rng, folder = random.Random(11), tmp_path / "in"
    archive.add(
        [written(folder, rng, a, y, f"{a}{y}") for a in AGENCIES for y in (2020, 2021)], parser=HereParser(read)
    )
    from index.columns import columns_of

    columns = columns_of(archive.store)
    numbers = {name: row for row, name in archive.store.report_numbers(current_only=False).items()}
    rank = dict(zip(columns.rows.tolist(), in_order(columns).tolist(), strict=True))
    assert [rank[numbers[row.id]] for row in archive.list()] == list(range(len(columns.rows)))


def test_all_words_are_those_of_each_case() -> None:
    base, tail = "甲\n一乙\n二丙\n三".encode(), "丁\n四戊\n五".encode()
    sizes = np.full(6, 7, np.int64)
    sizes[5] = 0  # a case without words
    for begins in ([0, 7, 14, 21, 28, 35], [0, 21, 14, 7, 28, 0], [28, 21, 14, 7, 0, 21], [14, 21, 0, 28, 7, 14]):
        none = np.zeros(6, np.int64)
        told = Told(none, none, none, none, np.array(begins), sizes, {}, base, tail)
        assert b"".join(told.all_words()) == b"".join(told.words(at) for at in range(6))
    empty = np.zeros(0, np.int64)
    assert b"".join(Told(empty, empty, empty, empty, empty, empty, {}).all_words()) == b""
