"""Commands that keep an archive safe: backup, restore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import HERE, Folder, Json, existing, fail, put, put_json, tell

if TYPE_CHECKING:
    from index.backup import Backup

Target = Annotated[
    Path, typer.Argument(metavar="文件.zip或文件夹", help="备份放到哪里：.zip 文件，或一个新的（空的）文件夹")
]
Source = Annotated[Path, typer.Argument(metavar="备份", help="mingjian backup 写成的 .zip 文件或文件夹")]
Derived = Annotated[bool, typer.Option("--with-index", help="连检索用的索引一起备份：文件更大，恢复更快")]
Replace = Annotated[bool, typer.Option("--replace", help="已有同名的 .zip 时用新的备份代替它")]
Check = Annotated[bool, typer.Option("--check", help="只检查备份是否完好，不恢复")]


def backup(
    target: Target, archive: Folder = HERE, with_index: Derived = False, replace: Replace = False, json: Json = False
) -> None:
    """Copy the archive while others may write; exit code 1 where what was copied is damaged."""
    with existing(archive) as opened:
        made = opened.backup(target, derived=with_index, replace=replace)
    _told(made, made.problems, json, f"已备份到 {made.path}")


def restore(source: Source, archive: Folder = HERE, check: Check = False, json: Json = False) -> None:
    """Make an archive out of a backup, in a folder that holds nothing yet."""
    from index import Archive

    if check:
        found = Archive.check_backup(source)
        _told(found, found.problems, json, f"备份完好：{found.path}")
        return
    found, problems = Archive.restore(source, archive)
    if found.index:
        back = f"mingjian rebuild --index 地址 --archive {archive}"
        tell(f"索引原来在 {found.index}，现在建在存档文件夹里；要移回去，请运行：{back}")
    _told(found, problems, json, f"已恢复到 {archive}")


def _told(backup: Backup, problems: Sequence[str], json: bool, line: str) -> None:
    """What the backup holds; what is wrong with the archive itself, a line each."""
    for problem in problems:
        tell(problem)
    if json:
        out: dict[str, Any] = {"ok": not problems, **backup.to_dict(), "problems": list(problems)}
        put_json(out)
    else:
        reports = backup.counts.get("reports", 0)
        size = f"{backup.bytes / 1e6:.1f} MB"
        put(f"{line}（{reports} 份报告，改动号 {backup.sequence}，{backup.created}，{size}）")
    if problems:
        if not json:
            put("存档本身有损坏之处（见上），备份与存档一致")
        fail()
