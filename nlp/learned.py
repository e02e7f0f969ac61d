"""The trained labeller; it runs on NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.features import signs_of
from nlp.labelling import MOST, CueLabeller, Evidence, chosen, sureness
from nlp.linear import Linear, ModelError, fingerprint, reached
from nlp.records import Label
from nlp.taxonomy import Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlp.linear import Vector

MODELS = Path(__file__).parent / "models"
NAMES = ("problem", "measure", "kind")


class LearnedLabeller:
    """Labels by linear classifiers over characters and cues; scores are calibrated probabilities."""

    def __init__(self, folder: Path, taxonomy: Taxonomy) -> None:
        """Load the classifiers of a folder.

        Raises:
            ModelError: they are damaged, or were trained on another taxonomy.
        """
        self.taxonomy = taxonomy
        self.fingerprint = _fingerprint(folder)
        self._cues = CueLabeller(taxonomy)
        self._general = frozenset(entry.id for entry in taxonomy if entry.alone)
        self._models = {kind: load_linear(folder, kind, taxonomy) for kind in ("problem", "measure")}

    def label_many(self, statements: Iterable[tuple[str, str]]) -> list[tuple[Label, ...]]:
        """Labels of many (text, kind), in their order."""
        given = list(statements)
        out: list[tuple[Label, ...]] = [()] * len(given)
        for kind, model in self._models.items():
            places = [i for i, (_, own) in enumerate(given) if own == kind]
            if places:  # together: the arrays are small, so that calls cost more than numbers
                texts = [given[i][0] for i in places]
                evidence = [self._cues.evidence(text, kind) for text in texts]
                vectors = model.vectors(texts)
                found = model.probabilities_many(vectors, [signs_of(some) for some in evidence])
                for i, *row in zip(places, texts, evidence, vectors, found, strict=True):
                    out[i] = self._chosen(kind, model, *row)
        return out

    def label(self, text: str, kind: str) -> tuple[Label, ...]:
        """One to four labels of a problem or measure, best first; none for other kinds."""
        return self.label_many([(text, kind)])[0]

    def _chosen(
        self,
        kind: str,
        model: Linear,
        text: str,
        evidence: dict[str, Evidence],
        vector: Vector,
        found: NDArray[np.float32],
    ) -> tuple[Label, ...]:
        """The labels of a statement from the probabilities of all."""
        given = reached(found.tolist(), model.thresholds.tolist())
        # what is said in general is no label of its own where something definite is surer
        given = given[:1] + [i for i in given[1:] if model.outputs[i] not in self._general]
        added = self._added(evidence, model)
        if not given and not added:
            best = int(found.argmax())
            return (Label(f"other_{kind}", round(1 - float(found[best]), 3), "没有标签达到把握"),)
        learnt = [
            Label(model.outputs[i], round(float(found[i]), 3), _why(model, text, vector, i, evidence)) for i in given
        ]
        return tuple(sorted([*learnt, *added], key=lambda label: -label.score)[:MOST])

    def _added(self, evidence: dict[str, Evidence], model: Linear) -> list[Label]:
        """Labels that a user added and nobody has taught yet: by their cues."""
        rows = [row for row in chosen(evidence) if row[0] not in model.outputs and not row[0].startswith("other_")]
        return [Label(label, round(sureness(weight), 3), why) for label, weight, why in rows]


def _why(model: Linear, text: str, vector: Vector, output: int, evidence: dict[str, Evidence]) -> str:
    """The cue that weighs most, else the runs of characters that do."""
    cue = evidence.get(model.outputs[output])
    return cue[1] if cue else "、".join(model.reasons(text, output, vector=vector))


def load_linear(folder: Path, name: str, taxonomy: Taxonomy) -> Linear:
    """One classifier of a folder.

    Raises:
        ModelError: it is damaged, or was trained on another taxonomy.
    """
    model = Linear.load(folder / f"{name}.npz")
    trained_on = model.meta.get("taxonomy")
    if trained_on not in (taxonomy.fingerprint, Taxonomy.packaged().fingerprint):  # a user's file only adds to ours
        raise ModelError(
            f"{folder / name}.npz：分类模型按标签体系“{trained_on}”训练，现在的是“{taxonomy.fingerprint}”，"
            "请运行：mingjian train"
        )
    return model


def _fingerprint(folder: Path) -> str:
    return fingerprint([folder / f"{name}.npz" for name in NAMES])
