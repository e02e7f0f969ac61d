"""Whom to read for a few reports: the samples of their texts choose all whom reading everything would choose."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, add, write_report
from hypothesis import given
from hypothesis import strategies as st

from index import archive as archive_module
from index import columnfiles, lenders, reuse_sources, sketches
from index.archive import Archive
from index.columns import kept_of
from index.records import Filter
from index.sketches import Sketches, sample, sketches_of
from nlp.reuse import GRAM

KNOWN = [2361214313, 250132365, 103914310, 1458516213]
LETTERS = "公开信息更新不及时部分科室人员业务能力较弱政策解读形式单一平台建设有待加强依申请答复规范监督检查培训宣传渠道"


def sentence(rng: random.Random, length: int = 45) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(length)) + "。"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Forty agencies over two years; some take whole sentences, halves of sentences or all of an earlier report."""
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    rng, said = random.Random(5), dict[tuple[int, int], list[str]]()
    for year in (2020, 2021):
        for number in range(40):
            texts = [sentence(rng) for _ in range(4)]
            source = said.get((rng.randrange(40), 2020)) if year == 2021 else None
            if source and number % 4 == 0:
                texts = [*source[:2], *texts[2:]]
            elif source and number % 4 == 1:
                texts = [old[:30] + new[30:] for old, new in zip(source, texts, strict=True)]
            elif source and number % 4 == 2:
                texts = source[::-1]
            said[number, year] = texts
            write_report(
                tmp_path / "in",
                f"{number:02d}-{year}",
                agency=f"第{number}局",
                year=year,
                region=["浙江省", "宁波市", "北仑区", f"33{number:04d}"],
                problems=[[text, ["timeliness_poor"]] for text in texts[:2]],
                measures=[[text, ["timeliness_improve"]] for text in texts[2:]],
                passages=[sentence(rng)],
            )
    with Archive.open(tmp_path / "archive") as opened:
        add(opened, tmp_path / "in")
        yield opened


def test_reading_a_few_says_what_reading_all_says(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Filter(report=(row.id,)) for row in archive.list()] + [Filter(agency=("第1局",)), Filter(year=(2035,))]
    few = [reuse_sources.copied_from(archive.store, where) for where in asked]
    everything = {int(row) for (row,) in archive.store.query("SELECT r.row FROM reports r")}
    monkeypatch.setattr(reuse_sources, "lenders", lambda *_: everything)
    assert few == [reuse_sources.copied_from(archive.store, where) for where in asked]
    assert sum(map(len, few)) >= 25, "there is something to find"


def test_only_near_texts_are_read(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    texts = reuse_sources._texts

    def seen(store: object, among: set[int] | None = None) -> object:
        read.append(len(among or ()))
        return texts(store, among)  # type: ignore[arg-type]

    monkeypatch.setattr(reuse_sources, "_texts", seen)
    (one,) = archive.list(agency="第2局", year=2021)
    assert reuse_sources.copied_from(archive.store, Filter(report=(one.id,)))
    assert read[0] <= 4
    monkeypatch.setattr(lenders, "READ", 1)
    assert reuse_sources.copied_from(archive.store, Filter(report=(one.id,))), "the likeliest is read first"


def test_samples_are_kept_brought_up_and_read_back(archive: Archive, tmp_path: Path) -> None:
    def same(one: Sketches, other: Sketches) -> bool:
        return all(
            np.array_equal(getattr(one, name), getattr(other, name)) for name in ("rows", "seals", "sizes", "hashes")
        )

    def anew() -> Sketches:
        kept_of(archive.store).sketches, kept_of(archive.store).anew = None, True
        return sketches_of(archive.store)

    first = sketches_of(archive.store)
    archive.rebuild()
    folder = columnfiles.folder_in_force(archive.path)
    assert folder is not None
    held = columnfiles.load_sketches(folder)
    assert held is not None
    assert same(held, first)
    archive.remove(archive.list(agency="第7局")[0].id)
    write_report(tmp_path / "more", "x", agency="新局", problems=[["新来的一句话，说公开信息更新不及时。", []]])
    add(archive, tmp_path / "more")
    problem = archive.statements(agency=["第9局"], kind=["problem"])[0]
    archive.label(problem.id, kind="none", by="张三")
    brought = sketches_of(archive.store)
    assert not same(brought, first)
    assert same(brought, anew())
    (folder / columnfiles.SKETCHES).write_bytes(b"PK damaged")
    assert columnfiles.load_sketches(folder) is None


@given(st.text(LETTERS, max_size=200), st.text(LETTERS, max_size=50))
def test_the_same_runs_are_sampled_wherever_they_stand(text: str, before: str) -> None:
    mine, moved = set(sample(text).tolist()), set(sample(before + text).tolist())
    assert mine <= moved
    if len(text) < GRAM:
        assert not mine


def test_one_run_of_four_is_sampled_the_same_in_every_process() -> None:
    text = "".join(chr(0x4E00 + at) for at in range(8000))
    assert abs(len(sample(text)) / 8000 - 1 / sketches.SAMPLED) < 0.03
    assert sample("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥").tolist() == KNOWN
