"""What a view shows, and its place in the URL: pure functions, so that any view can be sent to a colleague."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlencode

from index.records import Filter

FILTER_FIELDS = (
    "year",
    "province",
    "city",
    "county",
    "level",
    "agency_type",
    "kind",
    "label",
    "form",
    "scope",
    "agency",
)
EXCLUDED = ("not_year", "not_province", "not_city", "not_county", "not_level", "not_agency_type")
YEARS = ("year", "not_year")
URL_FIELDS = (*FILTER_FIELDS, *EXCLUDED)
STEP = 20
MOST = 200
LAYOUTS = ("reports", "flat")
_YEARS = re.compile(r"\s*(\d{4})\s*(?:年)?\s*(?:[-–—~～至到]\s*(\d{4})\s*年?)?\s*")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_QUOTED = re.compile(r"“([^“”]{2,})”|「([^「」]{2,})」|\"([^\"]{2,})\"|『([^『』]{2,})』")

Params = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class SearchState:
    """One view of the search page.

    Attributes:
        q: what the person typed.
        like: id of the statement whose likes are wanted; solve: id of the problem whose measures are wanted.
            At most one of the two is set.
        k: how many hits are shown, a multiple of :data:`STEP`.
        filter: what was chosen beside the results.
        layout: "reports" (the hits of one report together) or "flat" (by relevance alone).
        near: id of the hit whose neighbouring sentences are shown.
    """

    q: str = ""
    like: str = ""
    solve: str = ""
    k: int = STEP
    filter: Filter = field(default_factory=Filter)
    layout: str = LAYOUTS[0]
    near: str = ""


def parse_years(text: str) -> tuple[int, ...]:
    """Years that "2021", "2019-2024" or "2019至2024年" stand for, rising.

    Raises:
        ValueError: the text is no year and no span of years; the message is Chinese.
    """
    found = _YEARS.fullmatch(text)
    if not found:
        raise ValueError(f"“{text}”不是年份，请写成 2021 或 2019-2024")
    first = int(found[1])
    last = int(found[2] or first)
    if not _FIRST_YEAR <= first <= last <= _LAST_YEAR:
        raise ValueError(f"“{text}”不是合理的年份或先后颠倒，请写成 2021 或 2019-2024")
    return tuple(range(first, last + 1))


def _lists(params: Mapping[str, str | Sequence[str]]) -> Params:
    return {key: [value] if isinstance(value, str) else list(value) for key, value in params.items()}


def _years(texts: Iterable[str]) -> tuple[int, ...]:
    """The years among ``texts``; what is not a year is passed over, for a URL may be mistyped."""
    years: set[int] = set()
    for text in texts:
        try:
            years.update(parse_years(text))
        except ValueError:
            continue
    return tuple(sorted(years))


def filter_from(params: Mapping[str, str | Sequence[str]]) -> Filter:
    """The filter that a URL states; unknown parameters and malformed years are passed over."""
    given = _lists(params)
    chosen: dict[str, Any] = {name: _years(given.get(name, [])) for name in YEARS}
    for name in URL_FIELDS:
        if name not in YEARS:
            chosen[name] = tuple(dict.fromkeys(value for value in given.get(name, []) if value))
    return Filter(**chosen, unanswered=given.get("unanswered") == ["1"])


def filter_params(chosen: Filter) -> Params:
    """The URL parameters of a filter; only the fields that restrict."""
    params = {name: [str(value) for value in getattr(chosen, name)] for name in URL_FIELDS if getattr(chosen, name)}
    return {**params, "unanswered": ["1"]} if chosen.unanswered else params


def from_params(params: Mapping[str, str | Sequence[str]]) -> SearchState:
    """The view that a URL states. Never raises: a mistyped parameter is passed over."""
    given = _lists(params)

    def first(name: str) -> str:
        return next(iter(given.get(name, [])), "")

    like = first("like")
    shown = first("k")
    k = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 6 else STEP
    k = min(MOST, max(STEP, -(-k // STEP) * STEP))
    return SearchState(
        q=first("q").strip(),
        like=like,
        solve="" if like else first("solve"),
        k=k,
        filter=filter_from(given),
        layout=LAYOUTS[1] if first("layout") == LAYOUTS[1] else LAYOUTS[0],
        near=first("near"),
    )


def to_params(state: SearchState) -> Params:
    """The URL parameters of a view; ``from_params`` gives the same view back."""
    params: Params = {}
    for name in ("q", "like", "solve", "near"):
        if value := getattr(state, name):
            params[name] = [value]
    if state.layout != LAYOUTS[0]:
        params["layout"] = [state.layout]
    if state.k != STEP:
        params["k"] = [str(state.k)]
    return params | filter_params(state.filter)


def query_string(params: Mapping[str, Sequence[str]]) -> str:
    """“q=…&year=2021&year=2022” for a link."""
    return urlencode([(name, value) for name, values in params.items() for value in values])


def values_of(chosen: Filter) -> list[tuple[str, Any]]:
    """Each restricting value with its field, in the order of :data:`FILTER_FIELDS`; then the flags."""
    pairs = [(name, value) for name in FILTER_FIELDS for value in getattr(chosen, name)]
    pairs += [(name, value) for name in EXCLUDED for value in getattr(chosen, name)]
    return [*pairs, ("unanswered", True)] if chosen.unanswered else pairs


def merged(first: Filter, second: Filter) -> Filter:
    """Both filters' values together; within one field any of them may match."""
    out: dict[str, Any] = {}
    for part in fields(Filter):
        one, other = getattr(first, part.name), getattr(second, part.name)
        out[part.name] = (one or other) if isinstance(one, bool) else tuple(dict.fromkeys((*one, *other)))
    return Filter(**out)


def without(chosen: Filter, name: str, values: Iterable[object]) -> Filter:
    """The filter with some values of one field taken out."""
    held, gone = getattr(chosen, name), set(values)
    left: Any = False if isinstance(held, bool) else tuple(item for item in held if item not in gone)
    change: dict[str, Any] = {name: left}
    return replace(chosen, **change)


def dismiss(state: SearchState, text: str, applied: Filter, name: str, values: Iterable[object]) -> SearchState:
    """The view after a person took back values of one field that were understood from the query.

    The rest of what was understood becomes an explicit choice and the query shrinks to ``text`` (what was
    left to search by meaning), so that the removed words cannot come back. What was quoted stays quoted.
    """
    return replace(
        state, q=quoted(text, phrases(state.q)), filter=without(merged(state.filter, applied), name, values), k=STEP
    )


def phrases(query: str) -> tuple[str, ...]:
    """The parts of a query in quotation marks, which a hit must hold as they stand."""
    return tuple(dict.fromkeys(next(filter(None, found.groups())).strip() for found in _QUOTED.finditer(query)))


def quoted(text: str, parts: Iterable[str]) -> str:
    """``text`` with the given parts put in quotation marks again, each where it first stands."""
    for part in parts:
        if part not in phrases(text):
            text = text.replace(part, f"“{part}”", 1)
    return text


def loosened(query: str, phrase: str) -> str:
    """The query without the quotation marks around one phrase: its words are searched, but not as they stand."""

    def bare(found: re.Match[str]) -> str:
        inner = next(filter(None, found.groups()))
        return inner if inner.strip() == phrase else found[0]

    return _QUOTED.sub(bare, query)
