"""Topics beyond the taxonomy: clusters of statements that say the same thing, with readable names.

K-means over the sentence vectors, names by class-based TF-IDF over phrases (the formula of Grootendorst's
BERTopic paper, arXiv 2203.05794, section 3.3). Statements that no cluster holds firmly stay unassigned: their
share is part of the result. The same input gives the same topics.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = Callable[[str], list[str]]

SMALLEST = 5  # a topic has at least so many statements …
FEWEST_SOURCES = 3  # … of at least so many agencies: one agency repeating itself is no topic
SPREAD = 2.0  # an assigned statement is nearer to its centre than this many deviations above chance
FIRM = 0.8  # cosine to its centre from which it is assigned in any case: where all say the same, chance is high
SAME = 0.9  # cosine of two centres from which their clusters are one
LONGEST_PHRASE = 3  # words
NAME_CHARACTERS = (3, 12)
MINI_BATCH_FROM = 20_000
_CLAUSE = re.compile(r"[，。；：！？,;:!?]")
NAMED_BY = 200  # of a topic's statements, the most typical, that its name is taken from


@dataclass(frozen=True, slots=True)
class Cluster:
    """One topic. ``members`` are row numbers of the input, the most typical first."""

    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """Topics by falling size, and the share of statements that belong to none."""

    clusters: tuple[Cluster, ...]
    unassigned: float


def discover(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    sources: Sequence[str],
    words: Words,
    stop_phrases: frozenset[str] = frozenset(),
    *,
    topics: int | None = None,
    seed: int = 0,
) -> Discovery:
    """Group statements by meaning.

    Args:
        texts: n statements.
        vectors: (n, d) float32, unit length, in the same order.
        sources: who said it, one an entry; a topic needs several.
        words: the segmenter.
        stop_phrases: words and phrases that no name may consist of.
        topics: how many to look for; by default one for every 25 statements, 4 to 60.
        seed: where the search begins; another one only to see how much hangs on it.
    """
    n = len(texts)
    if n < 2 * SMALLEST:
        return Discovery((), 1.0 if n else 0.0)
    wanted = topics or max(4, min(60, n // 25))
    groups = _firm_groups(vectors, min(wanted, n // 2, len(set(texts))), seed)
    kept = [g for g in groups if len(g) >= SMALLEST and len({sources[i] for i in g}) >= FEWEST_SOURCES]
    names = name_groups([[texts[i] for i in group[:NAMED_BY]] for group in kept], words, stop_phrases)
    clusters = [Cluster(name, tuple(group)) for name, group in zip(names, kept, strict=True)]
    clusters.sort(key=lambda c: (-len(c.members), c.name, c.members[0]))
    assigned = sum(len(c.members) for c in clusters)
    return Discovery(tuple(clusters), 1 - assigned / n)


def _firm_groups(vectors: NDArray[np.float32], wanted: int, seed: int) -> list[list[int]]:
    """Row numbers of each cluster's firm members, nearest to the centre first."""
    owner, centres = _clusters(vectors, wanted, seed)
    centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    cosine = vectors @ centres.T
    rows = np.arange(len(vectors))
    own = cosine[rows, owner].copy()
    cosine[rows, owner] = np.nan
    chance = min(FIRM, np.nanmean(cosine) + SPREAD * np.nanstd(cosine)) if len(centres) > 1 else -1.0
    groups: list[list[int]] = []
    for centre in range(len(centres)):
        members = np.flatnonzero((owner == centre) & (own >= chance))
        groups.append([int(i) for i in members[np.argsort(-own[members], kind="stable")]])
    return groups


def _clusters(vectors: NDArray[np.float32], wanted: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(n,) cluster of each row, (k, d) centres; k is ``wanted`` or fewer, for clusters that say the same are one.

    On one thread: sums then come in one order on every machine, so do the topics; and threads that wait for one
    another over such small matrices take ten times as long on a busy machine.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    if len(vectors) >= MINI_BATCH_FROM:
        model = MiniBatchKMeans(wanted, random_state=seed, n_init=3, batch_size=4096)
    else:
        model = KMeans(wanted, random_state=seed, n_init=3)
    with threadpool_limits(1):
        owner = model.fit_predict(vectors)
    return _merged(owner, model.cluster_centers_)


def _merged(owner: NDArray[np.int32], centres: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Clusters whose centres nearly coincide made one: many copies of a sentence would fill several."""
    sizes = np.bincount(owner, minlength=len(centres)).astype(np.float32)
    unit = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    into = np.full(len(centres), -1)
    for centre in range(len(centres)):
        if into[centre] < 0:
            into[(unit @ unit[centre] >= SAME) & (into < 0)] = centre
            into[centre] = centre
    kept, place = np.unique(into, return_inverse=True)
    summed = np.zeros((len(kept), centres.shape[1]), np.float32)
    np.add.at(summed, place, centres * sizes[:, None])
    return place[owner].astype(np.int32), summed


def name_groups(groups: Sequence[Sequence[str]], words: Words, stop_phrases: frozenset[str] = frozenset()) -> list[str]:
    """A readable Chinese name for each group of texts: the one or two phrases that set it apart."""
    counts = [Counter(p for text in group for p in set(phrases(text, words, stop_phrases))) for group in groups]
    everywhere: Counter[str] = Counter()
    for count in counts:
        everywhere.update(count)
    mean_size = sum(everywhere.values()) / max(1, len(groups))
    return [
        _name(count, len(group), everywhere, mean_size) or _quoted(group[0])
        for count, group in zip(counts, groups, strict=True)
    ]


def _quoted(text: str) -> str:
    """The first clause of a sentence that holds no phrase fit for a name."""
    clause = next((part for part in _CLAUSE.split(text) if part.strip()), text).strip()
    return clause if len(clause) <= NAME_CHARACTERS[1] else clause[: NAME_CHARACTERS[1] - 1] + "…"


def _name(count: Counter[str], size: int, everywhere: Counter[str], mean_size: float) -> str:
    """The best phrase, and a second one that adds something, joined by 、; empty where there is none."""

    def weight(phrase: str) -> float:
        often = count[phrase] / size
        rare = math.log(1 + mean_size / everywhere[phrase])
        return often * rare * (1 + 0.25 * min(len(phrase), 8))

    ranked = sorted((p for p in count if count[p] > 1), key=lambda p: (-weight(p), p)) or sorted(count)
    chosen: list[str] = []
    for phrase in ranked:
        if all(not set(phrase) & set(other) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == 2:
            break
    return "、".join(chosen)


def phrases(text: str, words: Words, stop_phrases: frozenset[str] = frozenset()) -> list[str]:
    """Runs of one to three neighbouring words, 3–12 characters, that do not begin or end in a stop word."""
    tokens = [w for w in words(text) if w.strip()]
    usable = [len(w) > 1 and w.isalpha() and w not in stop_phrases for w in tokens]
    low, high = NAME_CHARACTERS
    found = []
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(tokens)) + 1):
            if not all(usable[start:end]):
                break
            phrase = "".join(tokens[start:end])
            if low <= len(phrase) <= high and phrase not in stop_phrases:
                found.append(phrase)
    return found
