"""入库: bring files in from the browser, with progress, a result for each, and a way back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import holder, markup, names, render
from ui.views import common, jobs

if TYPE_CHECKING:
    from index import Archive
    from index.records import AddResult
    from ui.views.jobs import Job

TYPES = ["txt", "html", "htm", "mht", "mhtml", "doc", "docx", "wps", "rtf", "pdf", "ofd", "zip"]
QUICK = 0.6  # seconds in which small work is done before the page is drawn
FIRST = 30
MOST_FILES, MOST_BYTES = 200, 1_000_000_000  # of one upload; of each file as many bytes as ui.serve.UPLOAD says
NAME_BYTES = 240  # of a file's name; file systems take 255
FORBIDDEN = '<>:"|?*' if os.name == "nt" else ""  # beside what cannot be printed
UNTAKEN = "untaken"  # in the session: why an upload was not taken in
BAD_FIRST = {"failed": 0, "updated": 1, "added": 2, "skipped": 3}
UNDOING = "撤销入库"
TAKEN_OUT = {"removed": "已移除", "gone": "已不在"}
MEMBER = "!/"  # between a ZIP's path and its member's


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What became of one report that was to be taken out again; reads like :class:`index.records.AddResult`."""

    source: str
    outcome: str
    cause: str | None = None
    report: str | None = None
    warnings: tuple[str, ...] = ()


def page() -> None:
    """Draw the page: the job that the URL names, else the way to begin one."""
    st.title("入库")
    job = jobs.find(st.query_params.get("job", ""))
    if job is None:
        _begin()
    elif job.running:
        _progress(job.id)
    else:
        _told(job)


def _begin() -> None:
    st.html(
        '<p class="mj-lead">上传年度报告文件（网页、Word、PDF、txt，或装着它们的 zip）。'
        "文件只存在本机的档案里，不会发往网络。同一份文件再次上传会自动跳过；收入后可以整批撤销。</p>"
    )
    if other := jobs.running():
        st.info(f"正在{other.title}（已完成 {other.done}/{other.total}），可以先看进度，等它结束再收入新的文件。")
        st.button("看进度", on_click=common.change, kwargs={"job": [other.id]})
    files = st.file_uploader(
        "选择报告文件", type=TYPES, accept_multiple_files=True, key=f"files-{st.session_state.get('round', 0)}"
    )
    if untaken := st.session_state.pop(UNTAKEN, ""):
        st.error(markup.plain(untaken))
    elif files and (much := _too_much(files)):
        st.error(much)
        return
    if files:
        st.button(f"收入这 {len(files)} 份文件", type="primary", on_click=_take, args=(files,))


# -- taking in ----------------------------------------------------------------------------------------------------


def _too_much(files: Sequence[Any]) -> str:
    """Why an upload is not taken in at once; empty where it may be."""
    size = sum(file.size for file in files)
    if len(files) <= MOST_FILES and size <= MOST_BYTES:
        return ""
    return (
        f"一次最多收入 {MOST_FILES} 份、合计 {MOST_BYTES / 1e6:.0f} MB，现在选了 {len(files)} 份、{size / 1e6:.0f} MB。"
        "请去掉一些，分几次收入；文件很多时，在命令行用 mingjian add 文件夹 更快。"
    )


def _take(files: Sequence[Any]) -> None:
    """Start to store the files; one that fails does not stop the others. What goes wrong before that is told."""
    if much := _too_much(files):
        st.session_state[UNTAKEN] = much
        return
    try:
        job = _started(files)
    except Exception as error:
        st.session_state[UNTAKEN] = f"上传的文件没有存下来，一份也没有收入：{_cause(error)}"
        return
    st.session_state["round"] = st.session_state.get("round", 0) + 1
    job.wait(QUICK)
    common.change(job=[job.id])


def _started(files: Sequence[Any]) -> Job:
    """The job that stores the files, which lie in a folder of their own until it is done."""
    folder = Path(tempfile.mkdtemp(prefix="mingjian-upload-"))
    try:
        called: dict[str, str] = {}
        for number, file in enumerate(files):
            # each in a folder of its own: two files may have one name, and a name must not lead elsewhere
            place = folder / str(number)
            place.mkdir()
            name = _clean(file.name)
            path = place / _fitting(name)
            file.seek(0)
            with path.open("wb") as out:
                shutil.copyfileobj(file, out)  # in blocks: the browser's bytes are in memory once already
            called[str(path)] = name
        job = jobs.Job("收入文件", len(files))
        work = partial(_store, paths=[*called], called=called)
        return jobs.start(job, work, partial(shutil.rmtree, folder, ignore_errors=True))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _clean(given: str) -> str:
    """A file's own name as it may be shown: without folders and what cannot be printed."""
    name = Path(given.replace("\\", "/")).name
    return "".join(c if c.isprintable() and c not in FORBIDDEN else "_" for c in name)


def _fitting(name: str) -> str:
    """The name under which a file lies. Agency and year may stand in it alone, so as much of it as fits is kept."""
    from nlp.reading import SUFFIXES

    suffix = Path(name).suffix if Path(name).suffix.lower() in SUFFIXES else ""
    stem = name.removesuffix(suffix).encode("utf-8")[: NAME_BYTES - len(suffix)].decode("utf-8", "ignore")
    return (stem if stem.strip(". ") else "report") + suffix


