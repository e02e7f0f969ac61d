"""Works on an archive until it is killed: ``python crash_child.py ARCHIVE FILES SEED [train|upgrade]``.

With ``train`` it trains first; with ``upgrade`` it opens the archive, an older version's, and waits. Says on standard
output what it is about to do and what has been acknowledged, one line each: ``ready``, ``?- id`` (a removal begins),
``- id`` (removed), ``+ id`` (added), ``label n JSON`` (a correction and what it says), ``?undo n`` (it is being taken
back), ``rebuilt``, ``trained``, ``upgraded``; of generations that continue the one before, once they are in force:
``grown`` (vectors one by one), ``lists`` (in lists, one part more), ``merged`` (in lists, parts put together).
"""

from __future__ import annotations

import json
import random
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from archive_tools import HashEncoder, read_json_report, write_report
from crash_tools import said

from index import archive as archive_module
from index import building, generations, publish, teaching
from index.archive import Archive
from index.backends.halves import parts
from index.parsing import HereParser
from index.records import AddResult
from nlp.examples import Example

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
    extend, delete, done = building.extend, generations.delete_others, list[str]()

    def telling(store: Any, before: Path, folder: Path, *rest: Any) -> int:
        count = extend(store, before, folder, *rest)
        old, new = (len(parts(place / "vectors.faiss")) for place in (before, folder))
        done.append("grown" if not old else "lists" if new > old else "merged")
        return count

    def switched(root: Path, keep: int) -> None:
        while done:
            say(done.pop())
        delete(root, keep)

    building.extend = telling
    generations.delete_others = switched


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


def main() -> None:
    root, folder, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    archive_module._load_encoder = lambda name: HashEncoder(name or "hash")  # type: ignore[assignment]
    make_small()
    teaching.built_in_examples = lambda without=(): (lessons(), [])
    parser = HereParser(read_json_report)
    if sys.argv[4:] == ["upgrade"]:
        say("ready")
        with Archive.open(root):
            say("upgraded")
            time.sleep(3600)
    with Archive.open(root) as archive:
        say("ready")
        for number in range(10_000):
            act = 0.5 if number == 0 and sys.argv[4:] == ["train"] else rng.random()
            reports = archive.list()
            if act < 0.2 and reports:
                gone = rng.choice(reports).id
                say(f"?- {gone}")
                archive.remove(gone)
                say(f"- {gone}")
            elif act < 0.3:
                archive.rebuild()
                say("rebuilt")
            elif act < 0.45 and reports:
                statement = rng.choice(archive.statements(kind=["problem", "measure", "passage"])).id
                known = {one.id for one in archive.corrections()}
                archive.label(statement, kind=rng.choice(["problem", "measure", "none"]), by=str(number))
                for one in archive.corrections():
                    if one.id not in known:
                        say(f"label {one.id} {json.dumps(said(one), ensure_ascii=False)}")
                undone = [one.id for one in archive.corrections() if rng.random() < 0.2]
                for one in undone:
                    say(f"?undo {one}")
                archive.undo(*undone)
            elif act < 0.52:
                archive.train()
                say("trained")
            else:
                files = [
                    write_report(
                        folder,
                        f"s{seed}-{number}-{i}",
                        agency=f"第{rng.randrange(30)}局",
                        year=2019 + rng.randrange(6),
                        problems=[[f"第{seed}轮第{number}批第{i}份，人员不足。", ["staff_instability"]]] * 2,
                        measures=[["增加人手。", ["staffing"]]],
                        pairs=[[0, 0]],
                    )
                    for i in range(rng.randrange(1, 5))
                ]
                archive.add(files, parser=parser, progress=acknowledge)


if __name__ == "__main__":
    main()
