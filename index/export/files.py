"""What ``mingjian export`` writes: a list of rows, or the brief."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.export.everything import write_everything
from index.export.lists import sheet_of
from index.export.write import whole, write
from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.archive import Archive
    from index.summary.records import Summary

BRIEF, EVERYTHING = "brief", "everything"


def export_file(archive: Archive, path: Path, what: str, query: str | None, filters: Mapping[str, Any]) -> int:
    """Write a file; gives the number of rows, of a brief the number of sentences, of everything that of reports.

    Raises:
        MingjianError: an unknown list or suffix, a brief of no reports, or the file cannot be written.
    """
    if what == BRIEF:
        return _brief(archive, path, query, filters)
    if what == EVERYTHING:
        return write_everything(archive, path, filters)
    return write(path, sheet_of(archive, what, query, filters))


def _brief(archive: Archive, path: Path, query: str | None, filters: Mapping[str, Any]) -> int:
    if query:
        raise MingjianError("简报按筛选条件编写，不能带检索词")
    _brief_format(path)
    return write_summary(path, archive.summary(**filters))


def _brief_format(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".docx", ".json"):
        raise MingjianError(f"{path}：简报只能写成 .docx 或 .json")
    return suffix


def write_summary(path: Path, summary: Summary) -> int:
    """Write a summary as .docx or .json; the number of its sentences.

    Raises:
        MingjianError: another suffix, a summary of no reports, or the file cannot be written.
    """
    from index.export.brief import write_brief

    suffix = _brief_format(path)
    if not summary.reports:
        raise MingjianError("所选范围里没有报告，写不成简报；请放宽筛选条件")
    with whole(path) as beside:
        if suffix == ".json":
            beside.write_text(json.dumps(summary.to_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
        else:
            write_brief(beside, summary)
    return sum(len(part.sentences) for part in summary.parts)
