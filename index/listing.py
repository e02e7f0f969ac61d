"""Lists of what an archive holds, whole or a page at a time. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from index.filters import make_filter, merge
from index.records import Filter, ReportRow
from index.rows import StatementRow

if TYPE_CHECKING:
    from index.store import Store

STATEMENT_KINDS = ("problem", "measure")


class Listing:
    """What of an archive lists reports and statements."""

    store: Store

    def list(self, *, limit: int | None = None, offset: int = 0, **filters: Any) -> Sequence[ReportRow]:
        """The reports under a filter, by place, agency and year.

        ``limit``, ``offset``: at most so many, after leaving out so many; :meth:`count` tells how many there are.
        """
        where = make_filter(**filters)
        if limit is None and not offset:
            return self.store.report_rows(where)
        from index.ordering import page

        return page(self.store, where, limit, offset)

    def count(self, **filters: Any) -> int:
        """How many reports are under a filter."""
        from index.tallying import report_count

        return report_count(self.store, make_filter(**filters))

    def sources(self) -> Sequence[str]:
        """The file names that the reports came with."""
        return [source for (source,) in self.store.query("SELECT r.source FROM reports r ORDER BY r.row")]

    def latest(self, k: int = 10) -> Sequence[ReportRow]:
        """The k reports that came in last, the latest first."""
        newest = "SELECT r.row, r.id FROM reports r WHERE r.current = 1 ORDER BY r.row DESC LIMIT ?"
        with self.store.snapshot():
            order = {report: row for row, report in self.store.query(newest, (max(0, k),))}
            rows = self.store.report_rows(Filter(report=tuple(order))) if order else []
        return sorted(rows, key=lambda row: -order[row.id])

    def statements(self, *, limit: int | None = None, offset: int = 0, **filters: Any) -> Sequence[StatementRow]:
        """Problems and measures under a filter, in reading order; passages where ``kind`` asks for them.

        ``limit``, ``offset``: as of :meth:`list`; :meth:`count_statements` tells how many there are.
        """
        return self.store.statements(_stating(filters), limit=limit, offset=offset)

    def count_statements(self, **filters: Any) -> int:
        """How many statements :meth:`statements` gives."""
        from index.tallying import statement_count

        return statement_count(self.store, _stating(filters))

    def stated(self, **filters: Any) -> dict[str, tuple[str, ...]]:
        """Report id → the labels that it states, of the reports under a filter."""
        return self.store.stated(make_filter(**filters))


def _stating(filters: dict[str, Any]) -> Filter:
    where = make_filter(**filters)
    return where if where.kind else merge(where, Filter(kind=STATEMENT_KINDS))
