"""The whole of an archive, or of what a filter chooses, for other programs: a line of JSON a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.export.write import whole
from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.archive import Archive

SUFFIX = ".jsonl"


def write_everything(archive: Archive, path: Path, filters: Mapping[str, Any]) -> int:
    """Write every report as ``mingjian show --json`` gives it, with its text; the number of reports.

    Lines are written as they are read, so the size of the archive does not matter. All is of the moment at which it
    begins, whatever others write meanwhile.

    Raises:
        MingjianError: another suffix, or the file cannot be written.
    """
    from index.aside import aside

    if path.suffix.lower() != SUFFIX:
        raise MingjianError(f"{path}：全部内容只能写成 {SUFFIX}（每行一份报告的 JSON）")
    written = 0
    with (
        whole(path) as beside,
        beside.open("w", encoding="utf-8") as file,
        aside(archive.store) as store,
        store.snapshot(),
    ):
        for row in store.report_rows(archive.filter(**filters)):
            stored = store.report(row.id)
            file.write(json.dumps({**stored.to_dict(), "text": stored.text}, ensure_ascii=False) + "\n")
            written += 1
    return written
