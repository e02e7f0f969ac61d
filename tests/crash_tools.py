"""Children that work on an archive until they are killed, and what they had acknowledged by then."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import numpy as np
from faiss import rev_swig_ptr

from index.archive import Archive
from index.backends.faiss import FaissIndex
from index.labelled import Correction
from index.labellers import labeller_of, own_folder
from index.opening import open_view
from index.reads import decode_vectors
from index.verify import verify

HERE = Path(__file__).parent
KEPT = "store.sqlite3.version-1"  # the copy that an upgrade leaves beside
LOOKED_FOR = 15  # reports that are searched for after every kill
CONTINUING = ("> growing", "> lists", "> merging")  # a generation that continues the one before is begun
CONTINUED, PATIENCE = 0.05, 10.0  # seconds that it takes, and that it is waited for


def child(*arguments: object) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, HERE / "crash_child.py", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
    )


class Book:
    """What children have acknowledged so far: reports, corrections, the labeller, and how often each act was done.

    ``gone`` were removed and are never added again: their texts name the act that wrote them. Numbers of corrections
    that were taken back (``undone``) are never given again. ``moments``: how many kills fell into each kind of work
    (:mod:`crash_child`), one within another counting for both, and how many between all.
    """

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.unsure: set[str] = set()
        self.gone: set[str] = set()
        self.corrections: dict[int, list[str]] = {}  # number → what it says
        self.undoing: dict[int, list[str]] = {}
        self.undone: set[int] = set()
        self.labeller: str | None = None  # its fingerprint
        self.training = False
        self.acts: Counter[str] = Counter()
        self.moments: Counter[str] = Counter()
        self._doing: list[str] = []

    def read(self, line: str) -> None:
        act, _, what = line.strip().partition(" ")
        if act == ">":
            self._doing.append(what)
            return
        if act == "<":
            assert self._doing.pop() == what
            return
        self.acts[act] += 1
        if act == "+":
            self.there.add(what)
            self.unsure.discard(what)
        elif act == "?-":
            self.unsure.add(what)
        elif act == "-":
            self.there.discard(what)
            self.unsure.discard(what)
            self.gone.add(what)
        elif act == "label":
            number, _, told = what.partition(" ")
            self.corrections[int(number)] = json.loads(told)
        elif act == "?undo":
            self.undoing[int(what)] = self.corrections.pop(int(what))
        elif act == "undone":
            del self.undoing[int(what)]
            self.undone.add(int(what))
        elif act == "?train":
            self.training = True
        elif act == "trained":
            self.labeller, self.training = what, False

    def killed(self) -> None:
        """The child is gone: what it was doing is counted, and is no more."""
        self.moments.update(set(self._doing) or ["between"])
        self._doing = []

    def check_corrections(self, found: dict[int, list[str]]) -> None:
        """Hold an archive's corrections against the book's."""
        assert self.corrections.keys() <= found.keys(), "an acknowledged correction is lost"
        assert not self.undone & found.keys(), "a correction that was taken back is there again"
        assert self.undoing.keys() <= found.keys() or not self.undoing.keys() & found.keys(), "half taken back"
        known = {**self.corrections, **self.undoing}
        assert all(found[number] == known[number] for number in known.keys() & found.keys()), "a correction changed"
        assert len(found.keys() - known.keys()) <= 1, "corrections that nobody made"
        self.undone |= self.undoing.keys() - found.keys()
        self.corrections, self.undoing = found, {}

    def check_labeller(self, found: str | None) -> None:
        """Hold the fingerprint of an archive's labeller against the book's."""
        if self.training:  # killed within: its labeller or the one before, which only it knows
            assert found is not None or self.labeller is None, "an acknowledged labeller is lost"
            self.labeller, self.training = found, False
        assert found == self.labeller, "the labeller is not the one that was acknowledged"


def said(correction: Correction) -> list[str]:
    """What a correction says; which statement it holds for may change."""
    return [correction.action, correction.value, correction.who, correction.at, correction.text]


def fingerprint(archive: Path) -> str | None:
    """Of the files of an archive's own labeller; None where it has none."""
    folder = own_folder(archive)
    if folder is None:
        return None
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return blake2b(b"".join(path.name.encode() + path.read_bytes() for path in files), digest_size=8).hexdigest()


def run_and_kill(
    book: Book, archive: Path, folder: Path, seed: int, seconds: float, *first: str, aimed: bool = False
) -> int:
    """Let a child work so long and kill it; how many acts it acknowledged.

    ``aimed``: not then, but while it continues a generation after that, if that comes soon.
    """
    process = child(archive, folder, seed, *first)
    assert process.stdout is not None
    before = acknowledged(book)
    assert process.stdout.readline().strip() == "ready"
    began, killer = time.monotonic(), threading.Timer(seconds + (PATIENCE if aimed else 0.0), process.kill)
    killer.start()
    for line in process.stdout:
        if line.endswith("\n"):
            book.read(line)
        if aimed and line.strip() in CONTINUING and time.monotonic() - began > seconds:
            aimed = False
            killer.cancel()
            killer = threading.Timer(random.Random(seed).uniform(0.0, CONTINUED), process.kill)
            killer.start()
    killer.cancel()
    assert process.wait() == -9, "the child ended by itself"
    book.killed()
    return acknowledged(book) - before


def acknowledged(book: Book) -> int:
    """How many acts children have ended."""
    return sum(book.acts[act] for act in ("+", "-", "label", "undone", "rebuilt", "trained", "upgraded"))


