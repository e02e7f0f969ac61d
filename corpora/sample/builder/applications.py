"""Tables three and four of an agency over its years, in the contract's form."""

from __future__ import annotations

from corpora.sample.builder.bank import Agency, planted, toml
from corpora.sample.builder.dice import Dice

APPLICANTS = (
    "natural_person",
    "enterprise",
    "research_institute",
    "public_welfare_org",
    "legal_service_org",
    "other_org",
)
OTHER_ROWS = ("other_no_correction", "other_fee_unpaid", "other_misc")
OUTCOMES = tuple(toml("figures.toml")["outcomes"]["common"])
BLOCKS = ("review", "suit_direct", "suit_after_review")
RESULTS = ("upheld", "corrected", "other", "pending")

Row = dict[str, int | None]
Table = dict[str, Row]


def _received(agency: Agency, dice: Dice, level: float) -> int:
    """New applications of one year; ``level`` in [0, 1) is the agency's own place within the range."""
    figures = toml("figures.toml")
    low, high = figures["requests"][agency.requests]
    if dice.chance(figures["quiet"].get(agency.requests, 0) / 10):
        return 0
    size = (low + (high - low) * level) * (0.8 + 0.45 * dice.unit())
    if agency.scope == "government" and agency.level == "city":
        size *= 3
    return round(size) if high else 0


def _carried_out(open_count: int, dice: Dice) -> int:
    """How many of the open applications stay open at the year's end."""
    if open_count < 4:
        return 1 if open_count and dice.chance(0.12) else 0
    return int(open_count * (0.02 + 0.09 * dice.unit()) + dice.unit())


def _outcome_weights(agency: Agency) -> list[float]:
    tables = toml("figures.toml")["outcomes"]
    return [float(w) for w in (tables["common"] | tables.get(agency.type, {})).values()]


def _with_total(row: dict[str, int]) -> Row:
    return {**row, "total": sum(row.values())}


def _year(agency: Agency, year: int, carried: dict[str, int], dice: Dice, level: float) -> Table:
    shares = list(toml("figures.toml")["applicants"].values())
    received = dict(zip(APPLICANTS, dice.scatter(_received(agency, dice, level), shares), strict=True))
    weights = _outcome_weights(agency)
    out: dict[str, dict[str, int]] = {row: {} for row in OUTCOMES}
    left: dict[str, int] = {}
    for who in APPLICANTS:
        open_count = received[who] + carried[who]
        left[who] = _carried_out(open_count, dice)
        for row, count in zip(OUTCOMES, dice.scatter(open_count - left[who], weights), strict=True):
            out[row][who] = count
    done = {who: sum(out[row][who] for row in OUTCOMES) for who in APPLICANTS}
    rows: dict[str, dict[str, int]] = {"received_new": received, "carried_in": dict(carried), **out}
    if year < 2021:
        rows["other_total"] = {who: sum(rows[row][who] for row in OTHER_ROWS) for who in APPLICANTS}
        for row in OTHER_ROWS:
            del rows[row]
    rows |= {"processed_total": done, "carried_out": left}
    return {name: _with_total(row) for name, row in rows.items()}


def applications(agency: Agency) -> dict[int, Table]:
    """Table three by year; ``carried_in`` continues last year's ``carried_out`` unless an error is planted."""
    dice = Dice("applications", agency.key)
    level = dice.unit()
    broken = {e["year"]: e["carry"] for e in planted().errors if e["rule"] == "T3-D" and e["agency"] == agency.key}
    tables: dict[int, Table] = {}
    for year in agency.years:
        before = tables.get(year - 1)
        if before is not None:
            carried = {who: before["carried_out"][who] or 0 for who in APPLICANTS}
        else:
            some = dice.between(1, 6) if agency.requests in {"some", "many", "huge"} else 0
            carried = dict.fromkeys(APPLICANTS, 0) | {"natural_person": some}
        carried["natural_person"] += broken.get(year, 0)
        tables[year] = _year(agency, year, carried, dice.spawn(year), level)
    return tables


def reviews(agency: Agency, tables: dict[int, Table]) -> dict[int, Table]:
    """Table four by year, in proportion to the applications finished."""
    figures = toml("figures.toml")
    weights = [float(w) for w in figures["case_results"].values()]
    out: dict[int, Table] = {}
    for year, table in tables.items():
        dice = Dice("reviews", agency.key, year)
        done = table["processed_total"]["total"] or 0
        out[year] = {}
        for block in BLOCKS:
            cases = int(done * figures["cases"][block] * (0.4 + 1.2 * dice.unit()) + 0.6 * dice.unit())
            counts = dict(zip(RESULTS, dice.scatter(cases if done else 0, weights), strict=True))
            out[year][block] = _with_total(counts)
    return out
