"""``mingjian evaluate search``: judged queries against an archive, ranker by ranker.

A judgment names a query and quotes of the statements that answer it (grade 2) or touch it (grade 1); see
``corpora/judged/README.md``. A statement is relevant where it holds a quote, however it was cut; equal texts count
once, so that many reports with one sentence do not decide a figure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from index.hits import Ranked
from index.nomatch import evidence
from index.query import understand
from index.records import Filter
from nlp.errors import MingjianError, because

if TYPE_CHECKING:
    from index.archive import Archive

NO_MATCH = "no_match"
CUT = 10
POOL = 50  # hits taken before equal texts are dropped
RANKERS = ("bm25", "dense", "hybrid", "reranked")


@dataclass(frozen=True, slots=True)
class Judgment:
    """A query with the quotes that answer it; none for style ``no_match``."""

    id: str
    query: str
    style: str
    quotes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SearchEvaluation:
    """Figures by ranker and style (``all`` included), and how well no-match is told.

    Attributes:
        ndcg, recall, mrr: ranker → style → figure; nDCG@10 with gains 2^grade − 1, recall@10 and MRR of grade 2.
        auc: chance that a query with an answer shows more evidence than one without; aucs: the same by style.
        refused, let_through: shares of queries wrongly refused, and wrongly answered, at the threshold in use.
        evidence: best evidence a query, for calibration.
    """

    queries: int
    unjudgeable: int
    ndcg: Mapping[str, Mapping[str, float]]
    recall: Mapping[str, Mapping[str, float]]
    mrr: Mapping[str, Mapping[str, float]]
    auc: float
    aucs: Mapping[str, float]
    refused: float
    let_through: float
    evidence: Mapping[str, float]

    def to_dict(self) -> dict[str, object]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__slots__}


def read_judgments(path: Path) -> list[Judgment]:
    """Judgments from JSON lines.

    Raises:
        MingjianError: a line is not of that form.
    """
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            quotes = {item["text"]: int(item["grade"]) for item in data.get("relevant", ())}
            out.append(Judgment(str(data["id"]), data["query"], data["style"], quotes))
        except (ValueError, KeyError, TypeError) as error:
            raise MingjianError(f"{path} 第{number}行：不是检索评测的格式（{because(error)}）") from error
    return out


def evaluate_search(archive: Archive, judgments: Sequence[Judgment]) -> SearchEvaluation:
    """Rank for every judgment by every ranker, each within what the query was understood to ask for.

    Judgments whose quotes the archive does not hold are left out.
    """
    searcher = archive.searcher()
    texts = {s.text for s in archive.store.statements() if s.kind != "passage"}
    figures: dict[str, list[tuple[str, float, float, float]]] = {ranker: [] for ranker in RANKERS}
    best: dict[str, float] = {}
    fits: dict[str, bool] = {}
    unjudgeable = 0
    for judgment in judgments:
        grades = {text: grade for quote, grade in judgment.quotes.items() for text in texts if quote in text}
        if not grades and judgment.style != NO_MATCH:
            unjudgeable += 1
            continue
        understood = understand(judgment.query, Filter(), searcher.latest_year())
        question = searcher.question(understood.text or judgment.query, understood.filter)
        allowed = searcher.allowed(understood.filter, understood.phrases)
        ranked, every = searcher.rank(question, allowed, CUT), searcher.rank(question, allowed, POOL, math.inf)
        best[judgment.id] = max((evidence(r.features) for r in ranked), default=0.0)
        fits[judgment.id] = any(searcher.fits(r) for r in ranked)
        if judgment.style != NO_MATCH:
            for ranker in RANKERS:
                found = _unique(_ordered(ranked if ranker == "reranked" else every, ranker))
                figures[ranker].append((judgment.style, *_measures(found, grades)))
    known = [j for j in judgments if j.id in best]
    with_answer = [j.id for j in known if j.style != NO_MATCH]
    without = [j.id for j in known if j.style == NO_MATCH]
    nothing = [best[i] for i in without]
    by_style: dict[str, list[float]] = {}
    for one in known:
        if one.style != NO_MATCH:
            by_style.setdefault(one.style, []).append(best[one.id])
    return SearchEvaluation(
        queries=len(known),
        unjudgeable=unjudgeable,
        ndcg={ranker: _by_style(figures[ranker], 1) for ranker in RANKERS},
        recall={ranker: _by_style(figures[ranker], 2) for ranker in RANKERS},
        mrr={ranker: _by_style(figures[ranker], 3) for ranker in RANKERS},
        auc=_auc([best[i] for i in with_answer], nothing),
        aucs={style: _auc(values, nothing) for style, values in by_style.items()},
        refused=_share([not fits[i] for i in with_answer]),
        let_through=_share([fits[i] for i in without]),
        evidence=best,
    )


@contextmanager
def in_another_model(archive: Archive, model: str) -> Iterator[Archive]:
    """A copy of an archive whose vectors are another model's; gone afterwards.

    Raises:
        MingjianError: the model cannot be had; the disk is full.
    """
    from index import backup, restoring

    with TemporaryDirectory(prefix="mingjian-", ignore_cleanup_errors=True) as name:
        kept, folder = Path(name) / "copy", Path(name) / "archive"
        backup.make(archive.path, archive.store, kept, derived=False, replace=False)
        restoring.restore(kept, folder)
        with type(archive).open(folder, create=False) as copy:
            copy.rebuild(model=model)
            yield copy


def _ordered(ranked: Sequence[Ranked], ranker: str) -> list[Ranked]:
    """The candidates as one ranker alone would have them."""
    if ranker == "reranked":
        return list(ranked)
    if ranker == "hybrid":
        return sorted(ranked, key=lambda r: (-r.features.fused, r.position))
    if ranker == "dense":
        return sorted((r for r in ranked if r.dense_rank is not None), key=lambda r: (r.dense_rank or 0, r.position))
    return sorted((r for r in ranked if r.lexical_rank is not None), key=lambda r: (r.lexical_rank or 0, r.position))


def _unique(ranked: Sequence[Ranked]) -> list[str]:
    return list(dict.fromkeys(r.row.text for r in ranked))


def _measures(found: Sequence[str], grades: Mapping[str, int]) -> tuple[float, float, float]:
    """nDCG@10, recall@10 and reciprocal rank of one query."""
    gains = [2 ** grades.get(text, 0) - 1 for text in found[:CUT]]
    ideal = sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:CUT]
    good = {text for text, grade in grades.items() if grade == max(grades.values())}
    first = next((rank for rank, text in enumerate(found, start=1) if text in good), None)
    recall = len(good & set(found[:CUT])) / min(CUT, len(good))
    return _dcg(gains) / _dcg(ideal), recall, 1 / first if first else 0.0


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _by_style(rows: Sequence[tuple[str, float, float, float]], column: int) -> dict[str, float]:
    styles: dict[str, list[float]] = {"all": []}
    for row in rows:
        styles["all"].append(row[column])  # type: ignore[arg-type]
        styles.setdefault(row[0], []).append(row[column])  # type: ignore[arg-type]
    return {style: round(sum(values) / len(values), 4) for style, values in styles.items() if values}


def _auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Share of (positive, negative) pairs in the right order; ties count half."""
    pairs = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    return round(sum(pairs) / len(pairs), 4) if pairs else 1.0


def _share(truths: Sequence[bool]) -> float:
    return round(sum(truths) / len(truths), 4) if truths else 0.0
