"""Contrastive training: what says the same comes together, what else is in the batch moves apart."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from index.training.model import Parts
from index.training.pairs import Cluster, Pair
from index.training.vocabulary import tokenizer
from nlp.segment import joined

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; the defaults were chosen on held-out clusters (see the model card).

    Attributes:
        cluster_rounds: more of them and what was learnt carries over less.
        texts_a_cluster: drawn each round, up to queries_a_cluster of them queries.
        temperature: of the softmax over cosines.
        forget: share of words left out of a sentence while training, so that no single word decides.
        replay: batches of official text for each batch of clusters.
        label_weight: how much belonging to the same label counts beside belonging to the same cluster.
        measure_weight: the same for a problem and a measure against it.
    """

    pair_rounds: int = 1
    cluster_rounds: int = 15
    batch: int = 512
    clusters_a_batch: int = 192
    texts_a_cluster: int = 12
    queries_a_cluster: int = 4
    temperature: float = 0.09
    forget: float = 0.45
    word_rate: float = 2e-3
    shared_rate: float = 1e-3
    replay: float = 0.5
    label_weight: float = 0.1
    measure_weight: float = 0.2
    seed: int = 7


class Texts:
    """Texts as row numbers, each text tokenised once."""

    def __init__(self, vocabulary: list[str]) -> None:
        """Take the vocabulary whose rows are meant."""
        self._tokenizer = tokenizer(vocabulary)
        self._known: dict[str, list[int]] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Tokenise many texts at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        encodings = self._tokenizer.encode_batch_fast([joined(text) for text in new], add_special_tokens=False)
        for text, encoding in zip(new, encodings, strict=True):
            self._known[text] = [row for row in encoding.ids if row] or [0]

    def rows(self, text: str) -> list[int]:
        """The text's row numbers; [0] for a text without a known word."""
        return self._known[text]


class Student(nn.Module):
    """The parts of a model as torch parameters."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        """Copy the parts."""
        super().__init__()
        size, width = parts.word.shape
        self.word = nn.Embedding(size, width, _weight=torch.tensor(parts.word), sparse=True)
        self.character = nn.Parameter(torch.tensor(parts.character))
        self.weight = nn.Parameter(torch.tensor(parts.weight).clamp_min(1e-4).log())
        self.turn = nn.Parameter(torch.tensor(parts.turn))
        table = parts.spelling()
        self._letters = [torch.tensor(table.indices[a:b]) for a, b in pairwise(table.indptr)]
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)

    def forward(self, texts: Sequence[list[int]]) -> Tensor:
        """(n, d) unit vectors of texts given as row numbers."""
        kept = [self._thin(rows) for rows in texts]
        flat = torch.tensor([row for rows in kept for row in rows])
        unique, place = torch.unique(flat, return_inverse=True)
        letters = [self._letters[row] for row in unique.tolist()]
        spelled = functional.embedding_bag(torch.cat(letters), self.character, _offsets(letters), mode="mean")
        table = self.weight[unique].exp()[:, None] * (self.word(unique) + spelled)
        pooled = functional.embedding_bag(place, table, _offsets(kept), mode="mean")
        return functional.normalize(pooled @ self.turn)

    def _thin(self, rows: list[int]) -> list[int]:
        if not self.training or len(rows) < 4:
            return rows
        keep = self._random.random(len(rows)) >= self._settings.forget
        return [row for row, kept in zip(rows, keep, strict=True) if kept] or rows

    def parts(self, before: Parts) -> Parts:
        """The trained parts."""
        return Parts(
            before.vocabulary,
            before.characters,
            self.word.weight.detach().numpy(),
            self.character.detach().numpy(),
            self.weight.detach().exp().numpy(),
            self.turn.detach().numpy(),
        )


def _offsets(lists: Sequence[Any]) -> Tensor:
    return torch.tensor([0, *(len(item) for item in lists[:-1])]).cumsum(0)


def pair_loss(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    """Each left text's partner is its own right one; all other right ones are wrong, and the other way round."""
    scores = left @ right.T / temperature
    truth = torch.arange(len(scores))
    return (functional.cross_entropy(scores, truth) + functional.cross_entropy(scores.T, truth)) / 2


def group_loss(vectors: Tensor, groups: Tensor, temperature: float) -> Tensor:
    """Every text of the same group is a partner, every text of another is wrong (mean over partners)."""
    scores = vectors @ vectors.T / temperature
    itself = torch.eye(len(scores), dtype=torch.bool)
    same = (groups[:, None] == groups[None]) & ~itself
    chance = scores.masked_fill(itself, -1e9).log_softmax(1)
    partners = same.sum(1)
    return -((chance * same).sum(1)[partners > 0] / partners[partners > 0]).mean()


