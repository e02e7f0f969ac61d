"""Synonyms: what they add to a query, and the list itself."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from index import matching
from index.matching import prepare, synonyms
from index.settings import SYNONYM_WEIGHT

LISTS = tomllib.loads(Path(matching.__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))
GROUPS = [tuple(group) for group in LISTS["groups"]]


def test_a_word_brings_the_others_of_its_meaning() -> None:
    assert "身兼数职" in synonyms("搞公开的都是兼职")
    assert "链接失效" in synonyms("网站上死链多")
    assert synonyms("食堂红烧肉") == []


def test_a_word_within_a_longer_one_is_not_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = (("人工", "手工"), ("人工智能", "大模型"))
    matching._meanings.cache_clear()
    monkeypatch.setattr(matching, "_lists", lambda: (groups, frozenset()))
    try:
        assert synonyms("人工智能答复") == ["大模型"]
        assert synonyms("人工答复，人工智能检索") == ["手工", "大模型"]
    finally:
        matching._meanings.cache_clear()


def test_synonyms_weigh_less_and_never_repeat_the_querys_own_words() -> None:
    terms = prepare("兼职", lambda field, token: 1, 10).terms["words"]
    assert terms[0] == ("兼职", 1.0)
    assert {weight for _, weight in terms[1:]} == {SYNONYM_WEIGHT}
    assert len({token for token, _ in terms}) == len(terms)


def test_the_list_is_wide_and_clean() -> None:
    assert len(GROUPS) >= 150
    assert len(set(map(frozenset, GROUPS))) == len(GROUPS)
    for group in GROUPS:
        assert len(group) >= 2
        assert len(set(group)) == len(group), group
        assert all(len(word) >= 2 and word == "".join(word.split()) for word in group), group
    often = [word for word, count in Counter(word for group in GROUPS for word in group).items() if count > 2]
    assert often == []
