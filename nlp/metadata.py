"""Who reports on which year: agency, type, level, region, scope, year, date of signing (domain rules 6.3).

Each field takes the surest source that speaks, and says which; what no source tells stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from nlp.agency import Agency, canonical, level_of, present_rest, read_agency
from nlp.dates import reported_year
from nlp.divisions import Chain, Division, region
from nlp.names import in_body, in_file_name, in_preface
from nlp.places import home, nearly, outer, province_of, settle
from nlp.records import Document, Metadata, Region
from nlp.scope import Scope, read_scope
from nlp.sections import SectionSplit
from nlp.signature import find_signature
from nlp.title import Title, find_titles, read_title
from nlp.worth import is_dirty, is_report

_HEAD = 1500
_PUBLISHER = "publisher"
Finding = tuple[Agency, str]


@dataclass(slots=True)
class _Reading:
    """What has been made out so far."""

    sources: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def note(self, name: str, source: str | None) -> None:
        if source:
            self.sources[name] = source


def read_metadata(document: Document, split: SectionSplit) -> Metadata:
    """Read the metadata of a report; never raises, never guesses.

    Args:
        document: the report as read.
        split: its sections, from :func:`nlp.sections.split_sections`.
    """
    text, out = document.text, _Reading()
    title = _title(text, split, out)
    hinted = read_title(document.title_hint) if document.title_hint else None
    one = split.get(1)
    overview = one.text if one else text[:_HEAD]
    sign = find_signature(text, split.sections[-1].start if split.sections else 0)
    told = reported_year(
        text,
        title=title.year if title else None,
        preface=_preface(text, split),
        overview=overview,
        signed=sign.date,
        source=document.source,
        hint=hinted.year if hinted else None,
    )
    _note_year(told.source, told.conflict, title, out)
    year = told.year
    found = _names(document, split, title, hinted, sign.agency, overview, year)
    agency, whence = _complete(document, found, year)
    agency, place = _place(document, agency, year, out)
    scope = read_scope(_preface(text, split), overview, agency, title)
    agency = _office_or_government(agency, scope, year)
    if agency is None:
        out.warnings.append("agency_unknown")
    out.note("agency", whence if agency else None)
    out.note("title", "title" if title else None)
    out.note("scope", scope.source)
    if scope.scope == "government":
        out.warnings.append("whole_government_scope")
    if sign.date:
        out.note("sign_date", "signature")
    if not is_report(title or hinted, text, split):
        out.warnings.append("not_a_report")
    if is_dirty(text):
        out.warnings.append("dirty_source")
    return Metadata(
        title=title.text if title else None,
        agency=canonical(agency) if agency else None,
        agency_raw=agency.raw if agency else None,
        agency_type=agency.type if agency else "unknown",
        region=place,
        level=level_of(agency) if agency else "unknown",
        scope=scope.scope,
        year=year,
        sign_date=_iso(sign.date),
        sources=out.sources,
        warnings=tuple(dict.fromkeys(out.warnings)),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _title(text: str, split: SectionSplit, out: _Reading) -> Title | None:
    """The title in the text: of several the first that names agency, its place and year, or the most telling."""
    limit = split.head_end if any(s.number for s in split.sections) else min(len(text), _HEAD)
    titles = find_titles(text, min(limit, _HEAD))
    if not titles:
        out.warnings.append("no_title")
        return None
    ranks = [(not t.other_sort, bool(t.agency) + bool(t.year), _placed(t)) for t in titles]
    equal = [t for t, rank in zip(titles, ranks, strict=True) if rank == max(ranks)]
    if len({t.year for t in equal if t.year}) > 1:  # a site lists other years' reports above the one that it shows
        out.warnings.append("year_conflict")
        return equal[-1] if len({t.agency for t in equal}) == 1 else equal[0]
    return equal[0]


def _placed(title: Title) -> bool:
    """Whether the agency that a title names carries its place (花明楼镇 does not, 宁乡市花明楼镇 does)."""
    agency = read_agency(title.agency, title.year) if title.agency else None
    return agency is not None and (agency.national or bool(agency.chain.divisions))


def _note_year(source: str | None, conflict: bool, title: Title | None, out: _Reading) -> None:
    out.note("year", "preface" if source == "period" else source)
    if source in ("period", "preface") and (title is None or title.year is None):
        out.warnings.append("year_from_preface")
    if conflict:
        out.warnings.append("year_conflict")


def _preface(text: str, split: SectionSplit) -> str:
    """The preface; where none was told apart, all that stands before the first heading."""
    if split.preface:
        return text[split.preface[0] : split.preface[1]]
    return text[: split.head_end]


def _names(
    document: Document,
    split: SectionSplit,
    title: Title | None,
    hinted: Title | None,
    signed: str | None,
    overview: str,
    year: int | None,
) -> list[Finding]:
    """The agency by each source that names one, the surest first."""
    preface = _preface(document.text, split)
    candidates: tuple[tuple[Agency | None, str], ...] = (
        (read_agency(title.agency, year) if title and title.agency else None, "title"),
        (in_preface(preface, year), "preface"),
        (read_agency(signed, year) if signed else None, "signature"),
        (in_body(overview, year), "body"),
        (read_agency(hinted.agency, year) if hinted and hinted.agency else None, "title_hint"),
        (in_file_name(document.source, year), "file_name"),
        (read_agency(document.hints.get("publisher", ""), year), _PUBLISHER),
    )
    return [(agency, source) for agency, source in candidates if agency is not None]


def _complete(document: Document, found: list[Finding], year: int | None) -> tuple[Agency | None, str | None]:
    """The surest name, with the place of a later one where it has none itself ("县教育局")."""
    if not found or found[0][1] == _PUBLISHER:  # sites often name the office that posts for all
        return None, None
    agency, source = found[0]
    words = _words(document)
    if agency.chain.divisions or agency.national:
        return _fullest(_more_certain(agency, found), source, found)
    for other, whence in found[1:]:
        if other.chain.divisions and _same_body(agency, other):
            return replace(other, raw=agency.raw), f"{source}+{whence}"
    for other, whence in found[1:]:
        if other.chain.divisions and source in ("body", "preface") and whence in ("signature", "file_name"):
            return other, whence
    unit = home(agency, words, year)
    if unit is None and agency.rank == "省":
        unit = province_of(words)
    if unit is None and not agency.rank:
        unit = nearly(agency, words, document.hints, year)
        if unit is not None:
            rest = agency.name[len(unit.name) :]
            right = read_agency(unit.name + rest, year) or agency
            return replace(right, raw=agency.raw, chain=Chain((unit,), len(unit.name))), f"{source}+body"
    if unit is not None:
        whole = replace(agency, name=unit.name + agency.rest, chain=Chain((unit,), len(unit.name)), rank="")
        return whole, f"{source}+body"
    return agency, source


def _words(document: Document) -> str:
    """The text and what its site says around it: evidence of the place."""
    return "\n".join((document.text, document.hints.get("site", ""), document.hints.get(_PUBLISHER, "")))


def _same_body(agency: Agency, other: Agency) -> bool:
    """A name without a place and one with a place that may be the same agency's."""
    if agency.type != other.type:
        return False
    if agency.type in ("township", "subdistrict", "zone_committee", "other"):
        return other.rest.startswith(agency.rest[:3])
    suffix = {"省": ("省", "自治区"), "州": ("州",)}.get(agency.rank, (agency.rank,))
    return not agency.rank or any(d.name.endswith(suffix) for d in other.chain.divisions)


