"""What a finished model knows besides words (see :mod:`index.points`): fine points, domain, remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import Encoder, load_encoder
from index.points import FILE
from index.training.model import quantise, unit
from index.training.pairs import Cluster

Floats = npt.NDArray[np.float32]

FREEDOM = 10.0  # of the weights of a logistic regression (C)


def write_points(
    folder: Path, clusters: Sequence[Cluster], off_topic: Sequence[str], plain: Sequence[Cluster] = ()
) -> None:
    """Encode with the finished model of ``folder``; write points, remedy and, given off-topic questions, domain.

    ``plain``: the clusters whose queries stand for the field, if not all: images could be about anything.
    """
    from safetensors.numpy import save_file

    encoder = load_encoder(str(folder))
    numbers, scales = quantise(unit(points_of(clusters, encoder)))
    held: dict[str, npt.NDArray[np.generic]] = {"points": numbers, "scales": scales}
    if len({cluster.kind for cluster in clusters if cluster.queries}) > 1:
        held["remedy"] = remedy_of(clusters, encoder)
    if off_topic:
        held["domain"] = domain_of(plain or clusters, off_topic, encoder)
    save_file(held, folder / FILE)
    (folder / FILE).chmod(0o644)


def points_of(clusters: Sequence[Cluster], encoder: Encoder) -> Floats:
    """(m, d): the sum of each cluster's statements and queries."""
    texts = [[*cluster.statements, *cluster.queries] for cluster in clusters]
    starts = np.cumsum([0, *(len(group) for group in texts)])[:-1]
    vectors = encoder.encode([text for group in texts for text in group])
    return np.asarray(np.add.reduceat(vectors, starts, axis=0), dtype=np.float32)


def domain_of(clusters: Sequence[Cluster], off_topic: Sequence[str], encoder: Encoder) -> Floats:
    """(d + 1,): weights and intercept that tell the clusters' queries and gists from questions about anything else."""
    from sklearn.linear_model import LogisticRegression

    own = [text for cluster in clusters for text in (*cluster.queries, cluster.gist) if text]
    vectors = encoder.encode([*own, *off_topic])
    told = LogisticRegression(C=FREEDOM, class_weight="balanced", max_iter=500)
    told.fit(vectors, np.arange(len(vectors)) < len(own))
    return np.append(told.coef_[0], told.intercept_).astype(np.float32)


def remedy_of(clusters: Sequence[Cluster], encoder: Encoder) -> Floats:
    """(d + 1,): weights and intercept that tell queries for measures from those for problems."""
    from sklearn.linear_model import LogisticRegression

    asked = [(query, cluster.kind == "measure") for cluster in clusters for query in cluster.queries]
    told = LogisticRegression(C=FREEDOM, max_iter=500)
    told.fit(encoder.encode([query for query, _ in asked]), [kind for _, kind in asked])
    return np.append(told.coef_[0], told.intercept_).astype(np.float32)


def read_off_topic(folder: Path) -> list[str]:
    """The questions of the folder's ``*.txt`` files, one a line."""
    files = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    return [line for text in files for line in text.splitlines() if line]
