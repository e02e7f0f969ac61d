"""Commands that lay reports beside one another: compare, together, agency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui import names, render_groups
from ui.commands.options import (
    FILTER_OPTIONS,
    HERE,
    Folder,
    Json,
    checked_filters,
    existing,
    filtered,
    put,
    put_json,
    usage,
)

if TYPE_CHECKING:
    from index.histories import Reuse

Left = Annotated[
    list[str] | None,
    typer.Option("--left", metavar="条件", help="左组的条件，如 单位类型=应急 或 year=2021-2023，可重复"),
]
Right = Annotated[
    list[str] | None, typer.Option("--right", metavar="条件", help="右组的条件，写法同上；不写则为全部报告")
]
Name = Annotated[str, typer.Argument(metavar="名称", help="单位名称（可只写一部分），或它的一份报告的编号")]


def side(conditions: Sequence[str] | None, common: dict[str, Any]) -> dict[str, Any]:
    """The filter of one group: its own conditions, then those that both groups share.

    Args:
        conditions: each "field=value", the field by id, option name or Chinese name; several values with commas.
        common: filters that hold for both groups, checked.

    Raises:
        typer.BadParameter: not of this form, no such field, a value that the field cannot have.
    """
    known = {names.name("field", field): field for field in FILTER_OPTIONS} | {field: field for field in FILTER_OPTIONS}
    given: dict[str, Sequence[str] | None] = {}
    for condition in conditions or ():
        name, mark, value = condition.replace("＝", "=").partition("=")
        field = known.get(name.strip().lstrip("-").replace("-", "_"))
        if not mark or not value.strip() or field is None:
            listed = "、".join(f"{names.name('field', one)}（{one}）" for one in FILTER_OPTIONS)
            raise usage(f"“{condition}”看不懂，请写成 条件=值，如 单位类型=应急；可用的条件：{listed}")
        given[field] = [*(given.get(field) or ()), value.strip()]
    return common | checked_filters(given)


@filtered
def compare(
    left: Left = None, right: Right = None, archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]
) -> None:
    """Lay two groups side by side; the common filters hold for both."""
    if not left:
        raise usage("请用 --left 写出左组的条件，如 --left 单位类型=应急 --right 单位类型=教育")
    one, other = side(left, filters), side(right, filters)
    with existing(archive) as opened:
        found = opened.compare(one, other)
    if json:
        put_json(found.to_dict())
    else:
        put(render_groups.comparison(found))


@filtered
def together(archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell which labels go together and what answers what."""
    with existing(archive) as opened:
        found = opened.together(**filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render_groups.together(found))


def agency(name: Name, archive: Folder = HERE, json: Json = False) -> None:
    """Tell one agency's years."""
    with existing(archive) as opened:
        found = opened.agency(name)
    if json:
        put_json(found.to_dict())
    else:
        put(render_groups.history(found))


def show_reuse(found: Sequence[Reuse], json: bool) -> None:
    """What was taken from where."""
    if json:
        put_json([one.to_dict() for one in found])
    else:
        put(render_groups.reuse(found))
