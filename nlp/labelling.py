"""Labels for statements. The seam is :class:`Labeller`; here is the one that goes by the taxonomy's cues.

Each label says why: the cue that weighs most. Its scores lie in 0–1 and grow with the evidence; they are no
probabilities. The labeller in use is the trained one (:mod:`nlp.learned`), for which the cues are signs.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nlp.phrases import half_width
from nlp.records import Label
from nlp.taxonomy import Taxonomy

if TYPE_CHECKING:
    from nlp.kinds import Found
    from nlp.telling import KindClassifier

STRONG, PLAIN, WEAK = 2.0, 1.0, 0.5
ENOUGH = 1.0  # evidence from which a label stands alone …
BESIDE = 1.5  # … and beside one that is named outright
CONSEQUENCE = 0.4  # what a cue weighs in a clause that tells a consequence or a purpose
TITLE_BONUS = 1.5
MOST = 4
BEGIN = 2  # characters by which cues are looked up
GAP = 12  # characters between A and B of a cue "A..B"
_CLAUSE_END = re.compile(r"[，,。；;：:！？!?\n]")
_TITLE_END = re.compile(r"[：:。；;\n]")
_AFTER = re.compile(r"(?:影响|导致|致使|造成|从而|使得|进而|确保|以满足|满足|以便|促进|推动|保障(?![房性]))")
_VAGUE = re.compile(r"(?:不断|全面|切实|进一步|有效)?(?:提升|提高|增强)")
_TITLES = re.compile(r"《[^》\n]{9,80}》")  # what a long document title speaks of is not what the sentence does
TITLE = 24


Evidence = tuple[float, str]  # weight, and the cue that weighs most


class Labeller(Protocol):
    """Gives labels to statements."""

    def label(self, text: str, kind: str) -> tuple[Label, ...]:
        """At most four labels of one statement, best first; none for a kind without labels (passages)."""

    def label_many(self, statements: Iterable[tuple[str, str]]) -> list[tuple[Label, ...]]:
        """The same for many (text, kind), in their order."""


def default_labeller() -> Labeller:
    """The labeller that is used where none is named: the trained one of the package."""
    return _built_in(Taxonomy.load().fingerprint)


@lru_cache(maxsize=2)
def _built_in(taxonomy: str) -> Labeller:
    """``taxonomy`` only tells when to load again."""
    del taxonomy
    from nlp.learned import MODELS, LearnedLabeller

    return LearnedLabeller(MODELS, Taxonomy.load())


def kind_of(text: str) -> Found:
    """Whether a sentence by itself states a problem or a measure, or neither."""
    return _kinds().kind(text)[0]


@cache
def _kinds() -> KindClassifier:
    from nlp.learned import MODELS
    from nlp.telling import KindClassifier

    return KindClassifier(MODELS, Taxonomy.load())


class Cue(NamedTuple):
    """A cue as it is looked up: label, weight (0 excludes), and for "A..B" the B that must follow."""

    label: str
    weight: float
    text: str
    then: str = ""


class Hit(NamedTuple):
    """A cue found at ``text[start:end]``; ``clause`` is where its clause begins."""

    start: int
    end: int
    weight: float
    clause: int
    text: str


class CueBook:
    """The cues of one kind, all looked for in one pass."""

    def __init__(self, taxonomy: Taxonomy, kind: str) -> None:
        """Compile the cues of every label of a kind."""
        self.alone = frozenset(e.id for e in taxonomy.of_kind(kind) if e.alone)
        self._table: dict[str, list[Cue]] = defaultdict(list)
        for entry in taxonomy.of_kind(kind):
            rows = ((entry.strong, STRONG), (entry.cues, PLAIN), (entry.weak, WEAK), (entry.exclusions, 0.0))
            for texts, weight in rows:
                for text in texts:
                    first, _, then = half_width(text).partition("..")
                    self._table[first].append(Cue(entry.id, weight, text.replace("..", "…"), then))
        # One look-up of two characters tells that nothing begins here, which is so nearly everywhere.
        begins: dict[str, list[tuple[str, list[Cue]]]] = defaultdict(list)
        for first, cues in self._table.items():
            begins[first[:BEGIN]].append((first, cues))
        for begin in [begin for begin in begins if len(begin) == BEGIN and begin[0] in begins]:
            begins[begin] += begins[begin[0]]
        self._begins = {begin: _by_next(rows) for begin, rows in begins.items()}
        self._single = frozenset(begin for begin in begins if len(begin) < BEGIN)

    def find(self, text: str) -> dict[str, list[Hit]]:
        """Hits by label, without those that an exclusion covers."""
        text = half_width(_TITLES.sub(lambda m: "《" + "□" * (len(m.group()) - 2) + "》", text))
        ends = [m.start() for m in _CLAUSE_END.finditer(text)] + [len(text)]
        hits: dict[str, list[Hit]] = defaultdict(list)
        out: dict[str, list[tuple[int, int]]] = defaultdict(list)
        clause, begin = 0, 0
        weight = CONSEQUENCE if _AFTER.match(text) else 1.0
        begins, single = self._begins, self._single
        for at, char in enumerate(text):
            nexts = begins.get(text[at : at + BEGIN])
            if nexts is None:
                if char not in single:
                    continue
                nexts = begins[char]
            rows = nexts.get(text[at + BEGIN : at + BEGIN + 1]) or nexts[""]
            if not rows:
                continue
            while ends[clause] < at:
                begin = ends[clause] + 1
                clause += 1
                weight = CONSEQUENCE if begin and _AFTER.match(text, begin) else 1.0
            for first, cues in rows:
                if not text.startswith(first, at):
                    continue
                for cue in cues:
                    end = _end(text, cue, at + len(first), ends[clause])
                    if end < 0:
                        continue
                    if cue.weight:
                        hits[cue.label].append(Hit(at, end, cue.weight * weight, begin, cue.text))
                    else:
                        out[cue.label].append((at, end))
        for label in out.keys() & hits.keys():
            hits[label] = [h for h in hits[label] if not any(s < h.end and h.start < e for s, e in out[label])]
        return {label: found for label, found in hits.items() if found}


def _by_next(rows: list[tuple[str, list[Cue]]]) -> dict[str, list[tuple[str, list[Cue]]]]:
    """The rows that may stand before each character behind the first two; "": before any other."""
    nexts = {first[BEGIN : BEGIN + 1] for first, _ in rows} | {""}
    return {char: [row for row in rows if row[0][BEGIN : BEGIN + 1] in ("", char)] for char in nexts}


def _end(text: str, cue: Cue, end: int, limit: int) -> int:
    """Where a cue whose first part ends at ``end`` ends; -1 where its second part does not follow."""
    if not cue.then:
        return end
    at = text.find(cue.then, end, min(limit, end + GAP + len(cue.then)))
    return at + len(cue.then) if at >= 0 else -1


class CueLabeller:
    """Labels by weighted cues: hits in the title weigh more, exclusions are applied, at most four labels."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        """Compile the taxonomy's cues."""
        self.taxonomy = taxonomy
        self._books = {kind: CueBook(taxonomy, kind) for kind in ("problem", "measure")}

    def label_many(self, statements: Iterable[tuple[str, str]]) -> list[tuple[Label, ...]]:
        """Labels of many (text, kind), in their order."""
        return [self.label(text, kind) for text, kind in statements]

    def label(self, text: str, kind: str) -> tuple[Label, ...]:
        """Labels of one statement, best first; ``other_…`` alone where nothing fits."""
        if kind not in self._books:
            return ()
        kept = chosen(self.evidence(text, kind))
        if not kept:
            return (Label(f"other_{kind}", 0.5, "没有命中任何标签的线索词"),)
        return tuple(Label(label, round(sureness(weight), 3), why) for label, weight, why in kept)

    def evidence(self, text: str, kind: str) -> dict[str, Evidence]:
        """Label → weight of its cues in a statement and the cue that weighs most, for every label with any."""
        book = self._books[kind]
        found = book.find(text)
        for label in book.alone & found.keys():
            found[label] = _on_their_own(text, label, found)
        title = _TITLE_END.search(text, 0, TITLE)
        title_end = title.start() if title and title.end() < len(text) else 0
        return {label: _weigh(hits, title_end) for label, hits in found.items() if hits}


