"""Bringing files in from the page: in the background, with progress, to be stopped, to be taken back."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from test_ui_pages import html_of, run, words
from ui_fakes import EVIL, FakeArchive

from index.records import AddResult
from nlp.errors import MingjianError
from ui import holder
from ui.views import intake, jobs


class Slow(FakeArchive):
    """Waits before each file until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    def add(
        self, paths: Any, *, workers: int = 1, progress: Callable[[AddResult, int, int], None] | None = None
    ) -> Any:
        paths = [*paths]
        self.calls.append(("add", len(paths)))
        for number, path in enumerate(paths, start=1):
            assert self.go.acquire(timeout=20)
            assert progress is not None
            progress(AddResult(str(path), "added", f"r{number}"), number, len(paths))
        return []


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArchive]:
    archive = FakeArchive()
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(intake, "opened", lambda: archive)
    yield archive
    jobs._jobs.clear()


def store(paths: list[str]) -> jobs.Job:
    return jobs.start(jobs.Job("收入文件", len(paths)), lambda one: intake._store(one, paths))


def test_each_file_has_its_result_and_the_new_ones_can_be_taken_out(fake: FakeArchive) -> None:
    job = store(["/tmp/x/0/好.txt", f"/tmp/x/1/bad{EVIL.replace('/', '')}.txt"])
    job.wait(10)
    assert job.state == "done"
    app = run("intake", job=job.id)
    shown = html_of(app)
    assert "新增 1 份" in words(app)
    assert "失败 1 份" in words(app)
    assert shown.index("失败") < shown.index("新增"), "what went wrong comes first"
    assert "不是报告" in shown
    assert "<script" not in shown
    assert "/tmp/x" not in shown, "where it lay for a moment is nobody's business"
    next(b for b in app.button if b.label == "确定移除").click().run()
    undone = jobs.find(app.query_params["job"])
    assert undone is not None
    undone.wait(10)
    assert fake.calls[-1] == ("remove", "r9")
    app.run()
    assert "已从档案移除 1 份报告" in words(app)
    again = run("intake", job=job.id)
    assert not any(b.label == "确定移除" for b in again.button), "it is taken out once"


