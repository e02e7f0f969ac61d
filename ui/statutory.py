"""The statutory tables of a report as HTML, in the layout of the form."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ui import names
from ui.markup import safe

Table = Mapping[str, Mapping[str, Any]]


@cache
def layout() -> dict[str, Any]:
    """Rows and columns of the forms."""
    return tomllib.loads(files("ui").joinpath("forms.toml").read_text(encoding="utf-8"))


def _value(value: Any) -> str:
    """A cell: a figure, or "无数据" for what is blank, unreadable or not applicable."""
    if value is None:
        return f'<td class="mj-none">{names.NO_DATA}</td>'
    return f'<td class="mj-number">{safe(names.number(value))}</td>'


def _head(text: object, scope: str, span: int = 1, rows: int = 1) -> str:
    wide = (f' colspan="{span}"' if span > 1 else "") + (f' rowspan="{rows}"' if rows > 1 else "")
    return f'<th scope="{scope}"{wide}>{safe(text)}</th>'


def _wrap(rows: Iterable[str], caption: str) -> str:
    inner = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="mj-scroll" tabindex="0" role="region" aria-label="{safe(caption)}">'
        f'<table class="mj-table mj-form">{inner}</table></div>'
    )


def disclosure(table: Table, form: str) -> str:
    """Part two: what was disclosed on the agency's own motion."""
    rows: list[str] = []
    blocks: Sequence[Mapping[str, Any]] = layout()["disclosure"].get(form, ())
    widest = max((len(block["columns"]) for block in blocks), default=0)
    for block in blocks:
        rows.append(_head(block["title"], "colgroup", widest + 1))
        columns: Sequence[Sequence[str]] = block["columns"]
        spans = _spans(len(columns), widest)
        heads = [_head(label, "col", span) for (_, label), span in zip(columns, spans, strict=True)]
        rows.append(_head(block["head"], "col") + "".join(heads))
        for key, label in block["rows"]:
            cells = [
                _value((table.get(key) or {}).get(column)).replace("<td", f'<td colspan="{span}"', 1)
                for (column, _), span in zip(columns, spans, strict=True)
            ]
            rows.append(_head(label, "row") + "".join(cells))
    return _wrap(rows, "主动公开政府信息情况")


def _spans(columns: int, widest: int) -> list[int]:
    """How many of the widest block's columns each column of a block covers."""
    return [*([1] * (columns - 1)), widest - columns + 1]


def applications(table: Table) -> str:
    """Part three: requests received and what became of them."""
    form = layout()["applications"]
    columns: Sequence[Sequence[str]] = form["columns"]
    rows = [
        _head("本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和", "col", 3, 3)
        + _head("申请人情况", "colgroup", len(columns)),
        _head("自然人", "col", 1, 2) + _head("法人或其他组织", "colgroup", 5) + _head("总计", "col", 1, 2),
        "".join(_head(label, "col") for _, label in columns[1:-1]),
    ]
    present = [row for row in form["rows"] if row[0] in table]
    for index, (key, part, sub, label) in enumerate(present):
        lead = _part(present, index, 1) + _part(present, index, 2)
        name = _head(label, "row", 3 - bool(part) - bool(sub))
        cells = "".join(_value((table[key] or {}).get(column)) for column, _ in columns)
        rows.append(lead + name + cells)
    return _wrap(rows, "收到和处理政府信息公开申请情况")


def _part(rows: Sequence[Sequence[str]], index: int, level: int) -> str:
    """The head of the part that starts at a row, over all its rows; empty where none starts."""
    part, end = rows[index][level], index
    if not part or (index and rows[index - 1][level] == part):
        return ""
    while end < len(rows) and rows[end][level] == part:
        end += 1
    return _head(part, "rowgroup", 1, end - index)


def review(table: Table) -> str:
    """Part four: administrative review and litigation."""
    form = layout()["review"]
    columns: Sequence[Sequence[str]] = form["columns"]
    blocks: Sequence[Sequence[str]] = form["blocks"]
    rows = [
        "".join(_head(label, "colgroup", len(columns)) for _, label in blocks),
        "".join(_head(label, "col") for _ in blocks for _, label in columns),
        "".join(_value((table.get(block) or {}).get(column)) for block, _ in blocks for column, _ in columns),
    ]
    return _wrap(rows, "行政复议、行政诉讼情况")
