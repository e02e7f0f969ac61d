"""Groups compared, an agency over the years, text taken over. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.filters import make_filter
from index.labelnames import find_label
from index.records import Finding, Solutions

if TYPE_CHECKING:
    from index.comparisons import Comparison, Together
    from index.countings import Checked, WarningCount
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

    def measures_against(self, label: str, /, *, k: int = 10, **filters: Any) -> Solutions:
        """The measures against every problem of a label, by measure label, with quotations; ``k`` groups at most.

        Raises:
            MingjianError: an unknown label, one of measures, an unknown filter or value.
        """
        from index.against import measures_against

        return measures_against(self.store, find_label(label), make_filter(**filters), k)

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

    def check_counts(self, *, wait: bool = True, **filters: Any) -> Checked:
        """The findings of :meth:`check` counted by rule and verdict.

        Args:
            wait: whether what is still to be worked out is waited for; if not, ``pending`` says what is missing.
            filters: as everywhere.
        """
        from index.findings import checked

        return checked(self.store, make_filter(**filters), wait=wait)

    def check_examples(
        self, rule: str, /, *, statuses: Sequence[str] = (), first: int | None = None, skip: int = 0, **filters: Any
    ) -> list[Finding]:
        """A rule's findings (empty: any rule's) as they are known now, the worst first.

        ``first``, ``skip``: those of so many reports only, after leaving out so many.
        """
        from index.findings import examples

        return examples(self.store, make_filter(**filters), rule, statuses, first, skip)

    def warning_counts(self, *, first: int = 10, **filters: Any) -> list[WarningCount]:
        """What reports say of themselves or lack, the most frequent first; each with its ``first`` reports."""
        from index.findings import warned

        return warned(self.store, make_filter(**filters), first)

    def check_prepare(self, step: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Work out what findings rest on and no generation holds; nobody who reads waits for it.

        Args:
            step: told how far it is, of how much; what it raises ends the work.
        """
        from index.copies import settle

        settle(self.store, step)