def test_work_says_how_far_it_is_and_stops_when_asked(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(intake, "opened", lambda: slow)
    job = store([f"/tmp/x/{n}/{n}.txt" for n in range(5)])
    slow.go.release()
    while job.done < 1:
        job.wait(0.01)
    app = run("intake", job=job.id)
    assert any("停止" in b.label for b in app.button)
    other = run("intake")
    assert "正在收入文件（已完成 1/5）" in words(other), "another window is told"
    next(b for b in app.button if b.label == "停止").click().run()
    assert job.stopping
    slow.go.release()
    job.wait(10)
    assert (job.state, job.done) == ("stopped", 2)
    assert slow.calls == [("add", 5), ("add", 0)], "what is in is made lasting"
    app = run("intake", job=job.id)
    assert "做完了 2/5" in app.warning[0].value
    assert "新增 2 份" in words(app)


def test_a_failure_of_the_whole_work_is_one_chinese_sentence(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, said in ((MingjianError("磁盘已满"), "磁盘已满"), (RuntimeError("secret"), "RuntimeError")):

        def broken(wrong: Exception = error) -> FakeArchive:
            raise wrong

        monkeypatch.setattr(intake, "opened", broken)
        job = store(["/tmp/x/0/a.txt"])
        job.wait(10)
        app = run("intake", job=job.id)
        assert said in app.error[0].value
        assert "secret" not in app.error[0].value


def test_what_another_window_took_out_is_no_failure(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.reads import Missing

    def gone(report: str) -> None:
        raise Missing(report)

    monkeypatch.setattr(fake, "remove", gone)
    job = jobs.start(jobs.Job(intake.UNDOING, 1), lambda one: intake._take_out(one, {"r9": "a.txt"}))
    job.wait(10)
    app = run("intake", job=job.id)
    assert "已从档案移除 0 份报告" in words(app)
    assert "别的窗口已经移除" in html_of(app)


class File(io.BytesIO):
    """What a browser sent, as Streamlit gives it; ``size``: as it says, whatever is in it."""

    def __init__(self, name: str, data: bytes = b"x", size: int | None = None) -> None:
        super().__init__(data)
        self.name = name
        self.size = len(data) if size is None else size

    def getvalue(self) -> bytes:
        raise AssertionError("a second copy of the file")


@pytest.fixture
def taking(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeArchive:
    """Files are taken in as by the button; the temporary folder is ``tmp_path``."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(intake.common, "change", lambda **_: None)
    monkeypatch.setattr(intake.st, "session_state", {})
    return fake


def taken(fake: FakeArchive) -> list[Path]:
    """The paths that the archive was given."""
    for job in jobs._jobs.values():
        job.wait(10)
    return [Path(path) for name, path in fake.calls if name == "add"]


def test_upload_names_lead_nowhere_and_the_folder_goes_when_it_is_done(taking: FakeArchive, tmp_path: Path) -> None:
    intake._take([File("../../etc/passwd"), File("a.txt"), File("a.txt"), File("..\\..\\x.pdf"), File("")])
    paths = taken(taking)
    assert [path.name for path in paths] == ["passwd", "a.txt", "a.txt", "x.pdf", "report"]
    assert all(tmp_path in path.parents for path in paths)
    assert len({path.parent for path in paths}) == 5
    assert not any(tmp_path.iterdir())


LONG = "关于" + "政府信息公开工作年度报告" * 8


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (f"{LONG}.docx", f"{LONG[:78]}.docx"),
        (f"{LONG}.DOCX", f"{LONG[:78]}.DOCX"),
        ("a" + LONG + ".zip", f"a{LONG[:78]}.zip"),
        ("x" * 300 + ".没有这种后缀", "x" * 240),
        ("..", "report"),
        (".", "report"),
        ("a/..", "report"),
        ("a\\..", "report"),
        ("...", "report"),
        ("a\0b.txt", "a_b.txt"),
        ("a\nb\x1b[31m.txt", "a_b_[31m.txt"),
        ("半\ud800个.txt", "半_个.txt"),
        ("2021年北仑区应急管理局（年报）.pdf", "2021年北仑区应急管理局（年报）.pdf"),
        (EVIL.replace("/", "") + ".txt", EVIL.replace("/", "") + ".txt"),
        ("没有后缀", "没有后缀"),
    ],
)
def test_every_name_can_lie_on_a_disk_and_says_what_it_said(
    taking: FakeArchive, tmp_path: Path, name: str, kept: str
) -> None:
    """Agency and year may stand in the name alone, so as much of it as fits is kept."""
    intake._take([File("好.txt"), File(name)])
    assert [path.name for path in taken(taking)] == ["好.txt", kept]
    assert len(kept.encode()) <= 240
    assert not any(tmp_path.iterdir())


def test_a_name_that_was_cut_is_shown_whole(taking: FakeArchive) -> None:
    intake._take([File(f"甲/{LONG}.docx"), File("a\u202e\0b.txt")])
    (job,) = jobs._jobs.values()
    job.wait(10)
    assert [intake._name(one.source) for one in job.results] == [f"{LONG}.docx", "a__b.txt"]
    app = run("intake", job=job.id)
    assert f"{LONG}.docx" in html_of(app)


def test_what_stands_in_a_zip_is_shown_with_it() -> None:
    called = {"/tmp/x/0/cut.zip": "whole.zip"}
    assert intake._name(intake._shown("/tmp/x/0/cut.zip!/in/a.txt", called)) == "whole.zip › in/a.txt"
    assert intake._name(intake._shown("/tmp/x/1/b.txt", called)) == "b.txt"


def test_what_is_written_is_what_came(taking: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(range(256)) * 10_000
    seen: list[bytes] = []
    monkeypatch.setattr(taking, "add", lambda paths, **_: seen.extend(Path(one).read_bytes() for one in paths))
    read = File("a.txt", data)
    read.seek(100)  # as after a look at it
    intake._take([read, File("b.txt", b"")])
    taken(taking)
    assert seen == [data, b""]


@pytest.mark.parametrize(
    "wrong", [OSError(28, "No space left on device"), RuntimeError("secret"), ValueError("secret")]
)
def test_what_cannot_be_written_is_told_and_leaves_nothing(
    taking: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    class Broken(File):
        def read(self, size: int | None = -1, /) -> bytes:
            raise wrong

    intake._take([File("a.txt"), Broken("b.txt")])
    assert not jobs._jobs
    assert not any(tmp_path.iterdir())
    told = intake.st.session_state["untaken"]
    assert "没有" in told
    assert ("磁盘已满" in told) == isinstance(wrong, OSError)
    assert "secret" not in told
    assert "No space" not in told
    assert "round" not in intake.st.session_state, "the files are still chosen"


def test_a_thread_that_cannot_begin_leaves_nothing(
    taking: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any) -> jobs.Job:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(jobs, "start", none)
    intake._take([File("a.txt")])
    assert not any(tmp_path.iterdir())
    assert "RuntimeError" in intake.st.session_state["untaken"]


def test_an_upload_is_bounded_in_count_and_size(
    taking: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_FILES", 3)
    for files, told in (
        ([File(f"{n}.txt") for n in range(4)], "3 份"),
        ([File("a.txt", size=600_000_000), File("b.txt", size=600_000_000)], "1000 MB"),
    ):
        assert told in intake._too_much(files)
        intake._take(files)
        assert told in intake.st.session_state["untaken"]
        assert not jobs._jobs
        assert not any(tmp_path.iterdir())
    assert intake._too_much([File("a.txt", size=1_000_000_000)]) == ""
    assert intake._too_much([File(f"{n}.txt") for n in range(3)]) == ""


def test_what_is_too_much_is_told_before_it_is_taken(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [File(f"{n}.txt") for n in range(intake.MOST_FILES + 1)]
    monkeypatch.setattr(intake.st, "file_uploader", lambda *_, **__: files)
    app = run("intake")
    assert "200 份" in app.error[0].value
    assert not any(one.label.startswith("收入这") for one in app.button)
    del files[0]
    app = run("intake")
    assert not app.error
    next(one for one in app.button if one.label == "收入这 200 份文件")


def test_what_was_not_taken_is_told_once(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("intake")
    app.session_state["untaken"] = "磁盘已满 **粗**"
    app.run()
    assert "磁盘已满" in app.error[0].value
    assert "**粗**" not in app.error[0].value
    assert not app.run().error


def test_many_jobs_are_forgotten_but_never_a_running_one(fake: FakeArchive) -> None:
    hold = threading.Event()
    first = jobs.start(jobs.Job("收入文件", 1), lambda _: hold.wait(20) and None)
    for _ in range(jobs.MOST + 20):
        jobs.start(jobs.Job("收入文件", 1), lambda _: None).wait(10)
    assert jobs.find(first.id) is first
    assert len(jobs._jobs) <= jobs.MOST + 2
    assert jobs.running() is first
    hold.set()
    first.wait(10)
    assert re.fullmatch("[0-9a-f]{12}", first.id)