def cluster_batches(clusters: Sequence[Cluster], settings: Settings, chooser: random.Random) -> list[list[Cluster]]:
    """All clusters in batches; clusters of one label stand together, so that they are each other's negatives."""
    by_label: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        by_label.setdefault(cluster.labels[0], []).append(cluster)
    runs: list[list[Cluster]] = []
    for members in by_label.values():
        chooser.shuffle(members)
        runs += [members[at : at + 8] for at in range(0, len(members), 8)]
    chooser.shuffle(runs)
    ordered = [cluster for run in runs for cluster in run]
    size = settings.clusters_a_batch
    return [ordered[at : at + size] for at in range(0, len(ordered), size)]


def _texts_of(cluster: Cluster, settings: Settings, chooser: random.Random) -> list[str]:
    """Some statements of a cluster and some of its queries."""
    queries = chooser.sample(cluster.queries, min(len(cluster.queries), settings.queries_a_cluster))
    room = settings.texts_a_cluster - len(queries)
    return queries + chooser.sample(cluster.statements, min(room, len(cluster.statements)))


def _answered(batch: Sequence[Cluster]) -> list[tuple[Cluster, tuple[str, ...]]]:
    """The problems of a batch that come with measures, each with its texts."""
    return [(cluster, cluster.statements + cluster.queries) for cluster in batch if cluster.measures]


class Training:
    """One run: a student, its optimisers and the random draws."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        """Start from the given parts."""
        torch.manual_seed(settings.seed)
        torch.set_num_threads(1)  # the steps are small: more threads mostly wait, and sums would differ between runs
        self._before = parts
        self._settings = settings
        self._texts = Texts(parts.vocabulary)
        self._chooser = random.Random(settings.seed)  # noqa: S311 (nothing secret is drawn)
        self.student = Student(parts, settings)
        self._optimisers: list[torch.optim.Optimizer] = [
            torch.optim.SparseAdam(self.student.word.parameters(), lr=settings.word_rate),
            torch.optim.Adam([self.student.character, self.student.turn, self.student.weight], lr=settings.shared_rate),
        ]

    def on_pairs(self, pairs: Sequence[Pair]) -> None:
        """``pair_rounds`` rounds over pairs of official text."""
        self._texts.learn(text for pair in pairs for text in pair)
        for _ in range(self._settings.pair_rounds):
            for batch in self._pair_batches(pairs):
                self._step(self._pair_loss(batch))

    def on_clusters(self, clusters: Sequence[Cluster], pairs: Sequence[Pair]) -> None:
        """``cluster_rounds`` rounds over the clusters, with batches of official text in between."""
        self._texts.learn(text for c in clusters for text in (*c.statements, *c.queries, *c.measures))
        self._texts.learn(text for pair in pairs for text in pair)
        replay: Iterator[list[Pair]] = iter(())
        for turn in range(self._settings.cluster_rounds):
            losses = []
            for batch in cluster_batches(clusters, self._settings, self._chooser):
                loss = self._cluster_loss(batch)
                losses.append(float(loss.detach()))
                if pairs and self._chooser.random() < self._settings.replay:
                    drawn = next(replay, None)
                    if drawn is None:
                        replay = iter(self._pair_batches(pairs))
                        drawn = next(replay)
                    loss = loss + self._pair_loss(drawn)
                self._step(loss)
            log.info("第%d轮：%.3f", turn + 1, np.mean(losses))

    def result(self) -> Parts:
        """The parts as they now are."""
        return self.student.parts(self._before)

    def _pair_batches(self, pairs: Sequence[Pair]) -> list[list[Pair]]:
        mixed = list(pairs)
        self._chooser.shuffle(mixed)
        size = self._settings.batch
        return [mixed[at : at + size] for at in range(0, len(mixed), size)]

    def _pair_loss(self, batch: Sequence[Pair]) -> Tensor:
        left = self.student([self._texts.rows(a) for a, _ in batch])
        right = self.student([self._texts.rows(b) for _, b in batch])
        return pair_loss(left, right, self._settings.temperature)

    def _cluster_loss(self, batch: Sequence[Cluster]) -> Tensor:
        drawn = [
            (number, cluster, text)
            for number, cluster in enumerate(batch)
            for text in _texts_of(cluster, self._settings, self._chooser)
        ]
        vectors = self.student([self._texts.rows(text) for _, _, text in drawn])
        loss = group_loss(vectors, torch.tensor([number for number, _, _ in drawn]), self._settings.temperature)
        names = {label: number for number, label in enumerate(sorted({cluster.labels[0] for cluster in batch}))}
        labels = torch.tensor([names[cluster.labels[0]] for _, cluster, _ in drawn])
        loss = loss + self._settings.label_weight * group_loss(vectors, labels, 4 * self._settings.temperature)
        answers = [(self._chooser.choice(text), self._chooser.choice(c.measures)) for c, text in _answered(batch)]
        return loss + self._settings.measure_weight * self._pair_loss(answers) if answers else loss

    def _step(self, loss: Tensor) -> None:
        for optimiser in self._optimisers:
            optimiser.zero_grad()
        torch.autograd.backward(loss)
        for optimiser in self._optimisers:
            optimiser.step()
