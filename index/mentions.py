"""That a report says something, without the words: what can be held of a million statements at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.filters import statement_clause
from index.reads import Reads
from index.records import Filter
from index.rows import CHUNK, chunks, region_of


class Mention(NamedTuple):
    """A statement without its words.

    Attributes:
        row, report: the integers of the statement and its report in the store.
        agency: the same text for every statement of one agency; one of its own for a report of an unknown agency.
        labels: ids, strongest first.
    """

    row: int
    report: int
    kind: str
    agency: str
    labels: tuple[str, ...]


def mentions(
    store: Reads, where: Filter, *, current_only: bool = False, reports: Sequence[int] | None = None
) -> Iterator[Mention]:
    """Statements and passages under a filter in reading order, as :meth:`Reads.statements` gives them."""
    clause = statement_clause(where, current_only=current_only)
    within = "" if reports is None else " AND s.report IN (SELECT value FROM json_each(?))"
    found = store.query(
        f"SELECT s.row, s.report, s.kind FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
        f"{within} ORDER BY s.report, s.position",
        (*clause.params, *([] if reports is None else [json.dumps(list(reports))])),
    )
    same: dict[str, str] = {}  # the same agencies and the same few labels come again and again
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        labels = _labels(store, [row for row, _, _ in part])
        agencies = _agencies(store, {report for _, report, _ in part})
        for row, report, kind in part:
            agency, borne = agencies[report], labels.get(row, ())
            yield Mention(row, report, kind, same.setdefault(agency, agency), known.setdefault(borne, borne))


def texts(store: Reads, rows: Iterable[int]) -> Iterator[tuple[int, str]]:
    """(row, text) of statements, in the order of ``rows``, read a part at a time; rows that are gone are left out."""
    for part in chunks(list(rows)):
        found = dict(
            store.query(
                "SELECT row, text FROM statements WHERE row IN (SELECT value FROM json_each(?))", (json.dumps(part),)
            )
        )
        yield from ((row, found[row]) for row in part if row in found)


def _labels(store: Reads, rows: list[int]) -> dict[int, tuple[str, ...]]:
    out: dict[int, tuple[str, ...]] = {}
    for statement, label in store.query(
        "SELECT statement, label FROM labels WHERE statement IN (SELECT value FROM json_each(?))"
        " ORDER BY statement, score DESC, label",
        (json.dumps(rows),),
    ):
        out[statement] = (*out.get(statement, ()), label)
    return out


def _agencies(store: Reads, reports: Iterable[int]) -> dict[int, str]:
    """Report → a text that stands for its agency and place, or for the report itself."""
    return {
        row: f"{region_of(*place)}{agency}" if agency else str(row)
        for row, agency, *place in store.query(
            "SELECT row, agency, province, city, county, code FROM reports"
            " WHERE row IN (SELECT value FROM json_each(?))",
            (json.dumps(list(reports)),),
        )
    }
