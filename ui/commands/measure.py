"""Commands that measure: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import Json, put, put_json, usage

What = Annotated[str, typer.Argument(metavar="对象", help="parse 解析，或 labels 标签")]
Given = Annotated[
    list[Path], typer.Argument(metavar="路径", help="parse：带人工核对结果的文件夹；labels：标注文件 .jsonl")
]
SHOWN = 5  # differences shown of each file


def evaluate(what: What, path: Given, json: Json = False) -> None:
    """Hold results against gold."""
    if what == "parse":
        _parse(path, json)
    elif what == "labels":
        _labels(path, json)
    else:
        raise usage(f"不能评测“{what}”，可用：parse、labels")


def _parse(paths: list[Path], json: bool) -> None:
    from index.evaluate import evaluate_parse

    for folder in paths:
        found = evaluate_parse(folder)
        if json:
            put_json(found.to_dict())
            continue
        lines = []
        for name, scores in found.files:
            lines.append(f"{name}：单元格 {scores.cells.share:.2%}，陈述 {scores.statements.f1:.2%}")
            lines += [f"    {error}" for error in scores.errors[:SHOWN]]
        lines += [f"读不了：{line}" for line in found.unread]
        total = found.total
        lines += [
            "",
            f"共 {len(found.files)} 份，读不了 {len(found.unread)} 份",
            f"单元格 {total.cells.share:.2%}（{total.cells.right}/{total.cells.total}）",
            f"部分 {total.sections.share:.2%}（{total.sections.right}/{total.sections.total}）",
            f"单位、年份等 {total.metadata.share:.2%}（{total.metadata.right}/{total.metadata.total}）",
            f"核对结论 {total.checks.share:.2%}（{total.checks.right}/{total.checks.total}）",
            f"陈述边界 F1 {total.statements.f1:.2%}，种类 {total.kinds.share:.2%}，标签 F1 {total.labels.f1:.2%}",
        ]
        put("\n".join(lines))


def _labels(paths: list[Path], json: bool) -> None:
    from index.evaluate import evaluate_labels
    from nlp.taxonomy import Taxonomy

    found = evaluate_labels(paths)
    if json:
        put_json(found.to_dict())
        return
    name = Taxonomy.load().name
    lines = [
        f"共 {found.sentences} 句；种类准确率 {found.kinds.share:.2%}；"
        f"标签 F1：按次 {found.labels.f1:.2%}，按标签平均 {found.macro_f1:.2%}"
    ]
    lines += [
        f"{name(label)}：F1 {m.f1:.2%}（应有 {m.wanted}，给出 {m.found}，相符 {m.common}）"
        for label, m in found.by_label.items()
        if m.wanted or m.found
    ]
    put("\n".join(lines))
