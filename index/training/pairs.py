"""What is near in meaning: pairs from the official text, clusters from our own sentences."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from index.training import corpus

Pair = tuple[str, str]

SHORTEST, LONGEST = 12, 200  # characters of a sentence that is worth pairing
BODY_SENTENCES = 20  # of a policy document, paired with its title


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sentences that say the same in different words.

    Attributes:
        id: unique over all files.
        author: the file's name; whole authors are held out when settings are chosen.
        kind: problem or measure.
        labels: of the taxonomy; another cluster with the same first label is a hard negative.
        statements: as reports write them.
        queries: as people look for them.
        measures: what is done against the problem; near to it, but not the same.
        gist: the point in a few words.
    """

    id: str
    author: str
    kind: str
    labels: tuple[str, ...]
    statements: tuple[str, ...]
    queries: tuple[str, ...]
    measures: tuple[str, ...] = ()
    gist: str = ""


def read_clusters(folder: Path) -> list[Cluster]:
    """All clusters of the folder's ``*.jsonl`` files, by file name and line."""
    return [cluster for path in sorted(folder.glob("*.jsonl")) for cluster in _clusters_of(path)]


def _clusters_of(path: Path) -> Iterator[Cluster]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        statements = tuple(item["text"] for item in row["statements"])
        if len(statements) > 1:
            yield Cluster(
                f"{path.stem}/{row['id']}",
                path.stem,
                row["kind"],
                tuple(row["labels"]),
                statements,
                tuple(row.get("queries", ())),
                tuple(item["text"] for item in row.get("measures", ())),
                row.get("gist", ""),
            )


def with_more(clusters: Sequence[Cluster], asked: Path, said: Path, without: Collection[str] = ()) -> list[Cluster]:
    """The clusters with the further queries and statements that others wrote for them.

    A line of ``asked/*.jsonl`` is ``{"cluster": the cluster's own id, "queries": […]}``, one of ``said/*.jsonl``
    ``{"cluster": …, "statements": […]}``; lines of clusters that are not given are left out, and whole files by name.
    """
    queries, statements = _more(asked, "queries", without), _more(said, "statements", without)
    return [
        replace(
            cluster,
            queries=tuple(dict.fromkeys((*cluster.queries, *queries.get(cluster.id.split("/")[1], ())))),
            statements=tuple(dict.fromkeys((*cluster.statements, *statements.get(cluster.id.split("/")[1], ())))),
        )
        for cluster in clusters
    ]


def _files(folder: Path, without: Collection[str]) -> list[Path]:
    return [path for path in sorted(folder.glob("*.jsonl")) if path.stem not in without]


def _more(folder: Path, what: str, without: Collection[str]) -> dict[str, list[str]]:
    """Own id of a cluster → the texts of the folder's ``*.jsonl`` files for it."""
    out: dict[str, list[str]] = {}
    for path in _files(folder, without):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            out.setdefault(row["cluster"], []).extend(row[what])
    return out


def read_sayings(folder: Path, without: Collection[str] = ()) -> list[Cluster]:
    """The glossary of the folder's ``*.jsonl`` files: everyday wordings and official ones of one meaning, as clusters.

    Each is a label of its own, so that nothing but its own wordings is pulled near.
    """
    files = [path.read_text(encoding="utf-8") for path in _files(folder, without)]
    rows = [json.loads(line) for text in files for line in text.splitlines() if line.strip()]
    return [
        Cluster(row["id"], row["author"], row.get("kind", ""), (row["id"],), tuple(row["plain"]), tuple(row["sayings"]))
        for row in rows
    ]


def text_pairs(folder: Path, limit: int, seed: int) -> list[Pair]:
    """Up to ``limit`` pairs of the official text, a third or so from each kind of source, shuffled.

    Title and sentence of a policy document; neighbouring sentences of a work report; chapter and article, and
    neighbouring articles, of a law; question and answering article.
    """
    chooser = random.Random(seed)  # noqa: S311 (nothing secret is drawn)
    policies = [pair for row in corpus.rows(folder / corpus.POLICIES) for pair in _title_pairs(row, chooser)]
    questions = [(row["query"], row["text"]) for row in corpus.rows(folder / corpus.QUESTIONS)]
    reports = [pair for row in corpus.rows(folder / corpus.GWR) for pair in _neighbours(row["text"])]
    laws = list(_law_pairs(folder, chooser))
    small = policies + questions * 3
    share = max(0, limit - len(small)) // 2
    pairs = small + _sample(reports, share, chooser) + _sample(laws, share, chooser)
    chooser.shuffle(pairs)
    return pairs[:limit]


def _sample(pairs: list[Pair], size: int, chooser: random.Random) -> list[Pair]:
    return chooser.sample(pairs, min(size, len(pairs)))


def _usable(text: str) -> list[str]:
    return [part for part in corpus.sentences(text) if SHORTEST <= len(part) <= LONGEST]


def _title_pairs(row: dict[str, str], chooser: random.Random) -> list[Pair]:
    body = _usable(row["body"])
    return [(row["title"], part) for part in chooser.sample(body, min(BODY_SENTENCES, len(body)))]


def _neighbours(paragraph: str) -> list[Pair]:
    parts = _usable(paragraph)
    return list(pairwise(parts))


def _law_pairs(folder: Path, chooser: random.Random) -> Iterator[Pair]:
    seen: set[str] = set()
    before: tuple[str, str, str] = ("", "", "")
    for row in corpus.rows(folder / corpus.LAWS):
        law, chapter, article = row["law"], row["chapter"], row["article"]
        text = article.split(" ", 1)[-1].strip()
        if text in seen or not SHORTEST <= len(text) <= 2 * LONGEST:
            continue
        seen.add(text)
        if chooser.random() < 0.5:
            yield f"{law}{chapter}", text
        elif before[:2] == (law, chapter):
            yield before[2], text
        before = (law, chapter, text)
