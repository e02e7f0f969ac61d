"""Labelled statements as people write them down: ``corpora/labelled`` and ``corpora/clusters``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.errors import MingjianError


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled statement; ``group``: sentences that must stay on one side of a split."""

    text: str
    kind: str
    labels: tuple[str, ...]
    author: str
    group: str


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Labelled statements from ``*.jsonl``: lines with ``text`` or clusters with ``statements`` and ``measures``.

    Raises:
        MingjianError: a line is no JSON or lacks a field; the message names file and line.
    """
    out: list[Example] = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                try:
                    out += _examples_of(json.loads(line), path.stem)
                except (ValueError, KeyError, TypeError) as error:
                    raise MingjianError(f"{path} 第{number}行：不是标注语料的格式（{error}）") from error
    return out


def _examples_of(line: dict[str, Any], stem: str) -> Iterator[Example]:
    author = str(line.get("author", stem))
    group = f"{author}:{line['id']}"
    if "statements" not in line:
        yield Example(line["text"], line["kind"], tuple(line["labels"]), author, group)
        return
    for statement in line["statements"]:
        yield Example(statement["text"], line["kind"], tuple(statement.get("labels", line["labels"])), author, group)
    for measure in line.get("measures", ()):
        yield Example(measure["text"], "measure", tuple(measure["labels"]), author, group)
