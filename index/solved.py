"""Problems that an agency stated and then stated no more, with the measures that it wrote against them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.agencies import IDENTITY
from index.copying import line
from index.filters import report_clause
from index.histories import Line
from index.insight import reports_only
from index.reads import Reads, StatementRow
from index.records import Filter
from nlp.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Ended:
    """One agency's problem of one label that its later reports do not state any more.

    Attributes:
        years: the years that state it, rising; later: the years after them, none of which does.
        problems: its sentences in the last of ``years``; measures: those paired with them there.
    """

    key: str
    agency: str
    report: str
    years: tuple[int, ...]
    later: tuple[int, ...]
    problems: tuple[Line, ...]
    measures: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Solved:
    """Who states a problem no more. Stated no more is not solved for certain: it may have been left out.

    Attributes:
        agencies: agencies with reports of several years that stated the problem before their last report.
        ended: those whose later reports do not, most later reports first, those that wrote measures before others.
    """

    label: str
    name: str
    filter: Filter
    agencies: int
    ended: tuple[Ended, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "label": self.label,
            "name": self.name,
            "filters": self.filter.to_dict(),
            "agencies": self.agencies,
            "ended": [asdict(one) for one in self.ended],
        }


def solved(store: Reads, label: str, where: Filter) -> Solved:
    """Agencies that stated a problem label and whose later reports (with a section five) state it no more.

    Filters choose reports; an agency's years are those under the filter.
    """
    with store.snapshot():
        clause = report_clause(reports_only(where), current_only=True)
        rows = store.query(
            f"SELECT {IDENTITY}, r.agency, r.id, r.year, t.label IS NOT NULL FROM reports r"
            " LEFT JOIN stated t ON t.report = r.row AND t.label = ?"
            f" WHERE {clause.sql} AND r.has_issues = 1 AND r.year IS NOT NULL AND r.agency IS NOT NULL"
            " ORDER BY r.year, r.row",
            (label, *clause.params),
        )
        years: dict[str, list[tuple[str, str, int, bool]]] = defaultdict(list)
        for key, agency, report, year, stated in rows:
            years[str(key)].append((str(agency), str(report), int(year), bool(stated)))
        before = {key: several for key, several in years.items() if _stating(several, several[-1][2] - 1)}
        ends = {key: several for key, several in before.items() if several[-1][2] not in _stating(several)}
        last = {key: next(report for _, report, _, stated in several[::-1] if stated) for key, several in ends.items()}
        lines = _lines(store, label, [*last.values()])
    found = [_ended(key, several, last[key], *lines.get(last[key], ((), ()))) for key, several in ends.items()]
    found.sort(key=lambda one: (not one.measures, -len(one.later), -one.years[-1], one.key))
    return Solved(label, Taxonomy.load().name(label), where, len(before), tuple(found))


def _stating(reports: Sequence[tuple[str, str, int, bool]], until: int = 9999) -> list[int]:
    """The years that state the problem, rising, up to a year."""
    return sorted({year for _, _, year, stated in reports if stated and year <= until})


def _ended(
    key: str,
    reports: Sequence[tuple[str, str, int, bool]],
    last: str,
    problems: tuple[Line, ...],
    measures: tuple[Line, ...],
) -> Ended:
    stating = _stating(reports)
    later = sorted({year for _, _, year, _ in reports if year > stating[-1]})
    return Ended(key, reports[-1][0], last, tuple(stating), tuple(later), problems, measures)


def _lines(store: Reads, label: str, reports: Sequence[str]) -> Mapping[str, tuple[tuple[Line, ...], tuple[Line, ...]]]:
    """Report → its problem sentences of the label, and the measures paired with them."""
    if not reports:
        return {}
    problems = store.statements(Filter(report=tuple(reports), label=(label,), kind=("problem",)))
    pairs = store.measures_of([one.row for one in problems])
    rows = store.statements_at({row for several in pairs.values() for row in several})
    of_report: dict[str, list[StatementRow]] = defaultdict(list)
    for one in problems:
        of_report[one.report].append(one)
    out = {}
    for report, several in of_report.items():
        answers = dict.fromkeys(row for one in several for row in pairs.get(one.row, ()))
        measures = tuple(line(rows[row]) for row in answers if row in rows)
        out[report] = (tuple(map(line, several)), measures)
    return out
