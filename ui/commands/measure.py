"""Commands that measure and train: evaluate, train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import render
from ui.commands.options import HERE, Folder, Json, existing, put, put_json, usage

What = Annotated[str, typer.Argument(metavar="对象", help="parse 解析、labels 标签，或 search 检索")]
Given = Annotated[
    list[Path], typer.Argument(metavar="路径", help="parse：带人工核对结果的文件夹；labels：标注文件；search：判定文件")
]
if TYPE_CHECKING:
    from index.judging import SearchEvaluation

SHOWN = 5  # differences shown of each file


Other = Annotated[
    str | None, typer.Option("--model", metavar="模型", help="search：同时用另一个模型（名称或文件夹）评测，作比较")
]


def evaluate(what: What, path: Given, model: Other = None, archive: Folder = HERE, json: Json = False) -> None:
    """Hold results against gold."""
    if model is not None and what != "search":
        raise usage("--model 只用于 evaluate search")
    if what == "parse":
        _parse(path, json)
    elif what == "labels":
        _labels(path, json)
    elif what == "search":
        _search(path, archive, model, json)
    else:
        raise usage(f"不能评测“{what}”，可用：parse、labels、search")


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
        f"标签 F1：按次 {found.quality.micro_f1:.2%}，按标签平均 {found.quality.macro_f1:.2%}"
    ]
    lines += [
        f"{name(one.label)}：F1 {one.f1:.2%}（应有 {one.support}，给出 {one.found}，相符 {one.both}）"
        for one in found.quality.labels
    ]
    put("\n".join(lines))


RANKERS = {"bm25": "仅字词", "dense": "仅语义", "hybrid": "两者合并", "reranked": "合并后重排"}


def _search(paths: list[Path], folder: Path, model: str | None, json: bool) -> None:
    from index.judging import evaluate_search, in_another_model, read_judgments

    judgments = [judgment for path in paths for judgment in read_judgments(path)]
    with existing(folder) as archive:
        found = {"": evaluate_search(archive, judgments)}
        if model is not None:
            with in_another_model(archive, model) as copy:
                found[model] = evaluate_search(copy, judgments)
    if json:
        other = {"model": model, "other": found[model].to_dict()} if model is not None else {}
        put_json(found[""].to_dict() | other)
        return
    put("\n\n".join(_shown(one, name) for name, one in found.items()))


def _shown(found: SearchEvaluation, model: str) -> str:
    """The figures of one model, style by style; "" is the archive's own."""
    lines = [f"模型 {model}：" if model else ""]
    lines.append(f"共 {found.queries} 条查询；{found.unjudgeable} 条在这个档案里没有可判定的语句，未计")
    for ranker, name in RANKERS.items():
        lines.append(f"{name}：")
        for measure, figures in (("nDCG@10", found.ndcg), ("recall@10", found.recall), ("MRR", found.mrr)):
            lines.append(f"  {measure:<9} " + _styles(figures[ranker]))
    lines.append("无相关内容的辨别：")
    lines.append("  AUC       " + _styles({"all": found.auc, **found.aucs}))
    lines.append(f"  误拒 {found.refused:.1%}，误放 {found.let_through:.1%}")
    return "\n".join(line for line in lines if line)


def _styles(figures: Mapping[str, float]) -> str:
    return "，".join(f"{style} {value:.3f}" for style, value in figures.items())


Further = Annotated[list[Path] | None, typer.Argument(metavar="[标注文件]…", help="另加的标注语料（.jsonl），可以不写")]
Out = Annotated[Path | None, typer.Option("--out", metavar="文件夹", help="只训练，把模型写到这个文件夹，不动档案")]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="作者", help="不用这位作者的标注（留作检验），可重复")
]


def train(
    further: Further = None, out: Out = None, without: Without = None, archive: Folder = HERE, json: Json = False
) -> None:
    """Train the labeller: for an archive, with what people corrected there, or into a folder."""
    for path in further or []:
        if not path.is_file():
            raise usage(f"{path}：文件不存在")
    if out is not None:
        from index.teaching import train as teach

        found = teach(out, further=further or [], without=without or [])
    elif without:
        raise usage("--without 要和 --out 一起用")
    else:
        with existing(archive) as opened:
            found = opened.train([*(further or [])])
    if json:
        put_json(found.to_dict())
    else:
        put(render.training(found))
