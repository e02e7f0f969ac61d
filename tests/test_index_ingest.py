"""Finding files, the processes that parse, and what crosses between them."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, fill, make_report, write_report
from reading_files import PROSE, gone, prose_docx

from index import archive as archive_module
from index import encoder, parsing, workers
from index.archive import Archive
from index.embedding import Embedder
from index.encoder import load_encoder
from index.ingest import find_files, path_key
from index.parsing import NO_MEMBER, Parsed, cause_of
from index.transport import (
    UNSAVEABLE,
    Answer,
    Reply,
    build_vectors,
    pack,
    plain_vectors,
    unpack,
    unpack_reply,
)
from index.workers import WorkerParser
from nlp.errors import UnreadableReport
from nlp.records import Region

ODD = (sys.executable, str(Path(__file__).with_name("odd_worker.py")))
SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)


def test_a_report_crosses_unchanged():
    report = make_report(
        "a.txt",
        problems=[("“引号”与\\反斜杠\n", ["staff_capacity"]), ("😀", [])],
        measures=[("做。", ["training"])],
        pairs=[(0, 0), (1, 0)],
        figures=[("x.total", 3.5), ("y", None)],
        region=Region(),
        year=None,
    )
    line = pack(Answer("里/a.txt", report, end=True))
    crossed = unpack(line)
    assert b"\n" not in line
    assert repr(crossed.report) == repr(report)
    assert (crossed.member, crossed.cause, crossed.known, crossed.vectors, crossed.end) == (
        "里/a.txt",
        None,
        False,
        None,
        True,
    )
    with pytest.raises(ValueError, match="report"):
        unpack(b'{"member": "", "report": ["too", "short"]}')


def test_a_report_that_no_file_can_hold_crosses_as_a_cause():
    bad = make_report("a.txt", problems=[("\ud800", ["staff_capacity"])])
    good = make_report("b.txt", problems=[("少。", ["staff_capacity"])])
    assert unpack(pack(Answer("a", bad, end=True))) == Answer("a", cause=UNSAVEABLE, end=True)
    assert unpack(pack(Answer("\udc80", cause="“\udc80”坏了"))) == Answer("\\udc80", cause="“\\udc80”坏了")
    reply = unpack_reply(pack(Reply([Answer("a", bad), Answer("b", good)])))
    assert reply == Reply([Answer("a", cause=UNSAVEABLE), Answer("b", good)])


def test_folders_are_searched_in_order_and_files_named_themselves_are_tried(tmp_path: Path):
    for name in ("b.txt", "a.TXT", "c.pdf", "d.jpg", "~$a.txt", ".hidden.txt", "sub/e.txt", ".git/f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = find_files([tmp_path, tmp_path / "d.jpg", tmp_path / "b.txt"], {".txt", ".pdf"})
    assert [source.path.name for source in found] == ["a.TXT", "b.txt", "c.pdf", "e.txt", "d.jpg"]
    assert all(source.cause is None for source in found)
    assert find_files([str(tmp_path / "b.txt")], {".txt"})[0].name == str(tmp_path / "b.txt")


def test_an_archive_of_ours_is_passed_by(tmp_path: Path):
    with Archive.open(tmp_path / "archive"):
        pass
    (tmp_path / "a.txt").write_bytes(b"x")
    (tmp_path / "archive" / "b.txt").write_bytes(b"x")
    assert [source.path.name for source in find_files([tmp_path], {".txt"})] == ["a.txt"]


def test_names_that_are_not_text_are_spelt_out(tmp_path: Path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")
    path_key(Path(path)).encode("utf-8")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_hangs_or_crashes_costs_itself_alone(tmp_path: Path, workers: int):
    for name in ("a", "babble", "crash", "d", "hang", "sleep", "z"):
        write_report(tmp_path / "in", name, agency=f"{name}局", problems=[["人员不足。", []]])
    began = time.monotonic()
    with Archive.open(tmp_path / "archive") as archive:
        results = archive.add([tmp_path / "in"], workers=workers, parser=WorkerParser(limit=1.0, command=ODD))
        assert {Path(r.source).stem: (r.outcome, r.cause) for r in results} == {
            "a": ("added", None),
            "babble": ("added", None),
            "crash": ("failed", "解析进程意外退出，文件可能已损坏"),
            "d": ("added", None),
            "hang": ("failed", "处理超过 1 秒，已放弃"),
            "sleep": ("failed", "处理超过 1 秒，已放弃"),
            "z": ("added", None),
        }
        assert [Path(r.source).stem for r in results] == sorted(Path(r.source).stem for r in results)
        assert len(archive.list()) == 4
    assert time.monotonic() - began < 30


def test_pictures_of_pages_have_time_to_be_recognised(monkeypatch: pytest.MonkeyPatch):
    parser = WorkerParser()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "rapidocr" or None)
    assert [parser._limit_for(Path(name)) for name in ("a.pdf", "b.PNG", "c.docx")] == [300, 300, 20]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert parser._limit_for(Path("a.pdf")) == 20


def test_the_same_files_build_the_same_archive_with_any_number_of_workers(tmp_path: Path):
    fill(tmp_path / "in", 10)
    rows = []
    for many in (1, 3):
        with Archive.open(tmp_path / f"archive{many}") as archive:
            archive.add([tmp_path / "in"], workers=many, parser=WorkerParser(command=ODD))
            rows.append([(s.row, s.id, s.text) for s in archive.statements()])
    assert rows[0] == rows[1]


def test_a_light_model_makes_its_vectors_where_files_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Files and a ZIP's members alike; none is made by the process that writes, and they are those it would make."""
    files = sorted((Path(__file__).parents[1] / "corpora" / "sample" / "reports").rglob("*.txt"))[:4]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as members:
        for path in files[2:]:
            members.write(path, path.name)
    monkeypatch.setattr(archive_module, "_load_encoder", load_encoder)
    stored = []
    for parser in (WorkerParser(), None):  # with no model named, and as `mingjian add` does
        with monkeypatch.context() as patched, Archive.open(tmp_path / f"archive-{parser is None}") as archive:
            if parser is None:
                patched.setattr(encoder.StaticEncoder, "encode", lambda *_: pytest.fail("made where it is written"))
            results = archive.add([*files[:2], tmp_path / "all.zip"], workers=2, parser=parser)
            assert [one.outcome for one in results] == ["added"] * 4
            rows = archive.store.query("SELECT content, vector FROM vectors ORDER BY content")
            stored.append({content: np.frombuffer(vector, "<f2").astype(np.float32) for content, vector in rows})
    here, there = stored
    assert here.keys() == there.keys()
    assert len(here) > 20
    for content, vector in here.items():
        np.testing.assert_allclose(there[content], vector, atol=1e-3)


