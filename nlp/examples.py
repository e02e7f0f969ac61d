"""Labelled statements as people write them down: ``corpora/labelled`` and ``corpora/clusters``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy


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
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise MingjianError(f"{path}：不是 UTF-8 文本") from error
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    found = list(_examples_of(_object(line), path.stem))
                    for example in found:
                        _check(example)
                    out += found
                except KeyError as error:
                    raise MingjianError(f"{path} 第{number}行：缺少 {error.args[0]}") from error
                except (ValueError, TypeError) as error:
                    raise MingjianError(f"{path} 第{number}行：{error}") from error
    return out


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("不是标注语料的格式（每行一个 JSON 对象）")
    return found


def _check(example: Example) -> None:
    """Raise ValueError, in Chinese, where an example is not one that can be learnt from or judged on."""
    taxonomy = Taxonomy.load()
    if not isinstance(example.text, str) or not example.text.strip():
        raise ValueError("text（句子）是空的或不是文字")
    if example.kind not in ("problem", "measure", "none"):
        raise ValueError(f"kind 只能是 problem、measure 或 none，不是“{example.kind}”")
    if (example.kind == "none") != (not example.labels):
        raise ValueError("kind 是 none 时不写标签，否则至少写一个")
    for label in example.labels:
        if label not in taxonomy:
            raise ValueError(f"没有这个标签：{label}")
        if taxonomy.entry(label).kind != example.kind:
            raise ValueError(f"标签 {label} 不属于 {example.kind}")


def _labels(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("labels 应是标签编号的列表")
    return tuple(found)


def _examples_of(line: dict[str, Any], stem: str) -> Iterator[Example]:
    author = str(line.get("author", stem))
    group = f"{author}:{line['id']}"
    if "statements" not in line:
        yield Example(line["text"], line["kind"], _labels(line["labels"]), author, group)
        return
    for statement in line["statements"]:
        yield Example(statement["text"], line["kind"], _labels(statement.get("labels", line["labels"])), author, group)
    for measure in line.get("measures", ()):
        yield Example(measure["text"], "measure", _labels(measure["labels"]), author, group)
