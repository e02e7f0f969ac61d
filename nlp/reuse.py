"""How much of a text stood in another one already, and words by which a copied text gives itself away."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nlp.agency import names
from nlp.divisions import lookup, places, within

GRAM = 8  # characters: longer than any stock phrase, shorter than any copied sentence
SHORTEST_PLACE = 3  # characters: "和县" and "文县" are parts of other words too often
_MAYBE_PLACE = re.compile(r"..[省市县区旗州盟]")
_AGENCY_BEHIND = re.compile(r"[一-鿿]{2,12}?(?:局|厅|委员会|办公室|人民政府|管委会)")


def reused_share(text: str, earlier: str) -> float:
    """The share of ``text``'s characters that lie in runs of at least eight characters found in ``earlier``.

    Blanks, punctuation and digits do not count (copied text often has only its year changed). 0.0 where there is
    too little text to tell.
    """
    new, old = _letters(text), _letters(earlier)
    if len(new) < 2 * GRAM or len(old) < GRAM:
        return 0.0
    known = {old[i : i + GRAM] for i in range(len(old) - GRAM + 1)}
    covered = bytearray(len(new))
    for i in range(len(new) - GRAM + 1):
        if new[i : i + GRAM] in known:
            covered[i : i + GRAM] = b"\x01" * GRAM
    return sum(covered) / len(new)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


@dataclass(frozen=True, slots=True)
class Residue:
    """A word in an agency's own section five that belongs to another one.

    Attributes:
        start, end: offsets into the text.
        word: what stands there.
        kind: "place" (another place, with or without an agency there) or "field" (another department's work).
        of: the type of agency that a field's word belongs to; empty for places.
    """

    start: int
    end: int
    word: str
    kind: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """The compiled ``residue.toml``. ``fields``: phrase → type."""

    every_field: frozenset[str]
    on_purpose: re.Pattern[str]
    listed: re.Pattern[str]
    no_name: frozenset[str]
    goes_on: re.Pattern[str]
    begins: re.Pattern[str]
    fields: Mapping[str, str]
    phrase: re.Pattern[str]


@cache
def _words() -> _Words:
    data = tomllib.loads(files("nlp").joinpath("residue.toml").read_text(encoding="utf-8"))
    fields = {phrase: kind for kind, phrases in data["fields"].items() for phrase in phrases}
    return _Words(
        frozenset(data["every_field"]),
        re.compile(data["on_purpose"]),
        re.compile(data["listed"]),
        frozenset(data["no_name"]),
        re.compile(data["goes_on"]),
        re.compile(f"(?:{data['begins']})$"),
        fields,
        re.compile("|".join(sorted(fields, key=len, reverse=True))),
    )


def residues(text: str, agency: str | None, agency_type: str, code: str | None) -> list[Residue]:
    """What a problem or measure says of another agency's place or field, as if by mistake; by place.

    Sentences that speak of others on purpose (partners, models, lists of fields) are passed over. An agency whose
    field or place is not known has nothing foreign.

    Args:
        text: one statement.
        agency: the agency's name.
        agency_type: its type.
        code: the division it sits in, six digits.
    """
    known = _words()
    if not agency or known.on_purpose.search(text):
        return []
    found = [*_fields(text, agency, agency_type), *_places(text, agency, code)]
    return sorted(found, key=lambda one: one.start)


def _fields(text: str, agency: str, agency_type: str) -> Iterator[Residue]:
    known = _words()
    if agency_type in known.every_field:
        return
    own = {agency_type, *(kind for word, kind in names().type_of.items() if word in agency)}
    for match in known.phrase.finditer(text):
        beside = known.listed.match(text, match.end()) or known.listed.match(text, max(0, match.start() - 1))
        if known.fields[match[0]] not in own and beside is None:
            yield Residue(match.start(), match.end(), match[0], "field", known.fields[match[0]])


def _places(text: str, agency: str, code: str | None) -> Iterator[Residue]:
    """Other places: neither the agency's own, nor one in it, nor one that it lies in."""
    known = _words()
    home = lookup(code) if code else None
    if home is None or not _MAYBE_PLACE.search(text):
        return
    for start, end, units in places(text):
        word = text[start:end]
        if len(word) < SHORTEST_PLACE or word in known.no_name or word in agency or known.goes_on.match(text, end):
            continue
        if word[1] == "和" and start and not known.begins.search(text[:start]):
            continue
        if any(within(unit, home) or within(home, unit) for unit in units):
            continue
        follows = _AGENCY_BEHIND.match(text, end)
        stop = follows.end() if follows else end
        yield Residue(start, stop, text[start:stop], "place")
