"""The questions that the store answers: rows in, records out. :class:`index.store.Store` inherits them.

Everything here reads one consistent state when called inside ``with store.snapshot():``. Callers that need a
count of their own write SQL against the schema documented in :mod:`index.migrations` and hand it to
:meth:`Reads.query`, with the conditions of :mod:`index.filters`, for example::

    clause = report_clause(filter)
    store.query(f"SELECT r.year, count(*) FROM reports r WHERE {clause.sql} GROUP BY 1", clause.params)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from index.filters import Clause, report_clause
from index.numberreads import NumberReads
from index.readable import EVERYTHING
from index.records import Filter, ReportRow, StoredReport
from index.rows import Candidate, CheckRow, FigureRow, Missing, StatementRow, decode_vectors
from index.statementreads import ALL_ROWS, StatementReads
from index.stores.address import plain_path
from nlp.records import Region

__all__ = ["Candidate", "CheckRow", "FigureRow", "Missing", "Reads", "StatementRow", "decode_vectors"]

UNDER = (  # of one of the divisions, or of one right below it
    "(r.code IN (SELECT value FROM json_each(?)) OR substr(r.code, 1, 4) || '00' IN (SELECT value FROM json_each(?))"
    " OR (substr(r.code, 5, 2) = '00' AND substr(r.code, 1, 2) || '0000' IN (SELECT value FROM json_each(?))))"
)

REPORT_COLUMNS = (
    "r.row, r.id, r.agency, r.agency_type, r.province, r.city, r.county, r.code, r.level, r.scope, r.year,"
    " r.form, r.title, r.source, r.problems, r.measures, r.failed_checks, r.current"
)
IN_ORDER = (
    "ORDER BY r.province NULLS FIRST, r.city NULLS FIRST, r.county NULLS FIRST, r.agency NULLS FIRST,"
    " r.year IS NULL, r.year, r.row"
)


class Reads(NumberReads, StatementReads):
    """The read side of the store. Its reports are read here, statements and numbers in what it inherits."""

    def counts(self) -> dict[str, int]:
        """Numbers of reports, statements (problems and measures), passages, files and labels."""
        row = self.query(
            "SELECT (SELECT count(*) FROM reports),"
            # A count with a condition would read every statement.
            " (SELECT coalesce(sum(problems + measures), 0) FROM reports), (SELECT count(*) FROM statements),"
            " (SELECT count(*) FROM files), (SELECT count(*) FROM labels)"
        )[0]
        reports, statements, rows, files, labels = (int(one) for one in row)
        return {
            "reports": reports,
            "statements": statements,
            "passages": rows - statements,
            "files": files,
            "labels": labels,
        }

    # -- reports ----------------------------------------------------------------------------------------

    def report_rows(
        self,
        where: Filter = EVERYTHING,
        *,
        current_only: bool = False,
        limit: int | None = None,
        offset: int = 0,
        under: Sequence[str] | None = None,
    ) -> list[ReportRow]:
        """The reports under a filter, by place, agency and year (unknown year last); a part of them with ``limit``.

        ``under``: codes of divisions; only reports of one of them, or of a division right below one.
        """
        clause = report_clause(where, current_only=current_only)
        if under is not None:
            clause = Clause(f"{clause.sql} AND {UNDER}", (*clause.params, *[json.dumps([*under])] * 3))
        with self.snapshot():
            if limit is not None or offset:
                found = self.query(
                    f"SELECT r.row FROM reports r WHERE {clause.sql} {IN_ORDER} LIMIT ? OFFSET ?",
                    (*clause.params, ALL_ROWS if limit is None else limit, offset),
                )
                clause = Clause("r.row IN (SELECT value FROM json_each(?))", (json.dumps([row for (row,) in found]),))
            rows = self.query(f"SELECT {REPORT_COLUMNS} FROM reports r WHERE {clause.sql} {IN_ORDER}", clause.params)
            warnings = self._warnings(clause)
        return [self._report_row(row, warnings.get(row[0], ())) for row in rows]

    def report_numbers(self, where: Filter = EVERYTHING, *, current_only: bool = True) -> dict[int, str]:
        """``reports.row`` → id of the reports under a filter."""
        clause = report_clause(where, current_only=current_only)
        rows = self.query(f"SELECT r.row, r.id FROM reports r WHERE {clause.sql} ORDER BY r.row", clause.params)
        return {int(row): str(report_id) for row, report_id in rows}

    def report(self, report_id: str) -> StoredReport:
        """One report with its text and its contract form; statements carry their ids.

        Raises:
            Missing: there is no such report.
        """
        with self.snapshot():
            return self._report(report_id)

    def tables(self, report_id: str) -> dict[str, Any]:
        """The ``statistics`` of one report in the contract's form; quicker than the whole of :meth:`report`.

        Raises:
            Missing: there is no such report.
        """
        found = self.query(
            "SELECT d.contract FROM reports r JOIN documents d ON d.report = r.row WHERE r.id = ?", (report_id,)
        )
        if not found:
            raise Missing(f"没有编号为“{report_id}”的报告，可用 mingjian list 查看全部报告")
        statistics: dict[str, Any] = json.loads(found[0][0])["statistics"]
        return statistics

    def _report(self, report_id: str) -> StoredReport:
        found = self.query(
            f"SELECT {REPORT_COLUMNS}, d.text, d.contract FROM reports r JOIN documents d ON d.report = r.row"
            " WHERE r.id = ?",
            (report_id,),
        )
        if not found:
            raise Missing(f"没有编号为“{report_id}”的报告，可用 mingjian list 查看全部报告")
        row = found[0]
        warnings = tuple(
            w[0] for w in self.query("SELECT warning FROM warnings WHERE report = ? ORDER BY position", (row[0],))
        )
        contract: dict[str, Any] = json.loads(row[-1])
        contract["warnings"] = list(warnings)
        self._with_ids(row[0], contract)
        return StoredReport(self._report_row(row[:-2], warnings), row[-2], contract)

    def _with_ids(self, report_row: int, contract: dict[str, Any]) -> None:
        """Put ids and today's labels on the statements of a contract form, and people's kinds in force."""
        read = contract["statements"]
        rows = self.query(
            "SELECT s.row, s.id, s.position, s.kind, s.text, s.title, s.status, s.start, s.stop FROM statements s"
            " WHERE s.report = ? AND (s.kind <> 'passage' OR s.position < ?) ORDER BY s.position",
            (report_row, len(read)),
        )
        labels = self._labels([row[0] for row in rows])
        stated: list[tuple[int, dict[str, Any]]] = []
        for row, statement_id, position, kind, text, title, status, start, stop in rows:
            whole = {"kind": kind, "text": text, "title": title, "status": status, "start": start, "end": stop}
            own = {"id": statement_id, "kind": kind, "status": status, "labels": list(labels.get(row, ()))}
            if kind != "passage":
                stated.append((row, {**(read[position] if position < len(read) else whole), **own}))
        if [(row[2], row[3]) for row in rows] != [(place, one["kind"]) for place, one in enumerate(read)]:
            stated.sort(key=lambda one: int(one[1]["start"]))
        contract["statements"] = [statement for _, statement in stated]
        if self._corrected(report_row):
            places = {row: place for place, (row, _) in enumerate(stated)}
            pairs = self.measures_of(places)
            contract["pairs"] = [[places[p], places[m]] for p in places for m in pairs.get(p, ())]

    def _corrected(self, report_row: int) -> bool:
        sql = "SELECT 1 FROM originals o JOIN statements s ON s.row = o.statement WHERE s.report = ? LIMIT 1"
        return bool(self.query(sql, (report_row,)))

    def stated(self, where: Filter = EVERYTHING) -> dict[str, tuple[str, ...]]:
        """Report id → the labels that it states, in alphabetical order; reports without labels are left out."""
        clause = report_clause(where)
        out: dict[str, tuple[str, ...]] = {}
        for report, label in self.query(
            f"SELECT r.id, t.label FROM reports r JOIN stated t ON t.report = r.row WHERE {clause.sql}"
            " ORDER BY r.row, t.label",
            clause.params,
        ):
            out[report] = (*out.get(report, ()), label)
        return out

    def files_of(self, report_id: str) -> list[str]:
        """The paths that hold a report, sorted; one of several machines' files stands there once."""
        rows = self.query("SELECT f.path FROM files f JOIN reports r ON r.row = f.report WHERE r.id = ?", (report_id,))
        return sorted({plain_path(name) for (name,) in rows})

    def _warnings(self, clause: Clause) -> dict[int, tuple[str, ...]]:
        rows = self.query(
            "SELECT w.report, w.warning FROM warnings w JOIN reports r ON r.row = w.report"
            f" WHERE {clause.sql} ORDER BY w.report, w.position",
            clause.params,
        )
        out: dict[int, tuple[str, ...]] = {}
        for report, warning in rows:
            out[report] = (*out.get(report, ()), warning)
        return out

    @staticmethod
    def _report_row(row: Sequence[Any], warnings: tuple[str, ...]) -> ReportRow:
        if not row[17]:
            warnings = (*warnings, "superseded")
        return ReportRow(
            id=row[1],
            agency=row[2],
            agency_type=row[3],
            region=Region(*row[4:8]),
            level=row[8],
            scope=row[9],
            year=row[10],
            form=row[11],
            title=row[12],
            source=row[13],
            problems=row[14],
            measures=row[15],
            failed_checks=row[16],
            warnings=warnings,
        )
