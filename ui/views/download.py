"""Any list as a file: written by Archive.export only when the person asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.views import common

if TYPE_CHECKING:
    from index.summary.records import Summary

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {
    "xlsx": ("下载表格（Excel）", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("下载表格（CSV）", "text/csv"),
    "docx": ("下载文档（Word）", WORD),
    "json": ("下载数据（JSON）", "application/json"),
    "jsonl": ("下载数据（每行一份报告的 JSON）", "application/x-ndjson"),
}
LIST_KINDS = ("xlsx", "csv", "docx", "json")


def offer(title: str, what: str, *, query: str | None = None, key: str | None = None, **filters: Any) -> None:
    """A menu that downloads a list in any format; ``what`` and the rest as :meth:`index.Archive.export` takes them.

    ``key`` tells two menus of one list on one page apart.
    """
    with st.popover("下载", icon=":material/download:"):
        buttons(title, what, query=query, key=key, **filters)


def buttons(
    title: str,
    what: str,
    *,
    query: str | None = None,
    key: str | None = None,
    kinds: Sequence[str] = LIST_KINDS,
    stretch: bool = True,
    **filters: Any,
) -> None:
    """A button a format; ``stretch``: as wide as their place."""
    for suffix in kinds:
        label, mime = KINDS[suffix]
        st.download_button(
            label,
            data=partial(_content, suffix, what, query, filters),
            file_name=f"{title}.{suffix}",
            mime=mime,
            key=f"download-{key or what}-{suffix}",
            on_click="ignore",
            icon=":material/download:",
            width="stretch" if stretch else "content",
        )


def _content(suffix: str, what: str, query: str | None, filters: Mapping[str, Any]) -> bytes:
    """The file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{suffix}"
        common.archive().export(path, what=what, query=query or None, **filters)
        return path.read_bytes()


def _brief(summary: Summary) -> bytes:
    """The Word file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brief.docx"
        common.archive().write_brief(path, summary)
        return path.read_bytes()


def offer_brief(summary: Summary) -> None:
    """A button that downloads the summary as it is shown, for Word."""
    st.download_button(
        "下载简报（Word）",
        data=partial(_brief, summary),
        file_name=f"{summary.title}.docx",
        mime=WORD,
        key="download-brief",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
    )
