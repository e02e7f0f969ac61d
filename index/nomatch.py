"""When nothing fits: how sure one must be, and what to say instead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.encoder import Encoder
from index.ranking import Features
from index.reads import Reads
from index.settings import EVIDENCE, LABEL_COSINE, LEAST, MARGIN, MOST, MOST_ALIKE, STRONG, THRESHOLD
from index.viewing import Viewing

FEWEST, SAMPLE = 30, 400  # statements that chance is measured on


@dataclass(frozen=True, slots=True)
class Calibration:
    """What cosines of one model over one archive mean, and how much evidence is asked for.

    Attributes:
        mean: cosine of two of the archive's statements picked at random; models differ in it. A few reports of
            one kind are more alike than statements are in general, so it is capped.
        threshold: evidence below which nothing fits.
        strong: evidence from which a passage is shown unasked.
    """

    mean: float = 0.0
    threshold: float = THRESHOLD
    strong: float = STRONG

    def scaled(self, cosine: float) -> float:
        """A cosine on a scale where 0 is chance and 1 the same text."""
        return max(0.0, (cosine - self.mean) / max(1.0 - self.mean, 1e-6))


def calibrate(view: Viewing, encoder: Encoder) -> Calibration:
    """Measure what chance looks like here: between statements, and for questions that have no answer.

    The larger an archive, the nearer some statement comes to any question at all; so the threshold is set above what
    the off-topic questions of ``offtopic.txt`` reach, within bounds read off the development judgments.
    """
    settled: dict[str, Calibration] = getattr(view, "calibrations", {})
    if encoder.fingerprint not in settled:
        settled[encoder.fingerprint] = _measured(view, encoder)
    return settled[encoder.fingerprint]


def _measured(view: Viewing, encoder: Encoder) -> Calibration:
    sample = view.sample(SAMPLE)
    if len(sample) < FEWEST:
        return Calibration()
    vectors = view.vectors(sample)
    total = vectors.sum(axis=0)
    count = len(sample)
    # The mean over all pairs of different statements, from the sum of all vectors.
    mean = (float(total @ total) - float((vectors * vectors).sum())) / (count * (count - 1))
    chance = Calibration(mean=min(MOST_ALIKE, max(0.0, mean)))
    asked = encoder.encode(off_topic())
    reached = sorted(
        evidence(Features(0.0, chance.scaled(cosine), 0.0, 0.0, domain=encoder.points.domain(question)))
        for question, cosine in zip(asked, view.closest(asked), strict=False)  # nothing is close in an empty archive
    )
    noise = reached[int(0.9 * (len(reached) - 1))] if reached else 0.0
    threshold = min(max(noise + MARGIN, LEAST), MOST)
    return Calibration(mean=chance.mean, threshold=threshold)


@lru_cache(maxsize=1)
def off_topic() -> tuple[str, ...]:
    """Questions that no report answers, one a line of ``offtopic.txt``."""
    text = Path(__file__).with_name("offtopic.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line)


def nearness(features: Features) -> float:
    """How much speaks for one candidate, whatever the others are (0–1).

    A label in common counts only as far as the meanings agree: a cue such as 补贴 stands in questions about
    anything.
    """
    cosine = min(1.0, max(0.0, features.cosine))
    labels = features.labels * min(1.0, cosine / LABEL_COSINE)
    return EVIDENCE["cosine"] * cosine + EVIDENCE["coverage"] * features.coverage + EVIDENCE["labels"] * labels


def evidence(features: Features) -> float:
    """How much speaks for an answer: :func:`nearness`, and whether the question is of this field at all."""
    known = features.domain - 0.5
    return nearness(features) + known * (EVIDENCE["domain"] if known > 0 else EVIDENCE["foreign"])


def suggestions(store: Reads, *, narrowed: bool) -> tuple[str, ...]:
    """What to try instead: fewer filters, or what the archive does speak of."""
    out = ["去掉部分筛选条件再试"] if narrowed else ["换一种说法再试，例如写出具体的问题或做法"]
    # All labels by their index, less those of the few reports that a newer version replaces: much quicker than a join.
    said = dict(store.query("SELECT label, count(*) FROM stated GROUP BY label"))
    for label, count in store.query(
        "SELECT label, count(*) FROM stated WHERE report IN (SELECT row FROM reports WHERE current = 0) GROUP BY label"
    ):
        said[label] -= count
    most = sorted((label for label, count in said.items() if count), key=lambda label: (-said[label], label))[:3]
    if most:
        from nlp.taxonomy import Taxonomy

        taxonomy = Taxonomy.load()
        out.append("存档里说得最多的：" + "；".join(taxonomy.name(label) for label in most))
    return tuple(out)
