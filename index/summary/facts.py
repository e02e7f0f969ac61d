"""The parts of a summary that tell what it rests on: reports, statutory numbers, what to beware of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.filters import FORMS
from index.statistics import Definition, definitions, values_of
from index.summary.gather import Material
from index.summary.wording import FEWEST, Ledger, define, listed, say, spell_years
from nlp.records import Number

STOCK = "carried_out"
TOTALS = ("received_new", "processed_total", STOCK)
OUTCOMES = (
    "granted_share",
    "partially_granted_share",
    "denied_share",
    "unable_share",
    "not_processed_share",
)
OTHER = "other_processing"
REVIEWS = ("review_total", "suit_total")
CORRECTED = (("review_corrected_rate", "行政复议"), ("suit_corrected_rate", "行政诉讼"))
GAPS_NAMED = 6


def scope(material: Material, ledger: Ledger) -> list[str]:
    """How many reports of whom and when; how many of them have a section five."""
    n, agencies = len(material.reports), len(material.agencies)
    numbers = {
        "agencies": f"{agencies:,}个单位{ledger.figure(define('agencies'), agencies, unit='个')}",
        "reports": f"{n:,}份报告{ledger.figure(define('reports'), n)}",
    }
    if not material.years:
        return [say("base_yearless", **numbers), *_issues(material, ledger)]
    spelt = spell_years(material.years)
    mark = ledger.figure(define("years"), len(material.years), unit="个", group=spelt)
    texts = [say("base", years=f"{spelt}{mark}", **numbers)]
    if len(material.years) > 1:
        parts = {f"{year}年": count for year, count in material.years.items()}
        mark = ledger.figure(define("by_year"), sum(parts.values()), group=spelt, parts=parts)
        named = listed(say("year_part", year=year, n=f"{count:,}") for year, count in material.years.items())
        texts.append(say("by_year", parts=named, mark=mark))
    return [*texts, *_issues(material, ledger)]


def _issues(material: Material, ledger: Ledger) -> list[str]:
    n, base = len(material.reports), len(material.with_issues)
    mark = ledger.figure(define("issues"), base, n)
    key = "no_issues" if not base else "issues_all" if base == n else "issues"
    texts = [say(key, n=f"{base:,}份{mark}")]
    none = sum(report.none_stated for report in material.with_issues)
    if none:
        mark = ledger.figure(define("none_stated"), none, base, interval=True)
        texts.append(say("none_stated", n=f"{none:,}份{mark}"))
    return texts


class Numbers:
    """Sums and ratios of the statutory tables over the selection, each with how many reports gave it."""

    def __init__(self, material: Material, ledger: Ledger) -> None:
        self._ledger = ledger
        self._reports = material.reports
        self._one_year = len(material.years) == 1
        self._known = definitions()
        wanted = [*TOTALS, *OUTCOMES, OTHER, *REVIEWS, *(key for key, _ in CORRECTED)]
        self._values = values_of(material.store, material.counted, [self._known[key] for key in wanted])
        self._tables = sum(report.table for report in material.reports)

    def write(self) -> list[str]:
        """The part's sentences."""
        mark = self._ledger.figure(define("tables"), self._tables, len(self._reports))
        if not self._tables:
            return [say("no_tables", n=f"{self._tables}份{mark}"), *self._disputes()]
        # what is carried into the next year comes back there: over several years it is no sum
        totals = [text for key in TOTALS if (key != STOCK or self._one_year) and (text := self._total(key))]
        return [*([say("received", items=listed(totals))] if totals else []), *self._outcomes(), *self._disputes()]

    def _parts(self, definition: Definition) -> tuple[Number, Number, int, int]:
        """Numerator and denominator summed over the reports that give both, how many do, and of how many."""
        fitting = [r for r in self._reports if not definition.forms or r.form in definition.forms]
        parts = [definition.parts(self._values.get(report.id, {})) for report in fitting]
        known = [(top, over) for top, over in parts if top is not None and over is not None]
        return sum(t for t, _ in known), sum(o for _, o in known), len(known), len(fitting)

    def _mark(self, definition: Definition, top: Number, over: Number | None, reports: int, of: int) -> str:
        measure = definition.measure
        key = "ratio" if over is not None else "sum"
        told = define(key, name=measure.name, definition=measure.definition, reports=reports, of=of)
        return self._ledger.figure(told, int(top), None if over is None else int(over), unit="件")

    def _total(self, key: str) -> str | None:
        definition = self._known[key]
        top, _, reports, of = self._parts(definition)
        if not reports:
            return None
        mark = self._mark(definition, top, None, reports, of)
        return say("item", name=definition.measure.name, value=f"{int(top):,}{definition.measure.unit}", mark=mark)

    def _outcomes(self) -> list[str]:
        definition = self._known["processed_total"]
        top, _, reports, of = self._parts(definition)
        if reports and not top:
            return [say("no_processed", n=f"0件{self._mark(definition, top, None, reports, of)}")]
        # the dictionary has no share of "other": its count over the same denominator
        known = [(self._known[key], self._known[key].measure.name.removesuffix("占比")) for key in OUTCOMES]
        known.append((replace(self._known[OTHER], over=definition.sum), self._known[OTHER].measure.name))
        items = [text for one, name in known if (text := self._ratio(one, "outcome", name))]
        return [say("outcomes", items=listed(items))] if items else []

    def _ratio(self, definition: Definition, template: str, name: str) -> str | None:
        top, over, reports, of = self._parts(definition)
        if not over:
            return None
        mark = self._mark(definition, top, over, reports, of)
        key = f"{template}_share" if over >= FEWEST else template
        return say(key, name=name, share=f"{top / over:.1%}", n=f"{int(top):,}", d=f"{int(over):,}", mark=mark)

    def _disputes(self) -> list[str]:
        items = [text for key in REVIEWS if (text := self._total(key))]
        if not items:
            return []
        texts = [say("reviews", items=listed(items))]
        rates = [text for key, name in CORRECTED if (text := self._ratio(self._known[key], "corrected", name))]
        return [*texts, *([say("corrected_sentence", items="；".join(rates))] if rates else [])]


