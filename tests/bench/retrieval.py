"""How well statements are found: BM25 over words, BM25 over 2-grams, vectors, and both together.

    python tests/bench/retrieval.py [--model NAME_OR_FOLDER] [--judged corpora/judged/dev.jsonl]

Ranks every statement of the sample bank for every judged query; no archive, no filters, no re-ranking, so that
the figures show the encoder. See corpora/judged/README.md for the judgments and the measures.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from index.encoder import Encoder, load_encoder  # noqa: E402
from index.tokens import gram_tokens, word_tokens  # noqa: E402

BANK = ROOT / "corpora" / "sample" / "data" / "statements.jsonl"
JUDGED = ROOT / "corpora" / "judged" / "dev.jsonl"
K1, B = 1.2, 0.75  # as tantivy has them
DEPTH = 60  # of reciprocal rank fusion
NO_MATCH = "no_match"
RANKERS = ("BM25 词", "BM25 二字", "向量", "词+向量", "二字+向量", "词+二字+向量", "二字+2×向量")

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One query; ``grades`` has a place for every statement of the bank."""

    id: str
    query: str
    style: str
    grades: npt.NDArray[np.int64]


def bank() -> list[str]:
    """The statements, in the bank's order."""
    return [json.loads(line)["text"] for line in BANK.read_text(encoding="utf-8").splitlines()]


def judged(path: Path, texts: Sequence[str]) -> list[Judged]:
    """The queries with a grade for every statement that holds a quoted phrase."""
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        grades = np.zeros(len(texts), dtype=np.int64)
        for item in row["relevant"]:
            found = [place for place, text in enumerate(texts) if item["text"] in text]
            if not found:
                sys.exit(f"{row['id']}：语料中没有“{item['text']}”")
            grades[found] = item["grade"]
        out.append(Judged(row["id"], row["query"], row["style"], grades))
    return out


class BM25:
    """Okapi BM25 over given tokens."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._column = {token: i for i, token in enumerate(dict.fromkeys(t for d in documents for t in d))}
        lengths = np.array([len(d) for d in documents], dtype=np.float64)
        rows = np.repeat(np.arange(len(documents)), lengths.astype(int))
        columns = [self._column[token] for d in documents for token in d]
        counts = sparse.csc_matrix((np.ones(len(rows)), (rows, columns)))
        counts.sum_duplicates()
        holding = np.diff(counts.indptr)
        self._idf = np.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
        long = K1 * (1 - B + B * lengths / lengths.mean())
        counts.data = counts.data * (K1 + 1) / (counts.data + long[counts.indices])
        self._weights = counts

    def scores(self, tokens: Sequence[str]) -> Scores:
        """(n,) the sum over the query's tokens."""
        known = [self._column[token] for token in tokens if token in self._column]
        return np.asarray(self._weights[:, known] @ self._idf[known]).ravel()


def fuse(*lists: tuple[float, Scores], depth: int = DEPTH) -> Scores:
    """Weighted reciprocal rank fusion; what a ranking scores 0 gets nothing from it."""
    total = np.zeros(len(lists[0][1]))
    for weight, scores in lists:
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] > 0]
        total[order] += weight / (depth + 1 + np.arange(len(order)))
    return total


def rankings(queries: Sequence[Judged], texts: Sequence[str], encoder: Encoder) -> dict[str, list[Scores]]:
    """Ranker → scores of every statement, one array a query."""
    words, grams = BM25([word_tokens(t) for t in texts]), BM25([gram_tokens(t) for t in texts])
    vectors = encoder.encode(texts)
    out: dict[str, list[Scores]] = {name: [] for name in RANKERS}
    for item in queries:
        word, gram = words.scores(word_tokens(item.query)), grams.scores(gram_tokens(item.query))
        dense = (vectors @ encoder.encode_query(item.query)).astype(np.float64)
        fused = [
            fuse((1, word), (1, dense)),
            fuse((1, gram), (1, dense)),
            fuse((1, word), (1, gram), (1, dense)),
            fuse((1, gram), (2, dense), depth=20),
        ]
        for name, scores in zip(RANKERS, [word, gram, dense, *fused], strict=True):
            out[name].append(scores)
    return out


def ndcg(scores: Scores, grades: npt.NDArray[np.int64], k: int = 10) -> float:
    """Gain = grade, discount = 1 / log2(rank + 1); 1 where the best possible order comes first."""
    discount = np.array([1 / math.log2(rank + 2) for rank in range(k)])
    gain = grades[_top(scores, k)]
    best = np.sort(grades)[::-1][:k]
    return float(gain @ discount[: len(gain)] / (best @ discount[: len(best)]))


def recall(scores: Scores, grades: npt.NDArray[np.int64], k: int = 10) -> float:
    """Share of the relevant statements (of ten at most) among the first ten."""
    return float((grades[_top(scores, k)] > 0).sum() / min(k, (grades > 0).sum()))


def reciprocal(scores: Scores, grades: npt.NDArray[np.int64]) -> float:
    """1 / rank of the first statement that says it outright (grade 2)."""
    hits = np.flatnonzero(grades[_top(scores, len(scores))] == 2)
    return 1 / (1 + int(hits[0])) if len(hits) else 0.0


def _top(scores: Scores, k: int) -> npt.NDArray[np.int64]:
    order = np.argsort(-scores, kind="stable")[:k]
    return order[scores[order] > 0]


def auc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Chance that a query with an answer has a higher best score than one without."""
    wins = [(a > b) + 0.5 * (a == b) for a in inside for b in outside]
    return sum(wins) / len(wins)


def report(queries: Sequence[Judged], found: dict[str, list[Scores]]) -> list[str]:
    """The lines of the table."""
    styles = list(dict.fromkeys(item.style for item in queries if item.style != NO_MATCH))
    lines = [f"{'':<14}nDCG@10 recall@10 MRR   AUC   " + " ".join(f"{style:<10}" for style in styles)]
    for name, scores in found.items():
        pairs = list(zip(queries, scores, strict=True))
        inside = [(q, s) for q, s in pairs if q.style != NO_MATCH]
        means = [np.mean([f(s, q.grades) for q, s in inside]) for f in (ndcg, recall, reciprocal)]
        raw = "+" not in name  # the best fused rank is as high for a query without an answer
        apart = auc([s.max() for _, s in inside], [s.max() for q, s in pairs if q.style == NO_MATCH])
        split = [np.mean([ndcg(s, q.grades) for q, s in inside if q.style == style]) for style in styles]
        padded = name + " " * (14 - len(name) - sum(ord(char) > 255 for char in name))
        figures = f"{means[0]:.3f}   {means[1]:.3f}     {means[2]:.3f} {f'{apart:.3f}' if raw else '–    '} "
        lines.append(padded + figures + " ".join(f"{value:<10.3f}" for value in split))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="检索质量")
    parser.add_argument("--model", default=None, help="模型名称或文件夹，默认内置模型")
    parser.add_argument("--judged", type=Path, default=JUDGED)
    options = parser.parse_args()
    texts = bank()
    queries = judged(options.judged, texts)
    encoder = load_encoder(options.model)
    print(f"{encoder.name}  {len(texts)} 条陈述  {len(queries)} 个查询")
    print("\n".join(report(queries, rankings(queries, texts, encoder))))


if __name__ == "__main__":
    main()
