"""Which of several places of one name is meant, and which place a bare name ("县教育局") belongs to.

Only evidence in the report decides: parents named in it, area codes, postcodes, the site's address, the
abbreviation of the province in document numbers. Without it the place stays unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from nlp.agency import Agency
from nlp.divisions import Division, parent, places, resolve, table, within

_AREA = re.compile(r"(?<!\d)(0(?:10|2\d|[3-9]\d\d))[-—－) ）]{1,2}\d{7,8}(?!\d)")
_POST = re.compile(r"(?:邮编|邮政编码)[：: ]{0,2}(\d{6})")
_SITE = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+\.gov\.cn", re.IGNORECASE)
_ABBREVIATION = {
    "京": "110000", "津": "120000", "冀": "130000", "晋": "140000", "蒙": "150000", "辽": "210000", "吉": "220000",
    "黑": "230000", "沪": "310000", "苏": "320000", "浙": "330000", "皖": "340000", "闽": "350000", "赣": "360000",
    "鲁": "370000", "豫": "410000", "鄂": "420000", "湘": "430000", "粤": "440000", "桂": "450000", "琼": "460000",
    "渝": "500000", "川": "510000", "黔": "520000", "滇": "530000", "藏": "540000", "陕": "610000", "甘": "620000",
    "青": "630000", "宁": "640000", "新": "650000", "内": "150000", "云": "530000",
}  # fmt: skip
_NUMBER = re.compile(rf"([{''.join(_ABBREVIATION)}])[^\s，。、]{{1,6}}[〔\[【（(]20\d\d[〕\]】）)]")
# What follows the name of one's own place: its government, committee or an office of it.
_OWN = re.compile(
    r"人民政府|政府|委、|委办|市委|县委|区委|纪委|人大|政协|政务公开|门户网站|应急|教育|财政|公安|民政|司法|政务服务|行政审批"
)
_ADDRESS = re.compile(r"(?:联系|办公|通讯|通信|单位)?地址[：: ]{0,3}")
_MARGIN, _PROOF, _SLIP_PROOF = 3, 2, 4
_PLACE_LIKE = re.compile(r"[一-鿿]{2,6}?(?:自治县|县|区|市|旗)(?=.{2})")


def settle(candidates: tuple[Division, ...], text: str, hints: Mapping[str, str], year: int | None) -> Division | None:
    """The one of several divisions of a name that the text speaks for; None where nothing or both do.

    What speaks for a unit above two candidates (their province) tells nothing between them.
    """
    weights = {d: _weights(d, text, hints, year) for d in candidates}
    best = max(candidates, key=lambda d: sum(weights[d].values()))
    for other in candidates:
        if other is best:
            continue
        own = sum(n for code, n in weights[best].items() if code not in weights[other])
        its = sum(n for code, n in weights[other].items() if code not in weights[best])
        if own < _MARGIN * its or own < _PROOF:
            return None
    return best


def _weights(division: Division, text: str, hints: Mapping[str, str], year: int | None) -> dict[str, int]:
    """How strongly the text points to each of the units above a division, by their codes."""
    out: dict[str, int] = {}
    unit = parent(division, year)
    while unit is not None:
        together = text.count(unit.name + division.name)
        score = 2 * min(text.count(unit.name) - together, 3)
        together += text.count(unit.short + division.name) if unit.short != unit.name else 0
        score += 4 * min(together, 2)
        score += 3 * len(set(_AREA.findall(text)) & set(unit.area_codes))
        score += 2 * sum(bool(unit.postcodes) and code.startswith(unit.postcodes) for code in _POST.findall(text))
        score += 2 * _sites(text, hints, unit)
        if unit.level == "province":
            score += 2 * any(_ABBREVIATION[a] == unit.code for a in _NUMBER.findall(text))
        out[unit.code] = score
        unit = parent(unit, year)
    return out


def _sites(text: str, hints: Mapping[str, str], unit: Division) -> bool:
    """A government site's address has the romanised name of the unit as one of its labels."""
    addresses = _SITE.findall(" ".join((hints.get("site", ""), text)))
    return bool(unit.pinyin) and any(unit.pinyin in address.lower().split(".") for address in addresses)


