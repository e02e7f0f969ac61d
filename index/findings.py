"""What a supervisor may want to look at: failed arithmetic, breaks between years, copied and unanswered text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.cases import ALONE, STATUSES, Told, missing
from index.columns import Columns, Flags, Numbers, columns_of
from index.copies import due, everything, settle
from index.countings import Checked, RuleCount, WarningCount
from index.filters import report_clause
from index.insight import reports_only
from index.ordering import rank_of, reports_at
from index.reads import Reads
from index.records import Filter, Finding
from index.store import Store
from index.tallying import current_kept

WORST = ("fail", "notice", "uncertain")  # what a reader wants to see first


def check(store: Store, where: Filter) -> list[Finding]:
    """Findings of the reports under a filter, by agency and year; passed rules are left out.

    Rules: those of each report (T3-A …), between years (T3-D, T2-A), between a whole government and its parts
    (HIER-A), and of section five: ``S5-UNANSWERED`` (a problem without a measure), ``REUSE-YEAR`` (last year's text
    again), ``REUSE-AGENCY`` (another agency's text), ``COPY-RESIDUE`` (another place or another department's work
    named, as if copied). Status: ``fail`` and ``uncertain`` as in the report's checks, ``notice`` for what is not
    arithmetic. A filter on statements (kind, label, unanswered) leaves the reports that
    have such a statement, and of the unanswered problems those of the labels asked for.
    """
    settle(store)
    with store.snapshot():
        chosen = _chosen(store, where, wait=True)
        return _told(store, chosen, np.flatnonzero(chosen.cases), where)


def checked(store: Store, where: Filter, *, wait: bool = True) -> Checked:
    """The same counted, without their words.

    Args:
        store: the archive's store.
        where: which reports.
        wait: whether what is still to be worked out is waited for. If not, ``pending`` says what is missing:
            ``copies`` (REUSE-AGENCY as it was last known) or ``all`` (nothing is counted).
    """
    if wait:
        settle(store)
    with store.snapshot():
        if missing(store) > ALONE:
            return Checked(where, 0, 0, 0, (), "all")
        pending = "" if wait or not due(store) else "copies"
        chosen = _chosen(store, where, wait=wait)
        told, at = chosen.told, np.flatnonzero(chosen.cases)
        places, rules, statuses = told.places[at], told.rules[at], told.statuses[at]
        counts = []
        for name, number in told.names.items():
            mine = rules == number
            if mine.any():
                each = np.bincount(statuses[mine], minlength=len(STATUSES)).tolist()
                every = {status: each[STATUSES.index(status)] for status in WORST if each[STATUSES.index(status)]}
                holders = {one: len(np.unique(places[mine & (statuses == STATUSES.index(one))])) for one in every}
                counts.append(RuleCount(name, every, holders, len(np.unique(places[mine]))))
        wrong = len(np.unique(places[statuses == STATUSES.index("fail")]))
        again = [number for name, number in told.names.items() if name.startswith("REUSE")]
        repeated = len(np.unique(places[np.isin(rules, again)]))
        return Checked(where, int(chosen.reports.sum()), wrong, repeated, tuple(counts), pending)


def examples(
    store: Store, where: Filter, rule: str, statuses: Sequence[str] = (), reports: int | None = None, skip: int = 0
) -> list[Finding]:
    """A rule's findings as they are known now, the worst first, then by agency and year.

    Args:
        store: the archive's store.
        where: which reports.
        rule: which rule; empty: any.
        statuses: which verdicts; none: any.
        reports: those of so many reports only; None: of all.
        skip: reports to leave out before.
    """
    with store.snapshot():
        if missing(store) > ALONE:  # nothing is known yet, see checked()
            return []
        chosen = _chosen(store, where, wait=False)
        told = chosen.told
        wanted = [STATUSES.index(one) for one in statuses or STATUSES]
        mine = chosen.cases & np.isin(told.statuses, wanted)
        if rule:
            mine &= told.rules == told.names.get(rule, len(told.names))
        at = np.flatnonzero(mine)
        weight = np.array([WORST.index(status) for status in STATUSES])[told.statuses[at]]
        rank = rank_of(store, chosen.columns)[told.places[at]]
        at = at[np.lexsort((at, rank, weight))]
        if reports is not None:
            _, first = np.unique(told.places[at], return_index=True)
            few = told.places[at][np.sort(first)[skip : skip + reports]]
            at = at[np.isin(told.places[at], few)]
        found = _told(store, chosen, at, where)
        return sorted(found, key=lambda one: WORST.index(one.status))


@dataclass(frozen=True)
class _Chosen:
    """``reports``: (n,) bool, those under a filter; ``cases``: (m,) bool, which of ``told`` are theirs."""

    columns: Columns
    told: Told
    reports: Flags
    cases: Flags


def _chosen(store: Reads, where: Filter, *, wait: bool) -> _Chosen:
    columns, told = columns_of(store), everything(store, wait=wait)
    keep = current_kept(store, columns, where)
    if where != reports_only(where):
        keep = keep & np.isin(columns.rows, [*store.report_numbers(where)])
    cases: Flags = keep[told.places]
    if where.label:
        stating = _labelled(store, told.statements[cases & (told.statements > 0)], where.label)
        cases = cases & ((told.statements == 0) | np.isin(told.statements, stating))
    return _Chosen(columns, told, keep, cases)


def _labelled(store: Reads, statements: Numbers, labels: Sequence[str]) -> Numbers:
    """Those of some statements that have one of the labels."""
    found = store.query(
        "SELECT DISTINCT statement FROM labels WHERE statement IN (SELECT value FROM json_each(?))"
        " AND label IN (SELECT value FROM json_each(?))",
        (json.dumps(np.unique(statements).tolist()), json.dumps(list(labels))),
    )
    return np.fromiter((row for (row,) in found), np.int64, len(found))


def _told(store: Reads, chosen: _Chosen, at: Numbers, where: Filter) -> list[Finding]:
    """Some cases in words, by the order of their reports."""
    told = chosen.told
    few = np.unique(told.places[at])
    if len(few) <= ALONE:
        rows = json.dumps(chosen.columns.rows[few].tolist())
        named = store.query("SELECT row, id FROM reports WHERE row IN (SELECT value FROM json_each(?))", (rows,))
        names = {str(name): int(row) for row, name in named}
        where = Filter(report=tuple(names))
    else:
        names = {name: row for row, name in store.report_numbers(reports_only(where)).items()}
    cases: dict[int, list[int]] = {}
    for place, one in zip(told.places[at].tolist(), at.tolist(), strict=True):
        cases.setdefault(int(chosen.columns.rows[place]), []).append(one)
    out = []
    for r in store.report_rows(reports_only(where), current_only=True) if names else ():
        for one in cases.get(names[r.id], ()):
            c = told.case(one)
            out.append(Finding(r.id, r.agency, r.year, c.rule, c.where, c.status, c.message, r.source))
    return out


def warned(store: Store, where: Filter, first: int) -> list[WarningCount]:
    """The warnings of the reports under a filter, the most frequent first, each with the first so many reports."""
    with store.snapshot():
        columns = columns_of(store)
        rank = rank_of(store, columns)
        clause = report_clause(where)
        found = store.query(
            "SELECT w.warning, w.report FROM warnings w JOIN reports r ON r.row = w.report"
            f" WHERE {clause.sql} ORDER BY w.report, w.position",
            clause.params,
        )
        older = store.query(f"SELECT r.row FROM reports r WHERE r.current = 0 AND {clause.sql}", clause.params)
        holders: dict[str, list[int]] = {}
        for warning, row in (*found, *(("superseded", row) for (row,) in older)):
            holders.setdefault(warning, []).append(row)
        out = []
        for warning, rows in sorted(holders.items(), key=lambda pair: -len(pair[1])):
            places = np.searchsorted(columns.rows, rows)
            few = columns.rows[places[np.argsort(rank[places], kind="stable")[:first]]].tolist()
            out.append(WarningCount(warning, len(rows), tuple(reports_at(store, few))))
        return out
