"""Statistics, what makes up a whole, peers, the metric dictionary. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.filters import make_filter

if TYPE_CHECKING:
    from index.peers import Peers
    from index.records import Measure, StatisticsTable
    from index.store import Store
    from index.structure import Structure


class Counting:
    """What of an archive counts the numbers of the statutory tables."""

    store: Store

    def statistics(
        self,
        measure: str | None = None,
        *,
        by: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        **filters: Any,
    ) -> StatisticsTable:
        """Numbers of the statutory tables, by report or summed over groups; ``limit`` and ``offset`` count rows."""
        from index.statistics import statistics

        return statistics(self.store, measure, by, make_filter(**filters), limit, offset)

    def structure(self, what: str = "outcomes", *, by: str | None = None, **filters: Any) -> Structure:
        """What a whole is made of: outcomes, reasons, applicants, review or suit, with each part's share.

        Args:
            what: its id or Chinese name (index/structures.toml).
            by: a grouping; None: all reports under the filter together.
            **filters: as everywhere.

        Raises:
            MingjianError: an unknown whole, grouping, filter or value.
        """
        from index.structure import structure

        return structure(self.store, what, by, make_filter(**filters))

    def peers(self, name: str, *, measure: str | None = None, within: str | None = None, **filters: Any) -> Peers:
        """An agency's rank, percentile and quartiles among agencies of its level and type in the same year.

        Args:
            name: the agency's key, name, part of its name, or the id of one of its reports.
            measure: one measure; None: every one that is no part of another.
            within: "province" or "city": only peers from there.
            **filters: ``year`` (none: the agency's last), ``province``, ``city`` and ``form`` of the peers.

        Raises:
            Missing, Unclear: no agency, or several, are called so.
            MingjianError: an unknown measure, a filter that peers cannot have, no report under the filter.
        """
        from index.peers import peers

        return peers(self.store, name, measure, within, make_filter(**filters))

    def measures(self) -> tuple[Measure, ...]:
        """The metric dictionary: every statistic with its definition, formula, unit and caveat."""
        from index.statistics import dictionary

        return dictionary()