def home(agency: Agency, text: str, year: int | None) -> Division | None:
    """The county, city or province that a name without a place belongs to, if the text names just one such.

    It must be named with its own organs ("民和县人民政府") or be the place of its address; for a township the
    county counts.
    """
    level = {"省": ("province",), "县": ("county",), "区": ("county",), "旗": ("county",), "州": ("city",)}.get(
        agency.rank, ("county", "city") if agency.rank == "市" else ("county",)
    )
    if not agency.rank and agency.type not in ("township", "subdistrict"):
        return None
    counts: Counter[tuple[Division, ...]] = Counter()
    for start, end, units in places(text):
        fits = tuple(d for d in units if d.level in level and (not agency.rank or d.name.endswith(_rank(agency))))
        if fits and (_OWN.match(text, end) or (agency.rest and text.startswith(agency.rest, end))):
            chain = resolve(text[max(0, start - 12) : end])
            certain = [d for d in chain.divisions if d in fits] if len(chain.divisions) == 1 else []
            counts[tuple(certain) or fits] += 1
    names = {units[0].name for units in counts}
    if not names:
        return _of_address(agency, text, level, year)
    if len(names) != 1:
        return None
    units = min(counts, key=len)
    return units[0] if len(units) == 1 else settle(units, text, {}, year)


def _of_address(agency: Agency, text: str, level: tuple[str, ...], year: int | None) -> Division | None:
    """The place at the head of the address that the report gives, if all its addresses lie in one such place."""
    found: set[Division] = set()
    for match in _ADDRESS.finditer(text):
        units = resolve(text[match.end() : match.end() + 30], year).divisions
        if len(units) != 1:
            continue
        unit: Division | None = units[0]
        while unit is not None and not (unit.level in level and (not agency.rank or unit.name.endswith(_rank(agency)))):
            unit = parent(unit, year)
        if unit is None:
            return None
        found.add(unit)
    return found.pop() if len(found) == 1 else None


def nearly(agency: Agency, text: str, hints: Mapping[str, str], year: int | None) -> Division | None:
    """The division whose name a slip has spoilt by one character ("沐阳县"), if the text proves which it is.

    The right name must be in the text, or the units above it must be.
    """
    match = _PLACE_LIKE.match(agency.name)
    if match is None:
        return None
    word = match[0]
    alike = [
        unit
        for name, rows in table().full.items()
        if len(name) == len(word) and name[-1] == word[-1] and sum(a != b for a, b in zip(name, word, strict=True)) == 1
        for unit in rows
        if unit.valid(year) and unit.level != "province"
    ]
    named = [unit for unit in alike if unit.name in text]
    if named:
        return named[0] if len(named) == 1 else None
    proven = [unit for unit in alike if sum(_weights(unit, text, hints, year).values()) >= _SLIP_PROOF]
    return proven[0] if len(proven) == 1 else None


def _rank(agency: Agency) -> tuple[str, ...]:
    return ("省", "自治区") if agency.rank == "省" else (agency.rank,)


def outer(text: str) -> Division | None:
    """The city (or municipality) whose area code the report prints, if it is one only."""
    codes = set(_AREA.findall(text))
    cities = [
        rows[-1]
        for rows in table().by_code.values()
        if rows[-1].level != "county" and rows[-1].valid_to is None and codes & set(rows[-1].area_codes)
    ]
    cities = [c for c in cities if not any(o is not c and within(o, c) for o in cities)]
    return cities[0] if len(cities) == 1 else None


def province_of(text: str) -> Division | None:
    """The province that document numbers and full names in the text point to, if it is one only."""
    codes = {_ABBREVIATION[a] for a in _NUMBER.findall(text)}
    codes |= {rows[0].code for name, rows in table().full.items() if rows[0].level == "province" and name in text}
    return table().by_code[codes.pop()][0] if len(codes) == 1 else None
