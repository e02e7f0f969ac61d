"""How a statistic is computed, in the words that stand on the statutory tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nlp import forms

TOTAL = "total"
OWN = {"fee_charged_yuan": "报告写明的信息处理费"}


def formula(top: Sequence[str], over: Sequence[str] = (), alt: Sequence[str] = ()) -> str:
    """The formula of a measure.

    Args:
        top: paths of the cells that are added.
        over: paths of the denominator; none for a plain sum.
        alt: the cells of another form that stand for the first where it has none of them.

    Returns:
        Chinese, e.g. “（一）予以公开 ÷ （七）总计”.
    """
    shown = _sum(top)
    if over:
        shown = f"{_bracketed(top)} ÷ {_bracketed(over)}"
    return f"{shown}（另一表式取：{_sum(alt)}）" if alt else shown


def _bracketed(paths: Sequence[str]) -> str:
    return f"[{_sum(paths)}]" if len(paths) > 1 else _sum(paths)


def _sum(paths: Sequence[str]) -> str:
    return " + ".join(cell(path) for path in paths)


@cache
def cell(path: str) -> str:
    """A cell by the labels of its row and column; the column 总计 goes without saying.

    Raises:
        KeyError: no form has such a cell.
    """
    if path in OWN:
        return OWN[path]
    table, row, column = path.split(".")
    name, columns = _rows(table)[row]
    return name if column == TOTAL and table == "applications" else f"{name}·{columns[column]}"


@cache
def _rows(table: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Row key → its name and its columns, over both forms."""
    if table == "review":
        blocks, outcomes = forms.review_axes()
        return {block.key: (block.name, {one.key: one.name for one in outcomes}) for block in blocks}
    if table == "applications":
        rows = forms.application_rows()
    else:
        rows = (*forms.form("2019").disclosure, *forms.form("2021").disclosure)
    out: dict[str, tuple[str, dict[str, str]]] = {}
    for row in rows:
        name, columns = out.get(row.key, (row.name, {}))
        out[row.key] = (name, columns | {column.key: column.name for column in row.columns})
    return out
