"""The official text that the word vectors learn from: read, cleaned of repeats, cut into words.

The folder given as ``--text`` holds gzipped JSON lines: work-report paragraphs, law articles (several versions
of one law), policy documents with titles, and lay questions with the article that answers them.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from index.training.vocabulary import normalise
from nlp.segment import words

log = logging.getLogger(__name__)

GWR = "gwr_paragraphs.jsonl.gz"
LAWS = "law_articles.jsonl.gz"
POLICIES = "hebei_policy_docs.jsonl.gz"
QUESTIONS = "stard_query_statute.jsonl.gz"

_SENTENCE_END = re.compile(r"(?<=[。！？；])")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a gzipped file, one a line; nothing where the file is not there."""
    if not path.exists():
        log.warning("没有训练文本：%s", path)
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, each with its closing mark."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def paragraphs(folder: Path) -> Iterator[str]:
    """Every paragraph of the folder's files, unlike ones only: versions of a law repeat most articles."""
    seen: set[bytes] = set()
    for text in _all_text(folder):
        key = blake2b(text.encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            yield text


def _all_text(folder: Path) -> Iterator[str]:
    for row in rows(folder / GWR):
        yield row["text"]
    for row in rows(folder / POLICIES):
        yield row["title"]
        yield from sentences(row["body"])
    for row in rows(folder / LAWS):
        yield row["article"]
    for row in rows(folder / QUESTIONS):
        yield row["query"]
        yield row["text"]


def write_tokens(texts: Iterable[str], path: Path) -> int:
    """Write one text a line, normalised words parted by blanks.

    Returns:
        The number of tokens written.
    """
    count = 0
    partial = path.with_suffix(".part")
    with partial.open("w", encoding="utf-8") as out:
        for text in texts:
            tokens = normalise(" ".join(words(text))).split()
            if len(tokens) > 1:
                count += len(tokens)
                out.write(" ".join(tokens) + "\n")
    partial.rename(path)
    return count
