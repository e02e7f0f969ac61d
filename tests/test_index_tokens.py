"""Words of the index: compounds give their parts, the same from both engines, and the manifest notices a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill
from hypothesis import given, settings
from hypothesis import strategies as st

from index import archive as archive_module
from index.archive import Archive
from index.manifest import ArchiveMismatch, read_manifest
from index.matching import found_terms, prepare
from index.publish import segmenter
from index.tokens import CUT, word_tokens
from nlp.segment import SEGMENTER, domain_words, search_words, words


def test_a_compound_gives_its_parts_before_itself() -> None:
    assert word_tokens("公开渠道较窄") == ["公开", "渠道", "公开渠道", "较窄"]
    assert word_tokens("政务新媒体") == ["政务", "媒体", "新媒体", "政务新媒体"]


def test_addresses_numbers_and_short_words_have_no_parts() -> None:
    assert word_tokens("2021年，见www.example.gov.cn，窄") == ["2021", "年", "见", "www.example.gov.cn", "窄"]


@pytest.mark.parametrize("engine", ["jieba", "rjieba"])
def test_both_engines_give_the_same_parts(engine: str) -> None:
    if engine == "rjieba":
        pytest.importorskip("rjieba")
    text = "，".join(domain_words())
    assert search_words(text, engine) == search_words(text)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="政务公开渠道信息依申请答复不及时，。1a. ", max_size=60))
def test_the_words_are_all_there_in_order_and_parts_lie_within_the_next_word(text: str) -> None:
    whole = words(text)
    place = 0
    for token in search_words(text):
        if place < len(whole) and token == whole[place]:
            place += 1
        else:
            assert token in whole[place]
            assert len(token) < len(whole[place])
    assert place == len(whole)


def test_a_query_meets_the_compound_that_holds_its_word() -> None:
    query = prepare("渠道", lambda field, token: 1, 10)
    assert {token for token, weight in query.terms["words"] if weight == 1.0} & set(word_tokens("公开渠道较窄"))


def test_parts_are_not_told_beside_the_compound_that_was_found() -> None:
    query = prepare("公开渠道", lambda field, token: 1, 10)
    assert found_terms(query, "公开渠道较窄") == ("公开渠道",)
    assert "渠道" in found_terms(query, "渠道较窄")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    return Archive.open(tmp_path / "archive")


def test_the_manifest_names_how_words_were_cut(archive: Archive, tmp_path: Path) -> None:
    fill(tmp_path / "in", 20)
    add(archive, tmp_path / "in")
    manifest = read_manifest(archive.path)
    assert manifest is not None
    assert manifest.segmenter == segmenter() == f"{SEGMENTER}+{CUT}"


def test_words_cut_in_another_way_are_refused_and_the_next_add_cuts_them_anew(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "in", 20)
    with monkeypatch.context() as before:
        before.setattr("index.publish.segmenter", lambda: SEGMENTER)
        add(archive, tmp_path / "in")
    with Archive.open(archive.path) as opened:
        with pytest.raises(ArchiveMismatch, match=r"分词器.*mingjian rebuild"):
            opened.search("公开渠道")
        generation = opened.info()["generation"]
        fill(tmp_path / "more", 1, start=20)
        add(opened, tmp_path / "more")
        assert opened.info()["generation"] == generation + 1
        assert opened.search("公开渠道").hits
        assert opened.verify() == []
