"""The model's fine points: the mean vector of each group of sentences that say the same (see :mod:`index.points`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoder import load_encoder
from index.points import FILE
from index.training.model import quantise, unit
from index.training.pairs import Cluster


def write_points(folder: Path, clusters: Sequence[Cluster]) -> None:
    """Encode the clusters' statements and queries with the finished model of ``folder``; one mean a cluster."""
    from safetensors.numpy import save_file

    texts = [[*cluster.statements, *cluster.queries] for cluster in clusters]
    starts = np.cumsum([0, *(len(group) for group in texts)])[:-1]
    vectors = load_encoder(str(folder)).encode([text for group in texts for text in group])
    numbers, scales = quantise(unit(np.add.reduceat(vectors, starts, axis=0)))
    save_file({"points": numbers, "scales": scales}, folder / FILE)
    (folder / FILE).chmod(0o644)
