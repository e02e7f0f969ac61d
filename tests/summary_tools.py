"""A store for tests of summaries: hand-made reports with vectors, no parser and no model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archive_tools import HashEncoder

from index.embedding import Embedder, texts_of
from index.store import Store
from index.writes import put_report
from nlp.records import Report


def filled(folder: Path, reports: Iterable[Report]) -> Store:
    """A store of the reports with their vectors; the agency's name is what makes agencies one."""
    store = Store(folder / "store.sqlite3")
    embedder = Embedder(store, HashEncoder())
    with store.writing():
        for report in reports:
            found = embedder.missing(texts_of(report))
            with store.transaction() as tx:
                embedder.put(tx, found)
                place = report.metadata.region.province or ""
                put_report(tx, report, f"{place}{report.metadata.agency}", "1")
    return store
