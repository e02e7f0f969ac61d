"""Groups compared, an agency over the years, text taken over. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.filters import make_filter
from index.labelnames import find_label
from index.records import Finding

if TYPE_CHECKING:
    from index.comparisons import Comparison, Together
    from index.histories import AgencyRow, History, Reuse
    from index.solved import Solved
    from index.store import Store


class Comparing:
    """What of an archive lays reports beside one another."""

    store: Store

    def compare(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> Comparison:
        """Two groups side by side: shares of reports that state each label, and what sets them apart.

        Args:
            left: filters as everywhere, as a mapping.
            right: the other group's.

        Raises:
            MingjianError: an unknown filter or value.
        """
        from index.compare import compare

        return compare(self.store, make_filter(**left), make_filter(**right))

    def together(self, **filters: Any) -> Together:
        """Which labels come together in reports, which measures answer which problems, what is left unanswered."""
        from index.together import together

        return together(self.store, make_filter(**filters))

    def solved(self, label: str, **filters: Any) -> Solved:
        """Agencies that stated a problem label and later state it no more, with the measures they wrote against it.

        Raises:
            MingjianError: an unknown label, filter or value.
        """
        from index.solved import solved

        return solved(self.store, find_label(label), make_filter(**filters))

    def agencies(self, text: str = "", **filters: Any) -> Sequence[AgencyRow]:
        """The agencies whose name holds a text, those with most reports first; filters as everywhere."""
        from index.agencies import agencies

        return agencies(self.store, make_filter(**filters), text)

    def agency(self, name: str) -> History:
        """One agency over the years: its figures, what it says again, what it takes from elsewhere.

        Args:
            name: its key (:class:`index.histories.AgencyRow`), name, part of its name, or the id of one of its reports.

        Raises:
            Missing: no agency is called so.
            Unclear: several are; the message names them.
        """
        from index.agencies import agency

        return agency(self.store, name)

    def reuse(self, **filters: Any) -> Sequence[Reuse]:
        """Reports that take section five from last year or from another agency, with the places in both texts."""
        from index.copying import reuse

        return reuse(self.store, make_filter(**filters))

    def check(self, **filters: Any) -> list[Finding]:
        """What a supervisor may want to look at: arithmetic, year-to-year, reuse."""
        from index.findings import check

        return check(self.store, make_filter(**filters))
