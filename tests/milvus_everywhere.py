"""``pytest -p milvus_everywhere``: every new archive of the tests has its index in a Milvus Lite server, not in files.

Each folder is given an address of its own, so each archive a collection of its own. Tests of what a local generation
is made of (:data:`LOCAL`) are left out.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from milvus_server import server

from index import archive, elsewhere
from index.store import Store

WRITTEN = "reads files, masks or word indexes of a local generation"
# File → test → why it is about a local generation; test_index_milvus.py asks of Milvus what there is the like of.
LOCAL: dict[str, dict[str, str]] = {
    "test_index_archive.py": {
        "test_a_tail_is_found_at_once_and_like_a_generation": "counts rows outside of the generation: there are none",
        "test_removed_rows_are_masked_and_rebuild_drops_them": "counts masked rows: they are gone at once",
    },
    "test_index_verify.py": {
        "test_a_flipped_byte_in_every_file_is_noticed": "names the files of FAISS and tantivy",
        "test_extra_files_are_named": "names the folder of the first generation: each change makes the next",
        **{
            f"test_rebuild_mends_what_is_derived[{what}]": "damages files of the first generation"
            for what in ("vectors", "words", "rows", "folder")
        },
    },
    "test_index_growing.py": {
        "test_continued_generations_answer_like_one_built_anew": WRITTEN,
        "test_what_went_stays_away_and_many_gaps_are_closed": WRITTEN,
        "test_a_report_that_came_and_went_before_the_next_generation_is_no_difference": WRITTEN,
        "test_lists_found_from_too_few_rows_are_found_again": WRITTEN,
        "test_what_is_damaged_is_not_gone_on_from": WRITTEN,
    },
    "test_index_phrases.py": {"test_a_phrase_is_looked_for_among_what_a_filter_keeps": WRITTEN},
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is only about local generations."""
    out = [
        item for item in items if {item.name, getattr(item, "originalname", "")} & LOCAL.get(item.path.name, {}).keys()
    ]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def address_of(folder: Path) -> str:
    """Where the index of a folder's archive is."""
    return server().address("t" + blake2b(str(folder.absolute()).encode(), digest_size=8).hexdigest())


@pytest.fixture(autouse=True, scope="session")
def _everything_in_milvus() -> Any:
    server()
    patch = pytest.MonkeyPatch()
    opened = archive.open_store

    def open_store(folder: Path, **more: Any) -> tuple[Store, bool]:
        store, fresh = opened(folder, **more)
        if fresh and not store.meta(elsewhere.META):
            with store.writing(), store.transaction() as tx:  # as `rebuild --index` notes it, before there is any row
                tx.set_meta(elsewhere.META, address_of(folder))
                tx.set_meta(elsewhere.META_KEY, elsewhere.fresh_key())
        return store, fresh

    patch.setattr(archive, "open_store", open_store)
    patch.setattr(elsewhere, "GRACE", 0.0)
    yield
    patch.undo()
