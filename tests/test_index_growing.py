"""A generation continues the one before: answers as of one built anew, nothing lost, linked files as they were."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, sentence

from index import archive as archive_module
from index import building, generations, publish
from index.archive import Archive
from index.manifest import read_manifest

LIMIT = 150  # rows from which vectors lie in lists here


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    monkeypatch.setattr(generations, "TAIL_MIN", 20)
    monkeypatch.setattr(publish, "EXTEND_FROM", 100)
    monkeypatch.setattr(building, "FLAT_LIMIT", LIMIT)
    monkeypatch.setattr(building, "build", partial(building.build, flat_limit=LIMIT))


def answers(archive: Archive) -> list[object]:
    """What searches give, with and without filters, scores included."""
    asked = [sentence(number)[:-1] for number in (3, 50, 90, 130, 200)]
    filters: list[dict[str, object]] = [
        {},
        {"year": 2021},
        {"kind": "measure"},
        {"county": "第3区"},
        {"province": "浙江", "year": [2020, 2022], "kind": "problem"},
        {"label": "training", "year": 2023},
        {"kind": "passage"},
        {"county": "第99区"},
    ]
    return [archive.search(query, **where).to_dict()["hits"] for query in asked for where in filters]


def parts(archive: Archive) -> list[Path]:
    manifest = read_manifest(archive.path)
    assert manifest is not None
    return sorted(generations.folder_of(archive.path, manifest.generation).glob("*.f16"))


@pytest.mark.parametrize("first", [100_000, 0], ids=["words beside the rest", "words before the rest"])
def test_continued_generations_answer_like_one_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int):
    monkeypatch.setattr(building, "READ_FIRST", first)
    with Archive.open(tmp_path / "grown") as grown, Archive.open(tmp_path / "whole") as whole:
        add(grown, *fill(tmp_path / "in", 30))
        first = parts(grown)
        inode = first[0].stat().st_ino
        for start in (30, 36, 42):
            add(grown, *fill(tmp_path / "in", 6, start=start))
            assert grown.verify() == []
        assert len(parts(grown)) == 3, "behind the first the second batch took in the one before it, the third did not"
        assert parts(grown)[0].stat().st_ino == inode, "the first is linked, not written again"
        assert len([*(grown.path / "derived").iterdir()]) == 1
        add(whole, tmp_path / "in")
        assert len(parts(whole)) == 1
        assert answers(grown) == answers(whole)


def test_what_went_stays_away_and_many_gaps_are_closed(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 40))
        gone = [row.id for row in archive.list()]
        random.Random(1).shuffle(gone)
        archive.remove(gone[0])
        add(archive, *fill(tmp_path / "in", 6, start=40))
        assert len(parts(archive)) == 2
        assert archive.verify() == []
        reports = {hit.report for query in map(sentence, range(0, 160, 7)) for hit in archive.search(query, k=30).hits}
        assert gone[0] not in reports
        assert len(reports) > 20
        for report in gone[1:8]:
            archive.remove(report)
        assert len(parts(archive)) == 1, "more than a tenth went: built anew"
        assert archive.verify() == []


def test_a_report_that_came_and_went_before_the_next_generation_is_no_difference(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 40))
        new = add(archive, *fill(tmp_path / "in", 1, start=40))[0]
        assert new.report
        archive.remove(new.report)
        later = [result.report for result in add(archive, *fill(tmp_path / "in", 6, start=50))]
        assert len(parts(archive)) == 2
        assert archive.verify() == []
        assert len(archive.search(sentence(200), report=new.report).hits) == 0
        for report in later:  # and it takes nobody's place with it
            for said in archive.statements(report=report):
                assert said.id in {hit.id for hit in archive.search(said.text, report=report).hits}


def test_lists_found_from_too_few_rows_are_found_again(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 30))
        add(archive, *fill(tmp_path / "in", 50, start=30))
        assert len(parts(archive)) == 1
        assert archive.verify() == []


def test_a_kind_that_a_person_changed_holds_under_a_filter(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 40))
        hit = archive.search(sentence(9), kind="problem", year=2021).hits[0]
        archive.label(hit.id, kind="measure", add=["training"])
        found = archive.search(hit.text, kind="measure", year=hit.year).hits
        assert hit.id in {one.id for one in found}
        assert hit.id not in {one.id for one in archive.search(hit.text, kind="problem", year=hit.year).hits}


@pytest.mark.parametrize(
    "name", ["rows.npy", "words/counts.json", "findings.txt", "vectors-0001.f16", "vectors-0001.faiss"]
)
def test_what_is_damaged_is_not_gone_on_from(tmp_path: Path, name: str):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 40))
        add(archive, *fill(tmp_path / "in", 6, start=40))
        folder = parts(archive)[0].parent
    content = (folder / name).read_bytes()
    middle = len(content) // 2
    (folder / name).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with Archive.open(tmp_path / "archive") as archive, Archive.open(tmp_path / "whole") as whole:
        assert archive.verify()
        add(archive, *fill(tmp_path / "in", 6, start=46))
        assert len(parts(archive)) == 1, "built anew from the store"
        assert archive.verify() == []
        add(whole, tmp_path / "in")
        assert answers(archive) == answers(whole)
        assert archive.check() == whole.check()
