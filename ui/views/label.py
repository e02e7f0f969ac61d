"""标注: correct a statement's labels and kind, go through what the machine is least sure of, see what was corrected."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from index.labelnames import signed
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy
from ui import holder, markup, names
from ui.views import common, label_quality
from ui.views.download import offer

if TYPE_CHECKING:
    from index import Archive
    from index.labelled import Correction, Labelled

VIEWS = {"queue": "最没把握的", "find": "找一句", "done": "改过的", "quality": "标签质量"}
QUEUE = 20
SIZE = 20
LONGEST = 60
_ID = re.compile(r"[0-9a-f]{16}-\d+(?:-\d+)?")


def page() -> None:
    """Draw the page: one statement where the URL names it, else the lists."""
    st.title("标注")
    common.notice()
    if told := st.session_state.pop("label-told", ""):
        st.success(markup.plain(told))
    if wrong := st.session_state.pop("label-wrong", ""):
        st.error(markup.plain(wrong))
    statement = st.query_params.get("statement", "")
    if statement:
        _one(statement)
        return
    st.html(
        '<p class="mj-lead">机器贴的标签不对，可以在这里改；改过的以人为准，检索和统计立即照办，'
        "重新收入报告、重建索引也不会丢，随时可以撤销。</p>"
    )
    view = common.segmented("看什么", "view", VIEWS, "queue")
    {"queue": _queue, "find": _find, "done": _done, "quality": label_quality.show}[view](common.archive())


# -- lists ----------------------------------------------------------------------------------------------------


@st.cache_data(show_spinner=False, max_entries=4)
def _waiting(version: holder.Stamp) -> list[Labelled]:
    """What the machine is least sure of and nobody has looked at."""
    del version  # it only tells when to look again
    return list(common.archive().uncertain(QUEUE))


def _queue(_archive: Archive) -> None:
    found = _waiting(holder.version())
    if not found:
        st.info("没有待看的句子。")
        return
    st.html('<p class="mj-lead">机器最没把握、还没有人看过的句子，先看这些最值得。标签对的，打开后直接保存即可。</p>')
    for one in found:
        _card(one)


def _card(one: Labelled) -> None:
    with st.container(border=True):
        st.html(markup.quote(one.text, one.agency, one.year) + _reasons(one))
        common.link("label", "看这一句", {"statement": [one.id]}, ":material/edit:")


def _reasons(one: Labelled) -> str:
    """Kind and labels with why they are there."""
    rows = [(label.name, names.evidence(label)) for label in one.labels]
    kind = f'<div class="mj-row"><b>{markup.safe(names.name("label_kind", one.kind))}</b></div>'
    return kind + (markup.table(["标签", "依据"], rows) if rows else '<p class="mj-lead">没有标签。</p>')


def _find(archive: Archive) -> None:
    """Search for a statement to correct."""
    asked = st.query_params.get("q", "")
    with st.form("label-find", border=False):
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        left.text_input(
            "找一句",
            key=common.hold("label-q", asked),
            placeholder="写出句子的意思，或填句子编号",
            label_visibility="collapsed",
            max_chars=500,
        )
        right.form_submit_button("查找", type="primary", on_click=_asked, width="stretch")
    if not asked:
        return
    hits = archive.search(asked, k=QUEUE, kind=["problem", "measure"]).hits
    if not hits:
        st.info("没有找到相关的句子，换个说法再试。")
    for hit in hits:
        with st.container(border=True):
            st.html(markup.card(hit))
            common.link("label", "改标签", {"statement": [hit.id]}, ":material/edit:")


def _asked() -> None:
    asked = st.session_state["label-q"].strip()
    if _ID.fullmatch(asked):
        common.go({"statement": [asked]})
    else:
        common.go({"view": ["find"], "q": [asked] if asked else []})


def _done(archive: Archive) -> None:
    """What people corrected, the latest first, for looking through, undoing and downloading."""
    found = archive.corrections()[::-1]
    if not found:
        st.info("还没有人工标注。")
        return
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(f"**共 {len(found)} 处改动**")
    with right.container(horizontal=True, horizontal_alignment="right"):
        offer("人工标注", "corrections")
        st.download_button(
            "下载标注语料（JSONL）",
            data=_content,
            file_name="人工标注.jsonl",
            mime="application/jsonl",
            key="label-download",
            on_click="ignore",
            icon=":material/download:",
        )
    first, last = common.pages_of(len(found), SIZE)
    _corrections(found[first:last], linked=True)
    common.turn(len(found), SIZE)


def _content() -> bytes:
    """The corrected statements as labelled lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.jsonl"
        common.archive().export_labels(path)
        return path.read_bytes()


