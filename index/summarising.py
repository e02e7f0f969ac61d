"""An archive writes summaries. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.filters import make_filter

if TYPE_CHECKING:
    from index.store import Store
    from index.summary.records import Summary


class Summarising:
    """What of an archive has to do with summaries."""

    store: Store

    def summary(self, **filters: Any) -> Summary:
        """A written summary of the reports under a filter, each sentence with its sources.

        ``label`` and ``kind`` choose what is told of, not which reports count. Where no report fits, ``reports`` is
        0 and there are no parts.

        Raises:
            MingjianError: an unknown filter or value, or ``unanswered``, for which there are no shares of reports.
        """
        from index.summary.write import summarise

        return summarise(self.store, make_filter(**filters))