def caveats(material: Material, ledger: Ledger) -> list[str]:
    """What a reader must know before using the numbers; nothing where there is nothing to beware of."""
    n, base = len(material.reports), len(material.with_issues)
    texts = []
    if 0 < base < FEWEST:
        texts.append(say("few", n=f"{base}份{ledger.figure(define('few', few=FEWEST), base)}", few=FEWEST))
    for key, count in (("governments", material.governments), ("superseded", material.superseded)):
        if count:
            texts.append(say(key, n=f"{count:,}份{ledger.figure(define(key), count)}"))
    if material.every > 1:
        mark = ledger.figure(define("looked_at", every=material.every), material.looked_at)
        texts.append(say("looked_at", every=material.every, n=f"{material.looked_at:,}份{mark}"))
    texts += _forms(material, ledger) + _years(material, ledger)
    counts = {
        "no_section": n - base if base else 0,
        "no_table": sum(not report.table for report in material.reports),
        "year_unknown": sum(report.year is None for report in material.reports) if material.years else 0,
        "failed": sum(report.failed for report in material.reports),
    }
    if counts["no_table"] == n:
        counts["no_table"] = 0  # told among the statutory numbers
    texts += [say(key, n=f"{c:,}份报告{ledger.figure(define(key), c, n)}") for key, c in counts.items() if c]
    return texts


def _forms(material: Material, ledger: Ledger) -> list[str]:
    forms = Counter(report.form for report in material.reports)
    if len(forms) < 2:
        return []
    parts = {FORMS[form]: forms[form] for form in FORMS if form in forms}
    mark = ledger.figure(define("forms"), sum(parts.values()), parts=parts)
    named = listed(say("form_part", name=name, n=f"{count:,}") for name, count in parts.items())
    return [say("forms", parts=named, mark=mark)]


def _years(material: Material, ledger: Ledger) -> list[str]:
    years = material.years
    if len(years) < 2:
        return []
    texts = []
    missing = [year for year in range(min(years), max(years)) if year not in years]
    if missing:
        spelt = spell_years(missing)
        mark = ledger.figure(define("missing_years"), len(missing), unit="个", group=spelt)
        texts.append(say("missing_years", years=spelt, mark=mark))
    few = [year for year in years if 0 < material.issue_years[year] < FEWEST]
    if few and len(material.with_issues) >= FEWEST:
        spelt = spell_years(few)
        mark = ledger.figure(define("few_years", few=FEWEST), len(few), unit="个", group=spelt)
        texts.append(say("few_years", years=spelt, few=FEWEST, mark=mark))
    return texts


def used_measures() -> Sequence[str]:
    """The statistics that the text states, for the definitions."""
    return (*TOTALS, *OUTCOMES, OTHER, *REVIEWS, *(key for key, _ in CORRECTED))