def test_vectors_cross_as_the_store_keeps_them():
    vectors = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)
    sent = unpack(pack(Answer("", vectors=plain_vectors(vectors)))).vectors
    assert sent is not None
    crossed = build_vectors(sent)
    np.testing.assert_array_equal(crossed, vectors.astype("<f2").astype(np.float32))
    assert build_vectors(plain_vectors(vectors[:0])).shape == (0, 5)


def test_vectors_that_fit_no_text_are_made_anew(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        embedder = Embedder(archive.store, HashEncoder())
        texts = ["人员不足。", "更新不及时。", "人员不足。"]
        hashes, given = embedder.missing(texts, np.eye(3, 4, dtype=np.float32))
        assert len(hashes) == 2
        np.testing.assert_array_equal(given, np.eye(3, 4, dtype=np.float32)[[2, 1]])  # any of two that are alike
        _, made = embedder.missing(texts, np.eye(2, 4, dtype=np.float32))
        np.testing.assert_array_equal(made, HashEncoder().encode(["人员不足。", "更新不及时。"]))


def test_no_process_is_left_behind(tmp_path: Path):
    fill(tmp_path / "in", 4)
    parser = WorkerParser(command=ODD)
    with Archive.open(tmp_path / "archive") as archive:
        archive.add([tmp_path / "in"], workers=2, parser=parser)
    assert parser._all == []


def test_causes_are_chinese_and_short():
    assert cause_of(UnreadableReport("a", "文件是空的")) == "文件是空的"
    assert cause_of(FileNotFoundError(2, "x")) == "文件不存在"
    assert cause_of(MemoryError()) == "文件太大或太复杂，内存不足"
    assert "\n" not in cause_of(ValueError("a\nb"))
    assert cause_of(UnreadableReport("a", "无法解析（TimeLimit）"), 20.0) == "处理超过 20 秒，已放弃"


def test_members_of_a_zip_follow_the_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Members come and go with the ZIP; unchanged ones are skipped."""

    class Members:
        """A parser that takes each member of a ZIP for a report."""

        def parse(self, path: Path, known: frozenset[str]):
            with zipfile.ZipFile(path) as file:
                for name in file.namelist():
                    if name in known:
                        yield Parsed(name, known=True)
                    else:
                        values = json.loads(file.read(name))
                        yield Parsed(name, report=make_report(f"{path}/{name}", **values))

        def close(self) -> None:
            pass

    def pack(**members: str) -> None:
        with zipfile.ZipFile(tmp_path / "many.zip", "w") as file:
            for name, said in members.items():
                file.writestr(name, json.dumps({"agency": f"{name}局", "problems": [[said, []]]}))

    def outcomes() -> dict[str, str]:
        results = archive.add([tmp_path / "many.zip"], parser=Members())
        return {result.source.split("!/")[1]: result.outcome for result in results}

    with Archive.open(tmp_path / "archive") as archive:
        pack(a="人员不足。", b="公开不及时。")
        assert outcomes() == {"a": "added", "b": "added"}
        assert outcomes() == {"a": "skipped", "b": "skipped"}
        pack(a="人员不足。", c="互动较少。")
        assert outcomes() == {"a": "skipped", "c": "added"}
        assert {row.agency for row in archive.list()} == {"a局", "c局"}
        pack(a="人员还是不足。", c="互动较少。")
        assert outcomes() == {"a": "updated", "c": "skipped"}
        assert archive.verify() == []


# -- ZIPs as they come ----------------------------------------------------------------------------------------


def told(place: str) -> str:
    """The text of a report that differs for each place."""
    return PROSE.replace("某县", place)


def put_zip(path: Path, *members: tuple[str, str | bytes]) -> Path:
    """A ZIP under any name, whose members' names may repeat."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as file:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, text in members:
            file.writestr(name, text)
    return path


@pytest.fixture
def parser() -> Iterator[WorkerParser]:
    made = WorkerParser()
    yield made
    made.close()


def said(parser: WorkerParser, path: Path) -> list[tuple[str, str | None]]:
    """Each answer's member, and the first line of its report or its cause."""
    answers = parser.parse(path, frozenset())
    return [(one.member, one.report.text.split("\n")[0] if one.report else one.cause) for one in answers]


def test_a_zip_under_another_suffix_answers_for_itself_alone(tmp_path: Path, parser: WorkerParser):
    """What a file is its content says, and what is said of one file is never taken for the next one's."""
    plain = tmp_path / "z.txt"
    plain.write_text(told("丙县"), encoding="utf-8")
    own = [("", told("丙县").split("\n")[0])]
    for name in ("x.docx", "x.txt", "x", "x.zip"):
        packed = put_zip(tmp_path / name, ("一.txt", told("甲县")), ("二.txt", told("乙县")))
        for _ in range(2):
            assert said(parser, packed) == [
                ("一.txt", told("甲县").split("\n")[0]),
                ("二.txt", told("乙县").split("\n")[0]),
            ]
            assert said(parser, plain) == own
    renamed = plain.rename(tmp_path / "plain.zip")
    for _ in range(2):
        assert said(parser, renamed) == own
    assert len(parser._all) == 1, "one process was enough"


@pytest.mark.parametrize("name", ["x.docx", "x.zip"])
def test_a_zip_without_a_report_says_so_at_once(tmp_path: Path, parser: WorkerParser, name: str):
    plain = tmp_path / "z.txt"
    plain.write_text(told("丙县"), encoding="utf-8")
    own = said(parser, plain)
    process = parser._all[0]
    for members in ([], [("照片.jpg", "x"), ("__MACOSX/a.txt", told("甲县"))]):
        assert said(parser, put_zip(tmp_path / name, *members)) == [("", NO_MEMBER)]
        assert said(parser, plain) == own
    assert parser._all == [process]
    with Archive.open(tmp_path / "archive") as archive:
        assert [(one.outcome, one.cause) for one in archive.add([tmp_path / name])] == [("failed", NO_MEMBER)]


def test_answers_that_nobody_waited_for_are_not_the_next_files(tmp_path: Path, parser: WorkerParser):
    packed = put_zip(tmp_path / "x.zip", ("一.txt", told("甲县")), ("二.txt", told("乙县")))
    plain = tmp_path / "z.txt"
    plain.write_text(told("丙县"), encoding="utf-8")
    for path in (packed, plain):
        with closing(parser.parse(path, frozenset())) as answers:
            next(answers)
        assert said(parser, plain) == [("", told("丙县").split("\n")[0])]


# -- ZIPs whose members end the process -----------------------------------------------------------------------

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the stand-in for a converter is a shell script")


def converter(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """What reads RTF files, in the process's own child: as a library that crashes would, it can end it."""
    (folder / "bin").mkdir()
    (folder / "bin" / "soffice").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "soffice").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")


def outcomes(parser: WorkerParser, path: Path, *known: str) -> list[tuple[str, str | None]]:
    """Each answer's member, and its cause, "known" or None."""
    return [(one.member, "known" if one.known else one.cause) for one in parser.parse(path, frozenset(known))]


RTF = "{\\rtf1 x}"
ENDED = "解析进程意外退出，文件可能已损坏"


@needs_shell
def test_a_member_that_kills_the_process_costs_itself_alone(
    tmp_path: Path, parser: WorkerParser, monkeypatch: pytest.MonkeyPatch
):
    """In the ZIP and in one within; every time the same."""
    converter(tmp_path, monkeypatch, f"echo x >> '{tmp_path}/runs'; kill -9 $PPID")
    inner = put_zip(tmp_path / "inner", ("d.txt", told("丙县")), ("e.rtf", RTF), ("f.txt", told("丁县")))
    path = put_zip(
        tmp_path / "x.zip",
        ("a.txt", told("甲县")),
        ("../a.txt", told("甲县")),
        ("b.rtf", RTF),
        ("c.zip", inner.read_bytes()),
        ("g.txt", told("戊县")),
    )
    expected = [
        ("a.txt", None),
        ("a (2).txt", "路径不安全，已跳过"),
        ("b.rtf", ENDED),
        ("c.zip/d.txt", None),
        ("c.zip/e.rtf", ENDED),
        ("c.zip/f.txt", None),
        ("g.txt", None),
    ]
    assert outcomes(parser, path) == expected
    assert (tmp_path / "runs").read_text().count("x") == 4, "each is tried twice"
    again = [(name, "known" if name in ("a.txt", "c.zip/d.txt") else cause) for name, cause in expected]
    assert outcomes(parser, path, "a.txt", "c.zip/d.txt") == again
    assert len(parser._all) == 1


@needs_shell
def test_a_member_or_file_whose_process_dies_once_is_read_at_the_second_try(
    tmp_path: Path, parser: WorkerParser, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "good.docx").write_bytes(prose_docx())
    converter(
        tmp_path,
        monkeypatch,
        f"if [ ! -e '{tmp_path}/died' ]; then touch '{tmp_path}/died'; kill -9 $PPID; fi\n"
        'while [ "$1" != "--outdir" ]; do shift; done\n'
        f'mkdir -p "$2" && cp "{tmp_path}/good.docx" "$2/report.docx"',
    )
    path = put_zip(tmp_path / "x.zip", ("a.txt", told("甲县")), ("b.rtf", RTF), ("c.txt", told("乙县")))
    assert outcomes(parser, path) == [("a.txt", None), ("b.rtf", None), ("c.txt", None)]
    (tmp_path / "died").unlink()
    (tmp_path / "d.rtf").write_text(RTF)
    assert outcomes(parser, tmp_path / "d.rtf") == [("", None)]
    assert (tmp_path / "died").exists()


@needs_shell
def test_a_member_that_hangs_costs_itself_alone_and_many_end_the_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing in a stopped process can be interrupted."""
    monkeypatch.setattr(workers, "GRACE", 0.2)
    monkeypatch.setattr(workers, "LOSSES", 4)
    converter(tmp_path, monkeypatch, "kill -STOP $PPID")
    slow = "处理超过 2 秒，已放弃"
    parser = WorkerParser(limit=2.0)
    try:
        path = put_zip(tmp_path / "x.zip", ("a.txt", told("甲县")), ("b.rtf", RTF), ("c.txt", told("乙县")))
        assert outcomes(parser, path) == [("a.txt", None), ("b.rtf", slow), ("c.txt", None)]
        many = put_zip(tmp_path / "y.zip", *((f"{n:02}.rtf", RTF) for n in range(30)), ("z.txt", told("乙县")))
        began = time.monotonic()
        found = outcomes(parser, many)
        assert time.monotonic() - began < 60
    finally:
        parser.close()
    assert found[-1] == ("", workers.REST)
    assert found[:-1] == [(f"{n:02}.rtf", slow) for n in range(len(found) - 1)]
    assert 4 <= len(found) - 1 <= 6


def test_a_zip_waits_for_whoever_stores_its_reports(tmp_path: Path):
    """Its process stands still where nobody takes what it says; that is not its members' time."""
    names = [f"{n:03}{'长' * 40}.txt" for n in range(400)]
    path = put_zip(tmp_path / "x.zip", *((name, b"no report") for name in names))
    parser = WorkerParser(limit=0.4)
    found = []
    try:
        for parsed in parser.parse(path, frozenset()):
            found.append(parsed.member)
            if len(found) % 40 == 7:
                time.sleep(0.7)
    finally:
        parser.close()
    assert found == names


def test_a_zip_in_which_every_member_ends_the_process_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "LOSSES", 2)
    starts: list[int] = []
    monkeypatch.setattr(workers._Process, "ask", lambda *_: starts.append(1) or died(len(starts)))
    path = put_zip(tmp_path / "x.zip", *((f"{n:03}.txt", b"") for n in range(100)))
    parser = WorkerParser(limit=1.0)
    try:
        found = outcomes(parser, path)
    finally:
        parser.close()
    assert found[-1] == ("", workers.REST)
    assert len(starts) <= 2 * (1.0 + workers.GRACE) / workers.GRACE + 2


