"""Ranked rows become hits: copies folded, what matched marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from index.backends.base import Floats
from index.matching import clauses, overlap
from index.ranking import Features
from index.reads import Candidate, StatementRow
from index.records import Hit, Why
from index.settings import SAME_TEXT

if TYPE_CHECKING:
    from index.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score (0–1) and where it came from; ``copies``: rows folded into it."""

    row: Candidate | StatementRow
    score: float
    features: Features
    dense_rank: int | None
    lexical_rank: int | None
    position: int
    copies: tuple[Candidate | StatementRow, ...] = field(default=())


def fold(ranked: Sequence[Ranked], k: int | None = None) -> list[Ranked]:
    """One candidate for what the same agency says in (nearly) the same words in several years; order is kept.

    The first ``k`` of them, with all their copies; None: all.
    """
    out: list[Ranked] = []
    places: dict[tuple[str | None, str], list[int]] = {}
    for one in ranked:
        full = k is not None and len(out) >= k  # further ones are only looked for among the copies
        key = (one.row.agency, one.row.kind)
        same = None
        if one.row.agency is not None:
            same = next((i for i in places.get(key, ()) if _same(out[i].row, one.row)), None)
        if same is not None:
            out[same] = replace(out[same], copies=(*out[same].copies, one.row))
        elif not full:
            places.setdefault(key, []).append(len(out))
            out.append(one)
    return out


def _same(one: Candidate | StatementRow, other: Candidate | StatementRow) -> bool:
    if one.region != other.region and one.region.code and other.region.code:
        return False
    return one.text == other.text or overlap(one.text, other.text) >= SAME_TEXT


def clause_spans(text: str, vector: Floats, encoder: Encoder) -> tuple[tuple[int, int], ...]:
    """The clause nearest in meaning, for a hit that shares no word with the query; none where there is but one."""
    places = clauses(text)
    if len(places) < 2:
        return ()
    vectors = encoder.encode([text[start:end] for start, end in places])
    return (places[int(np.argmax(vectors @ vector))],)


def make_hit(
    row: StatementRow,
    one: Ranked,
    rank: int,
    terms: tuple[str, ...],
    labels: tuple[str, ...],
    spans: tuple[tuple[int, int], ...],
) -> Hit:
    """The hit of the contract; ``row``: what ``one`` stands for, in full."""
    years = {copy.year for copy in one.copies if copy.year is not None} - {row.year}
    return Hit(
        rank=rank,
        score=round(one.score, 4),
        id=row.id,
        report=row.report,
        kind=row.kind,
        text=row.text,
        labels=row.labels,
        agency=row.agency,
        agency_type=row.agency_type,
        year=row.year,
        region=row.region,
        level=row.level,
        section=row.section,
        source=row.source,
        start=row.start,
        end=row.stop,
        why=Why(one.dense_rank, one.lexical_rank, terms, labels),
        status=row.status,
        highlights=spans,
        other_years=tuple(sorted(years)),
    )
