"""``mingjian evaluate``: what the parser and the labeller get right, held against gold that people made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.errors import MingjianError, because
from nlp.examples import read_examples
from nlp.labelling import Labeller
from nlp.parse import parse_file
from nlp.quality import Quality, judge
from nlp.scoring import Scores, Tally, score


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what it says."""

    path: Path
    gold: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ParseEvaluation:
    """Scores of each file, of all, and the files that could not be read at all."""

    files: tuple[tuple[str, Scores], ...]
    total: Scores
    unread: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "files": [{"file": name, **scores.to_dict()} for name, scores in self.files],
            "total": self.total.to_dict(),
            "unread": list(self.unread),
        }


def gold_cases(folder: Path) -> Iterator[Case]:
    """Every file of a folder that has gold.

    Either ``NAME.json`` stands beside ``NAME.txt`` (or any other suffix), or a ``*.jsonl`` names the file of each line
    (``file``, relative to the folder or to its ``reports``).

    Raises:
        MingjianError: a gold file is no JSON, or names a file that is not there.
    """
    for path in sorted(folder.rglob("*.json")):
        files = [f for f in sorted(path.parent.glob(f"{path.stem}.*")) if f.suffix != ".json" and f.is_file()]
        if files:
            yield Case(files[0], _json(path, path.read_text(encoding="utf-8")))
    for path in sorted(folder.rglob("gold*.jsonl")):
        for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
            gold = _json(path, line)
            places = [base / gold["file"] for base in (folder, folder / "reports", path.parent)]
            found = next((place for place in places if place.is_file()), None)
            if found is None:
                raise MingjianError(f"{path}：找不到文件 {gold['file']}")
            yield Case(found, gold)


def _json(path: Path, text: str) -> Mapping[str, Any]:
    try:
        gold: Mapping[str, Any] = json.loads(text)
    except ValueError as error:
        raise MingjianError(f"{path}：{because(error)}") from error
    return gold


def evaluate_parse(folder: Path) -> ParseEvaluation:
    """Parse every file that has gold and hold it against it.

    Raises:
        MingjianError: the folder has no gold.
    """
    files: list[tuple[str, Scores]] = []
    total, unread = Scores(), []
    for case in gold_cases(folder):
        try:
            parsed = parse_file(case.path).to_dict()
        except MingjianError as error:
            unread.append(str(error))
            continue
        scores = score(parsed, case.gold)
        files.append((case.path.name, scores))
        total.merge(scores)
    if not files and not unread:
        raise MingjianError(f"{folder}：没有找到人工核对过的结果（与报告同名的 .json，或 gold.jsonl）")
    return ParseEvaluation(tuple(files), total, tuple(unread))


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """Labels and kinds held against those that people gave; ``quality`` is of the problems and measures."""

    sentences: int
    kinds: Tally
    quality: Quality

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            **self.quality.to_dict(),
            "sentences": self.sentences,
            "kind_accuracy": round(self.kinds.share, 4),
            "labels": {one.label: one.to_dict() for one in self.quality.labels},
        }


def evaluate_labels(paths: Sequence[Path], labeller: Labeller | None = None) -> LabelEvaluation:
    """Hold a labeller (None: the package's) and the kind classifier against labelled statements.

    Args:
        paths: files in the form of ``corpora/labelled``.
        labeller: what labels.

    Raises:
        MingjianError: a file is missing or not of that form, or there is no line in any.
    """
    from nlp.labelling import default_labeller, kind_of

    for path in paths:
        if not path.is_file():
            raise MingjianError(f"{path}：{'要写文件，不是文件夹' if path.is_dir() else '文件不存在'}")
    examples = read_examples(paths)
    if not examples:
        raise MingjianError(f"{'、'.join(map(str, paths))}：里面没有标注的语句，无从评测")
    labeller, kinds = labeller or default_labeller(), Tally()
    rows = []
    for example in examples:
        kinds.add(kind_of(example.text) == example.kind)
        if example.kind != "none":
            rows.append((example.labels, [label.id for label in labeller.label(example.text, example.kind)]))
    return LabelEvaluation(len(examples), kinds, judge(rows))