def check(book: Book, root: Path) -> None:
    """Hold an archive against the book: nothing lost, nothing half."""
    mended(root)
    with Archive.open(root) as archive:
        found = {row.id: row for row in archive.list()}
        assert book.there - book.unsure <= found.keys(), "an acknowledged report is lost"
        assert not book.gone & found.keys(), "an acknowledged removal came back"
        extra = found.keys() - book.there
        assert len(extra) <= 4, "reports that nobody added"
        for report in extra:  # committed, killed before the word got out
            book.there.add(report)
        book.gone |= book.there - found.keys()  # a removal that was committed before the word got out
        book.there -= book.gone
        book.unsure.clear()
        book.check_corrections({one.id: said(one) for one in archive.corrections()})
        book.check_labeller(fingerprint(root))
        _whole(archive, found)
        findable(archive)
        hits = archive.search("人员不足", k=5).hits
        assert bool(hits) == bool(found)


def mended(root: Path) -> None:
    """Sound as it is, or, killed between a new labeller and its labels, sound after what verify says to run."""
    problems = verify(root)
    if problems and all("mingjian rebuild 重贴标签" in line for line in problems):
        with Archive.open(root) as archive:
            archive.rebuild()
        problems = verify(root)
    assert problems == []


def _whole(archive: Archive, found: dict[str, object]) -> None:
    """Every report has all its statements, each where the text says, the labeller's labels, and counts that fit."""
    corrected = archive.store.query(
        "SELECT DISTINCT r.id FROM originals o JOIN statements s ON s.row = o.statement"
        " JOIN reports r ON r.row = s.report"
    )
    labeller = labeller_of(archive.path)
    for report, row in found.items():
        stored = archive.show(report)
        kinds = [s["kind"] for s in stored.report["statements"]]
        assert (row.problems, row.measures) == (kinds.count("problem"), kinds.count("measure"))  # type: ignore[attr-defined]
        if (report,) not in corrected:
            assert kinds == ["problem", "problem", "measure"]
            for s in stored.report["statements"]:
                given = archive.store.query(
                    "SELECT l.label, l.score FROM labels l JOIN statements s ON s.row = l.statement"
                    " JOIN reports r ON r.row = s.report WHERE r.id = ? AND s.start = ? ORDER BY l.label",
                    (report, s["start"]),
                )
                own = sorted((one.id, round(one.score, 6)) for one in labeller.label(s["text"], s["kind"]))
                assert [(str(label), round(score, 6)) for label, score in given] == own, "labels of another labeller"
            if own_folder(archive.path) is None:
                labels = [s["labels"] for s in stored.report["statements"]]
                assert labels == [["staff_instability"]] * 2 + [["staffing"]]
        for statement in stored.report["statements"]:
            assert stored.text[statement["start"] : statement["end"]] == statement["text"]


def findable(archive: Archive) -> None:
    """Some problems are found in their reports; the indexes are :func:`complete`."""
    rows = archive.statements(kind="problem")
    for row in random.Random(len(rows)).sample(rows, min(LOOKED_FOR, len(rows))):
        assert [hit.text for hit in archive.search(row.text, k=1, report=row.report).hits] == [row.text]
    complete(archive)


def complete(archive: Archive) -> None:
    """The indexes have every statement's vector, once."""
    if not archive.list():
        return
    view, store = open_view(archive.path, archive.store, None), archive.store
    stored = store.query(
        "SELECT s.row, v.vector FROM statements s JOIN vectors v ON v.content = s.content AND v.model = ?"
        " ORDER BY s.row",
        (store.model_id(),),
    )
    positions, vectors = view.positions_of([row for row, _ in stored]), decode_vectors([blob for _, blob in stored])
    assert len(positions) == len(stored)
    assert np.allclose(view.vectors(positions), vectors, atol=1e-3), "a vector of another statement"
    if view.generation is not None and isinstance(view.generation.vectors, FaissIndex):
        assert listed(view.generation.vectors) == list(range(len(view.generation.rows))), "not every vector once"


def listed(index: FaissIndex) -> list[int]:
    """The positions that the inverted lists of all files have, ascending; all of them where there are no lists.

    Whether each is *found* is another matter: a few hundred texts of one pattern teach the eight bits so little that
    later ones come out as one. How many are found where lists are really used, bench/search.py and bench/scale.py tell.
    """
    if not index._lists:
        return list(range(index.size))
    return sorted(
        position
        for one in (index._index, *index._behind)
        for number in range(one.nlist)
        if one.invlists.list_size(number)
        for position in rev_swig_ptr(one.invlists.get_ids(number), one.invlists.list_size(number)).tolist()
    )


def first_version(root: Path) -> list[str]:
    """An archive as the first version wrote it: three reports, two of them versions of one, and a correction.

    Returns:
        What its store holds, as SQL.
    """
    root.mkdir(parents=True)
    with closing(sqlite3.connect(root / "store.sqlite3")) as connection:
        connection.executescript((HERE / "stores" / "archive-1.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    shutil.copy(HERE / "stores" / "archive-1.manifest.json", root / "manifest.json")
    return dump(root / "store.sqlite3")


def dump(path: Path) -> list[str]:
    """A SQLite file's contents, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump()]


def check_upgraded(root: Path, before: list[str]) -> None:
    """Whenever it was killed: the next opening ends the upgrade, all is there, and what it was lies beside, whole."""
    with Archive.open(root) as archive:
        assert len(archive.list()) == 3, "a report is lost"
        assert [one.who for one in archive.corrections()] == ["张三"], "a correction is lost"
        assert archive.search("业务不熟练").hits[0].text == "工作人员业务不熟练。"
        assert archive.verify() == []
    assert dump(root / KEPT) == before, "the copy is not what the store was"
