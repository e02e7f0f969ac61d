"""A whole government's report beside those of its own offices and lower governments (rule HIER-A)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from index.reads import Reads
from index.records import Filter, ReportRow
from nlp.checks import check_hierarchy
from nlp.records import Check

FEWEST = 2  # parts in the archive below which nothing is worth saying
# Organs under their own ministry: a local government's summary does not count them.
VERTICAL = frozenset({"tax", "ministry"})


def check_summaries(
    store: Reads, wanted: Sequence[ReportRow], tables: Callable[[ReportRow], Mapping[str, Any]]
) -> Iterator[tuple[str, Check]]:
    """(report id, check) of the whole governments among ``wanted`` that do not agree with the parts at hand.

    Nobody can tell from the archive whether every part's report is in it, so a sum that falls short is left
    "uncertain"; one that exceeds the summary fails, whatever is missing. What agrees is left out.
    """
    wholes = [report for report in wanted if sums_up(report)]
    if not wholes:
        return
    parts: dict[tuple[str, int], list[ReportRow]] = defaultdict(list)
    years = sorted({int(report.year or 0) for report in wholes})
    codes = sorted({str(report.region.code) for report in wholes})
    for report in store.report_rows(Filter(year=tuple(years)), current_only=True, under=codes):
        above = counted_by(report)
        if above and report.year:
            parts[above, report.year].append(report)
    for whole in wholes:
        below = [r for r in parts[str(whole.region.code), int(whole.year or 0)] if r.id != whole.id]
        if len(below) >= FEWEST:
            for check in check_hierarchy(tables(whole), [tables(report) for report in below], complete=False):
                if check.status != "pass":
                    yield whole.id, check


def sums_up(report: ReportRow) -> str | None:
    """The code of the division that this report sums up in its year; None where it is no such summary."""
    whole = report.scope == "government" and report.year and _holds_parts(report)
    return report.region.code or None if whole else None


def _holds_parts(whole: ReportRow) -> bool:
    """Whether other reports can be parts of this one: a township or a zone stands below the county of its code."""
    return whole.level in ("province", "city", "county")


def counted_by(report: ReportRow) -> str | None:
    """The code of the division whose summary counts this report; None where none does."""
    code = report.region.code
    if not code or report.agency_type in VERTICAL:
        return None
    if report.scope != "government" or not _holds_parts(report):
        return code
    if code.endswith("0000"):
        return None
    return f"{code[:2]}0000" if code.endswith("00") else f"{code[:4]}00"
