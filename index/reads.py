"""The questions that the store answers: rows in, records out. :class:`index.store.Store` inherits them.

Everything here reads one consistent state when called inside ``with store.snapshot():``. Callers that need a
count of their own write SQL against the schema documented in :mod:`index.migrations` and hand it to
:meth:`Reads.query`, with the conditions of :mod:`index.filters`, for example::

    clause = report_clause(filter)
    store.query(f"SELECT r.year, count(*) FROM reports r WHERE {clause.sql} GROUP BY 1", clause.params)
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from index.filters import Clause, report_clause, statement_clause
from index.numberreads import EVERYTHING, NumberReads
from index.records import Filter, ReportRow, StoredReport
from index.rows import Candidate, CheckRow, FigureRow, Missing, StatementRow, chunks, decode_vectors, region_of
from index.stores.address import plain_path
from nlp.records import Region

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
ALL_ROWS = 2**62  # a LIMIT that is none
STATEMENT_COLUMNS = (
    "s.row, s.id, r.row, r.id, s.kind, s.text, s.title, s.section, s.start, s.stop, s.status, s.paired,"
    " r.agency, r.agency_type, r.province, r.city, r.county, r.code, r.level, r.scope, r.year, r.form, r.source,"
    " r.current"
)


class Reads(NumberReads, ABC):
    """The read side of the store."""

    @abstractmethod
    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT; safe from any thread."""

    def table(self, columns: str, sql: str, params: Sequence[Any] = ()) -> list[Sequence[Any]]:
        """As :meth:`query`, for many rows of texts and numbers: ``columns`` are the names of what ``sql`` selects.

        A store may have them come as one value: each row that is fetched by itself lets all other threads run first.
        """
        del columns
        return list(self.query(sql, params))

    def numbers(self, column: str, sql: str, params: Sequence[Any] = ()) -> NDArray[np.int64]:
        """(n,) the integers of one column in the order of ``sql``; ``column``: its name there. As :meth:`table`."""
        import numpy as np

        return np.array([row[0] for row in self.query(sql, params)], dtype=np.int64)

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Within it, every read of this thread sees the same state; other threads wait."""

    # -- counters ---------------------------------------------------------------------------------------

    def meta(self, key: str, default: str = "") -> str:
        """A value of the ``meta`` table."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else default

    def sequence(self) -> int:
        """The number of the last change; 0 for an empty store."""
        return int(self.meta("sequence", "0"))

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

    # -- statements -------------------------------------------------------------------------------------

    def statements(
        self,
        where: Filter = EVERYTHING,
        *,
        current_only: bool = False,
        limit: int | None = None,
        offset: int = 0,
        reports: Sequence[int] | None = None,
    ) -> list[StatementRow]:
        """Statements and passages under a filter in reading order (by report, then place in it).

        Passages are included unless ``where.kind`` says otherwise. ``reports``: only of these (``reports.row``).
        """
        clause = statement_clause(where, current_only=current_only)
        within = "" if reports is None else " AND s.report IN (SELECT value FROM json_each(?))"
        some = () if reports is None else (json.dumps(list(reports)),)
        with self.snapshot():
            rows = self.query(
                f"SELECT {STATEMENT_COLUMNS} FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
                f"{within} ORDER BY s.report, s.position LIMIT ? OFFSET ?",
                (*clause.params, *some, ALL_ROWS if limit is None else limit, offset),
            )
            return self._statement_rows(rows)

    def statement(self, statement_id: str) -> StatementRow:
        """One statement or passage.

        Raises:
            Missing: there is no such statement.
        """
        rows = self.query(
            f"SELECT {STATEMENT_COLUMNS} FROM statements s JOIN reports r ON r.row = s.report WHERE s.id = ?",
            (statement_id,),
        )
        if not rows:
            raise Missing(f"没有编号为“{statement_id}”的语句")
        return self._statement_rows(rows)[0]

    def statements_at(self, rows: Iterable[int]) -> dict[int, StatementRow]:
        """Statements by ``row``; rows that are gone are left out."""
        wanted = [int(row) for row in rows]
        out: dict[int, StatementRow] = {}
        for part in chunks(wanted):
            found = self.query(
                f"SELECT {STATEMENT_COLUMNS} FROM statements s JOIN reports r ON r.row = s.report"
                " WHERE s.row IN (SELECT value FROM json_each(?))",
                (json.dumps(part),),
            )
            out.update((statement.row, statement) for statement in self._statement_rows(found))
        return out

    def candidates_at(self, rows: Iterable[int]) -> dict[int, Candidate]:
        """What ranking asks of statements, by ``row``; rows that are gone are left out."""
        wanted = [int(row) for row in rows]
        labels = self._labels(wanted)
        out: dict[int, Candidate] = {}
        for part in chunks(wanted):
            for row, report, kind, text, year, agency, *place in self.table(
                "row, id, kind, text, year, agency, province, city, county, code",
                "SELECT s.row, r.id, s.kind, s.text, r.year, r.agency, r.province, r.city, r.county, r.code"
                " FROM statements s JOIN reports r ON r.row = s.report"
                " WHERE s.row IN (SELECT value FROM json_each(?))",
                (json.dumps(part),),
            ):
                out[row] = Candidate(row, report, kind, text, year, agency, region_of(*place), labels.get(row, ()))
        return out

    def _statement_rows(self, rows: Sequence[tuple[Any, ...]]) -> list[StatementRow]:
        labels = self._labels([row[0] for row in rows])
        return [
            StatementRow(
                row=row[0],
                id=row[1],
                report_row=row[2],
                report=row[3],
                kind=row[4],
                text=row[5],
                title=row[6],
                section=row[7],
                start=row[8],
                stop=row[9],
                status=row[10],
                paired=bool(row[11]),
                agency=row[12],
                agency_type=row[13],
                region=Region(*row[14:18]),
                level=row[18],
                scope=row[19],
                year=row[20],
                form=row[21],
                source=row[22],
                current=bool(row[23]),
                labels=labels.get(row[0], ()),
            )
            for row in rows
        ]

    def _labels(self, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
        out: dict[int, tuple[str, ...]] = {}
        for part in chunks(list(rows)):
            for statement, label in self.table(
                "statement, label",
                "SELECT statement, label FROM labels"
                " WHERE statement IN (SELECT value FROM json_each(?))"
                " ORDER BY statement, score DESC, label",
                (json.dumps(part),),
            ):
                out[statement] = (*out.get(statement, ()), label)
        return out

    def pairs(self, where: Filter = EVERYTHING, *, current_only: bool = False) -> list[tuple[int, int]]:
        """(problem row, measure row) of the problems under a filter."""
        clause = statement_clause(where, current_only=current_only)
        return [
            (int(problem), int(measure))
            for problem, measure in self.query(
                "SELECT p.problem, p.measure FROM pairs p JOIN statements s ON s.row = p.problem"
                f" JOIN reports r ON r.row = s.report WHERE {clause.sql} ORDER BY 1, 2",
                clause.params,
            )
        ]

    def measures_of(self, problems: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Problem row → rows of the measures paired with it (only problems that have one)."""
        out: dict[int, tuple[int, ...]] = {}
        for part in chunks([int(row) for row in problems]):
            for problem, measure in self.query(
                "SELECT problem, measure FROM pairs WHERE problem IN (SELECT value FROM json_each(?)) ORDER BY 1, 2",
                (json.dumps(part),),
            ):
                out[problem] = (*out.get(problem, ()), measure)
        return out

    def problems_of(self, measures: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Measure row → rows of the problems that it stands against (only measures that have one)."""
        out: dict[int, tuple[int, ...]] = {}
        for part in chunks([int(row) for row in measures]):
            for measure, problem in self.query(
                "SELECT measure, problem FROM pairs WHERE measure IN (SELECT value FROM json_each(?)) ORDER BY 1, 2",
                (json.dumps(part),),
            ):
                out[measure] = (*out.get(measure, ()), problem)
        return out

    # -- vectors ----------------------------------------------------------------------------------------

    def model_id(self) -> int | None:
        """The row of ``models`` in use; None before the first report."""
        value = self.meta("model")
        return int(value) if value else None

    def vectors(self, rows: Iterable[int]) -> NDArray[np.float32]:
        """(n, d) float32, unit length, of the statements in the given order, by the model in use.

        Raises:
            Missing: a statement is gone or has no vector yet.
        """
        import numpy as np

        wanted = [int(row) for row in rows]
        found = self.vectors_there(wanted)
        absent = [row for row in wanted if row not in found]
        if absent:
            raise Missing(f"有 {len(absent)} 条语句缺少向量，请运行：mingjian rebuild")
        if not wanted:
            return np.zeros((0, self.dimension()), dtype=np.float32)
        return np.stack([found[row] for row in wanted])

    def vectors_there(self, rows: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """Row → (d,) float32, unit length, of those of the statements that are there and have a vector."""
        found: dict[int, bytes] = {}
        for part in chunks([int(row) for row in rows]):
            found.update(
                self.query(
                    "SELECT s.row, v.vector FROM statements s JOIN vectors v ON v.content = s.content AND v.model = ?"
                    " WHERE s.row IN (SELECT value FROM json_each(?))",
                    (self.model_id(), json.dumps(part)),
                )
            )
        return dict(zip(found, decode_vectors([*found.values()]), strict=True)) if found else {}

    def dimension(self) -> int:
        """Length of a vector of the model in use; 0 before the first report."""
        rows = self.query("SELECT dimension FROM models WHERE id = ?", (self.model_id(),))
        return int(rows[0][0]) if rows else 0