def died(start: int) -> Iterator[Parsed]:
    """As of a process that ends at once, at each member twice."""
    raise workers._Broken(workers.GONE, f"{(start - 1) // 2:03}.txt")
    yield Parsed()


@needs_shell
def test_members_that_are_slow_end_the_zip_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each is interrupted in time, yet thousands would take days."""
    monkeypatch.setattr(workers, "SLOW", 3)
    converter(tmp_path, monkeypatch, "sleep 300")
    parser = WorkerParser(limit=1.0)
    monkeypatch.setattr(workers, "GRACE", 0.5)
    try:
        path = put_zip(tmp_path / "x.zip", *((f"{n:02}.rtf", RTF) for n in range(30)))
        found = outcomes(parser, path)
    finally:
        parser.close()
    assert found[-1] == ("", workers.REST)
    assert 3 <= len(found) <= 6
    assert {cause for _, cause in found[:-1]} == {"处理超过 1 秒，已放弃"}


@needs_shell
@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_converter_ends_with_the_process_that_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str):
    """It is tried once more where the process was killed, not where the parser was closed."""
    converter(tmp_path, monkeypatch, f"sleep 300 &\necho $! >> '{tmp_path}/pids'\nwait")
    (tmp_path / "a.rtf").write_text(RTF)
    parser = WorkerParser(limit=60.0)
    found: list[tuple[str, str | None]] = []
    reader = threading.Thread(target=lambda: found.extend(outcomes(parser, tmp_path / "a.rtf")))
    reader.start()

    def started(count: int) -> list[int]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()] if (tmp_path / "pids").exists() else []
            if len(pids) == count:
                time.sleep(0.5)  # until the guard is there, too
                return pids
            time.sleep(0.05)
        pytest.fail("the converter was not started")

    if how == "killed":
        (pid,) = started(1)
        parser._all[0]._process.kill()
        gone(pid)
    pids = started(2 if how == "killed" else 1)
    parser.close()
    reader.join(10)
    assert found == [("", ENDED)]
    gone(pids[-1])
    time.sleep(0.5)
    assert started(len(pids)) == pids


def stored(archive: Archive) -> dict[str, str]:
    """The first line of each path's report, by the path's own name."""
    rows = archive.store.query(
        "SELECT f.path, d.text FROM files f JOIN documents d ON d.report = f.report ORDER BY f.path"
    )
    return {path.rsplit("/in/")[-1]: text.split("年度")[0] for path, text in rows}


def title(place: str) -> str:
    return told(place).split("年度")[0]


def test_a_zip_under_another_suffix_is_kept_as_any_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its members are known again, go with it, and make room where a plain report takes its place; and back."""
    folder = tmp_path / "in"
    folder.mkdir()
    packed = put_zip(folder / "x.docx", ("一.txt", told("甲县")), ("二.txt", told("乙县")))
    (folder / "z.txt").write_text(told("丙县"), encoding="utf-8")

    def outcomes() -> list[str]:
        results = archive.add([folder])
        assert archive.verify() == []
        return [result.outcome for result in results]

    with Archive.open(tmp_path / "archive") as archive:
        assert outcomes() == ["added"] * 3
        both = {"x.docx!/一.txt": title("甲县"), "x.docx!/二.txt": title("乙县"), "z.txt": title("丙县")}
        assert stored(archive) == both
        with monkeypatch.context() as patched:
            patched.setattr("index.ingest.put_report", lambda *_: pytest.fail("known already"))
            assert outcomes() == ["skipped"] * 3
        assert stored(archive) == both
        put_zip(packed, ("一.txt", told("甲县")))
        assert outcomes() == ["skipped", "skipped"]
        assert stored(archive) == {"x.docx!/一.txt": title("甲县"), "z.txt": title("丙县")}
        packed.write_text(told("丁县"), encoding="utf-8")
        assert outcomes() == ["added", "skipped"]
        assert stored(archive) == {"x.docx": title("丁县"), "z.txt": title("丙县")}
        assert outcomes() == ["skipped", "skipped"]
        put_zip(packed)  # nothing to be read in it: what was known of it stays
        assert outcomes() == ["failed", "skipped"]
        assert stored(archive) == {"x.docx": title("丁县"), "z.txt": title("丙县")}
        put_zip(packed, ("一.txt", told("甲县")))
        assert outcomes() == ["added", "skipped"]
        assert stored(archive) == {"x.docx!/一.txt": title("甲县"), "z.txt": title("丙县")}
        assert len(archive.list()) == 2


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("报告.txt", "报告.txt", "报告 (2).txt"),
        ("a\\b.txt", "a/b.txt", "a/b (2).txt"),
        ("a/b.txt", "a\\b.txt", "a/b (2).txt"),
    ],
)
def test_members_of_one_name_are_all_kept(tmp_path: Path, first: str, second: str, kept: str):
    folder = tmp_path / "in"
    folder.mkdir()
    packed = put_zip(folder / "x.zip", (first, told("甲县")), (second, told("乙县")))
    whole = {f"x.zip!/{first}".replace("\\", "/"): title("甲县"), f"x.zip!/{kept}": title("乙县")}
    with Archive.open(tmp_path / "archive") as archive:
        results = archive.add([packed])
        assert [result.outcome for result in results] == ["added", "added"]
        assert [result.source.split("!/")[1] for result in results] == [path.split("!/")[1] for path in whole]
        assert {result.report for result in results} == {row.id for row in archive.list()}
        assert archive.verify() == []
        for _ in range(2):
            before = archive.store.sequence()
            assert [result.outcome for result in archive.add([packed])] == ["skipped", "skipped"]
            assert archive.store.sequence() == before
            assert stored(archive) == whole
            assert archive.verify() == []
        put_zip(packed, (first, told("乙县")), (second, told("甲县")))  # the other way round: both are kept still
        archive.add([packed])
        assert sorted(stored(archive).values()) == sorted(whole.values())
        assert {result.report for result in results} == {row.id for row in archive.list()}
        assert archive.verify() == []
        put_zip(packed, (first, told("乙县")))
        archive.add([packed])
        assert list(stored(archive).values()) == [title("乙县")]
        assert len(archive.list()) == 1


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not here")
def test_real_reports_get_in(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        results = archive.add([SHARED / "seeds"], workers=2)
        assert [result.outcome for result in results] == ["added"] * 3, results
        assert {row.agency_type for row in archive.list()} == {"emergency"}
        assert parsing.NOT_A_REPORT not in {result.cause for result in results}
