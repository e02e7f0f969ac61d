"""A result list on its way into a file: columns, rows, and what the reader must know about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.filters import FORMS, LEVELS, SCOPES, agency_types

Value = str | int | float | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full-width ones run in some locales


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` is the field's name in every format; ``name`` the Chinese heading; width in characters."""

    key: str
    name: str
    width: int = 12


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows to be written.

    Attributes:
        title: Chinese, without the characters that Excel forbids in sheet names.
        filters: what was applied, name → values; printed in the file.
        notes: definitions and caveats, (term, explanation).
        document: the complete JSON form, where it says more than the rows.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    filters: Mapping[str, Any]
    notes: tuple[tuple[str, str], ...] = ()
    document: Any = None

    def filter_line(self) -> str:
        """The filters as one Chinese line."""
        return describe_filters(self.filters)


FILTER_NAMES = {
    "year": "年份",
    "province": "省份",
    "city": "城市",
    "county": "区县",
    "level": "层级",
    "agency_type": "单位类型",
    "kind": "类别",
    "label": "标签",
    "form": "表式",
    "scope": "口径",
    "agency": "单位",
    "report": "报告",
    "not_province": "不含省份",
    "not_city": "不含城市",
    "not_county": "不含区县",
    "not_level": "不含层级",
    "not_agency_type": "不含单位类型",
    "not_year": "不含年份",
    "unanswered": "只看没有对应措施的问题",
    "query": "检索词",
}


def describe_filters(filters: Mapping[str, Any]) -> str:
    """“年份：2021、2022；省份：浙江省”, or “全部” where nothing restricts."""
    parts = []
    for key, value in filters.items():
        if value in (None, "", False) or (isinstance(value, Sequence) and not value):
            continue
        values = [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
        shown = "是" if value is True else "、".join(str(v) for v in values)
        parts.append(f"{FILTER_NAMES.get(key, key)}：{shown}")
    return "；".join(parts) or "全部"


def plain(value: Any) -> Value:
    """A cell's value: lists joined by 、, truth as 是/否, everything else as it is."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return "、".join(str(v) for v in value)
    return str(value)


def group_name(by: str | None, value: str) -> str:
    """A group of rows in words; where rows are not grouped (one a report) the value stays."""
    if by is None:
        return value
    coded = {"level": LEVELS, "form": FORMS, "scope": SCOPES}
    known = agency_types() if by == "agency_type" else coded.get(by, {})
    return {"all": "全部", "unknown": "不明"}.get(value) or known.get(value, value)


def harmless(value: Value) -> Value:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value
