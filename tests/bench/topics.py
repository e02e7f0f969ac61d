"""Topics compared: the ones in use (scikit-learn, class-based TF-IDF) and BERTopic, at 5 000 and 50 000 statements.

    python tests/bench/topics.py [--sizes 5000 50000] [--methods mingjian bertopic bertopic-60] [--seeds 3]

The statements are authored ones of ``corpora`` (clusters, labelled, the sample's bank). Where more are wanted than
there are, sentences are recombined: the first half of the clauses of one and the second half of another of the same
label. Vectors are the built-in encoder's and are made before the clock starts. Every method runs once a seed in a
process of its own. ``bertopic`` has its defaults (UMAP to 5 dimensions, HDBSCAN, at least 10 statements a topic) with
our segmenter, ``bertopic-60`` merges down to 60 topics, as many as ours looks for at most. Without the package its
lines are left out.

Shown: topics; NPMI coherence of each topic's ten words that weigh most by class-based TF-IDF (the same count for all
methods), co-occurrence within a statement; share of statements in no topic; agreement (adjusted Rand index) between
seeds, over all statements, those in no topic as one class, and over those that both assign; with the authors' labels
(adjusted mutual information over what is assigned); seconds; peak memory above what the vectors and libraries take.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from index.encoder import load_encoder  # noqa: E402
from nlp.segment import stop_phrases, words  # noqa: E402
from nlp.topics import discover  # noqa: E402

NONE = -1
TOP_WORDS = 10
CLAUSE = re.compile(r"[^，；。,;]+[，；。,;]?")
METHODS = ("mingjian", "bertopic", "bertopic-60")

Labels = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]


# -- statements -------------------------------------------------------------------------------------------------


def authored() -> list[tuple[str, str]]:
    """(sentence, first label) of everything that states a problem or a measure, without repeats."""
    found: dict[str, str] = {}
    for path in [*sorted((ROOT / "corpora").glob("[cl]*/*.jsonl")), ROOT / "corpora/sample/data/statements.jsonl"]:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["kind"] not in ("problem", "measure"):
                continue
            for one in [*row.get("statements", [row]), *row.get("measures", [])]:
                labels = one.get("labels") or row["labels"]
                found.setdefault(one["text"], labels[0] if labels else row["kind"])
    return [*found.items()]


def statements(wanted: int) -> list[tuple[str, str]]:
    """As many (sentence, label); recombined within a label where there are not enough. Always the same."""
    rng = random.Random(7)
    pool = authored()
    rng.shuffle(pool)
    by_label: dict[str, list[str]] = defaultdict(list)
    for text, label in pool:
        by_label[label].append(text)
    out = dict(pool[:wanted])
    while len(out) < wanted:
        text, label = rng.choice(pool)
        first, second = (CLAUSE.findall(one) for one in (text, rng.choice(by_label[label])))
        made = "".join([*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]])
        out.setdefault(made, label)
    return [*out.items()]


# -- methods ----------------------------------------------------------------------------------------------------


def ours(texts: Sequence[str], vectors: Vectors, seed: int) -> Labels:
    """The topics in use; every statement counts as another agency's."""
    found = discover(texts, vectors, [str(n) for n in range(len(texts))], words, stop_phrases(), seed=seed)
    out = np.full(len(texts), NONE)
    for number, cluster in enumerate(found.clusters):
        out[list(cluster.members)] = number
    return out


def bertopic(topics: int | None) -> Callable[[Sequence[str], Vectors, int], Labels]:
    """BERTopic with our segmenter."""

    def run(texts: Sequence[str], vectors: Vectors, seed: int) -> Labels:
        from bertopic import BERTopic
        from sklearn.feature_extraction.text import CountVectorizer
        from umap import UMAP

        model = BERTopic(
            language="multilingual",
            nr_topics=topics,
            umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed),
            vectorizer_model=CountVectorizer(tokenizer=words, token_pattern=None),
        )
        return np.array(model.fit_transform(list(texts), vectors)[0])

    return run


RUN: dict[str, Callable[[Sequence[str], Vectors, int], Labels]] = {
    "mingjian": ours,
    "bertopic": bertopic(None),
    "bertopic-60": bertopic(60),
}


def available(method: str) -> bool:
    """Whether the library is there."""
    return method == "mingjian" or importlib.util.find_spec("bertopic") is not None


# -- figures ----------------------------------------------------------------------------------------------------


