"""The figures that a query asks for: their tables, cut to what a screen shows first, and the way to all of them."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.asking import arrange
from ui import names

if TYPE_CHECKING:
    from index import Archive
    from index.records import AskedStatistics, StatisticsTable

FIRST = 10
PLAIN = re.compile(r"[\w./:@-]+")  # what no shell reads in another way, Chinese included


def tables(archive: Archive, asked: AskedStatistics, most: int = FIRST) -> list[tuple[StatisticsTable, int]]:
    """A table for each measure with its first rows, and how many rows it has in all."""
    out = []
    for measure in asked.measures:
        found = archive.statistics(measure, by=asked.by, **asked.filter.to_dict())
        rows = arrange(found.rows, asked)
        out.append((replace(found, rows=tuple(rows[:most])), len(rows)))
    return out


def title(table: StatisticsTable, asked: AskedStatistics) -> str:
    """“新收申请（按城市，从多到少）”."""
    layout = f"按{names.name('field', table.by)}" if table.by else "各份报告"
    order = {"desc": "，从多到少", "asc": "，从少到多"}.get(asked.order, "")
    return f"{'、'.join(measure.name for measure in table.measures)}（{layout}{order}）"


def command(asked: AskedStatistics, measure: str, folder: Path | None = None) -> str:
    """The command line that gives a whole table; ``folder``: the archive where it is not the usual one."""
    parts = ["mingjian", "stats", "--measure", measure]
    if asked.by:
        parts += ["--by", asked.by]
    for name, values in asked.filter.to_dict().items():
        for value in values:
            parts += [f"--{name.replace('_', '-')}", str(value)]
    if folder is not None:
        parts += ["--archive", str(folder)]
    return " ".join(part if PLAIN.fullmatch(part) else shlex.quote(part) for part in parts)
