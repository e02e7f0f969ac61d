"""Make the built-in model: word vectors from official text, then contrastive training on our own sentences.

    python -m index.training.train --text FOLDER --corpora corpora --out FOLDER

with the folders ``clusters``, ``asked``, ``said``, ``sayings`` and ``offtopic`` in ``corpora``.

Word counts and vectors are kept under ``--cache``, so that a second run only trains on what has changed.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.training import corpus, model, pairs, vocabulary, wordvectors
from index.training.contrast import Settings, Training
from index.training.points import read_off_topic, write_points
from nlp.segment import SEGMENTER, joined

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]

NAME = "mingjian-static"
DIMENSION = 256
RAREST = 3  # a word that stands less often in the official text has no vector of its own
SIZE = 60_000  # rows
REPLAYED = 60_000  # pairs of official text
SEEDS = tuple(range(13, 25))  # of the runs whose mean is the model: they overlearn differently


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Unit word vectors of the official text: (n, d), with each word and how often it stands there."""

    words: list[str]
    counts: Floats
    vectors: Floats


def word_vectors(text: Path, cache: Path) -> WordVectors:
    """Count and reduce, or read what an earlier run with the same segmenter left in ``cache``."""
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / "vectors.npz"
    if kept.exists():
        found = np.load(kept)
        if str(found["segmenter"]) == SEGMENTER:
            return WordVectors(found["words"].tolist(), found["counts"], found["vectors"].astype(np.float32))
    tokens = cache / "tokens.txt"
    log.info("切词：%d 个", corpus.write_tokens(corpus.paragraphs(text), tokens))
    counted = vocabulary.count_words(tokens)
    words = [word for word, count in counted.most_common() if count >= RAREST]
    places = {word: place for place, word in enumerate(words)}
    vectors = model.unit(wordvectors.reduce(wordvectors.ppmi(wordvectors.cooccurrences(tokens, places)), DIMENSION))
    counts = np.array([counted[word] for word in words], dtype=np.float32)
    np.savez(kept, words=np.array(words), counts=counts, vectors=vectors.astype(np.float16), segmenter=SEGMENTER)
    tokens.unlink()
    log.info("词向量：%d 个", len(words))
    return WordVectors(words, counts, vectors)


def first_parts(found: WordVectors, own: Sequence[str], common: Sequence[str]) -> model.Parts:
    """The model before any contrastive training.

    Args:
        found: word vectors of the official text.
        own: our sentences; their words and characters are kept in the vocabulary.
        common: sentences of official text whose shared direction is taken out.
    """
    counted = dict(zip(found.words, found.counts.tolist(), strict=True))
    chosen = vocabulary.choose(counted, [vocabulary.normalise(joined(text)) for text in own], SIZE)
    places = {word: place for place, word in enumerate(chosen)}
    word = np.zeros((len(chosen), found.vectors.shape[1]), dtype=np.float32)
    counts = np.zeros(len(chosen), dtype=np.float32)
    for text, count, vector in zip(found.words, found.counts, found.vectors, strict=True):
        if text in places:
            word[places[text]], counts[places[text]] = vector, count
    characters = model.characters_of(chosen)
    character = model.fit_characters(model.spelling(chosen, characters), word, counts)
    weight = model.inverse_frequency(counts)
    parts = model.Parts(chosen, characters, word, character, weight, np.eye(word.shape[1], dtype=np.float32))
    parts.turn = model.without_common_direction(model.sentence_vectors(parts, common))
    return parts


def train(text: Path, clusters: Sequence[pairs.Cluster], cache: Path, settings: Settings) -> tuple[list[str], Floats]:
    """All steps up to the vocabulary and its rows: the mean of several runs that begin alike and draw differently."""
    found = word_vectors(text, cache)
    official = pairs.text_pairs(text, REPLAYED, settings.seed)
    own = [text for c in clusters for text in (*c.statements, *c.queries, *c.measures)]
    parts = first_parts(found, own, [right for _, right in official[:5000]])
    log.info("词表：%d 行；%d 组自编语句，%d 句", len(parts.vocabulary), len(clusters), len(own))
    if not clusters:
        return parts.vocabulary, parts.rows()
    each = [replace(settings, seed=seed) for seed in SEEDS]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        rows = pool.map(trained, repeat(parts), repeat(clusters), repeat(official), each)
        return parts.vocabulary, np.mean([*rows], axis=0, dtype=np.float32)


def trained(
    parts: model.Parts, clusters: Sequence[pairs.Cluster], official: Sequence[pairs.Pair], settings: Settings
) -> Floats:
    """(n, d) the rows after one run."""
    run = Training(parts, settings)
    run.on_clusters(clusters, official)
    return run.result().rows()


def main() -> None:
    """Read the command line, train, save."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="训练内置的静态语义模型")
    parser.add_argument("--text", type=Path, required=True, help="公开文本所在文件夹")
    parser.add_argument("--corpora", type=Path, required=True, help="自编语料所在文件夹")
    parser.add_argument("--out", type=Path, required=True, help="模型文件夹")
    parser.add_argument("--cache", type=Path, default=Path(".work/encoder"), help="中间结果")
    parser.add_argument("--without", action="append", default=[], help="不用哪位作者的语料（文件名），可重复")
    options = parser.parse_args()
    start = time.monotonic()
    plain = [c for c in pairs.read_clusters(options.corpora / "clusters") if c.author not in options.without]
    clusters = pairs.with_more(plain, options.corpora / "asked", options.corpora / "said", options.without)
    sayings = pairs.read_sayings(options.corpora / "sayings", options.without)
    vocabulary, rows = train(options.text, [*clusters, *sayings], options.cache, Settings())
    model.save(options.out, vocabulary, rows, NAME)
    write_points(options.out, clusters, read_off_topic(options.corpora / "offtopic"), plain)
    log.info("完成：%s，用时 %.0f 秒", options.out, time.monotonic() - start)


if __name__ == "__main__":
    main()
