"""Ranking the candidates for a question: three rankings fused by reciprocal rank, then a score over a few features.

The weights stand in :mod:`index.settings`, what the features mean in :mod:`index.ranking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.backends.base import Floats, Positions
from index.hits import Ranked
from index.matching import Words, prepare
from index.nomatch import Calibration, calibrate, evidence, nearness
from index.query import leaning
from index.ranking import Features, coverages, fuse, label_agreement, ranks, score_all
from index.reads import Candidate, Reads, StatementRow
from index.records import Filter
from index.settings import (
    CACHED_QUERIES,
    DEPTH,
    LIST_WEIGHTS,
    POINTED,
    RANK_WEIGHTS,
    READ,
    REMEDY_DOMAIN,
    REMEDY_SHORTEST,
    REMEDY_SURE,
)
from index.viewing import Allowed, Viewing
from nlp.quick import quick

if TYPE_CHECKING:
    from index.encoder import Encoder

STATEMENTS = ("problem", "measure")
FEATURES = tuple(field.name for field in fields(Features))
WORTH = {name: RANK_WEIGHTS[name] for name in ("fused", "cosine")}
FIRST_LOOK = {name: weight for name, weight in RANK_WEIGHTS.items() if name not in ("points", "against")}
_ranked, _features_of = quick(Ranked), quick(Features)  # a search makes some two hundred of each
FULL = 0.999  # coverage from which a text holds all the words
FOREIGN = 0.2  # chance of being of the field below which words alone prove nothing


@dataclass(frozen=True, slots=True)
class Question:
    """A query with everything that ranking needs of it."""

    text: str
    vector: Floats
    words: Words
    labels: dict[str, float]
    kind: str | None = None
    remedy: bool = False
    domain: float = 0.5


class Ranker:
    """Ranks statements for questions over one view of an archive. Safe from several threads."""

    def __init__(self, store: Reads, view: Viewing, encoder: Encoder, calibration: Calibration | None = None) -> None:
        self.store = store
        self._view = view
        self._encoder = encoder
        self._calibration = calibration or calibrate(view, encoder)
        self._asked = lru_cache(maxsize=CACHED_QUERIES)(self._question)  # a page asks the same again with other filters

    def question(self, text: str, where: Filter, vector: Floats | None = None) -> Question:
        """Prepare a text for ranking; ``vector`` where it is known already."""
        asked = self._asked(text, where.kind)
        return asked if vector is None else replace(asked, vector=vector)

    def _question(self, text: str, kinds: tuple[str, ...]) -> Question:
        words = prepare(text, self._view.frequency, self._view.documents)
        vector = self._encoder.encode_query(text)
        points = self._encoder.points
        # A word or two may be looked for among both: only a sentence tells what it asks for.
        said = len(text) >= REMEDY_SHORTEST and not any(char.isspace() for char in text)
        domain = points.domain(vector)
        remedy = not kinds and said and domain >= REMEDY_DOMAIN and points.remedy(vector) >= REMEDY_SURE
        labels, kind = query_labels(text, kinds)
        return Question(text, vector, words, labels, kind, remedy, domain)

    def rank(self, question: Question, allowed: Allowed, k: int, read: float = READ) -> list[Ranked]:
        """The candidates of an allowed set, best first; ``read``: how many are read, times the depth."""
        depth = max(DEPTH, 5 * k)
        found = self._view.rankings(question.vector, question.words.terms, depth, allowed)
        near, words, grams = (ranked_by(ranking) for ranking in found)
        fused = fuse((near, words, grams), LIST_WEIGHTS)
        if not fused:
            return []
        lexical = fuse((words, grams), LIST_WEIGHTS[1:])
        order = sorted(lexical, key=lambda position: (-lexical[position], position))
        by_words = ranks(order, [lexical[position] for position in order], digits=9)
        positions = np.array(sorted(fused), dtype=np.int64)
        vectors = self._view.vectors(positions)
        cosines = self._cosines(question, vectors)
        if len(positions) > read * depth:
            first = self._first(positions, cosines, fused, int(read * depth))
            positions, vectors, cosines = positions[first], vectors[first], cosines[first]
        numbers = self._view.rows_at(positions)
        rows = self.store.candidates_at(numbers)
        there = np.array([number in rows for number in numbers], dtype=bool)  # else removed since the view was made
        positions, found_rows = positions[there], [rows[number] for number in numbers if number in rows]
        known = {"fused": [fused[position] for position in positions.tolist()], "cosine": cosines[there].tolist()}
        features = self._features(question, found_rows, vectors[there], known)
        scores = score_all(features)
        out = [
            _ranked(row, float(value), _features_of(*own), near.get(position), by_words.get(position), position)
            for row, value, own, position in zip(
                found_rows,
                scores,
                zip(*(features[name] for name in FEATURES), strict=True),
                positions.tolist(),
                strict=True,
            )
        ]
        # Of an agency's equal copies the latest comes first.
        return sorted(out, key=lambda r: (-round(r.score, 6), -(r.row.year or 0), r.position))

    def _cosines(self, question: Question, vectors: Floats) -> Floats:
        """The feature of this name: cosines on the scale of the archive."""
        return np.array([self._calibration.scaled(cosine) for cosine in (vectors @ question.vector).tolist()])

    def _first(
        self, positions: Positions, cosines: Floats, fused: Mapping[int, float], count: int
    ) -> NDArray[np.int64]:
        """The places, ascending, of the candidates worth reading: the best by ranks and nearness alone."""
        worth = score_all({"fused": [fused[one] for one in positions.tolist()], "cosine": cosines.tolist()}, WORTH)
        return np.sort(np.argsort(-worth, kind="stable")[:count])

    def _features(
        self, question: Question, rows: Sequence[Candidate], vectors: Floats, known: dict[str, list[float]]
    ) -> dict[str, list[float]]:
        """Feature → its value for each candidate; ``known``: what is known of them without reading them."""
        rarity, wanted = question.words.rarity, question.labels
        # A question that stands in a text word for word is covered, whatever its words are cut into.
        shares = coverages(rarity, [row.text for row in rows])
        covered = [1.0 if question.text in row.text else share for row, share in zip(rows, shares, strict=True)]
        known = {
            **known,
            "coverage": covered,
            "labels": [label_agreement(wanted, row.labels) for row in rows],
            "kind": [0.5 if question.kind is None else float(question.kind == row.kind) for row in rows],
        }
        known["remedy"] = [float(row.kind == "measure") if question.remedy else 0.5 for row in rows]
        return {
            **known,
            "points": self._points(question, rows, vectors, known),
            "against": self._against(question, rows, known),
            "domain": [question.domain] * len(rows),
        }

    def _points(
        self, question: Question, rows: Sequence[Candidate], vectors: Floats, known: Mapping[str, Sequence[float]]
    ) -> list[float]:
        """Agreement of fine points for the texts that are best without it, 0 for the rest: it costs the most."""
        points = self._encoder.points
        if not len(points):
            return [0.0] * len(rows)
        best: dict[str, int] = {}  # text → its first place; copies have the same vector
        for place in np.argsort(-score_all(known, FIRST_LOOK), kind="stable").tolist():
            best.setdefault(rows[place].text, place)
            if len(best) == POINTED:
                break
        agreement = dict(zip(best, points.agreement(question.vector, vectors[[*best.values()]]).tolist(), strict=True))
        return [agreement.get(row.text, 0.0) for row in rows]

    def _against(
        self, question: Question, rows: Sequence[Candidate], known: Mapping[str, Sequence[float]]
    ) -> list[float]:
        """Nearness of the question to the problem that a measure stands against, of those that are best without it."""
        out = [0.0] * len(rows)
        if not question.remedy and question.kind != "measure":
            return out
        first = np.argsort(-score_all(known, FIRST_LOOK), kind="stable")[:POINTED].tolist()
        paired = self.store.problems_of(rows[place].row for place in first if rows[place].kind == "measure")
        there = self.store.vectors_there({problem for problems in paired.values() for problem in problems})
        for place in first:
            near = [there[one] @ question.vector for one in paired.get(rows[place].row, ()) if one in there]
            out[place] = max(0.0, float(max(near, default=0.0)))
        return out

    def allowed(self, where: Filter, phrases: Sequence[str] = ()) -> Allowed:
        """The rows to be ranked; statements, unless passages were asked for."""
        mask = self._view.allowed(where if where.kind else replace(where, kind=STATEMENTS))
        for phrase in phrases:
            mask = self._view.holding(phrase, mask)
        return mask

    def mask_of(self, rows: Sequence[int]) -> Allowed:
        """The allowed set of these rows."""
        return self._view.mask_of(rows)

    def vector_of(self, row: StatementRow) -> Floats:
        """The stored vector of a statement, (d,)."""
        vector: Floats = self.store.vectors([row.row])[0]
        return vector

    def fits(self, ranked: Ranked) -> bool:
        """Whether a candidate is evidence enough that something fits; one with all the query's words is.

        Not where the question is surely of another field: its words may be no more than the 管理 of 狗怎么管理.
        """
        features = ranked.features
        whole = features.coverage >= FULL and features.domain >= FOREIGN
        return whole or evidence(features) >= self._calibration.threshold

    def _strong(self, ranked: Ranked) -> bool:
        return nearness(ranked.features) >= self._calibration.strong


def ranked_by(found: tuple[Positions, NDArray[Any]]) -> dict[int, int]:
    """Position → rank, equal scores sharing one."""
    positions, scores = found
    return ranks(positions.tolist(), scores.tolist())


def query_labels(text: str, kinds: Sequence[str]) -> tuple[dict[str, float], str | None]:
    """What a query is about: labels with their weight (0–1), those of measures that answer it included.

    The second value is the kind that the query sounds like, None where that cannot be told.
    """
    from nlp.labelling import default_labeller
    from nlp.taxonomy import Taxonomy

    taxonomy, labeller = Taxonomy.load(), default_labeller()
    found = [label for kind in STATEMENTS for label in labeller.label(text, kind) if not label.id.startswith("other_")]
    out = {label.id: label.score for label in found}
    asks_measures = "measure" in kinds
    for label_id in [*out]:
        entry = taxonomy.entry(label_id)
        for answers, weight in ((entry.answered_by, 0.8), (entry.answered_also_by, 0.4)):
            for answer in answers:
                out[answer] = max(out.get(answer, 0.0), weight if asks_measures else weight / 2)
    if kinds:
        return out, kinds[0] if len(kinds) == 1 else None
    kind = leaning(text)
    if kind == "problem":  # a complaint: what could be done about it is half the answer
        out = {label: weight / (1 + (taxonomy.entry(label).kind == "measure")) for label, weight in out.items()}
    return out, kind