def _more_certain(agency: Agency, found: list[Finding]) -> Agency:
    """An ambiguous county is the one that another source names with its city."""
    if not agency.chain.ambiguous:
        return agency
    for other, _ in found[1:]:
        shared = [d for d in agency.chain.divisions if d in other.chain.divisions]
        if len(shared) == 1 == len(other.chain.divisions):
            return replace(agency, chain=Chain(tuple(shared), agency.chain.length))
    return agency


def _fullest(agency: Agency, source: str, found: list[Finding]) -> Finding:
    """Of the ways in which the sources write one and the same name the fullest (科技厅, 科学技术厅)."""
    best = (agency, source)
    for other, whence in found:
        same = other.chain.divisions == agency.chain.divisions and present_rest(other) == present_rest(agency)
        if same and len(other.rest) > len(best[0].rest):
            best = (other, whence)
    return best


def _place(document: Document, agency: Agency | None, year: int | None, out: _Reading) -> tuple[Agency | None, Region]:
    """The region of an agency; what is not certain is left out and warned of."""
    if agency is None or (agency.national and not agency.chain.divisions):
        return agency, Region()
    units = agency.chain.divisions
    if len(units) == 1:
        out.note("region", "agency")
        return agency, region(units[0], year)
    if units:
        unit = settle(units, _words(document), document.hints, year)
        if unit is not None:
            out.note("region", "evidence")
            return replace(agency, chain=Chain((unit,), agency.chain.length)), region(unit, year)
        out.warnings.append("region_ambiguous")
        return agency, _shared(units, year)
    out.warnings.append("region_ambiguous")
    around = outer(document.text) if agency.rank != "省" else None
    if around is None:
        return agency, Region()
    out.note("region", "area_code")
    known = region(around, year)
    return agency, known if agency.rank == "市" and around.level == "province" else replace(known, code=None)


def _shared(units: tuple[Division, ...], year: int | None) -> Region:
    """What all possible regions have in common."""
    regions = [region(unit, year) for unit in units]
    first = regions[0]
    return Region(
        first.province if len({r.province for r in regions}) == 1 else None,
        first.city if len({r.city for r in regions}) == 1 else None,
        first.county if len({r.county for r in regions}) == 1 else None,
    )


def _office_or_government(agency: Agency | None, scope: Scope, year: int | None) -> Agency | None:
    """A title that names only the place, of a report that covers the office alone, is the office's."""
    if agency is None or agency.type != "government_whole" or scope.scope != "agency" or not scope.office:
        return agency
    return read_agency(scope.office, year) or agency
