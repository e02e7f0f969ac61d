"""The trained labeller and kind classifier; the rules of :mod:`nlp.labelling` stand in where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from nlp.features import Features
from nlp.linear import Linear, ModelError, chosen_outputs
from nlp.records import Label
from nlp.taxonomy import Taxonomy

KINDS = ("problem", "measure", "none")
NEAR = 0.6  # a best label this near to its threshold is given where none reaches it


def model_folder() -> Path:
    """Where the classifiers that come with the package lie."""
    with as_file(files("nlp").joinpath("models")) as folder:
        return folder


class LearnedLabeller:
    """Labels by linear classifiers over characters, words and cues; scores are calibrated probabilities."""

    def __init__(self, folder: Path, taxonomy: Taxonomy) -> None:
        """Load the classifiers of a folder.

        Raises:
            ModelError: they are damaged, or were trained on another taxonomy.
        """
        self.taxonomy = taxonomy
        self._models: dict[str, Linear] = {}
        for kind in ("problem", "measure"):
            model = Linear.load(folder / f"{kind}.npz")
            trained_on = model.meta.get("taxonomy")
            if trained_on != taxonomy.fingerprint:
                raise ModelError(
                    f"{folder / f'{kind}.npz'}：分类模型按标签体系“{trained_on}”训练，"
                    f"现在的是“{taxonomy.fingerprint}”，请运行：mingjian train"
                )
            self._models[kind] = model
        self._features = Features(taxonomy)

    def label_many(self, statements: Iterable[tuple[str, str]]) -> list[tuple[Label, ...]]:
        """Labels of many (text, kind), in their order."""
        return [self.label(text, kind) for text, kind in statements]

    def label(self, text: str, kind: str) -> tuple[Label, ...]:
        """One to four labels of a problem or measure, best first; none for other kinds."""
        model = self._models.get(kind)
        if model is None:
            return ()
        counts = self._features.of(text)
        probabilities = [float(p) for p in model.probabilities(counts)]
        chosen = chosen_outputs(model, probabilities)
        if not chosen:
            best = max(range(len(probabilities)), key=probabilities.__getitem__)
            if probabilities[best] < NEAR * model.thresholds[best]:
                other = self.taxonomy.other("problem" if kind == "problem" else "measure")
                return (Label(other, round(1 - probabilities[best], 3)),)
            chosen = [best]
        return tuple(
            Label(model.outputs[i], round(probabilities[i], 3), "、".join(model.reasons(counts, i))) for i in chosen
        )


class KindClassifier:
    """Whether a sentence states a problem, a measure or neither."""

    def __init__(self, folder: Path, taxonomy: Taxonomy) -> None:
        """Load ``kind.npz``.

        Raises:
            ModelError: it is damaged.
        """
        self._model = Linear.load(folder / "kind.npz")
        self._features = Features(taxonomy)

    def kind(self, text: str) -> tuple[str, float]:
        """The likeliest kind and its probability."""
        probabilities = self._model.probabilities(self._features.of(text))
        best = int(probabilities.argmax())
        return self._model.outputs[best], float(probabilities[best] / probabilities.sum())


@cache
def built_in() -> LearnedLabeller | None:
    """The classifiers of the package, None where it comes without."""
    folder = model_folder()
    return LearnedLabeller(folder, Taxonomy.load()) if (folder / "problem.npz").exists() else None
