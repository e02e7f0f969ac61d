"""What the store answers of a report's numbers and checks. :class:`index.reads.Reads` inherits it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from index.filters import report_clause
from index.readable import EVERYTHING, Readable
from index.records import Filter
from index.rows import CheckRow, FigureRow


class NumberReads(Readable):
    """What reading a store tells of numbers."""

    def figures(
        self, paths: Sequence[str] = (), where: Filter = EVERYTHING, *, prose: bool = False
    ) -> Iterator[FigureRow]:
        """Numbers of the current reports under a filter, by report and path; all paths where none is named."""
        clause = report_clause(where, current_only=True)
        among = " AND f.path IN (SELECT value FROM json_each(?))" if paths else ""
        rows = self.query(
            "SELECT f.report, f.path, f.value, f.state, f.raw, f.start, f.stop, f.unit, f.approximate, f.prose"
            f" FROM reports r JOIN figures f ON f.report = r.row WHERE {clause.sql} AND f.prose = ?{among}"
            " ORDER BY f.report, f.path, f.position",
            (*clause.params, int(prose), *([json.dumps(list(paths))] if paths else [])),
        )
        for row in rows:
            report, path, value, state, raw, start, stop, unit, approximate, in_prose = row
            yield FigureRow(report, path, value, state, raw, start, stop, unit, bool(approximate), bool(in_prose))

    def checks(self, where: Filter = EVERYTHING, *, status: Sequence[str] = ()) -> list[CheckRow]:
        """The checks of the reports under a filter, in the parser's order; ``status`` picks verdicts."""
        clause = report_clause(where)
        among = " AND c.status IN (SELECT value FROM json_each(?))" if status else ""
        rows = self.query(
            "SELECT c.report, c.rule, c.place, c.status, c.message FROM reports r"
            f" JOIN checks c ON c.report = r.row WHERE {clause.sql}{among} ORDER BY c.report, c.position",
            (*clause.params, *([json.dumps(list(status))] if status else [])),
        )
        return [CheckRow(*row) for row in rows]
