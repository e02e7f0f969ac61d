"""An archive whose indexes are far behind its store, where they cannot be brought up now."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, sentence

from index import archive as archive_module
from index import generations
from index.archive import Archive
from index.manifest import read_manifest
from index.publish import overdue
from index.searching import FAR_BEHIND
from nlp.errors import MingjianError


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MingjianError("Milvus 连不上")])
def test_a_search_answers_with_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception):
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    files = fill(tmp_path / "in", 60)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *files[:4])

    def fails(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("index.building.build", fails)
    monkeypatch.setattr(generations, "TAIL_MIN", 20)
    with Archive.open(tmp_path / "archive") as archive:
        with pytest.raises(MingjianError):
            add(archive, *files[4:])
        assert overdue(archive.store, read_manifest(archive.path)) > FAR_BEHIND
    with Archive.open(tmp_path / "archive") as archive:
        for number in (5, 100, 200):
            assert archive.search(sentence(number)).hits[0].text == sentence(number)
        assert archive.facets().reports == 60
