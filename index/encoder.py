"""Text to vectors: the built-in static model without torch, or any sentence-transformers model.

The built-in folder (``index/models/static``) is an ordinary sentence-transformers folder; here NumPy and
``tokenizers`` run it, because importing torch takes longer than a whole search.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.points import Points, read_points
from index.running import BACKEND, BACKENDS, Running, running
from nlp.errors import MingjianError

Floats = npt.NDArray[np.float32]

MODELS = Path(__file__).parent / "models"
BUILT_IN = "mingjian-static"
_NOTE = "mingjian.json"  # marks a folder that wants words parted by blanks and can be run without torch
_DIRECT_TOKENS = 2_000  # up to here each row is scaled as it is used; a longer call scales the whole table once
_MEMO_LIMIT = 300_000  # words whose rows are remembered
_CACHE_BATCH = 32  # texts pooled at a time: their rows stay in the processor's cache


class Encoder(ABC):
    """Turns texts into vectors whose dot product is the cosine.

    Attributes:
        name: what ``load_encoder`` takes to load the same model again.
        dimension: length of a vector.
        segmenter: name and version of the segmenter the model depends on; "" where it reads raw text.
    """

    name: str
    dimension: int
    segmenter: str

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A short hash that changes when the model's files do."""

    @property
    def points(self) -> Points:
        """The fine points that the model brings; none where it brings none."""
        return Points(np.zeros((0, self.dimension), dtype=np.float32))

    @abstractmethod
    def encode(self, texts: Sequence[str], *, batch: int = 64) -> Floats:
        """Vectors of passages: (n, dimension), unit length; all zero for a text without a known word."""

    @abstractmethod
    def encode_query(self, text: str) -> Floats:
        """The vector of a query: (dimension,), unit length, with the model's query prompt where it has one."""


def load_encoder(name: str | None = None) -> Encoder:
    """Load a model by name or folder.

    Args:
        name: None or ``mingjian-static`` for the built-in model; a folder; or a name on the model hub, looked
            for among the models on this machine first.

    Raises:
        MingjianError: the model cannot be had, or the folder does not hold one.
    """
    if name is None or name == BUILT_IN:
        return StaticEncoder(MODELS / "static", BUILT_IN)
    folder = Path(name).expanduser()
    if folder.is_dir():
        absolute = str(folder.resolve())
        if (folder / _NOTE).is_file():
            return StaticEncoder(folder, absolute)
        return SentenceEncoder(absolute, folder)
    if _looks_like_path(name):
        raise MingjianError(f"找不到模型文件夹“{name}”：请检查路径，或去掉 --model 使用内置模型")
    return SentenceEncoder(name, None)


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "~", "/", "\\")) or "\\" in name or ":" in name or name.count("/") > 1


class StaticEncoder(Encoder):
    """Mean of word vectors, then unit length: what StaticEmbedding and Normalize do, without torch."""

    def __init__(self, folder: Path, name: str) -> None:
        """Read the folder; raises MingjianError where a file is missing or damaged."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        from nlp.segment import SEGMENTER, words

        try:
            weights = load_file(folder / "model.safetensors")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._numbers = weights["embeddings"]
            self._scales = weights["weights"].astype(np.float32)
        except Exception as error:  # the libraries raise bare Exceptions of their own
            raise MingjianError(f"模型文件夹“{folder}”不完整或已损坏：{_one_line(error)}") from error
        self.name = name
        self.dimension = int(self._numbers.shape[1])
        self.segmenter = SEGMENTER
        self._folder = folder
        self._words = words
        self._memo: dict[str, list[int]] = {}
        self._unknown = self._tokenizer.token_to_id("[UNK]")

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the weights and the tokenizer."""
        return _fingerprint([self._folder / "model.safetensors", self._folder / "tokenizer.json"])

    @cached_property
    def points(self) -> Points:
        """See :attr:`Encoder.points`."""
        return read_points(self._folder, self.dimension)

    def encode(self, texts: Sequence[str], *, batch: int = 64) -> Floats:
        """See :meth:`Encoder.encode`; ``batch`` makes no difference here."""
        tokens = [self._rows(text) for text in texts]
        vectors = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        filled = [place for place, rows in enumerate(tokens) if rows]
        few = sum(map(len, tokens)) <= _DIRECT_TOKENS
        for start in range(0, len(filled), _CACHE_BATCH):
            places = filled[start : start + _CACHE_BATCH]
            lengths = [len(tokens[place]) for place in places]
            rows = np.fromiter(chain.from_iterable(tokens[place] for place in places), np.int64, sum(lengths))
            starts = np.cumsum([0, *lengths[:-1]])
            table = self._numbers[rows] * self._scales[rows, None] if few else self._table[rows]
            vectors[places] = np.add.reduceat(table, starts, axis=0)
        return _unit(vectors)

    def encode_query(self, text: str) -> Floats:
        """See :meth:`Encoder.encode_query`; a static model reads queries and passages alike."""
        return np.asarray(self.encode([text])[0], dtype=np.float32)

    @cached_property
    def _table(self) -> Floats:
        return np.asarray(self._numbers * self._scales[:, None], dtype=np.float32)

    def _rows(self, text: str) -> list[int]:
        """Rows of the text's words. The unknown mark is dropped: it is all zero and a mean's length is lost."""
        if len(self._memo) > _MEMO_LIMIT:
            self._memo.clear()
        found: list[int] = []
        for word in self._words(text):
            rows = self._memo.get(word)
            if rows is None:
                ids = self._tokenizer.encode(word, add_special_tokens=False).ids
                rows = self._memo[word] = [row for row in ids if row != self._unknown]
            found += rows
        return found


