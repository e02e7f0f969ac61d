"""Quoted phrases are found as they stand, whatever filter they are looked for under."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, add, fill

from index import archive as archive_module
from index import generations, lexical, viewing, wordsearch
from index.archive import Archive
from index.filters import make_filter

PHRASES = ("统计服务", "针对第", "句话说的是", "第7", "号", "没有这句")


@pytest.mark.parametrize("limit", [50_000, 60])
def test_a_phrase_is_looked_for_among_what_a_filter_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int):
    """However many other texts hold it: few are looked through here, and those of the filter are found all the same."""
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    monkeypatch.setattr(generations, "TAIL_MIN", 1)
    monkeypatch.setattr(viewing, "PHRASE_ROWS", limit)
    monkeypatch.setattr(lexical, "SMALL_SET", 5)
    monkeypatch.setattr(wordsearch, "SMALL_SET", 5)
    archive = Archive.open(tmp_path / "a")
    add(archive, *fill(tmp_path / "in", 60))
    view = archive.searcher()._view
    looked = 0
    for where in (
        {},
        {"year": 2021},
        {"county": "第3区"},
        {"kind": "passage", "year": 2022},
        {"label": "training"},
        {"county": "第3区", "kind": "problem"},
    ):
        allowed = view.allowed(make_filter(**where))
        if np.count_nonzero(allowed) > limit:
            continue
        looked += 1
        rows = archive.store.statements_at(view.rows_at(np.flatnonzero(allowed)))
        for phrase in {*PHRASES, *(row.text[:6] for row in rows.values())}:
            found = view.rows_at(np.flatnonzero(view.holding(phrase, allowed)))
            assert found == sorted(row for row, one in rows.items() if phrase in one.text), (where, phrase)
    assert looked >= 2
    archive.close()
