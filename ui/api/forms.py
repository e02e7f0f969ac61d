"""JSON forms of what the command line does not print: a statement of a list, the labels."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index.rows import StatementRow
from index.saved import SavedSearch
from nlp.taxonomy import Entry, Taxonomy
from ui.state import filter_from

INTERNAL = ("row", "report_row", "stop", "current")


def statement(row: StatementRow) -> dict[str, Any]:
    """A statement with its report's facts, in the names of a search hit."""
    out = asdict(row)
    for name in INTERNAL:
        del out[name]
    return {**out, "labels": list(row.labels), "end": row.stop}


def saved(one: SavedSearch) -> dict[str, Any]:
    """A search that is kept, as ``/search`` takes it; ``params``: the same as the page's address has it."""
    return {**one.to_dict(), "query": one.query, "filters": filter_from(one.params).to_dict()}


def taxonomy() -> dict[str, Any]:
    """All labels: what each means, where it begins and ends, which measures answer it."""
    found = Taxonomy.load()
    return {
        "version": found.version,
        "fingerprint": found.fingerprint,
        "groups": dict(found.groups),
        "labels": [_entry(entry) for entry in found],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        **label(entry),
        "code": entry.code,
        "definition": entry.definition,
        "include": entry.include,
        "exclude": entry.exclude,
        "examples": list(entry.examples),
        "answered_by": list(entry.answered_by),
        "answered_also_by": list(entry.answered_also_by),
    }


def label(entry: Entry) -> dict[str, str]:
    """A label in short."""
    return {"id": entry.id, "name": entry.zh, "kind": entry.kind, "group": entry.group}