def _corrections(rows: Sequence[Correction], *, linked: bool) -> None:
    """Corrections, each with a way to take it back."""
    for one in rows:
        with st.container(border=linked):
            if linked:
                st.html(markup.quote(one.text, one.agency, one.year))
            rests = "" if one.applies else '<span class="mj-unsure">这句话现在不在档案里，暂不生效</span>'
            st.html(
                f'<div class="mj-row"><b>{markup.safe(names.change(one))}</b><span>{markup.safe(one.who)}</span>'
                f"<span>{markup.safe(one.at[:10])}</span>{rests}</div>"
            )
            with st.container(horizontal=True, gap="small"):
                if linked and one.applies:
                    common.link("label", "看这一句", {"statement": [one.statement]}, ":material/edit:")
                st.button("撤销", key=f"label-undo-{one.id}", on_click=_undo, args=(one.id,))


def _undo(*numbers: int) -> None:
    try:
        common.archive().undo(*numbers)
        st.session_state["label-told"] = "已撤销。"
    except MingjianError as error:
        st.session_state["label-wrong"] = str(error)


# -- one statement --------------------------------------------------------------------------------------------


def _one(statement: str) -> None:
    """One statement: what it is, why, and what it should be."""
    archive = common.archive()
    common.link("label", "返回", icon=":material/arrow_back:")
    try:
        found = archive.labelled(statement)
    except MingjianError as error:
        st.warning(markup.plain(str(error)))
        return
    st.html(markup.quote(found.text, found.agency, found.year) + _reasons(found))
    common.link("report", "查看原文", {"report": [found.report], "at": [str(found.start)]}, ":material/article:")
    st.subheader("应当是")
    _form(archive, found)
    if found.corrections:
        st.subheader("这一句的人工标注")
        _corrections(found.corrections[::-1], linked=False)
    waiting = [one for one in _waiting(holder.version()) if one.id != statement]
    if waiting:
        common.link("label", "下一句没把握的", {"statement": [waiting[0].id]}, ":material/arrow_forward:")


def _form(archive: Archive, found: Labelled) -> None:
    """Kind, labels and name; saving makes them hold."""
    # a change makes new widgets, so that they show what is in force now
    mark = f"{found.id}-{len(found.corrections)}-{max((one.id for one in found.corrections), default=0)}"
    kinds = list(names.choices("label_kind"))
    kind = st.segmented_control(
        "种类",
        kinds,
        default=found.kind,
        key=f"label-kind-{mark}",
        format_func=lambda key: names.name("label_kind", key),
        required=True,
    )
    kind = kind or found.kind
    chosen = _labels(found if kind == found.kind else archive.labelled(found.id, kind=kind), mark)
    who = st.text_input("署名", value=st.session_state.get("label-who", signed(None)), max_chars=LONGEST)
    if not st.button("保存", type="primary", key="label-save"):
        return
    if kind != "none" and not chosen:
        st.error("请至少选一个标签；都不合适就选“其他”那一个。")
        return
    try:
        archive.label(found.id, kind=None if kind == found.kind else kind, labels=chosen, by=who)
    except MingjianError as error:
        st.error(markup.plain(str(error)))
        return
    st.session_state["label-who"] = who
    st.session_state["label-told"] = "已保存，检索和统计已经照改。"
    st.rerun()


def _labels(supposed: Labelled, mark: str) -> list[str]:
    """The labels of a kind to tick, those in force ticked."""
    known = Taxonomy.load().of_kind(supposed.kind)
    if not known:
        return []
    chosen = st.pills(
        "标签（1 至 4 个）",
        [entry.id for entry in known],
        selection_mode="multi",
        default=[label.id for label in supposed.labels if label.id in {entry.id for entry in known}],
        key=f"label-labels-{supposed.kind}-{mark}",
        format_func=lambda label: markup.plain(names.name("label", label)),
    )
    with st.expander("各标签收什么"):
        told = [(entry.zh, common.collects(entry)) for entry in known]
        st.html(markup.table(["标签", "收什么"], told))
    return list(chosen)
