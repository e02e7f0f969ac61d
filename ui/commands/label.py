"""Commands with which people label: label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.errors import MingjianError
from ui import render
from ui.commands.options import HERE, Count, Folder, Json, existing, put, put_json, usage

if TYPE_CHECKING:
    from index import Archive

Statement = Annotated[
    str | None, typer.Argument(metavar="句子编号", help="检索结果里的编号；只写编号则看它的标签和依据")
]
Add = Annotated[list[str] | None, typer.Option("--add", metavar="标签", help="加上标签（编号或中文名），可重复")]
Remove = Annotated[list[str] | None, typer.Option("--remove", metavar="标签", help="去掉标签（编号或中文名），可重复")]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="种类", help="改种类：problem 问题、measure 措施、none 都不是")
]
By = Annotated[str | None, typer.Option("--by", metavar="署名", help="谁改的，默认是本机账户名")]
Listing = Annotated[bool, typer.Option("--list", help="列出人工标注；写了句子编号则只列这一句的")]
Undo = Annotated[
    list[int] | None, typer.Option("--undo", metavar="编号", help="撤销一次人工标注（--list 第一列），可重复")
]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="文件", help="把改过的句子导出成标注语料，扩展名为 .jsonl")
]
Uncertain = Annotated[bool, typer.Option("--uncertain", help="列出机器最没把握、还没有人看过的句子（条数用 -k）")]


def label(
    statement: Statement = None,
    add: Add = None,
    remove: Remove = None,
    kind: Kind = None,
    by: By = None,
    listing: Listing = False,
    undo: Undo = None,
    target: Export = None,
    uncertain: Uncertain = False,
    k: Count = 10,
    archive: Folder = HERE,
    json: Json = False,
) -> None:
    """Correct labels and kinds, list and undo corrections, export them."""
    changes = _checked(add or [], remove or [], kind, by)
    tasks = [bool(changes), listing, bool(undo), target is not None, uncertain]
    if sum(tasks) > 1:
        raise usage("改标签、--list、--undo、--export、--uncertain 一次只能做一样")
    if statement is None and not any(tasks[1:]):
        raise usage("请给出句子编号，或用 --list、--undo、--export、--uncertain")
    if statement is not None and any(tasks[2:]):
        raise usage("--undo、--export、--uncertain 不用写句子编号")
    if by and not changes:
        raise usage("--by 要和 --add、--remove 或 --kind 一起用")
    if target is not None and target.suffix.lower() != ".jsonl":
        raise usage(f"不认识扩展名“{target.suffix}”，可用：.jsonl")
    with existing(archive) as opened:
        if listing:
            _list(opened, statement, json)
        elif undo:
            _undo(opened, undo, json)
        elif target is not None:
            _export(opened, target, json)
        elif uncertain:
            _uncertain(opened, k, json)
        elif statement is not None:
            found = opened.label(statement, **changes, by=by) if changes else opened.labelled(statement)
            _show(found.to_dict(), json, render.labelled(found))


def _checked(add: list[str], remove: list[str], kind: str | None, by: str | None) -> dict[str, Any]:
    """What is to be changed, names as ids; empty where nothing is.

    Raises:
        typer.BadParameter: an unknown label or kind.
    """
    from index.labelnames import find_kind, find_label, signed

    try:
        signed(by)
        out: dict[str, Any] = {"add": [find_label(one) for one in add], "remove": [find_label(one) for one in remove]}
        if kind is not None:
            out["kind"] = find_kind(kind)
    except MingjianError as error:
        raise usage(str(error)) from None
    return {name: value for name, value in out.items() if value}


def _show(document: Any, json: bool, text: str) -> None:
    if json:
        put_json(document)
    else:
        put(text)


def _list(archive: Archive, statement: str | None, json: bool) -> None:
    found = archive.corrections(statement)
    _show([one.to_dict() for one in found], json, render.corrections(found))


def _undo(archive: Archive, numbers: list[int], json: bool) -> None:
    gone = archive.undo(*numbers)
    _show(
        {"undone": [one.to_dict() for one in gone]}, json, f"已撤销 {len(gone)} 处人工标注\n{render.corrections(gone)}"
    )


def _export(archive: Archive, target: Path, json: bool) -> None:
    rows = archive.export_labels(target)
    _show({"path": str(target), "rows": rows}, json, f"已写入 {target}，共 {rows} 句")


def _uncertain(archive: Archive, k: int, json: bool) -> None:
    found = archive.uncertain(k)
    text = "\n\n".join(render.labelled(one) for one in found) or "没有待看的句子。"
    _show([one.to_dict() for one in found], json, text)