def coherence(tokens: Sequence[Sequence[str]], labels: Labels) -> float:
    """Mean NPMI of the pairs among each topic's ten weightiest words, over all topics."""
    seen = Counter(word for one in tokens for word in set(one))
    holders: dict[str, set[int]] = defaultdict(set)
    for row, one in enumerate(tokens):
        for word in set(one):
            holders[word].add(row)
    counts = {
        topic: Counter(word for row in np.flatnonzero(labels == topic) for word in tokens[row] if seen[word] >= 5)
        for topic in sorted(set(labels.tolist()) - {NONE})
    }
    total: Counter[str] = Counter()
    for count in counts.values():
        total.update(count)
    average = sum(total.values()) / max(1, len(counts))
    scores = []
    for count in counts.values():
        size = sum(count.values())
        weight = {word: n / size * np.log(1 + average / total[word]) for word, n in count.items()}
        top = sorted(weight, key=lambda word: (-weight[word], word))[:TOP_WORDS]
        scores += [npmi(holders[a], holders[b], len(tokens)) for a, b in combinations(top, 2)]
    return float(np.mean(scores)) if scores else float("nan")


def npmi(one: set[int], other: set[int], n: int) -> float:
    """Normalised pointwise mutual information of two words; -1 where they never meet."""
    both = len(one & other)
    if not both:
        return -1.0
    if both == n:
        return 1.0
    return float(np.log(both * n / (len(one) * len(other))) / -np.log(both / n))


def agreement(runs: Sequence[Labels]) -> tuple[float, float]:
    """Mean adjusted Rand index between runs: over all statements, and over those that both assign."""
    from sklearn.metrics import adjusted_rand_score

    every, held = [], []
    for one, other in combinations(runs, 2):
        both = (one != NONE) & (other != NONE)
        every.append(adjusted_rand_score(one, other))
        held.append(adjusted_rand_score(one[both], other[both]))
    return (float(np.mean(every)), float(np.mean(held))) if every else (float("nan"), float("nan"))


def with_authors(labels: Labels, truth: Sequence[str]) -> float:
    """Adjusted mutual information with the authors' first labels, over what is assigned."""
    from sklearn.metrics import adjusted_mutual_info_score

    kept = labels != NONE
    return float(adjusted_mutual_info_score(np.array(truth)[kept], labels[kept])) if kept.any() else float("nan")


# -- running ----------------------------------------------------------------------------------------------------


def child(method: str, folder: Path, seed: int) -> None:
    """One run in this process: labels, seconds and memory into the folder."""
    import sklearn.cluster  # noqa: F401 - the clock is to count the work, not imports

    if method != "mingjian":
        import bertopic  # noqa: F401
        import umap  # noqa: F401
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    vectors = np.load(folder / "vectors.npy")
    words("预热")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    labels = RUN[method](texts, vectors, seed)
    seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    np.save(folder / f"{method}-{seed}.npy", labels)
    figures = {"seconds": seconds, "cpu": spent, "memory": memory}
    (folder / f"{method}-{seed}.json").write_text(json.dumps(figures), encoding="utf-8")


def compare(size: int, methods: Sequence[str], seeds: int) -> list[str]:
    """A line of the table for each method."""
    sample = statements(size)
    texts, truth = [text for text, _ in sample], [label for _, label in sample]
    lines = []
    stop = stop_phrases()
    tokens = [[word for word in words(text) if len(word) > 1 and word not in stop] for text in texts]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        np.save(folder / "vectors.npy", load_encoder().encode(texts))
        for method in methods:
            for seed in range(seeds):
                command = [sys.executable, __file__, "--child", method, "--folder", name, "--seed", str(seed)]
                subprocess.run(command, check=True)
            runs = [np.load(folder / f"{method}-{seed}.npy") for seed in range(seeds)]
            spent = [json.loads((folder / f"{method}-{seed}.json").read_text()) for seed in range(seeds)]
            every, held = agreement(runs)
            figures = [
                f"{np.mean([len(set(run.tolist()) - {NONE}) for run in runs]):.0f}",
                f"{np.mean([coherence(tokens, run) for run in runs]):.3f}",
                f"{np.mean([(run == NONE).mean() for run in runs]):.1%}",
                f"{every:.2f} / {held:.2f}",
                f"{np.mean([with_authors(run, truth) for run in runs]):.2f}",
                " / ".join(f"{np.median([one[key] for one in spent]):.1f}" for key in ("seconds", "cpu")),
                f"{max(one['memory'] for one in spent):.0f}",
            ]
            lines.append("| " + " | ".join([f"{size:,}", method, *figures]) + " |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--child", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.folder, asked.seed)
        return
    methods = [method for method in asked.methods if available(method)]
    if len(methods) < len(asked.methods):
        print("没有安装 BERTopic（pip install bertopic），只测 mingjian", file=sys.stderr)
    print(
        "| 语句数 | 方法 | 话题数 | NPMI | 未归入 | 种子间 ARI（全部 / 都归入的） | 与作者标签 AMI | 秒 / CPU 秒 | MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for size in asked.sizes:
        compare(size, methods, asked.seeds)


if __name__ == "__main__":
    main()
