"""Whose text reports take over, kept beside what is said of each (:mod:`index.cases`): it takes all reports to tell.

It is worked out for the whole archive at once, so that a filter never changes what is said of a report, and anew only
when a section five came, went or changed. The generation in force holds it where it was built from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from index.aside import aside
from index.cases import ALONE, STATUSES, Cases, Holder, Step, Told, cases_of, holder_of, missing
from index.columns import base_of, kept_of
from index.filters import report_clause
from index.insight import reports_only
from index.reads import Reads
from index.records import Filter
from index.reuse_sources import Copied, copied_from
from index.store import Store

RULE = "REUSE-AGENCY"


@dataclass(frozen=True)
class Copies:
    """Who copies from whom, in the texts that ``texts`` names: row of the report → what was found."""

    texts: str
    found: Mapping[int, Copied]


def due(store: Store) -> bool:
    """Whether :func:`settle` has much to do before findings are known in full."""
    with store.snapshot():
        return missing(store) > ALONE or fresh(store, cases_of(store)) is None


def settle(store: Store, step: Step = lambda done, total: None) -> None:
    """Work out what findings need, through a connection of its own, so that nobody waits.

    ``step`` is told how far it is and may raise to end it. The caller holds no snapshot.
    """
    if not due(store):
        return
    holder = holder_of(store)
    with holder.busy, aside(store) as source, source.snapshot():
        kept_of(source).findings = Holder(looked=True, cases=holder.cases, copies=holder.copies)
        holder.cases = cases_of(source, step)
        holder.copies = fresh(source, holder.cases) or find(source, holder.cases, step)


def find(store: Reads, cases: Cases, step: Step = lambda done, total: None) -> Copies:
    """Look through all reports; the caller holds a snapshot of the store."""
    found = copied_from(store, Filter(), step)
    numbers = store.report_numbers() if found else {}
    return Copies(texts_of(cases), {row: found[name] for row, name in numbers.items() if name in found})


def fresh(store: Reads, cases: Cases) -> Copies | None:
    """What is known of the texts as they are; None where it is still to be worked out."""
    from index.casefiles import load_copies

    holder, texts = holder_of(store), texts_of(cases)
    base = base_of(store, kept_of(store))
    if (holder.copies is None or holder.copies.texts != texts) and holder.tried != (texts, base):
        held = load_copies(base) if base is not None else None
        if held is not None and (held.texts == texts or holder.copies is None):
            holder.copies = held
        holder.tried = texts, base
    return holder.copies if holder.copies is not None and holder.copies.texts == texts else None


def texts_of(cases: Cases) -> str:
    """Names the texts that are compared: it changes with any of them."""
    said = cases.facts["texts"] != 0
    digest = blake2b(cases.rows[said].tobytes(), digest_size=12)
    digest.update(cases.facts["texts"][said].tobytes())
    return digest.hexdigest()


def copied_among(store: Store, where: Filter) -> dict[str, Copied]:
    """Report id → whose text it takes over, of the reports under a filter."""
    settle(store)
    with store.snapshot():
        cases = cases_of(store)
        found = (fresh(store, cases) or find(store, cases)).found
        clause = report_clause(reports_only(where), current_only=True)
        chosen = store.query(f"SELECT r.row FROM reports r WHERE {clause.sql} ORDER BY r.id", clause.params)
        return {found[row].report: found[row] for (row,) in chosen if row in found}


def everything(store: Reads, *, wait: bool = True) -> Told:
    """All cases of all reports; the caller holds a snapshot and has settled the store.

    Without ``wait`` what is copied is as it was last worked out.
    """
    cases, holder = cases_of(store), holder_of(store)
    copies = fresh(store, cases) or (find(store, cases) if wait else holder.copies)
    if copies is None:
        return cases.told
    holder.copies = copies
    if holder.all is None or holder.all[0] is not cases or holder.all[1] is not copies:
        holder.all = cases, copies, _merged(cases, copies)
    return holder.all[2]


def _merged(cases: Cases, copies: Copies) -> Told:
    """What is copied stands behind what its tables say and before what its statements say."""
    told, some = cases.told, [(row, one) for row, one in copies.found.items()]
    rows = np.array([row for row, _ in some], dtype=np.int64)
    there = np.isin(rows, cases.rows)
    said = [_said(one).encode("utf-8", "replace") for (_, one), here in zip(some, there, strict=True) if here]
    lengths = np.array([len(one) for one in said], dtype=np.int64)
    begins = len(told.base) + len(told.tail) + np.cumsum(lengths) - lengths
    names = dict(told.names)
    code = names.setdefault(RULE, len(names))
    places = np.concatenate([told.places, np.searchsorted(cases.rows, rows[there])])
    new = np.zeros(len(said), np.int64)
    rules = np.concatenate([told.rules, (new + code).astype(np.uint8)])
    statuses = np.concatenate([told.statuses, (new + STATUSES.index("notice")).astype(np.uint8)])
    statements = np.concatenate([told.statements, new])
    behind = np.concatenate([np.where(told.statements > 0, 2, 0), new + 1])
    order = np.lexsort((behind, places))
    codes = rules[order], statuses[order]
    where = np.concatenate([told.begins, begins])[order], np.concatenate([told.lengths, lengths])[order]
    return Told(places[order], *codes, statements[order], *where, names, told.base, told.tail + b"".join(said))


def _said(one: Copied) -> str:
    year = "" if one.source_year is None else f"{one.source_year}年"
    also = f"，其中 {one.sentences} 条较长的陈述逐字相同" if one.sentences else ""
    return f"issues\n第五部分有 {one.share:.0%} 的文字与{one.source_agency or one.source}{year}报告相同{also}"
