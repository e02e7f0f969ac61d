"""A summary put together: material, parts, sources, and the tables that go with it."""

from __future__ import annotations

from collections.abc import Sequence

from index.filters import FORMS, KINDS, LEVELS, SCOPES, agency_types
from index.reads import Reads
from index.records import Filter
from index.statistics import definitions, statistics
from index.summary import facts
from index.summary.gather import Material
from index.summary.opinions import Opinions
from index.summary.records import Summary
from index.summary.wording import Ledger, listed, spell_years, tables, word
from nlp.taxonomy import Taxonomy

LINES = 4  # problems in the chart over the years


def summarise(store: Reads, where: Filter) -> Summary:
    """The summary of the reports under a filter; without parts where there are none.

    The same archive gives the same text. ``label`` and ``kind`` choose what is told of, not which reports count.

    Raises:
        MingjianError: the filter asks for unanswered problems only. Missing: a vector is not there.
    """
    with store.snapshot():
        material = Material(store, where)
        ledger = Ledger()
        written = _parts(material, ledger) if material.reports else []
        parts, sources = ledger.finish(written)
        numbers = statistics(store, None, "year", material.counted)
        main = [row.id for row in Opinions(material, Ledger()).main[:LINES]]
        lines = material.trends("problem", main).rows if main else ()
    return Summary(
        title=title_of(where),
        filter=where,
        counted=material.counted,
        reports=len(material.reports),
        agencies=len(material.agencies),
        with_issues=len(material.with_issues),
        years=tuple(material.years),
        parts=parts,
        sources=sources,
        labels=material.labels,
        trends=tuple(sorted(lines, key=lambda row: main.index(row.label))),
        statistics=numbers,
        definitions=(*tables()["term"].items(), *_metrics()),
    )


def _parts(material: Material, ledger: Ledger) -> list[tuple[str, str, Sequence[str]]]:
    opinions = Opinions(material, ledger)
    written = {
        "scope": facts.scope(material, ledger),
        "problems": opinions.problems(),
        "change": opinions.change(),
        "measures": opinions.measures(),
        "exceptions": opinions.exceptions(),
        "unanswered": opinions.unanswered(),
        "figures": facts.Numbers(material, ledger).write(),
        "caveats": facts.caveats(material, ledger),
    }
    titles = tables()["part"]
    return [(key, titles[key], texts) for key, texts in written.items()]


def _metrics() -> list[tuple[str, str]]:
    known = definitions()
    return [
        (m.name, "；".join(filter(None, (m.definition, m.caveat))))
        for m in (known[key].measure for key in facts.used_measures())
    ]


def title_of(where: Filter) -> str:
    """“浙江省应急管理2021年政府信息公开年度报告简报”."""
    levels = listed(LEVELS[level] for level in where.level)
    kinds = agency_types()
    types = listed(kinds[kind] for kind in where.agency_type)
    places = [listed(getattr(where, name)) for name in ("province", "city", "county")]
    return "".join([*places, levels, types, listed(where.agency), spell_years(where.year), word("title_end")])


def filter_lines(where: Filter) -> list[tuple[str, str]]:
    """What a filter restricts, in words: (field, values)."""
    from index.export.sheet import FILTER_NAMES

    taxonomy = Taxonomy.load()
    names = {"level": LEVELS, "form": FORMS, "scope": SCOPES, "kind": KINDS, "agency_type": agency_types()}
    names |= {f"not_{field}": names[field] for field in ("level", "agency_type")}
    names["label"] = {entry.id: entry.zh for entry in taxonomy}
    lines = []
    for field, values in where.to_dict().items():
        told = names.get(field, {})
        shown = spell_years(values) if field in ("year", "not_year") else listed(told.get(v, str(v)) for v in values)
        lines.append((FILTER_NAMES.get(field, field), shown))
    return lines
