"""Whether a problem is gone from its agency's report of the next year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from index.copying import IDS_AT_ONCE
from index.matching import overlap
from index.reads import Reads, StatementRow
from index.records import Filter
from index.rows import Candidate
from index.settings import SIMILAR_TEXT
from nlp.taxonomy import Taxonomy

Problem = Candidate | StatementRow


def gone_next_year(store: Reads, problems: Iterable[Problem]) -> dict[int, bool]:
    """Row of a problem → whether the same agency's next report has it no more.

    It has where a problem of it bears one of the labels or says nearly the same. Problems whose agency has no
    report of the next year with a section five are left out: nothing is known of them.
    """
    problems = [*problems]
    following = _following(store, {one.report for one in problems})
    stated = _stated(store, {*following.values()})
    other = Taxonomy.other("problem")
    out: dict[int, bool] = {}
    unsure: list[tuple[Problem, str]] = []
    for one in problems:
        after = following.get(one.report)
        if after is None:
            continue
        out[one.row] = {label for label in one.labels if label != other}.isdisjoint(stated.get(after, ()))
        if out[one.row]:  # not by its labels: perhaps in words
            unsure.append((one, after))
    later = _problems(store, {after for _, after in unsure})
    for one, after in unsure:
        out[one.row] = all(overlap(one.text, text) < SIMILAR_TEXT for text in later.get(after, ()))
    return out


def _stated(store: Reads, reports: set[str]) -> dict[str, tuple[str, ...]]:
    """Report id → the labels that it states."""
    out: dict[str, tuple[str, ...]] = {}
    for part in _parts(reports):
        out |= store.stated(Filter(report=part))
    return out


def _following(store: Reads, reports: set[str]) -> dict[str, str]:
    """Report id → id of the same agency's current report of the next year that has a section five."""
    out: dict[str, str] = {}
    for part in _parts(reports):
        marks = ", ".join("?" for _ in part)
        rows = store.query(
            "SELECT r.id, n.id FROM reports r JOIN reports n ON n.agency_key = r.agency_key AND n.year = r.year + 1"
            f" WHERE r.id IN ({marks}) AND r.agency_key <> '' AND n.current = 1 AND n.has_issues = 1 ORDER BY n.row",
            part,
        )
        out |= {str(before): str(after) for before, after in rows}
    return out


def _problems(store: Reads, reports: set[str]) -> dict[str, list[str]]:
    """Report id → the texts of its problems."""
    out: dict[str, list[str]] = defaultdict(list)
    for part in _parts(reports):
        marks = ", ".join("?" for _ in part)
        for report, text in store.query(
            "SELECT r.id, s.text FROM reports r JOIN statements s ON s.report = r.row"
            f" WHERE r.id IN ({marks}) AND s.kind = 'problem' ORDER BY s.row",
            part,
        ):
            out[report].append(text)
    return out


def _parts(ids: set[str]) -> Iterable[tuple[str, ...]]:
    ordered = sorted(ids)
    return (tuple(ordered[at : at + IDS_AT_ONCE]) for at in range(0, len(ordered), IDS_AT_ONCE))
