"""Whose text a few reports may take over: whom it is worth reading for them, found without reading all."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from index.reads import Reads
from index.sketches import sketches_of

READ = 48  # reports read for one, of each way to find them


class _Facts(NamedTuple):
    """Whose a report is, and when it came."""

    order: tuple[int, str]
    owner: tuple[str, str]


def lenders(store: Reads, asked: Collection[str], least: float, length: int, sentences: int) -> set[int]:
    """Rows of the reports asked for and of earlier ones of other agencies that they may be copied from.

    Args:
        store: within a snapshot.
        asked: ids of a few reports.
        least: share of a report's sampled runs of letters from which another is read for it; the nearest first, of
            equally near ones the earliest.
        length: characters of a sentence that counts …
        sentences: … where so many are word for word the same: then the other is read too.
    """
    found = store.query(
        "SELECT r.row FROM reports r WHERE r.id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(asked)),)
    )
    own = [int(row) for (row,) in found]
    if not own:
        return set()
    near: dict[int, dict[int, float]] = sketches_of(store).sharing(own, least)
    for row, shared in _same_sentences(store, own, length, sentences).items():
        for other, count in shared.items():  # beyond all that share runs, those with most sentences first
            near.setdefault(row, {}).setdefault(other, 0.0)
            near[row][other] = max(near[row][other], float(count))
    facts = _facts(store, {*own, *(other for others in near.values() for other in others)})
    out = set(own)
    for row, shares in near.items():
        out.update(_earlier(row, shares, facts))
    return out


def _earlier(row: int, shares: Mapping[int, float], facts: Mapping[int, _Facts]) -> list[int]:
    """Of the reports that share text with one, the earlier ones of other agencies that are worth reading."""
    mine = facts.get(row)
    if mine is None:
        return []
    lent = [
        other
        for other in shares
        if other in facts
        and facts[other].order < mine.order
        and all(one != their for one, their in zip(mine.owner, facts[other].owner, strict=True))
    ]
    return sorted(lent, key=lambda other: (-shares[other], facts[other].order))[:READ]


def _same_sentences(store: Reads, own: Collection[int], length: int, least: int) -> dict[int, Counter[int]]:
    """Report → report → how many long sentences they have word for word, from ``least`` on."""
    contents: dict[bytes, set[int]] = defaultdict(set)
    for report, content, text in store.query(
        "SELECT s.report, s.content, s.text FROM statements s WHERE s.report IN (SELECT value FROM json_each(?))"
        " AND s.kind <> 'passage'",
        (json.dumps([*own]),),
    ):
        if len(text) >= length:
            contents[content].add(report)
    out: dict[int, Counter[int]] = defaultdict(Counter)
    for content in sorted(contents):
        holders = store.query(
            "SELECT DISTINCT s.report FROM statements s WHERE s.content = ? AND s.kind <> 'passage'", (content,)
        )
        for (other,) in holders:
            for report in contents[content]:
                if other != report:
                    out[report][other] += 1
    return {report: Counter({other: n for other, n in shared.items() if n >= least}) for report, shared in out.items()}


def _facts(store: Reads, rows: Collection[int]) -> dict[int, _Facts]:
    """Of the current ones among some reports, whose and when; unknown agencies are each their own."""
    return {
        int(row): _Facts((year or 0, name), (agency or name, key or name))
        for row, name, agency, key, year in store.query(
            "SELECT r.row, r.id, r.agency, r.agency_key, r.year FROM reports r"
            " WHERE r.row IN (SELECT value FROM json_each(?)) AND r.current = 1",
            (json.dumps(sorted(rows)),),
        )
    }
