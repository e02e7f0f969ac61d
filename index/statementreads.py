"""What the store answers of statements and of their vectors. :class:`index.reads.Reads` inherits it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from index.filters import statement_clause
from index.readable import EVERYTHING, Readable
from index.records import Filter
from index.rows import Candidate, Missing, StatementRow, chunks, decode_vectors, region_of
from nlp.records import Region

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALL_ROWS = 2**62  # a LIMIT that is none
STATEMENT_COLUMNS = (
    "s.row, s.id, r.row, r.id, s.kind, s.text, s.title, s.section, s.start, s.stop, s.status, s.paired,"
    " r.agency, r.agency_type, r.province, r.city, r.county, r.code, r.level, r.scope, r.year, r.form, r.source,"
    " r.current"
)


class StatementReads(Readable):
    """What reading a store tells of statements and passages."""

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
