"""From a question to an answer, read top to bottom: :meth:`Searcher.answer`.

Filters first (exact), then three rankings (meaning, words, 2-grams) fused by reciprocal rank, then a score over
a few features, then an agency's copies of other years folded into one hit. Where the best of it is no evidence
that anything fits, a query that names a label gets that label's statements, and one that the whole archive answers gets
what the filter leaves of that answer's labels; else the answer is empty. Each is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from index.asking import asked_statistics
from index.bylabel import SHORTEST, named_labels
from index.hits import Ranked, clause_spans, fold, make_hit
from index.matching import found_terms, spans_of
from index.nomatch import Calibration, suggestions
from index.ordering import newest_statements
from index.query import Understood, understand
from index.ranker import STATEMENTS, Question, Ranker
from index.ranking import Features
from index.reads import Reads
from index.records import Answer, AskedStatistics, Filter, Hit
from index.settings import (
    DEPTH,
    LEAST,
    PASSAGE_SCORE,
)
from index.viewing import Viewing

if TYPE_CHECKING:
    from index.encoder import Encoder


class Searcher(Ranker):
    """Answers questions over one view of an archive. Safe from several threads."""

    def __init__(self, store: Reads, view: Viewing, encoder: Encoder, calibration: Calibration | None = None) -> None:
        super().__init__(store, view, encoder, calibration)
        self._suggested = lru_cache(maxsize=2)(self._suggestions)

    # -- questions --------------------------------------------------------------------------------------------

    def answer(self, query: str, explicit: Filter, k: int) -> Answer:
        """The k best hits for a typed query, the figures that it asks for, or an honest empty answer."""
        understood = understand(query, explicit, self.latest_year())
        found = self._found(query, understood, k)
        asked = asked_statistics(understood, bare=found.no_match)
        if asked is None:
            return found if not found.no_match else self._by_label(query, understood, k) or found
        return replace(found, no_match=False, suggestions=(), statistics=self._countable(asked))

    def _found(self, query: str, understood: Understood, k: int) -> Answer:
        """The hits by meaning and words."""
        where = understood.filter
        allowed = self.allowed(where, understood.phrases)
        if not allowed.any() and not self._passages_allowed(where):
            return self._nothing(query, understood, narrowed=True)
        if not understood.text:
            return self._listing(query, understood, k)
        question = self.question(understood.text, where)
        ranked = self.rank(question, allowed, k)
        if "passage" not in where.kind:
            ranked = self._with_passages(question, ranked, understood, k)
        if not self._relevant(ranked) and not (understood.phrases and ranked):
            alike = self._same_labels(query, understood, question, k)
            return alike or self._nothing(query, understood, narrowed=where != Filter())
        hits = self._hits(question, fold(ranked, k), understood.phrases)
        return Answer(query, understood.text, where, tuple(hits))

    def _passages_allowed(self, where: Filter) -> bool:
        return not where.kind and bool(self._view.allowed(replace(where, kind=("passage",))).any())

    def latest_year(self) -> int | None:
        """The last year that the archive has a report of."""
        year = self.store.query("SELECT max(year) FROM reports")[0][0]
        return int(year) if year is not None else None

    def outdated(self) -> bool:
        """Whether rows went since the view was made: an answer may lack them and what came in their place.

        What only came leaves no answer short.
        """
        went = "SELECT 1 FROM removed WHERE sequence > ? LIMIT 1"
        return bool(self.store.query(went, (self._view.sequence,)))

    # -- answers ----------------------------------------------------------------------------------------------

    def _with_passages(self, question: Question, ranked: list[Ranked], understood: Understood, k: int) -> list[Ranked]:
        """Add passages of other sections that fit strongly, below statements that fit as well."""
        where = understood.filter
        if where.kind or where.label or where.unanswered:
            return ranked
        if not understood.phrases and any(self._strong(r) for r in ranked):
            return ranked
        mask = self._view.allowed(replace(where, kind=("passage",)))
        for phrase in understood.phrases:
            mask = self._view.holding(phrase, mask)
        if not mask.any():
            return ranked
        best = max((r.score for r in ranked), default=0.0)
        strong = [
            replace(r, score=r.score * PASSAGE_SCORE)
            for r in self.rank(question, mask, k)
            if understood.phrases or (self._strong(r) and (r.score > best or not self._relevant(ranked)))
        ]
        return sorted([*ranked, *strong], key=lambda r: (-r.score, -(r.row.year or 0), r.position))

    def _relevant(self, ranked: Sequence[Ranked]) -> bool:
        return any(self.fits(r) for r in ranked)

    def _hits(self, question: Question, ranked: Sequence[Ranked], phrases: Sequence[str]) -> list[Hit]:
        hits = []
        rows = self.store.statements_at([one.row.row for one in ranked])
        for rank, one in enumerate(ranked, start=1):
            row = rows.get(one.row.row)
            if row is None:  # removed this moment
                continue
            terms = found_terms(question.words, one.row.text)
            spans = spans_of([*phrases, *terms], one.row.text)
            if not spans:
                spans = clause_spans(one.row.text, question.vector, self._encoder)
            labels = [label for label in one.row.labels if label in question.labels]
            hits.append(make_hit(row, one, rank, terms, tuple(labels), spans))
        return hits

    def _listing(self, query: str, understood: Understood, k: int) -> Answer:
        """Only filters were stated: what they keep, newest first, each report in reading order."""
        where = understood.filter
        stated = where if where.kind else replace(where, kind=STATEMENTS)
        with self.store.snapshot():
            found = newest_statements(self.store, stated, max(DEPTH, 5 * k))
            rows = self.store.statements_at(found)
        plain = Features(1.0, 0.0, 0.0, 0.0)
        ranked = [Ranked(rows[row], 1.0, plain, None, None, place) for place, row in enumerate(found) if row in rows]
        if not ranked:
            return self._nothing(query, understood, narrowed=True)
        hits = [make_hit(rows[one.row.row], one, rank, (), (), ()) for rank, one in enumerate(fold(ranked, k), start=1)]
        return Answer(query, "", where, tuple(hits))

    def _by_label(self, query: str, understood: Understood, k: int) -> Answer | None:
        """The statements of the label that a query names, where nothing says it in words or meaning."""
        where = understood.filter
        text = understood.text
        if where.label or understood.phrases:
            return None
        labels = named_labels(text, [kind for kind in STATEMENTS if not where.kind or kind in where.kind])
        mask = self.allowed(replace(where, label=labels)) if labels else None
        if mask is None or not mask.any():
            return None
        question = replace(self.question(text, where), labels=dict.fromkeys(labels, 1.0))
        ranked = self.rank(question, mask, k)
        # Short words are cues of many things: one that no statement comes near means something else.
        if len(text) < SHORTEST and all(r.features.cosine < LEAST for r in ranked):
            return None
        hits = self._hits(question, fold(ranked, k), ())
        shown = tuple(label for label in labels if any(label in hit.labels for hit in hits))
        return Answer(query, text, where, tuple(hits), by_labels=shown, note=_by_label_note(text, shown))

    def _same_labels(self, query: str, understood: Understood, question: Question, k: int) -> Answer | None:
        """What the filter leaves of the labels that most of the best answers without it bear.

        Few reports seldom say a thing in so like words; that the question is none at all, only the whole archive tells.
        """
        where = understood.filter
        everywhere = Filter(kind=where.kind)
        if where == everywhere or where.label or understood.phrases:
            return None
        best = [one.row for one in self.rank(question, self.allowed(everywhere), k)[:k] if self.fits(one)]
        kinds = Counter(row.kind for row in best)
        counted = Counter((row.kind, label) for row in best for label in row.labels if not label.startswith("other_"))
        labels = tuple(sorted(label for (kind, label), count in counted.items() if 2 * count > kinds[kind]))
        mask = self.allowed(replace(where, label=labels)) if labels else None
        if mask is None or not mask.any():
            return None
        hits = self._hits(question, fold(self.rank(question, mask, k), k), ())
        text, shown = understood.text, tuple(label for label in labels if any(label in hit.labels for hit in hits))
        return Answer(query, text, where, tuple(hits), by_labels=shown, note=_narrow_note(text, shown))

    def _suggestions(self, narrowed: bool) -> tuple[str, ...]:
        return suggestions(self.store, narrowed=narrowed)

    def _countable(self, asked: AskedStatistics) -> AskedStatistics:
        """Asked for single reports: those that may stand in one list, a government's total never among agencies."""
        from index.insight import comparable, reports_only

        where = reports_only(asked.filter)
        return replace(asked, filter=where if asked.by else comparable(self.store, where)[0])

    def _nothing(self, query: str, understood: Understood, *, narrowed: bool) -> Answer:
        hints = self._suggested(narrowed)
        return Answer(query, understood.text, understood.filter, (), no_match=True, suggestions=hints)


def _by_label_note(text: str, labels: Sequence[str]) -> str:
    return f"没有语句直接写到“{text}”，以下按标签{_quoted(labels)}列出"


def _narrow_note(text: str, labels: Sequence[str]) -> str:
    return f"所选范围里没有语句这样写“{text}”，以下按标签{_quoted(labels)}列出"


def _quoted(labels: Sequence[str]) -> str:
    from nlp.taxonomy import Taxonomy

    return "".join(f"“{Taxonomy.load().name(label)}”" for label in labels)
