"""The sample archive: fictional reports that show what the system does."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from nlp import segment
from nlp.errors import MingjianError
from ui.serve import say

if TYPE_CHECKING:
    from index import Archive
    from index.records import AddResult

MOST_WORKERS = 4
STEP = 40


def sample_folder() -> Path:
    """The folder of the sample reports.

    Raises:
        MingjianError: they are not installed.
    """
    folder = Path(str(files("corpora").joinpath("sample", "reports")))
    if not folder.is_dir():
        raise MingjianError("没有找到样例报告，请重新安装 mingjian")
    return folder


@cache
def sample_names() -> frozenset[str]:
    """File names of the sample reports; empty where they are not installed."""
    try:
        return frozenset(path.name for path in sample_folder().rglob("*") if path.is_file())
    except MingjianError:
        return frozenset()


def is_sample(source: str) -> bool:
    """Whether a stored report is one of the fictional ones, told by its file name."""
    return source.replace("\\", "/").rsplit("/", 1)[-1] in sample_names()


def default_folder() -> Path:
    """Where the sample archive lives: the person's data folder, one a version of the program."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    try:
        number = version("mingjian")
    except PackageNotFoundError:
        number = "dev"
    return base / "mingjian" / f"demo-{number}"


def prepare(folder: Path | None = None) -> Path:
    """The folder of an archive with every sample report in it, built where it is not there yet."""
    from index import Archive

    chosen = folder or default_folder()
    sample = sample_folder()
    with Archive.open(chosen) as archive:
        held = {Path(row.source).name for row in archive.list()}
        if held < sample_names():  # an archive with reports of the person's own is left as it is
            say(f"正在用样例报告（均为虚构）建立档案：{chosen}")
            results = archive.add([sample], workers=min(MOST_WORKERS, os.cpu_count() or 1), progress=progress)
            failed = sum(result.outcome == "failed" for result in results)
            say(f"样例档案已建好：{len(results) - failed} 份报告")
            segment.prepare()
        else:
            renew(archive)
    return chosen


def renew(archive: Archive) -> None:
    """Bring an older sample archive up to the model that this program brings along."""
    from index.manifest import ArchiveMismatch

    try:
        archive.search("公开", k=1)
    except ArchiveMismatch:
        say("样例档案是用旧模型建的，正在重建索引")
        archive.rebuild()


def progress(result: AddResult, done: int, total: int) -> None:
    """Say now and then how far it is."""
    if result.outcome == "failed":
        say(f"没有收入：{result.source}：{result.cause}")
    if done % STEP == 0 or done == total:
        say(f"  已读入 {done}/{total}")
