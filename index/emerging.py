"""Which topics are new or growing after a given year: shares of reports before and since, tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.settings import FEW
from index.shares import discoveries, fisher

RECENT_YEARS = 2
GROWTH = 2.0  # the share of the reports since then is at least so many times the earlier one
FEWEST_RECENT = 5  # reports that state the topic since then …
FEWEST_AGENCIES = 3  # … of so many agencies: one agency repeating itself is no movement
CERTAINTY = 0.05


@dataclass(frozen=True, slots=True)
class Emergence:
    """A topic's share of the reports since a year beside its share before: ``recent`` of ``recent_of`` reports with
    a section five state it since then, ``before`` of ``before_of`` did before.

    ``agencies`` state it since then. ``p``: of Fisher's exact test that both shares are one. ``few``: fewer than
    five reports on one side.
    """

    since: int
    recent: int
    recent_of: int
    before: int
    before_of: int
    agencies: int
    p: float
    few: bool

    @property
    def new(self) -> bool:
        """Nobody stated it before."""
        return self.before == 0

    @property
    def words(self) -> str:
        """“2022年起 20 份报告中有 14 份写到（70%），此前 30 份中有 0 份（0%）”; few reports are marked."""
        since = f"{self.since}年起 {_counted(self.recent, self.recent_of, '份报告')}"
        before = f"此前 {_counted(self.before, self.before_of, '份')}"
        return f"{since}，{before}" + (f"；有一边不足{FEW}份，仅供参考" if self.few else "")


def _counted(stating: int, reports: int, unit: str) -> str:
    written = "写到" if unit != "份" else ""
    return f"{reports} {unit}中有 {stating} 份{written}（{stating / reports:.0%}）"


def first_recent_year(reports: Mapping[int, int], since: int | None = None) -> int | None:
    """The year from which on something counts as new: the one asked for, else the last year but one.

    Args:
        reports: reports by year.
        since: the year asked for.

    Returns:
        None where there is nothing before it, or nothing since: then nothing can be said to be new.
    """
    years = sorted(year for year, count in reports.items() if count)
    if since is None:
        since = years[-RECENT_YEARS] if len(years) > RECENT_YEARS else None
    if since is None or not years or not years[0] < since <= years[-1]:
        return None
    return since


def emergence(stating: Mapping[int, int], reports: Mapping[int, int], since: int, agencies: int) -> Emergence:
    """One topic's share of the reports since a year, beside its share before.

    Args:
        stating: reports that state the topic, by year.
        reports: all reports with a section five, by year.
        since: the first recent year; there are reports on both sides.
        agencies: how many agencies state it since then.
    """
    recent, before = (_sum(stating, since, late) for late in (True, False))
    recent_of, before_of = (_sum(reports, since, late) for late in (True, False))
    p = fisher((recent, recent_of), (before, before_of)) if recent_of and before_of else 1.0
    return Emergence(since, recent, recent_of, before, before_of, agencies, p, min(recent_of, before_of) < FEW)


def emerging(found: Sequence[Emergence]) -> list[bool]:
    """Which of several topics are new or growing: many reports, twice the share, and no chance.

    Fisher's exact test of the two shares, false discoveries held to 5 % over all topics that are looked at.
    """
    sure = discoveries([one.p for one in found], CERTAINTY)
    return [
        real
        and one.recent >= FEWEST_RECENT
        and one.agencies >= FEWEST_AGENCIES
        and one.recent * one.before_of >= GROWTH * one.before * one.recent_of
        for one, real in zip(found, sure, strict=True)
    ]


def _sum(counts: Mapping[int, int], since: int, late: bool) -> int:
    return sum(count for year, count in counts.items() if (year >= since) == late)
