"""Text that section five takes from elsewhere: from the agency's last report, from another agency's report."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from index.histories import Line, Passage, Reuse, Span
from index.insight import reports_only
from index.reads import Reads, StatementRow
from index.records import Filter, ReportRow
from index.reuse_sources import Copied, copied_from
from index.spans import letters, runs
from index.store import Store
from nlp.reuse import GRAM, reused_share

__all__ = ["Copied", "copied_from", "last_years", "line", "reuse", "section_five", "taken"]

REUSED = 0.5  # share of this year's section five that last year's already held: from here on it is said again
IDS_AT_ONCE = 500


def reuse(store: Store, where: Filter) -> list[Reuse]:
    """Of the reports under a filter, those that take their section five from elsewhere, by place, agency and year.

    A report stands here where :func:`index.findings.check` says ``REUSE-YEAR`` or ``REUSE-AGENCY``.
    """
    from index.copies import copied_among  # which rests on this module

    copied = copied_among(store, where)
    with store.snapshot():
        reports = store.report_rows(reports_only(where), current_only=True)
        neighbours = last_years(store, reports)
        ids = [*neighbours.values(), *(one.source for one in copied.values())]
        every = {one.id: one for one in (*reports, *_rows(store, ids))}
        statements = section_five(store, every)
    out: list[Reuse] = []
    for report in reports:
        before = every.get(neighbours.get(report.id, ""))
        if before is not None and _share(report, before, statements) >= REUSED:
            out.append(taken(report, before, statements, "year"))
        source = every.get(copied[report.id].source) if report.id in copied else None  # it may have gone meanwhile
        if source is not None:
            out.append(taken(report, source, statements, "agency"))
    return out


def _share(now: ReportRow, source: ReportRow, statements: Mapping[str, Sequence[StatementRow]]) -> float:
    """What :func:`taken` gives as ``share``, unrounded and without looking for the places."""
    new, old = ("".join(s.text for s in statements.get(one.id, ())) for one in (now, source))
    return reused_share(new, old)


def section_five(store: Reads, ids: Iterable[str]) -> dict[str, list[StatementRow]]:
    """Report id → its problems and measures in reading order."""
    out: dict[str, list[StatementRow]] = defaultdict(list)
    wanted = [*dict.fromkeys(ids)]
    for part in range(0, len(wanted), IDS_AT_ONCE):
        chosen = Filter(report=tuple(wanted[part : part + IDS_AT_ONCE]), kind=("problem", "measure"))
        for statement in store.statements(chosen, current_only=True):
            out[statement.report].append(statement)
    return out


def _rows(store: Reads, ids: Sequence[str]) -> list[ReportRow]:
    wanted = [*dict.fromkeys(ids)]
    parts = (wanted[at : at + IDS_AT_ONCE] for at in range(0, len(wanted), IDS_AT_ONCE))
    return [row for part in parts for row in store.report_rows(Filter(report=tuple(part)), current_only=True)]


def last_years(store: Reads, reports: Sequence[ReportRow]) -> dict[str, str]:
    """Report id → id of the same agency's report of the year before, whether the filter takes that in or not."""
    found = store.query(
        "SELECT r.id, b.id FROM reports r JOIN reports b ON b.agency_key = r.agency_key AND b.year = r.year - 1"
        " WHERE r.id IN (SELECT value FROM json_each(?)) AND r.agency_key <> '' AND r.current = 1 AND b.current = 1"
        " ORDER BY r.id, b.id",
        (json.dumps([report.id for report in reports]),),
    ) if reports else []  # fmt: skip
    return {str(report): str(before) for report, before in found}


def taken(now: ReportRow, source: ReportRow, statements: Mapping[str, Sequence[StatementRow]], kind: str) -> Reuse:
    """What one report's section five takes from another's, statement by statement."""
    new, old = _Text(statements.get(now.id, ())), _Text(statements.get(source.id, ()))
    found = runs(new.letters, old.letters)
    spans: dict[tuple[int, int], list[tuple[int, Span]]] = defaultdict(list)
    for run in found:
        for start, at, length in _cut(run.start, run.source, run.length, new, old):
            span = Span(
                new.place(start), new.place(start + length - 1) + 1, old.place(at), old.place(at + length - 1) + 1
            )
            spans[new.owner[start], old.owner[at]].append((length, span))
    passages = tuple(
        Passage(line(new.rows[mine]), line(old.rows[theirs]), tuple(span for _, span in spans[mine, theirs]))
        for mine, theirs in sorted(spans)
        if sum(length for length, _ in spans[mine, theirs]) >= GRAM
    )
    share = sum(run.length for run in found) / len(new.letters) if found else 0.0
    return Reuse(kind, now.id, now.agency, now.year, source.id, source.agency, source.year, round(share, 4), passages)


def line(row: StatementRow) -> Line:
    """A statement with its place."""
    return Line(row.id, row.report, row.year, row.kind, row.text, row.start, row.stop, row.labels)


class _Text:
    """A section five as its letters; each knows its statement and its place in the report's text."""

    def __init__(self, rows: Sequence[StatementRow]) -> None:
        self.rows = rows
        self.owner: list[int] = []
        self._places: list[int] = []
        kept = []
        for number, row in enumerate(rows):
            for at in letters(row.text):
                kept.append(row.text[at])
                self.owner.append(number)
                self._places.append(row.start + at)
        self.letters = "".join(kept)

    def place(self, letter: int) -> int:
        """The offset of a letter into the report's text."""
        return self._places[letter]


def _cut(start: int, source: int, length: int, new: _Text, old: _Text) -> Iterable[tuple[int, int, int]]:
    """A run in pieces (start, source, length) that each lie within one statement on both sides."""
    first = 0
    for at in range(1, length + 1):
        if at < length and (new.owner[start + at], old.owner[source + at]) == (
            new.owner[start + first],
            old.owner[source + first],
        ):
            continue
        yield start + first, source + first, at - first
        first = at
