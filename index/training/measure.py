"""Figures for the model card: likeness as people see it, and how well held-out clusters are found.

Run as ``python -m index.training.measure --clusters corpora/clusters --only AUTHOR`` or ``… --eval FOLDER``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import Encoder, load_encoder
from index.training.pairs import Cluster, read_clusters

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]

SETS = {"STS-B": "sts-b-test.tsv", "LCQMC": "lcqmc-test.tsv", "PAWS-X": "paws-x-test.tsv"}


def ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def spearman(left: Floats, right: Floats) -> float:
    """Rank correlation, −1 to 1."""
    return float(np.corrcoef(ranks(left), ranks(right))[0, 1])


def similarity_set(path: Path, encoder: Encoder) -> float:
    """Spearman between cosine and the score in the last of tab-parted columns; the two before it are sentences."""
    rows = [line.split("\t")[-3:] for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if len(row) == 3 and row[2].replace(".", "", 1).isdigit()]
    left, right = (encoder.encode([row[side] for row in rows]) for side in (0, 1))
    cosines = (left * right).sum(axis=1).astype(np.float64)
    return spearman(cosines, np.array([float(row[2]) for row in rows]))


def cluster_search(clusters: Sequence[Cluster], encoder: Encoder) -> tuple[float, float]:
    """Each query against all statements of the clusters; its own cluster's statements are the right ones.

    Returns:
        Mean reciprocal rank of the first right one, and the share of right ones among the first k, k = how many
        right ones there are.
    """
    owner = np.array([i for i, cluster in enumerate(clusters) for _ in cluster.statements])
    statements = encoder.encode([text for cluster in clusters for text in cluster.statements])
    first, share = [], []
    for number, cluster in enumerate(clusters):
        for query in cluster.queries:
            right = owner[np.argsort(-(statements @ encoder.encode_query(query)), kind="stable")] == number
            first.append(1 / (1 + int(np.argmax(right))))
            share.append(right[: len(cluster.statements)].mean())
    return float(np.mean(first)), float(np.mean(share))


def main() -> None:
    """Read the command line, log the figures."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="测量语义模型")
    parser.add_argument("--model", default=None, help="模型名称或文件夹，默认内置模型")
    parser.add_argument("--clusters", type=Path, help="同义语句组所在文件夹")
    parser.add_argument("--only", action="append", default=[], help="只测哪位作者（文件名），可重复")
    parser.add_argument("--eval", type=Path, help="公开相似度测试集所在文件夹")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    if options.clusters:
        clusters = [c for c in read_clusters(options.clusters) if not options.only or c.author in options.only]
        log.info("%d 组：MRR %.3f，前 k 命中 %.3f", len(clusters), *cluster_search(clusters, encoder))
    for name, file in SETS.items():
        if options.eval and (options.eval / file).exists():
            log.info("%s：%.1f", name, 100 * similarity_set(options.eval / file, encoder))


if __name__ == "__main__":
    main()
