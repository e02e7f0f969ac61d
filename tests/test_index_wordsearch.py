"""Statements and passages are searched by words in an index each; older generations have one of both."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, add, fill, sentence

from index import archive as archive_module
from index import building, generations, publish
from index.archive import Archive
from index.building import KIND_CODES, WORD_PARTS
from index.filters import make_filter, statement_clause
from index.lexical import FIELDS, TOKENIZERS, SmallLexicon
from index.manifest import read_manifest
from index.wordsearch import among
from nlp.errors import MingjianError

STATEMENTS = ("problem", "measure")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


def filled(folder: Path, files: Path, count: int = 30) -> Archive:
    archive = Archive.open(folder)
    add(archive, *fill(files, count))
    return archive


def generation(archive: Archive) -> Path:
    manifest = read_manifest(archive.path)
    assert manifest is not None
    return generations.folder_of(archive.path, manifest.generation)


def one_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build as before there were two."""
    monkeypatch.setattr(building, "WORD_PARTS", {"words": tuple(KIND_CODES)})


def rows_of(archive: Archive, kinds: tuple[str, ...]) -> list[tuple[int, str]]:
    marks = ", ".join("?" * len(kinds))
    sql = f"SELECT row, text FROM statements WHERE kind IN ({marks}) ORDER BY row"
    return [(row, text) for row, text in archive.store.query(sql, kinds)]


def terms_of(text: str, field: str) -> list[tuple[str, float]]:
    return [(token, 1.0) for token in dict.fromkeys(TOKENIZERS[field](text))]


@pytest.mark.parametrize("part", [0, 100], ids=["all in the generation", "all in the tail"])
@pytest.mark.parametrize("kinds", [STATEMENTS, ("passage",)])
def test_each_sort_is_scored_among_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds, part):
    monkeypatch.setattr(generations, "TAIL_MIN", 1 if not part else 10_000)
    archive = filled(tmp_path / "a", tmp_path / "in")
    view = archive.searcher()._view
    assert (view.tail > 0) == bool(part)
    rows = rows_of(archive, kinds)
    oracle = SmallLexicon([{f: TOKENIZERS[f](text) for f in FIELDS} for _, text in rows], None)
    allowed = view.allowed(make_filter(kind=list(kinds)))
    for field in FIELDS:
        for number in (3, 50):
            terms = terms_of(sentence(number), field)
            places, scores = oracle.search(field, terms, 15, None)
            positions, found = view.matching(field, terms, 15, allowed)
            assert view.rows_at(positions) == [rows[place][0] for place in places.tolist()]
            assert found.tolist() == pytest.approx(scores.tolist(), rel=1e-5)
    assert view.documents == len(rows_of(archive, STATEMENTS))
    token = terms_of(sentence(3), "words")[0][0]
    held = sum(token in TOKENIZERS["words"](text) for _, text in rows_of(archive, STATEMENTS))
    assert view.frequency("words", token) == held
    archive.close()


def test_both_sorts_together_and_few_of_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generations, "TAIL_MIN", 1)
    archive = filled(tmp_path / "a", tmp_path / "in")
    view = archive.searcher()._view
    everything = rows_of(archive, tuple(KIND_CODES))
    tokens = {row: set(TOKENIZERS["grams"](text)) for row, text in everything}
    terms = terms_of(sentence(7) + rows_of(archive, ("passage",))[2][1], "grams")
    wanted = {token for token, _ in terms}
    holding = {row for row, held in tokens.items() if held & wanted}
    positions, _ = view.matching("grams", terms, 10_000, view.allowed(make_filter(kind=[*KIND_CODES])))
    assert set(view.rows_at(positions)) == holding
    chosen = [row for row, _ in everything][::7]
    positions, _ = view.matching("grams", terms, 10_000, view.mask_of(chosen))
    assert set(view.rows_at(positions)) == holding & set(chosen)
    archive.close()


