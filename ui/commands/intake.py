"""Commands that bring reports in and keep the archive whole: add, parse, remove, info, verify, rebuild."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.errors import MingjianError
from ui import logs, render
from ui.commands.options import HERE, Folder, Json, Model, existing, fail, put, put_json, tell

if TYPE_CHECKING:
    from index.records import AddResult

Paths = Annotated[
    list[str], typer.Argument(metavar="文件或文件夹…", help="报告文件，或装着报告的文件夹（含下级文件夹）")
]
Workers = Annotated[
    int, typer.Option("--workers", metavar="个数", min=1, max=64, help="同时读几份文件", show_default=True)
]
MoveTo = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="数据库地址", help="先把档案的数据移到这个 PostgreSQL：postgresql://用户@主机/数据库"
    ),
]
Place = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="数据库地址",
        help="新档案的数据放在哪个 PostgreSQL：postgresql://用户@主机/数据库，不写则放在档案文件夹里",
    ),
]
ReportId = Annotated[str, typer.Argument(metavar="报告编号", help="mingjian list 第一列")]
Index = Annotated[
    str | None,
    typer.Option("--index", metavar="位置", help="索引放在哪里：local 本机，或 milvus+http://主机:19530/集合名"),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="地址", help="由 Dask 集群读文件，如 tcp://主机:8786（需 mingjian[cluster]）"),
]
WIDE = 60
TOLD = 100  # without a terminal progress is told every so many files


class Progress:
    """Progress of a long ``add`` on stderr: one changing line on a terminal, failures always on their own."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()

    def __call__(self, result: AddResult, done: int, total: int) -> None:
        """Take one file's outcome; ``done`` of ``total`` files are through."""
        if logs.file(result, done, total):
            return
        if result.outcome == "failed":
            self.clear()
            tell(f"没有收入：{failure(result)}")
        if self.live and done < total:
            sys.stderr.write(f"\r\x1b[K[{done}/{total}] {render.fit(Path(result.source).name, WIDE)}")
            sys.stderr.flush()
        elif self.live:
            self.clear()
        elif done % TOLD == 0 or (done == total and total > TOLD):
            tell(f"[{done}/{total}]")

    def clear(self) -> None:
        """Wipe the changing line."""
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def failure(result: AddResult) -> str:
    """“file：cause”, the name once."""
    cause = result.cause or "原因不明"
    return render.clean(cause if result.source in cause else f"{result.source}：{cause}")


def expand(paths: Iterable[str]) -> list[str]:
    """Wildcards that the shell left alone (PowerShell, cmd) become the files they match."""
    out: list[str] = []
    for path in paths:
        found = [] if Path(path).exists() else sorted(glob.glob(path, recursive=True))  # noqa: PTH207
        out += found or [path]
    return out


def add(
    paths: Paths,
    archive: Folder = HERE,
    workers: Workers = 1,
    model: Model = None,
    store: Place = None,
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Bring files and folders in; exit code 1 where some file failed."""
    from index import Archive
    from nlp.segment import prepare

    with Archive.open(archive, model=model, store=store) as opened:
        results = opened.add(expand(paths), workers=workers, progress=Progress(), cluster=cluster)
    if json:
        put_json([outcome(result) for result in results])
    elif results:
        put(render.added(results))
    prepare()  # for the searches that follow
    if not results:
        raise MingjianError(f"{'、'.join(paths)}：没有找到报告文件（支持 txt、html、docx、pdf）")
    if any(result.outcome == "failed" for result in results):
        fail()


def outcome(result: AddResult) -> dict[str, Any]:
    """JSON form of what became of one file."""
    return {
        "source": result.source,
        "outcome": result.outcome,
        "report": result.report,
        "cause": result.cause,
        "warnings": list(result.warnings),
    }


def parse(files: Paths, json: Json = False) -> None:
    """Read without storing; the others are still printed where one file fails."""
    from nlp.parse import parse_file

    wanted = list(report_files(expand(files)))
    parsed: list[dict[str, Any]] = []
    failed = not wanted
    for path in wanted:
        try:
            parsed.append(parse_file(path).to_dict())
        except (MingjianError, OSError) as error:
            failed = True
            tell(render.clean(problem_with(path, error)))
            continue
        if not json:
            put(f"{path}\n{render.parsed(parsed[-1])}\n")
    if json and (parsed or len(wanted) > 1):
        put_json(parsed if several(files, wanted) else parsed[0])
    if not wanted:
        tell(f"{'、'.join(files)}：没有找到报告文件")
    if failed:
        fail()


def several(files: list[str], wanted: list[Path]) -> bool:
    """Whether the person asked for more than one report."""
    return len(wanted) > 1 or len(files) > 1 or Path(files[0]).is_dir()


def report_files(paths: Iterable[str]) -> Iterable[Path]:
    """The files themselves; of a folder every visible file below it, by name."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "~$")))
        else:
            yield path


def problem_with(path: Path, error: Exception) -> str:
    """One line that names the file and the cause."""
    from ui.cli import explain

    message = explain(error)
    return message if path.name in message else f"{path}：{message}"


def remove(report: ReportId, archive: Folder = HERE, json: Json = False) -> None:
    """Take one report out."""
    with existing(archive) as opened:
        opened.remove(report)
    if json:
        put_json({"removed": report})
    else:
        put(f"已取出 {report}")


def info(archive: Folder = HERE, json: Json = False) -> None:
    """Tell what is inside."""
    with existing(archive) as opened:
        found = opened.info()
    if json:
        put_json(found)
        return
    put(render.info(found))


def verify(archive: Folder = HERE, json: Json = False) -> None:
    """Hold every file against its checksum; exit code 1 where something is wrong."""
    from index.verify import BUSY

    with existing(archive) as opened:
        problems = opened.verify()
    if json:
        put_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            tell(problem)
        if not problems:
            put("档案完好")
        elif [*problems] != [BUSY]:
            put("档案不完好，可运行 mingjian rebuild 重建索引")
    if problems:
        fail()


def rebuild(
    archive: Folder = HERE, model: Model = None, index: Index = None, store: MoveTo = None, json: Json = False
) -> None:
    """Make the derived indexes anew; with ``--store``, move the data into a database first."""
    if store is not None:
        from index.stores.moving import move

        move(archive, store)
    with existing(archive) as opened:
        for note in opened.rebuild(model=model, index=index):
            tell(note)
        found = opened.info()
    if json:
        put_json({"ok": True, "info": found})
    else:
        put("索引已重建")
