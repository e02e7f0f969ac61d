"""What rises and falls over the years, told to a person: which of all labels, on how many reports, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui import names

if TYPE_CHECKING:
    from index.records import TrendRow, Trends

MOST_APPARENT = 3
TEST = (
    "判定用的是各年占比的趋势检验（科克伦–阿米蒂奇检验，双侧），全部类别一起检验，误报控制在 5% 以内；"
    "没有判定为上升或下降的，高低可能是偶然。"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A label's share in the first and in the last year; ``z`` of the test where it is sure that there is a trend."""

    label: str
    first: TrendRow
    last: TrendRow
    z: float | None

    @property
    def points(self) -> float:
        """By how much the share changed, as a fraction of one."""
        return self.last.share - self.first.share

    @property
    def verdict(self) -> str:
        """“上升”, "下降", or that it cannot be told."""
        return "不能判定" if self.z is None else "上升" if self.z > 0 else "下降"


@dataclass(frozen=True, slots=True)
class Moves:
    """Every label's change, the greatest rise first.

    Attributes:
        changes: one a label.
        years: the known years; reports: how many reports they have together.
        undated: reports of unknown year.
        testable: there are years and reports enough for the test.
    """

    changes: tuple[Change, ...]
    years: tuple[str, ...]
    reports: int
    undated: int
    testable: bool

    @property
    def first(self) -> str:
        """The first year; "首" where there is none."""
        return self.years[0] if self.years else "首"

    @property
    def last(self) -> str:
        """The last year; "末" where there is none."""
        return self.years[-1] if self.years else "末"

    @property
    def sure(self) -> tuple[Change, ...]:
        """The labels with a sure trend, the surest first."""
        return tuple(sorted((one for one in self.changes if one.z is not None), key=lambda one: -abs(one.z or 0.0)))


def of(found: Trends) -> Moves:
    """What trends by year say of each label that they hold."""
    from index.insight import FEWEST_REPORTS, FEWEST_YEARS, UNKNOWN, moving

    counted = {row.group: row.reports for row in found.rows}
    undated = counted.pop(UNKNOWN, 0)
    years = tuple(sorted(counted))
    reports = sum(counted.values())
    rows: dict[str, dict[str, TrendRow]] = {}
    for row in found.rows:
        rows.setdefault(row.label, {})[row.group] = row
    sure = dict(moving(found.rows))
    changes = [Change(label, own[years[0]], own[years[-1]], sure.get(label)) for label, own in rows.items() if years]
    changes.sort(key=lambda one: (-one.points, one.label))
    testable = len(years) >= FEWEST_YEARS and reports >= FEWEST_REPORTS
    return Moves(tuple(changes), years, reports, undated, testable)


def lead(told: Moves, what: str) -> str:
    """One sentence: how many labels were tested on how much, and what came out; where nothing, why."""
    from index.insight import FEWEST_REPORTS, FEWEST_YEARS

    basis = f"{names.years(map(int, told.years)) or '年份不明'}共 {told.reports} 份报告、{len(told.changes)} 类{what}"
    if not told.testable:
        least = f"判定升降至少要 {FEWEST_YEARS} 个年份、{FEWEST_REPORTS} 份报告"
        return f"没有一类可以判定上升或下降：{basis}，太少了（{least}）。"
    if not told.sure:
        return f"没有一类可以判定上升或下降：{basis}逐一检验过，各年的高低都可能是偶然。"
    rising = sum(one.verdict == "上升" for one in told.sure)
    falling = len(told.sure) - rising
    parts = [f"{count} 类{word}" for count, word in ((rising, "上升"), (falling, "下降")) if count]
    left = len(told.changes) - len(told.sure)
    rest = f"，其余 {left} 类不能判定" if left else ""
    return f"{basis}逐一检验过：{'，'.join(parts)}{rest}。"


def apparent(told: Moves) -> list[str]:
    """Where nothing is sure: what grew most to the eye, with its numbers and the reservation."""
    if told.sure or len(told.years) < 2:
        return []
    grown = [one for one in told.changes if one.points > 0 and not one.label.startswith("other_")][:MOST_APPARENT]
    if not grown:
        return []
    listed = "；".join(map(_between, grown))
    return [f"只看首末两年，增加较多的是{listed}。这样的差别可能只是偶然，请不要据此下结论。"]


def _between(one: Change) -> str:
    return f"“{names.name('label', one.label)}”{_counted(one.first)} → {_counted(one.last)}"


def _counted(row: TrendRow) -> str:
    return f"{row.group}年 {row.stating}/{row.reports}份"


def table(told: Moves) -> tuple[list[str], list[tuple[str, ...]]]:
    """Head and rows: label, verdict (where there was a test), share in the first and the last year, the change."""
    head = ["类别", "判定", f"{told.first}年", f"{told.last}年", "增减（百分点）"]
    rows: list[tuple[str, ...]] = [
        (names.name("label", one.label), one.verdict, _share(one.first), _share(one.last), _points(one.points))
        for one in told.changes
    ]
    if told.testable:
        return head, rows
    return [head[0], *head[2:]], [(row[0], *row[2:]) for row in rows]


def _points(change: float) -> str:
    """“+12”; less than half a point is no change."""
    points = round(change * 100)
    return f"{points:+d}".replace("-", "−") if points else "持平"


def _share(row: TrendRow) -> str:
    return f"{row.share:.0%}（{row.stating}/{row.reports}）"