def _cause(error: Exception) -> str:
    """What went wrong, in Chinese."""
    if not isinstance(error, OSError):
        return f"程序出错（{type(error).__name__}）"
    from index.store import explain

    return str(explain(error, Path(tempfile.gettempdir())))


def opened() -> Archive:
    """The archive to write to, open anew: a long write must not hold up those who read."""
    from index import Archive

    return Archive.open(holder.folder())


def _store(job: Job, paths: Sequence[str], called: Mapping[str, str] | None = None) -> None:
    """Store what lies under ``paths``; ``called``: path → the name that the person knows it by."""

    def progress(result: AddResult, done: int, total: int) -> None:
        named = replace(result, source=_shown(result.source, called or {}))
        job.step(named, done, total, _name(named.source))

    with opened() as archive:
        try:
            archive.add(paths, progress=progress)
        except jobs.Stopped:
            archive.add([])  # what is in is made lasting and countable
            raise


def _shown(source: str, called: Mapping[str, str]) -> str:
    """Where a result comes from, by the name that the person knows the file by."""
    path, inside, member = source.partition(MEMBER)
    return called.get(path, path) + inside + member


def _name(source: str) -> str:
    """A file's own name; of a ZIP's member with the ZIP's."""
    path, _, member = source.partition(MEMBER)
    name = Path(path).name
    return f"{name} › {member}" if member else name


# -- progress -----------------------------------------------------------------------------------------------------


@st.fragment(run_every=1.0)
def _progress(job_id: str) -> None:
    """How far it is; the whole page is drawn anew when it is done."""
    job = jobs.find(job_id)
    if job is None or not job.running:
        st.rerun(scope="app")
    share = job.done / job.total if job.total else 0.0
    now = f"，刚处理完 {job.now}" if job.now else ""
    st.progress(min(share, 1.0), text=markup.plain(f"正在{job.title}：{job.done}/{job.total}{now}"))
    st.button(
        "正在停止，处理完手头这一份就停…" if job.stopping else "停止",
        icon=":material/stop_circle:",
        disabled=job.stopping,
        on_click=job.stop,
    )
    st.caption("可以先去看别的页面，工作会接着做；把地址留着，回来还能看到进度。")


# -- afterwards ---------------------------------------------------------------------------------------------------


def _told(job: Job) -> None:
    """What came of it, file by file, and the way back."""
    if job.state == "failed":
        st.error(markup.plain(f"{job.title}没有做完：{job.cause}"))
    elif job.state == "stopped":
        st.warning(f"已停止，做完了 {job.done}/{job.total}；已经收入的仍然在档案里，可以在下面撤销。")
    _results(job)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("继续收入其他文件", type="primary", on_click=common.go, args=({},), icon=":material/add:")
        _undo(job)


def _results(job: Job) -> None:
    results: list[AddResult | TakenOut] = job.results
    if not results:
        return
    st.markdown(f"**{_counted(job)}**")
    ordered = sorted(results, key=lambda one: BAD_FIRST.get(one.outcome, 9))
    shown = ordered if st.query_params.get("all") else ordered[:FIRST]
    rows = [
        (
            _name(one.source),
            TAKEN_OUT.get(one.outcome) or names.name("outcome", one.outcome),
            one.cause or _warnings(one.warnings),
        )
        for one in shown
    ]
    st.html(markup.table(["文件", "结果", "说明"], rows))
    if len(shown) < len(ordered):
        st.button(f"显示全部 {len(ordered)} 个结果", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")
    for one in shown:
        if one.report and one.outcome in ("added", "updated") and not job.after:
            common.link("report", f"打开 {_name(one.source)}", {"report": [one.report]}, ":material/article:")


def _counted(job: Job) -> str:
    if job.title == UNDOING:
        return f"已从档案移除 {sum(one.outcome == 'removed' for one in job.results)} 份报告"
    return render.added(job.results)


def _warnings(keys: Sequence[str]) -> str:
    told = [names.warning(key) for key in keys]
    return "、".join(dict.fromkeys(one.name for one in told if not one.quiet))


# -- the way back -------------------------------------------------------------------------------------------------


def _undo(job: Job) -> None:
    """Take out again what this job brought in; an older version that was replaced is not brought back."""
    added = {one.report: _name(one.source) for one in job.results if one.outcome == "added" and one.report}
    if job.after:
        st.button("看撤销的结果", on_click=common.go, args=({"job": [job.after]},))
    elif added:
        with st.popover(f"撤销这次入库（{len(added)} 份）", icon=":material/undo:"):
            st.markdown(f"把这次新增的 {len(added)} 份报告从档案里移除，对它们所做的标注也不再生效。原始文件不受影响。")
            st.button("确定移除", type="primary", on_click=_remove, args=(job, added))


def _remove(job: Job, added: Mapping[str, str]) -> None:
    undoing = jobs.start(jobs.Job(UNDOING, len(added)), partial(_take_out, reports=added))
    job.after = undoing.id
    undoing.wait(QUICK)
    common.go({"job": [undoing.id]})


def _take_out(job: Job, reports: Mapping[str, str]) -> None:
    from index.reads import Missing

    with opened() as archive:
        for done, (report, name) in enumerate(reports.items(), start=1):
            try:
                archive.remove(report)
                result = TakenOut(name, "removed")
            except Missing:
                result = TakenOut(name, "gone", "别的窗口已经移除")
            job.step(result, done, len(reports), name)
