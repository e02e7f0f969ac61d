"""Which values the filters may take among what a query finds, with counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.facets import NAMERS, facets, label_facets
from index.filters import KINDS
from index.hits import Ranked
from index.query import understand
from index.ranker import FULL, Question
from index.records import Answer, Facet, Facets, Filter
from index.search import Searcher

DEPTH = 500  # candidates of each ranking that are counted
TAIL = 0.9  # a fit beyond this part of a full ranking: further ones are likely to lie behind its end


def answer_facets(searcher: Searcher, answer: Answer, explicit: Filter) -> Facets:
    """Reports with a hit, by field (hits for ``kind``); a field's own restriction does not narrow its own list.

    Counted is what is evidence enough of fitting the query (:meth:`Searcher.fits`), or holds what it quotes, among the
    first :data:`DEPTH` of each ranking; ``limited`` says that there are more. An answer by labels has the counts of
    these labels; a query that states nothing but filters, and one that finds nothing, those of the filter.
    """
    understood = understand(answer.query, explicit, searcher.latest_year())
    where, phrases = understood.filter, understood.phrases
    if answer.by_labels:
        return facets(searcher.store, replace(where, label=answer.by_labels))
    if answer.no_match or not answer.hits or not understood.text:
        return facets(searcher.store, where)
    question = searcher.question(understood.text, where)
    hits, limited = _fitting(searcher, question, where, phrases)
    found = dict.fromkeys((*NAMERS, "label", "kind"), hits)
    for name in [name for name in found if getattr(where, name)]:
        found[name], more = _fitting(searcher, question, _without(where, name), phrases)
        limited = limited or more
    passages: Sequence[Ranked] = ()
    if not (where.label or where.unanswered):
        passages, more = _fitting(searcher, question, replace(where, kind=("passage",)), phrases)
        limited = limited or more
    fields = _of_reports(searcher, {name: found[name] for name in NAMERS})
    kinds = Counter(one.row.kind for one in (*found["kind"], *passages))
    fields["kind"] = tuple(Facet(kind, name, kinds[kind]) for kind, name in KINDS.items() if kinds[kind])
    fields["label"] = _of_labels(found["label"], where)
    counted = passages if where.kind == ("passage",) else hits
    reports = len({one.row.report for one in counted})
    return Facets(reports, len(counted), fields, query=answer.query, limited=limited)


def _without(where: Filter, name: str) -> Filter:
    changes: dict[str, Any] = {name: ()}
    return replace(where, **changes)


def _fitting(
    searcher: Searcher, question: Question, where: Filter, phrases: Sequence[str]
) -> tuple[list[Ranked], bool]:
    """What fits a query under a filter, and whether more may lie beyond the depth."""
    allowed = searcher.allowed(where, phrases)
    if not allowed.any():
        return [], False
    ranked = searcher.rank(question, allowed, DEPTH // 5)
    if phrases:  # all that hold them are hits
        return ranked, sum(one.dense_rank is not None for one in ranked) >= DEPTH
    fitting = [one for one in ranked if searcher.fits(one)]
    near = [one.dense_rank for one in ranked if one.dense_rank is not None]
    words = [one.lexical_rank for one in ranked if one.lexical_rank is not None]
    held = [one.lexical_rank or 0 for one in fitting if one.features.coverage >= FULL]
    more = _reaches(near, (one.dense_rank or 0 for one in fitting)) or _reaches(words, held)
    return fitting, more


def _reaches(ranking: Sequence[int], fitting: Iterable[int]) -> bool:
    """Whether fits lie as far down as a full ranking goes."""
    return len(ranking) >= DEPTH and max(fitting, default=0) > TAIL * max(ranking)


def _of_reports(searcher: Searcher, found: Mapping[str, Sequence[Ranked]]) -> dict[str, tuple[Facet, ...]]:
    """Field → its values with the number of reports among the hits that were found with the field left open."""
    ids = {name: {one.row.report for one in hits} for name, hits in found.items()}
    rows = searcher.store.query(
        f"SELECT r.id, {', '.join(f'r.{name}' for name in ids)} FROM reports r"
        " WHERE r.id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set().union(*ids.values()))),),
    )
    out = {}
    for place, (name, reports) in enumerate(ids.items(), start=1):
        counts = Counter(row[place] for row in rows if row[0] in reports and row[place] is not None)
        order = sorted(counts, key=lambda value: -value if name == "year" else (-counts[value], value))
        out[name] = tuple(Facet(str(value), NAMERS[name](str(value)), counts[value]) for value in order)
    return out


def _of_labels(hits: Sequence[Ranked], where: Filter) -> tuple[Facet, ...]:
    pairs = {(label, one.row.report) for one in hits for label in one.row.labels}
    counts = Counter(label for label, _ in pairs)
    return label_facets(sorted(counts.items(), key=lambda one: (-one[1], one[0])), where)
