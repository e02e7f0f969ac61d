"""Title lines, signature and file name of a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from corpora.sample.builder.bank import Agency
from corpora.sample.builder.dice import Dice

# Forms of the title as found in the field, by weight.
KINDS = {"one": 38, "two": 24, "year_first": 12, "spaced": 6, "wide": 3, "twice": 4, "short": 6, "none": 4}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Front:
    """What stands before and after the text.

    ``title`` in one line, ``lines`` as printed (none where the report has no title), ``raw`` the agency as the title
    gives it; ``must_name``: the title lacks the place, so that the preface has to give the whole name.
    """

    title: str
    lines: tuple[str, ...]
    raw: str
    must_name: bool
    signature: tuple[str, ...]
    date: str


def _short(agency: Agency) -> str:
    """The name without its place: 县教育局, 镇人民政府."""
    if agency.level == "township":
        return agency.name.removeprefix(agency.county or "")
    if agency.type == "tax" or not agency.county:
        return agency.name
    return agency.county[-1] + agency.name.split(agency.county)[-1]


def _signature(agency: Agency, year: int, dice: Dice) -> tuple[tuple[str, ...], str]:
    month = dice.choice([2, 3, 3]) if agency.scope == "government" else dice.choice([1, 1, 1, 2])
    day = date(year + 1, month, dice.between(6, 28))
    printed = f"{day.year}年{day.month}月{day.day}日"
    lines = dice.weighted([(agency.name, printed), (printed,), ()], [55, 15, 30])
    return lines, day.isoformat()


def front(agency: Agency, year: int, dice: Dice) -> Front:
    """Choose a title form, as found in the field."""
    signature, day = _signature(agency, year, dice)
    kind = dice.weighted(
        ["one", "two", "year_first", "spaced", "wide", "twice", "short", "none"], [38, 24, 12, 6, 3, 4, 6, 4]
    )
    if kind in {"short", "none"} and agency.scope == "government":
        kind = "two"
    raw = _short(agency) if kind == "short" else agency.name
    words = dice.choice(["年政府信息公开工作年度报告"] * 3 + ["年度政府信息公开工作年度报告", "年政府信息公开年度报告"])
    title = f"{raw}{year}{words}"
    lines: tuple[str, ...] = (title,)
    if kind == "two":
        lines = (raw, f"{year}{words}")
    elif kind == "year_first":
        title = f"{year}年{raw}政府信息公开工作年度报告"
        lines = (title,)
    elif kind == "spaced":
        title = f"{raw} {year} {words}"
        lines = (title,)
    elif kind == "wide":
        title = f"{raw}{str(year).translate(FULL_WIDTH)}{words}"
        lines = (title,)
    elif kind == "twice":
        lines = (title, title)
    elif kind == "none":
        lines = ()
    return Front(title, lines, raw, raw != agency.name, signature, day)


def file_stem(agency: Agency, year: int, dice: Dice) -> str:
    """A file name as people and web sites give them, without its extension."""
    serial = dice.between(100000, 999999)
    name = agency.name
    return dice.weighted(
        [
            f"{name}{year}年政府信息公开工作年度报告",
            f"{year}年度_{name}_信息公开年报",
            f"{name}{year}",
            f"{agency.code or '000000'}_{year}_{serial % 1000:03d}",
            f"{year}年政府信息公开年报（{name}）",
            f"P0{year + 1}01{dice.between(10, 30)}{serial}",
            f"t{year + 1}01{dice.between(10, 30)}_{serial}",
            f"{_short(agency)}{year}年度报告",
            f"art_{serial % 10000}_{serial}",
        ],
        [30, 12, 14, 8, 10, 6, 8, 8, 4],
    )
