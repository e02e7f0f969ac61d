"""入库: bring files in from the browser, with a result for each."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import holder, markup, names, render
from ui.views import common

if TYPE_CHECKING:
    from index.records import AddResult

TYPES = ["txt", "html", "htm", "docx", "pdf"]


def page() -> None:
    """Draw the page."""
    st.title("入库")
    st.html(
        '<p class="mj-lead">上传年度报告文件（txt、网页、Word、PDF）。文件只存在本机的档案里，不会发往网络。'
        "同一份文件再次上传会自动跳过。</p>"
    )
    files = st.file_uploader(
        "选择报告文件", type=TYPES, accept_multiple_files=True, key=f"files-{st.session_state.get('round', 0)}"
    )
    if files and st.button(f"收入这 {len(files)} 份文件", type="primary"):
        st.session_state["results"] = _take(files)
        st.session_state["round"] = st.session_state.get("round", 0) + 1
        st.rerun()
    if "results" in st.session_state:
        _told(st.session_state["results"])


def _take(files: Sequence[Any]) -> list[AddResult]:
    """Store the files; one that fails does not stop the others."""
    from index import Archive

    bar = st.progress(0.0, text="正在读取…")

    def progress(result: AddResult, done: int, total: int) -> None:
        bar.progress(done / max(total, 1), text=markup.plain(f"已读 {done}/{total}：{Path(result.source).name}"))

    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, file in enumerate(files):
            # each in a folder of its own: two files may have one name, and a name must not lead elsewhere
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / (Path(file.name.replace("\\", "/")).name or "report")
            path.write_bytes(file.getvalue())
            paths.append(path)
        with Archive.open(holder.folder()) as archive:
            return archive.add(paths, progress=progress)


def _told(results: Sequence[AddResult]) -> None:
    st.markdown(f"**{render.added(results)}**")
    rows = [(Path(result.source).name, names.name("outcome", result.outcome), result.cause or "") for result in results]
    st.html(markup.table(["文件", "结果", "原因"], rows))
    for result in results:
        if result.report and result.outcome in ("added", "updated"):
            common.link("report", f"打开 {Path(result.source).name}", {"report": [result.report]}, ":material/article:")
