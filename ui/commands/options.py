"""Options that commands share, and how a command opens its archive and prints its result."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index import Archive

Folder = Annotated[
    Path,
    typer.Option("--archive", metavar="文件夹", help="档案所在的文件夹", envvar="MINGJIAN_ARCHIVE", show_default=True),
]
HERE = Path("archive")
Json = Annotated[bool, typer.Option("--json", help="只输出一份 JSON，供程序读取")]
Count = Annotated[int, typer.Option("-k", metavar="条数", min=1, max=10_000, help="最多给出几条", show_default=True)]
Model = Annotated[str | None, typer.Option("--model", metavar="模型", help="语义模型的名称或文件夹，不写则用内置模型")]


def _each(field: str, metavar: str, help_text: str) -> Any:
    """An option that may repeat."""
    option = "--" + field.replace("_", "-")
    return Annotated[list[str] | None, typer.Option(option, metavar=metavar, help=help_text + "，可重复")]


FILTER_OPTIONS: dict[str, Any] = {
    "year": _each("year", "年份", "报告年份，如 2021 或 2019-2024"),
    "province": _each("province", "省份", "省份，如 浙江省"),
    "city": _each("city", "城市", "城市，如 宁波市"),
    "county": _each("county", "区县", "区县，如 北仑区"),
    "level": _each("level", "层级", "层级：national province city county township，或 省级 市级 县级"),
    "agency_type": _each("agency_type", "类型", "单位类型，如 emergency 或 应急管理"),
    "kind": _each("kind", "种类", "problem 问题、measure 改进措施、passage 正文段落"),
    "label": _each("label", "标签", "标签编号，如 staff_capacity"),
    "form": _each("form", "表式", "2019、2021 或 free"),
    "scope": _each("scope", "口径", "agency 单个单位、government 整个政府汇总"),
    "not_year": _each("not_year", "年份", "不要这些年份"),
    "not_province": _each("not_province", "省份", "不要这些省份"),
    "not_city": _each("not_city", "城市", "不要这些城市"),
    "not_county": _each("not_county", "区县", "不要这些区县"),
    "not_level": _each("not_level", "层级", "不要这些层级"),
    "not_agency_type": _each("not_agency_type", "类型", "不要这些类型的单位"),
}


def usage(message: str) -> typer.BadParameter:
    """A usage error (exit code 2) with a Chinese message."""
    return typer.BadParameter(message)


def checked_filters(given: dict[str, Sequence[str] | None]) -> dict[str, Any]:
    """Filter values as Archive takes them; names become ids, spans of years become years.

    Raises:
        typer.BadParameter: a value that the field cannot have.
    """
    from index.filters import make_filter

    try:
        return make_filter(**{name: values for name, values in given.items() if values}).to_dict()
    except MingjianError as error:
        raise usage(str(error)) from None


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the filter options; it receives them checked, as the keyword ``filters``."""
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "filters"]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in FILTER_OPTIONS.items()
    ]

    @functools.wraps(command)
    def run(**options: Any) -> None:
        filters = checked_filters({name: options.pop(name) for name in FILTER_OPTIONS})
        command(**options, filters=filters)

    signature = inspect.Signature([p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + extra)
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    del run.__dict__["__wrapped__"]  # Typer must read this signature, not the wrapped one
    return run


def existing(folder: Path) -> Archive:
    """Open an archive that must be there.

    Raises:
        MingjianError: there is none; the message says how to make one.
    """
    if not any((folder / name).exists() for name in ("store.sqlite3", "store.toml", "manifest.json")):
        raise MingjianError(f"{folder} 里还没有档案，请先运行：mingjian add 报告所在文件夹 --archive {folder}")
    from index import Archive

    return Archive.open(folder, create=False)


def tell(line: str) -> None:
    """A message or progress, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """A result, on stdout."""
    sys.stdout.write(text + "\n")


def put_json(value: Any) -> None:
    """One JSON document on stdout."""
    put(json.dumps(value, ensure_ascii=False, indent=2))


def fail() -> None:
    """End with exit code 1; what failed has been named."""
    raise typer.Exit(1)
