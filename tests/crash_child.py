"""Works on an archive until it is killed: ``python crash_child.py ARCHIVE FILES SEED [train|upgrade]``.

With ``train`` it trains first; with ``upgrade`` it opens the archive, an older version's, and waits. Says on standard
output what it is about to do and what has been acknowledged, one line each: ``ready``, ``?- id`` (a removal begins),
``- id`` (removed), ``+ id`` (added), ``label n JSON`` (a correction and what it says), ``?undo n`` (it is being taken
back), ``undone n``, ``rebuilt``, ``?train``, ``trained FINGERPRINT`` (of the new labeller), ``upgraded``; of a
generation that continues the one before, once it is in force: ``grown`` (vectors one by one), ``lists`` (in lists, one
part more), ``merged`` (in lists, parts put together). ``> what`` and ``< what`` stand around what a kill may fall into.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from archive_tools import HashEncoder, read_json_report, write_report
from crash_tools import fingerprint, said

from index import archive as archive_module
from index import building, generations, publish, teaching
from index.archive import Archive
from index.backends.faiss import lists_behind
from index.backends.halves import parts, staying
from index.labellers import labeller_of
from index.parsing import HereParser
from index.records import AddResult
from nlp.examples import Example
from nlp.records import Report

TAIL, EXTENDED, LISTED = 12, 30, 90  # rows: so small that a few dozen reports come by every way of building


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def acknowledge(result: AddResult, _done: int, _total: int) -> None:
    if result.outcome in ("added", "updated"):
        say(f"+ {result.report}")


def make_small() -> None:
    """Limits that a few hundred rows pass: generations are continued, vectors lie in lists, parts are put together."""
    generations.TAIL_MIN = TAIL
    publish.EXTEND_FROM = EXTENDED
    building.FLAT_LIMIT = LISTED
    building.build = partial(building.build, flat_limit=LISTED)  # type: ignore[assignment]


def tell() -> None:
    """Say from now on how generations are built and changes published."""
    extend, build, delete, write = building.extend, building.build, generations.delete_others, publish.publish
    done: list[str] = []

    def telling(store: Any, before: Path, folder: Path, after: int, last: int, *rest: Any) -> int:
        how = manner(store, before, after, last)
        with during({"grown": "growing", "lists": "lists", "merged": "merging"}[how]):
            count = extend(store, before, folder, after, last, *rest)
        done.append(how)
        return count

    def switched(root: Path, keep: int) -> None:
        while done:
            say(done.pop())
        delete(root, keep)

    building.extend = telling
    building.build = around("building", build)
    generations.delete_others = switched
    publish.publish = around("publishing", write)


def manner(store: Any, before: Path, after: int, last: int) -> str:
    """How the rows in (after, last] come behind a generation."""
    vectors = before / "vectors.faiss"
    known = len(parts(vectors))
    if not known:
        return "grown"
    (count,) = store.query("SELECT count(*) FROM statements WHERE row > ? AND row <= ?", (after, last))[0]
    stay = staying(vectors, known - len(lists_behind(vectors)), count * store.dimension() * 2)
    return "lists" if stay == known else "merged"


@contextmanager
def during(what: str) -> Iterator[None]:
    """Say where a kill falls that comes while the block runs."""
    say(f"> {what}")
    yield
    say(f"< {what}")


def around(what: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same work, and word of when it is under way."""

    def told(*given: Any, **named: Any) -> Any:
        with during(what):
            return work(*given, **named)

    return told


def lessons() -> list[Example]:
    """Enough to learn from in a second: our own corpus takes half a minute."""
    said = {
        ("problem", "staff_instability"): ["人员不足", "人手短缺"],
        ("problem", "timeliness_poor"): ["更新慢", "晚了半个月"],
        ("measure", "staffing"): ["增加人手", "添一个人"],
        ("measure", "training"): ["办培训班", "请老师讲课"],
        ("none", ""): ["位于城东", "下设两组"],
    }
    return [
        Example(f"{place}{line}。", kind, (label,) if label else (), f"p{number % 3}", f"{place}{line}")
        for number, place in enumerate("甲乙丙丁戊己")
        for (kind, label), lines in said.items()
        for line in lines
    ]


def reader(root: Path) -> Callable[[Path], Report]:
    """Reads what :func:`write_report` wrote and labels it as the processes that parse do."""

    def read(path: Path) -> Report:
        report, labeller = read_json_report(path), labeller_of(root)
        labelled = (replace(one, labels=labeller.label(one.text, one.kind)) for one in report.statements)
        return replace(report, statements=tuple(labelled))

    return read


def main() -> None:
    root, folder, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    archive_module._load_encoder = lambda name: HashEncoder(name or "hash")  # type: ignore[assignment]
    make_small()
    teaching.built_in_examples = lambda without=(): (lessons(), [])
    parser = HereParser(reader(root))
    labeller_of(root)  # loaded before the time begins
    if sys.argv[4:] == ["upgrade"]:
        say("ready")
        with Archive.open(root):
            say("upgraded")
            time.sleep(3600)
    with Archive.open(root) as archive:
        say("ready")
        tell()
        for number in range(10_000):
            act = 0.5 if number == 0 and sys.argv[4:] == ["train"] else rng.random()
            reports = archive.list()
            if act < 0.2 and reports:
                remove(archive, rng.choice(reports).id)
            elif act < 0.3:
                with during("rebuilding"):
                    archive.rebuild()
                say("rebuilt")
            elif act < 0.45 and reports:
                correct(archive, rng, number)
            elif act < 0.52:
                say("?train")
                with during("training"):
                    archive.train()
                say(f"trained {fingerprint(root)}")
            else:
                files = [
                    write_report(
                        folder,
                        f"s{seed}-{number}-{i}",
                        agency=f"第{rng.randrange(30)}局",
                        year=2019 + rng.randrange(6),
                        problems=[[f"第{seed}轮第{number}批第{i}份，人员不足。", []]] * 2,
                        measures=[["增加人手。", []]],
                        pairs=[[0, 0]],
                    )
                    for i in range(rng.randrange(1, 5))
                ]
                with during("adding"):
                    archive.add(files, parser=parser, progress=acknowledge)


def remove(archive: Archive, report: str) -> None:
    say(f"?- {report}")
    with during("removing"):
        archive.remove(report)
    say(f"- {report}")


def correct(archive: Archive, rng: random.Random, number: int) -> None:
    """Correct a statement and take some corrections back."""
    statement = rng.choice(archive.statements(kind=["problem", "measure", "passage"])).id
    known = {one.id for one in archive.corrections()}
    with during("labelling"):
        archive.label(statement, kind=rng.choice(["problem", "measure", "none"]), by=str(number))
    for one in archive.corrections():
        if one.id not in known:
            say(f"label {one.id} {json.dumps(said(one), ensure_ascii=False)}")
    back = [one.id for one in archive.corrections() if rng.random() < 0.2]
    for one in back:
        say(f"?undo {one}")
    with during("undoing"):
        archive.undo(*back)
    for one in back:
        say(f"undone {one}")


if __name__ == "__main__":
    main()