@dataclass(frozen=True, slots=True)
class _Prompts:
    query: str | None
    passage: str | None


class SentenceEncoder(Encoder):
    """Any model that sentence-transformers can load; torch is imported when the first one is made."""

    segmenter = ""

    def __init__(self, name: str, folder: Path | None) -> None:
        """Load from the folder, else from this machine's model cache, else from the hub."""
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve other processes
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._running = running()
        self._model = _load_sentence_transformer(name, folder, self._running)
        if self._running.longest is not None:
            self._model.max_seq_length = self._running.longest
        self._folder = folder
        self._prompts = _prompts(name, self._model)
        self.name = name
        self.dimension = int(self.encode(["维度"]).shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the folder's files; of the name for a model of the hub. Of how much of a text it reads, if set."""
        longest = "" if self._running.longest is None else f"-{self._running.longest}"
        if self._folder is None:
            return blake2b(self.name.encode(), digest_size=8).hexdigest() + longest
        return _fingerprint(sorted(path for path in self._folder.rglob("*") if path.is_file())) + longest

    def encode(self, texts: Sequence[str], *, batch: int = 64) -> Floats:
        """See :meth:`Encoder.encode`; ``batch`` texts go through the model at a time, if the machine says no other."""
        return self._encode(list(texts), self._prompts.passage, self._running.batch or batch)

    def encode_query(self, text: str) -> Floats:
        """See :meth:`Encoder.encode_query`."""
        return np.asarray(self._encode([text], self._prompts.query, 1)[0], dtype=np.float32)

    def _encode(self, texts: list[str], prompt: str | None, batch: int) -> Floats:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            texts, prompt=prompt or None, batch_size=batch, show_progress_bar=False, convert_to_numpy=True
        )
        return _unit(np.asarray(vectors, dtype=np.float32))


def _load_sentence_transformer(name: str, folder: Path | None, how: Running) -> Any:
    from sentence_transformers import SentenceTransformer

    load = partial(SentenceTransformer, name, device=how.device, backend=how.backend)
    try:
        return load(local_files_only=True)
    except Exception as error:  # every layer below raises its own kind
        if how.backend != BACKENDS[0]:
            raise MingjianError(
                f"模型“{name}”不能用 {how.backend} 运行：{_one_line(error)}；缺软件包时："
                f"pip install 'sentence-transformers[{how.backend}]'，或去掉环境变量 {BACKEND}"
            ) from error
        if folder is not None:
            raise MingjianError(f"文件夹“{name}”里没有可用的模型：{_one_line(error)}") from error
    try:
        return load()
    except Exception as error:
        raise MingjianError(
            f"找不到模型“{name}”：本机没有，也未能下载；请给出本地模型文件夹（--model 文件夹），"
            "或去掉 --model 使用内置模型"
        ) from error


def _prompts(name: str, model: Any) -> _Prompts:
    """The model's own prompts; else those that its family is known to need (models/prompts.toml)."""
    own: dict[str, str] = getattr(model, "prompts", None) or {}
    query, passage = own.get("query"), own.get("passage") or own.get("document")
    if query or passage:
        return _Prompts(query, passage)
    with (MODELS / "prompts.toml").open("rb") as file:
        families = tomllib.load(file)["family"]
    for family in families:
        if re.search(family["name"], Path(name).name, re.IGNORECASE):
            return _Prompts(family.get("query"), family.get("passage"))
    return _Prompts(None, None)


def _fingerprint(paths: Sequence[Path]) -> str:
    digest = blake2b(digest_size=8)
    for path in paths:
        digest.update(json.dumps([path.name, path.stat().st_size]).encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _unit(vectors: Floats) -> Floats:
    """Rows at unit length; a zero row stays zero."""
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _one_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