def chosen(evidence: dict[str, Evidence]) -> list[tuple[str, float, str]]:
    """(label, weight, cue) of the labels whose cues are enough, heaviest first, at most four."""
    enough = BESIDE if any(weight >= STRONG for weight, _ in evidence.values()) else ENOUGH
    kept = [(label, weight, why) for label, (weight, why) in evidence.items() if weight >= enough]
    return sorted(kept, key=lambda row: (-row[1], row[0]))[:MOST]


def sureness(weight: float) -> float:
    """The weight of cues as a number in 0–1."""
    return 1 - math.exp(-0.7 * weight)


def _weigh(hits: list[Hit], title_end: int) -> tuple[float, str]:
    """The evidence of a label's hits, overlapping ones counted once, and the cue that weighs most."""
    total, why = 0.0, ""
    taken: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (-h.weight, h.start - h.end, h.start)):
        if any(t.start < hit.end and hit.start < t.end for t in taken) or any(t.text == hit.text for t in taken):
            continue
        taken.append(hit)
        total += hit.weight * (TITLE_BONUS if hit.start < title_end else 1.0)
        why = why or hit.text
    return total, why


def _on_their_own(text: str, label: str, found: dict[str, list[Hit]]) -> list[Hit]:
    """The hits of a general label in clauses where nothing more definite stands; consequences do not count."""
    named = {h.clause for other, hits in found.items() if other != label for h in hits if h.weight >= PLAIN}
    return [
        hit
        for hit in found[label]
        if hit.clause not in named
        and not _AFTER.match(text, hit.clause)
        and not (hit.clause and _VAGUE.match(text, hit.clause))
    ]