def test_a_statement_that_became_a_passage_is_found_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It stays in the index that it was put into."""
    monkeypatch.setattr(generations, "TAIL_MIN", 1)
    archive = filled(tmp_path / "a", tmp_path / "in")
    row, text = rows_of(archive, ("problem",))[5]
    number = archive.store.statements_at([row])[row].id
    archive.label(number, kind="none", by="甲")
    assert not [h for h in archive.search(f"“{text}”", kind=[*STATEMENTS]).hits if h.id == number]
    assert number in [h.id for h in archive.search(f"“{text}”", kind=["passage"]).hits]
    view = archive.searcher()._view
    positions, _ = view.matching("words", terms_of(text, "words"), 5, view.allowed(make_filter(kind=["passage"])))
    assert row in view.rows_at(positions)
    archive.close()


def test_an_older_generation_answers_grows_and_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generations, "TAIL_MIN", 1)
    monkeypatch.setattr(publish, "EXTEND_FROM", 10)
    with monkeypatch.context() as before:
        one_index(before)
        filled(tmp_path / "a", tmp_path / "in").close()
    with Archive.open(tmp_path / "a") as archive:
        assert building.word_folders(generation(archive)) == ["words"]
        asked = rows_of(archive, ("problem",))[5][1]
        assert archive.search(asked).hits
        assert archive.searcher()._view.documents == len(rows_of(archive, tuple(KIND_CODES)))
        add(archive, *fill(tmp_path / "in", 4, start=30))
        assert building.word_folders(generation(archive)) == ["words"], "it is continued as it was"
        assert archive.search(rows_of(archive, ("problem",))[-1][1]).hits
        assert archive.verify() == []
        archive.rebuild()
        assert building.word_folders(generation(archive)) == [*WORD_PARTS]
        assert archive.search(asked).hits
        assert archive.verify() == []


@pytest.mark.parametrize("name", [*WORD_PARTS])
def test_an_index_that_is_gone_is_told_and_mended(tmp_path: Path, name: str):
    with filled(tmp_path / "a", tmp_path / "in") as archive:
        shutil.rmtree(generation(archive) / name)
        assert archive.verify()
    with Archive.open(tmp_path / "a") as archive:
        with pytest.raises(MingjianError, match="mingjian rebuild"):
            archive.search("工作人员")
        archive.rebuild()
        assert archive.search("工作人员").hits
        assert archive.verify() == []


def test_more_is_asked_for_than_there_is(tmp_path: Path):
    """A word that every text holds, more hits wanted than a filter keeps: it ends."""
    from index import lexical

    lexical.build(tmp_path / "words", [f"w0 w{number % 7}" for number in range(1200)])
    allowed = np.zeros(1200, dtype=bool)
    allowed[:600] = True
    found, _ = lexical.Lexicon(tmp_path / "words").search("grams", [("w0", 1.0)], 1000, allowed)
    assert sorted(found.tolist()) == [*range(600)]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"year": 2021},
        {"year": [2020, 2021], "kind": "problem"},
        {"kind": ["problem", "measure"], "not_level": "township"},
        {"not_year": 2021, "not_agency_type": "education"},
        {"not_province": "浙江省", "kind": "problem"},
        {"not_city": "宁波", "not_county": ["第1区", "第2区"]},
        {"kind": "passage", "year": 2022},
        {"label": "training", "kind": "measure"},
        {"unanswered": True},
    ],
    ids=str,
)
def test_what_is_known_of_a_filter_is_what_it_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked):
    archive = filled(tmp_path / "a", tmp_path / "in")
    monkeypatch.setattr(generations, "TAIL_MIN", 10_000)
    add(archive, *fill(tmp_path / "more", 5, start=100))
    archive.remove(archive.list(limit=1)[0].id)
    view = archive.searcher()._view
    where = make_filter(**asked)
    clause = statement_clause(where)
    sql = f"SELECT s.row FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
    right = {row for (row,) in archive.store.query(sql, clause.params)}
    mask = view.allowed(where)
    assert set(view.rows_at(np.flatnonzero(mask))) == right
    base = view.generation.vectors.size
    assert 0 < base < view.size
    if mask.packed is not None:
        kept, bits = mask.packed
        assert kept == np.count_nonzero(mask[:base])
        assert bits is None or np.unpackbits(bits, count=view.size, bitorder="little").tolist() == [*map(int, mask)]
        assert mask.whole == (base, bool(mask[:base].all()), bool(mask[base:].all()))
    for number, kept in enumerate(view._words._kept(mask)):
        within = among(view._kinds[:base], view._words._parts[number].kinds)
        assert kept.count == np.count_nonzero(mask[:base] & within)
