"""A static model while it is made: its parts, how they become one row a word, and the folder they end in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.training.vocabulary import tokenizer
from nlp.segment import joined

Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class Parts:
    """What the rows are made of: row = weight × (word + mean of its characters) × turn.

    Characters are shared by many words, and the turn by all, so that what is learnt about one word carries over
    to words that the training sentences never use.

    Attributes:
        vocabulary: the words in row order; row 0 is the unknown mark.
        characters: every character of the vocabulary.
        word: (n, d) what a word means beyond its characters.
        character: (c, d).
        weight: (n,) how much a word counts in a sentence (smooth inverse frequency at first).
        turn: (d, d) one linear map for all; removing a common direction is such a map, and so needs no other place.
    """

    vocabulary: list[str]
    characters: list[str]
    word: Floats
    character: Floats
    weight: Floats
    turn: Floats

    def spelling(self) -> sparse.csr_matrix:
        """(n, c): each word's characters, summing to one; the unknown mark has none."""
        return spelling(self.vocabulary, self.characters)

    def rows(self) -> Floats:
        """(n, d): one vector a word; the mean of a sentence's rows is the sentence."""
        mixed = self.weight[:, None] * (self.word + self.spelling() @ self.character)
        rows = np.asarray(mixed @ self.turn, dtype=np.float32)
        rows[0] = 0
        return rows


def characters_of(vocabulary: Sequence[str]) -> list[str]:
    """All characters of the vocabulary's words, sorted."""
    return sorted({char for word in vocabulary[1:] for char in word})


def spelling(vocabulary: Sequence[str], characters: Sequence[str]) -> sparse.csr_matrix:
    """See :meth:`Parts.spelling`."""
    places = {char: place for place, char in enumerate(characters)}
    words = [[], *([places[char] for char in word] for word in vocabulary[1:])]
    data = np.array([1 / len(word) for word in words for _ in word], dtype=np.float32)
    columns = np.array([place for word in words for place in word])
    return sparse.csr_matrix(
        (data, columns, np.cumsum([0, *map(len, words)])), shape=(len(vocabulary), len(characters))
    )


def unit(vectors: Floats) -> Floats:
    """Rows at unit length; zero stays zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def fit_characters(parts_of: sparse.csr_matrix, vectors: Floats, counts: Floats, ridge: float = 5.0) -> Floats:
    """The character vectors whose means come nearest to the words' vectors (weighted least squares).

    Args:
        parts_of: (n, c) spelling.
        vectors: (n, d) unit word vectors.
        counts: (n,) how often each word stands in the text; 0 leaves it out.
        ridge: pull towards zero, for characters of few words.
    """
    trust = np.sqrt(np.minimum(counts, 1000))
    weighted = parts_of.multiply(trust[:, None]).tocsr()
    normal = (parts_of.T @ weighted).toarray() + ridge * np.eye(parts_of.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(normal, weighted.T @ vectors), dtype=np.float32)


def inverse_frequency(counts: Floats, smooth: float = 1e-3) -> Floats:
    """(n,) smooth inverse frequency weights: smooth / (smooth + share of the text)."""
    return np.asarray(smooth / (smooth + counts / counts.sum()), dtype=np.float32)


def without_common_direction(sentences: Floats) -> Floats:
    """(d, d) the map that takes out the direction which all sentences share (their first singular vector)."""
    common = np.linalg.svd(unit(sentences), full_matrices=False)[2][:1]  # (0, d) where there are no sentences
    return np.asarray(np.eye(sentences.shape[1]) - common.T @ common, dtype=np.float32)


def sentence_vectors(parts: Parts, texts: Sequence[str]) -> Floats:
    """(n, d) mean rows of texts, not brought to unit length."""
    encodings = tokenizer(parts.vocabulary).encode_batch_fast([joined(text) for text in texts])
    rows = parts.rows()
    found = [rows[encoding.ids].mean(axis=0) for encoding in encodings if encoding.ids]
    return np.asarray(found, dtype=np.float32).reshape(-1, rows.shape[1])


def quantise(rows: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Rows as whole numbers of −127…127 and one scale a row: rows ≈ numbers × scale."""
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
    return np.rint(rows / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def save(folder: Path, vocabulary: list[str], rows: Floats, name: str) -> None:
    """Write a sentence-transformers folder (StaticEmbedding, Normalize) that sentence-transformers loads as it is."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    numbers, scale = quantise(rows)
    save_file({"embeddings": numbers, "weights": scale}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer(vocabulary).save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "1_Normalize").mkdir(exist_ok=True)
    modules = "sentence_transformers.models."
    _write(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": modules + "StaticEmbedding"},
            {"idx": 1, "name": "1", "path": "1_Normalize", "type": modules + "Normalize"},
        ],
    )
    _write(folder / "1_Normalize" / "config.json", {})
    _write(
        folder / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": {}, "similarity_fn_name": "cosine"},
    )
    _write(folder / "mingjian.json", {"name": name, "reads": "words parted by blanks"})


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
