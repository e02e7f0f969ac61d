"""Training the labeller on our own labelled statements and on what people corrected (``mingjian train``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from index.labellers import QUALITY
from nlp.errors import MingjianError, because
from nlp.examples import Example, read_examples
from nlp.labelling import Labeller
from nlp.learning import Trained, train_kinds, train_labels
from nlp.linear import Linear
from nlp.quality import Quality, judge, kappa
from nlp.taxonomy import Taxonomy

REPEATED = 3  # a person's correction weighs as much as so many of our own lines


@dataclass(frozen=True, slots=True)
class Training:
    """What a training came to.

    Attributes:
        examples: lines learnt from; corrected: those of them that people of this archive corrected.
        quality: of all labelled lines, each judged by a classifier that has not seen its author.
        kinds: the same for problem, measure, none.
        before, after: of the corrected lines alone, by the labeller in use until now and by one that was trained
            without their author; None where nothing was corrected.
    """

    examples: int
    corrected: int
    quality: Quality
    kinds: Quality
    before: Quality | None = None
    after: Quality | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "examples": self.examples,
            "corrected": self.corrected,
            "quality": self.quality.to_dict(),
            "kinds": self.kinds.to_dict(),
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict() if self.after else None,
        }


def built_in_examples(*, without: Sequence[str] = ()) -> tuple[list[Example], list[Example]]:
    """Our own labelled lines, and the statements of our clusters, which each author wrote for some labels only.

    Args:
        without: authors that are left out, to be tested on.

    Raises:
        MingjianError: the package came without them.
    """
    found = []
    for name in ("labelled", "clusters"):
        with as_file(files("corpora").joinpath(name)) as folder:
            paths = sorted(folder.glob("*.jsonl"))
            if not paths:
                raise MingjianError(f"{folder}：安装包里没有标注语料，请重新安装")
            found.append([one for one in read_examples(paths) if one.author not in without])
    return found[0], found[1]


def train(
    out: Path,
    *,
    corrected: Sequence[Example] = (),
    further: Sequence[Path] = (),
    without: Sequence[str] = (),
    current: Labeller | None = None,
    weight: float = REPEATED,
) -> Training:
    """Train labellers of both kinds and the classifier of kinds, and write them into a folder.

    Args:
        out: the folder; what it held is replaced file by file, once all are made.
        corrected: what people corrected in an archive.
        further: files with more labelled lines.
        without: authors of ours that are left out.
        current: the labeller until now, for the comparison.
        weight: how many lines of ours a correction counts for.

    Raises:
        MingjianError: a file is missing or not of the form of ``corpora/labelled``; the folder cannot be written.
    """
    lines, support = built_in_examples(without=without)
    lines = _first([*corrected, *read_examples(further), *lines])
    taxonomy = Taxonomy.load()
    # What a person said of a sentence holds over ours there too, and must not be known where it is judged.
    weights = {one.text: float(weight) for one in corrected}
    support = [one for one in support if one.text not in weights]
    labels = {kind: train_labels(lines, kind, taxonomy, support, weights) for kind in ("problem", "measure")}
    kinds = train_kinds(lines, taxonomy, support, weights)
    quality = _quality(labels, taxonomy)
    told = judge([((one.kind,), given[:1]) for one, given in zip(kinds.examples, kinds.held_out, strict=True)])
    people = {(one.text, one.kind) for one in corrected}
    before = _of_people(labels, taxonomy, people, current) if people and current else None
    after = _of_people(labels, taxonomy, people, None) if people else None
    training = Training(len(lines) + len(support), len(people), quality, told, before, after)
    _save(out, {**{kind: one.model for kind, one in labels.items()}, "kind": kinds.model}, training)
    return training


def read_quality(folder: Path) -> dict[str, Any] | None:
    """What :class:`Training` said of the classifiers in a folder, as plain values; None where nothing is known."""
    try:
        found: dict[str, Any] = json.loads((folder / QUALITY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


@cache
def agreement() -> dict[str, float]:
    """Label → Cohen's κ between who wrote a line and who labelled it again without seeing the labels.

    ``corpora/labelled/second`` holds both: ``first`` as the writer labelled, ``labels`` as the second person did,
    before differences were settled.
    """
    first: dict[str, tuple[str, ...]] = {}
    second: dict[str, tuple[str, ...]] = {}
    with as_file(files("corpora").joinpath("labelled")) as folder:
        for path in sorted((folder / "second").glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                second[row["id"]] = tuple(row["labels"])
                first[row["id"]] = tuple(row["first"])
    pairs = [(first[one], second[one]) for one in second]
    found = {entry.id: kappa(pairs, entry.id) for entry in Taxonomy.load()}
    return {label: value for label, value in found.items() if value is not None}


def _first(examples: Sequence[Example]) -> list[Example]:
    """Each text once, as it comes first: people's word holds over ours."""
    return list({one.text: one for one in reversed(examples)}.values())[::-1]


def _quality(labels: dict[str, Trained], taxonomy: Taxonomy) -> Quality:
    return judge([row for kind, one in labels.items() for row in _rows(kind, one, taxonomy)])


def _rows(kind: str, trained: Trained, taxonomy: Taxonomy) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    other = (taxonomy.other("problem" if kind == "problem" else "measure"),)
    return [(one.labels, given or other) for one, given in zip(trained.examples, trained.held_out, strict=True)]


def _of_people(
    labels: dict[str, Trained], taxonomy: Taxonomy, people: set[tuple[str, str]], current: Labeller | None
) -> Quality:
    """The quality on what people corrected, by a labeller or by what was given with the authors held out."""
    rows = []
    for kind, trained in labels.items():
        for one, row in zip(trained.examples, _rows(kind, trained, taxonomy), strict=True):
            if (one.text, one.kind) in people:
                given = tuple(label.id for label in current.label(one.text, kind)) if current else row[1]
                rows.append((one.labels, given))
    return judge(rows)


def _save(folder: Path, models: dict[str, Linear], training: Training) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, model in models.items():
            model.save(folder / f"{name}.npz")
        beside = folder / f"{QUALITY}.part"
        beside.write_text(json.dumps(training.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        beside.replace(folder / QUALITY)
    except OSError as error:
        raise MingjianError(f"{folder}：写不进去（{because(error)}）") from error
