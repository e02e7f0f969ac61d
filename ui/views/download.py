"""Any list as a file: written by Archive.export only when the person asks for it."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ui.views import common

KINDS = {
    "xlsx": ("下载表格（Excel）", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("下载表格（CSV）", "text/csv"),
}


def offer(title: str, what: str, *, query: str | None = None, **filters: Any) -> None:
    """Buttons that download a list; ``what`` and the rest as :meth:`index.Archive.export` takes them."""
    for suffix, (label, mime) in KINDS.items():
        st.download_button(
            label,
            data=partial(_content, suffix, what, query, filters),
            file_name=f"{title}.{suffix}",
            mime=mime,
            key=f"download-{what}-{suffix}",
            on_click="ignore",
            icon=":material/download:",
        )


def _content(suffix: str, what: str, query: str | None, filters: dict[str, Any]) -> bytes:
    """The file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{suffix}"
        common.archive().export(path, what=what, query=query or None, **filters)
        return path.read_bytes()


def offer_brief(title: str, **filters: Any) -> None:
    """A button that downloads the brief of what the filters mean, for Word."""
    st.download_button(
        "下载简报（Word）",
        data=partial(_content, "docx", "brief", None, filters),
        file_name=f"{title}.docx",
        mime="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        key="download-brief",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
    )
