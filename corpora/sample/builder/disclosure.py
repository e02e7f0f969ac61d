"""Table two of an agency over its years, in both national forms, in the contract's form."""

from __future__ import annotations

from typing import Any

from corpora.sample.builder.bank import Agency, planted, toml
from corpora.sample.builder.dice import Dice

Disclosure = dict[str, dict[str, Any]]


def _document_ranges(agency: Agency) -> dict[str, list[int]]:
    documents: dict[str, dict[str, list[int]]] = toml("figures.toml")["documents"]
    if agency.type in documents:
        return documents[agency.type]
    if agency.level == "township" or agency.type in {"public_institution", "tax"}:
        return documents["none"]
    return documents[agency.level]


def _documents(agency: Agency) -> dict[int, dict[str, int]]:
    """Normative documents by year: issued, repealed, in force; the stock continues from year to year."""
    dice = Dice("documents", agency.key)
    ranges = _document_ranges(agency)
    broken = {e["year"]: e["change"] for e in planted().errors if e["rule"] == "T2-A" and e["agency"] == agency.key}
    out: dict[int, dict[str, int]] = {}
    for year in agency.years:
        issued = dice.between(*ranges["made"])
        before = out.get(year - 1)
        stock = before["in_force"] if before else dice.between(*ranges["in_force"])
        repealed = min(dice.between(*ranges["repealed"]), stock)
        in_force = stock + issued - repealed + broken.get(year, 0)
        out[year] = {"issued": issued, "repealed": repealed, "in_force": in_force}
    return out


def _regulations(agency: Agency) -> dict[int, dict[str, int]]:
    """Government rules: only governments of cities and the ministries make them."""
    makes = agency.type == "ministry" or (agency.type == "government_whole" and agency.level == "city")
    dice = Dice("regulations", agency.key)
    stock = dice.between(8, 26) if makes else 0
    out: dict[int, dict[str, int]] = {}
    for year in agency.years:
        issued, repealed = (dice.between(0, 2), dice.between(0, 1)) if makes else (0, 0)
        stock += issued - repealed
        out[year] = {"issued": issued, "repealed": repealed, "in_force": stock}
    return out


def _decisions(agency: Agency, what: str) -> dict[int, int]:
    """Decisions of one kind by year: an agency keeps its order of magnitude."""
    ranges = toml("figures.toml")["decisions"].get(agency.type, {})
    dice = Dice("decisions", agency.key, what)
    low, high = ranges.get(what, (0, 0))
    size = low + (high - low) * dice.unit() ** 2
    return {year: round(size * (0.7 + 0.6 * dice.unit())) for year in agency.years}


def _form_2021(agency: Agency, year: int, counts: dict[str, dict[int, int]]) -> Disclosure:
    fee = counts["fee"][year]
    amount = round(fee + Dice("fee", agency.key, year).between(0, 9999) / 10000, 4) if fee else 0
    return {
        "regulation": dict(_regulations(agency)[year]),
        "normative_document": dict(_documents(agency)[year]),
        "licence": {"decisions": counts["licence"][year]},
        "penalty": {"decisions": counts["penalty"][year]},
        "coercion": {"decisions": counts["coercion"][year]},
        "admin_fee": {"amount_wan": amount},
    }


def _items(agency: Agency, year: int, what: str, decisions: int) -> dict[str, int]:
    """Items of the power list in the form of 2019: last year's count and the change continue each other."""
    dice = Dice("items", agency.key, what)
    items = dice.between(6, 60) if decisions or dice.chance(0.3) else 0
    change = 0
    for _ in range(2019, year + 1):
        items += change
        change = dice.between(-4, 6) if items and dice.chance(0.5) else 0
        change = max(change, -items)
    return {"items_prev_year": items, "items_change": change, "decisions": decisions}


def _form_2019(agency: Agency, year: int, counts: dict[str, dict[int, int]]) -> Disclosure:
    documents, rules = _documents(agency)[year], _regulations(agency)[year]
    dice = Dice("form 2019", agency.key, year)
    fees = _items(agency, year, "fee", counts["fee"][year])
    purchases = dice.between(0, 30) if dice.chance(0.75) else 0
    amount = round(sum(dice.between(12000, 960000) for _ in range(purchases)) + dice.between(0, 99) / 100, 2)
    return {
        "regulation": {
            "newly_made": rules["issued"],
            "newly_published": rules["issued"],
            "total_published": rules["in_force"],
        },
        "normative_document": {
            "newly_made": documents["issued"],
            "newly_published": documents["issued"],
            "total_published": documents["in_force"],
        },
        "licence": dict(_items(agency, year, "licence", counts["licence"][year])),
        "other_service": dict(_items(agency, year, "service", dice.between(0, 40) if dice.chance(0.3) else 0)),
        "penalty": dict(_items(agency, year, "penalty", counts["penalty"][year])),
        "coercion": dict(_items(agency, year, "coercion", counts["coercion"][year])),
        "admin_fee": {"items_prev_year": fees["items_prev_year"], "items_change": fees["items_change"]},
        "central_procurement": {"items": purchases, "amount_yuan": amount if purchases else 0},
    }


def disclosures(agency: Agency) -> dict[int, Disclosure]:
    """Table two by year: the form of 2019 for 2019 and 2020, that of 2021 after."""
    counts = {what: _decisions(agency, what) for what in ("licence", "penalty", "coercion", "fee")}
    return {year: (_form_2019 if year < 2021 else _form_2021)(agency, year, counts) for year in agency.years}
