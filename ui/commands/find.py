"""Commands that find sentences: search, similar, solutions, tag."""

from __future__ import annotations

import json as jsons
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.errors import MingjianError
from ui import asked, render
from ui.commands.options import (
    FILTER_OPTIONS,
    HERE,
    Count,
    Folder,
    Json,
    checked_filters,
    existing,
    fail,
    filtered,
    put,
    put_json,
    tell,
    usage,
)
from ui.state import filter_from

if TYPE_CHECKING:
    from index import Archive
    from index.records import AskedStatistics

Query = Annotated[str | None, typer.Argument(metavar="检索词", help="想找的意思，一句话也行")]
Queries = Annotated[
    Path | None, typer.Option("--queries", metavar="文件", help="一次查许多条：每行一个 JSON，含 id、query 和筛选条件")
]
Saved = Annotated[str | None, typer.Option("--saved", metavar="名称", help="用网页上收藏的检索；另给的筛选条件优先")]
Statement = Annotated[str | None, typer.Argument(metavar="句子编号", help="检索结果里的编号")]
Text = Annotated[str | None, typer.Option("--text", metavar="文字", help="直接给出一句话，代替编号")]
Problem = Annotated[
    str | None,
    typer.Argument(metavar="问题", help="一句话描述问题，或检索结果里的句子编号；不写则看 --label 给出的这一类问题"),
]
Lines = Annotated[Path, typer.Argument(metavar="文件", help="每行一个 JSON：text，可有 kind")]


@filtered
def search(
    query: Query = None,
    queries: Queries = None,
    saved: Saved = None,
    k: Count = 10,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Find statements and passages."""
    if sum(one is not None for one in (query, queries, saved)) != 1:
        raise usage("请给出检索词，或用 --queries 给出文件，或用 --saved 给出收藏的名称（三者取一）")
    if query is not None and not query.strip():
        raise usage("检索词是空的")
    with existing(archive) as opened:
        if saved is not None:
            kept = opened.saved_search(saved)
            query, filters = kept.query, {**filter_from(kept.params).to_dict(), **filters}
        if queries is not None:
            if not many(opened, queries, k, filters):
                fail()
            return
        found = opened.search(query or "", k=k, **filters)
        if json:
            put_json(found.to_dict())
            return
        if found.statistics:
            put(figures(opened, found.statistics, archive))
    if found.note:
        put(found.note)
    if found.hits or not found.statistics:
        put(render.answer(found))


def figures(archive: Archive, wanted: AskedStatistics, folder: Path) -> str:
    """The first rows of the tables that a query asks for, each with the command that gives all."""
    lines = []
    for table, count in asked.tables(archive, wanted):
        lines.append(f"统计：{asked.title(table, wanted)}")
        if used := render.filters(wanted.filter):
            lines.append(f"筛选：{used}")
        lines.append(render.statistics(table))
        more = f"共 {count} 行，" if count > len(table.rows) else ""
        whole = asked.command(wanted, table.measures[0].id, None if folder == HERE else folder)
        lines.append(f"{more}完整统计：{whole}\n")
    return "\n".join(lines)


def many(archive: Archive, path: Path, k: int, filters: dict[str, Any]) -> bool:
    """Answer each line of a file of queries on a line of its own; False where some line failed."""
    fine = True
    for number, line in json_lines(path):
        try:
            wanted = request(line)
            asked = {"id": wanted["id"], "query": wanted["query"], "k": wanted["k"] or k}
            # one at a time: a line that is wrong stops none of the others
            ((name, found),) = archive.search_many([asked | checked_filters(wanted["filters"])], **filters)
        except (MingjianError, typer.BadParameter, ValueError) as error:
            fine = False
            tell(f"{path} 第 {number} 行：{getattr(error, 'message', error)}")
            continue
        put(jsons.dumps({"id": name, **found.to_dict()}, ensure_ascii=False))
    return fine


def json_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that hold something, with their numbers from 1."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MingjianError(f"{path}：不是 UTF-8 编码的文本") from None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def json_object(line: str) -> dict[str, Any]:
    """One line's object.

    Raises:
        ValueError: the line is no JSON object; the message is Chinese.
    """
    try:
        value = jsons.loads(line)
    except ValueError:
        raise ValueError("不是正确的 JSON") from None
    if not isinstance(value, dict):
        raise ValueError("应当是一个 JSON 对象")
    return value


def request(line: str) -> dict[str, Any]:
    """What a line of a queries file asks for: id, query, k (or None) and its filters as lists of text."""
    value = json_object(line)
    query, k = value.get("query"), value.get("k")
    if not isinstance(query, str) or not query.strip():
        raise ValueError("缺少 query（检索词）")
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or k < 1):
        raise ValueError("k 应当是正整数")
    inside = value.get("filters")
    given = {**(inside if isinstance(inside, dict) else {}), **value}
    filters = {
        name: [str(item) for item in (given[name] if isinstance(given[name], list) else [given[name]])]
        for name in FILTER_OPTIONS
        if given.get(name) is not None
    }
    return {"id": value.get("id"), "query": query, "k": k, "filters": filters}


@filtered
def similar(
    statement: Statement = None,
    text: Text = None,
    k: Count = 10,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Find statements that say the same elsewhere."""
    if (statement is None) == (text is None):
        raise usage("请给出句子编号，或用 --text 给出一句话（二者取一）")
    with existing(archive) as opened:
        found = opened.similar(statement, text=text, k=k, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.answer(found))


@filtered
def solutions(
    problem: Problem = None,
    k: Count = 10,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Find measures that others took against such a problem, or against all problems of a label."""
    if not (problem or "").strip() and len(filters.get("label", ())) != 1:
        raise usage("请写出问题，或用 --label 给出一类问题")
    with existing(archive) as opened:
        found = opened.solutions(problem or "", k=k, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.solutions(found))


def tag(file: Lines) -> None:
    """Label given sentences, a line in, a line out."""
    from nlp.labelling import default_labeller, kind_of

    rows: list[tuple[str, str]] = []
    fine = True
    for number, line in json_lines(file):
        try:
            text, kind = sentence(line)
        except ValueError as error:
            fine = False
            tell(f"{file} 第 {number} 行：{error}")
            continue
        rows.append((text, kind or kind_of(text)))
    stated = [row for row in rows if row[1] != "none"]
    found = iter(default_labeller().label_many(stated))
    for text, kind in rows:
        labels = [] if kind == "none" else [{"id": one.id, "score": round(one.score, 4)} for one in next(found)]
        put(jsons.dumps({"text": text, "kind": kind, "labels": labels}, ensure_ascii=False))
    if not fine:
        fail()


def sentence(line: str) -> tuple[str, str | None]:
    """The text of a line and its kind where it is given."""
    value = json_object(line)
    text, kind = value.get("text"), value.get("kind")
    if not isinstance(text, str):
        raise ValueError("缺少 text（句子）")
    if kind not in (None, "", "problem", "measure", "none"):
        raise ValueError("kind 只能是 problem、measure 或不写")
    return text, kind or None
