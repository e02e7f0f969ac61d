"""Kill an archive's writer at hundreds of random moments and count what is lost: ``python tests/bench/crash.py``.

Children add, remove, label, undo, rebuild and train (tests/crash_child.py) until SIGKILL, 0 to ``--longest`` seconds
after they began; every tenth opens an archive of the first version, which upgrades it, and is killed within that. After
every kill the archive is verified and held against what had been acknowledged (tests/crash_tools.py). Any loss ends the
run with an error; the table tells how much was tried.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from archive_tools import HashEncoder  # noqa: E402
from crash_tools import Book, check, check_upgraded, first_version, run_and_kill  # noqa: E402

from index import archive as archive_module  # noqa: E402

UPGRADING = 0.04  # seconds an upgrade of three reports takes here
FRESH = 25  # kills after which a new archive is begun: first manifests and small generations are moments too


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kills", type=int, default=300)
    arguments.add_argument("--longest", type=float, default=3.0, help="seconds")
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    archive_module._load_encoder = lambda name: HashEncoder(name or "hash")  # type: ignore[assignment]
    rng, acts, began, largest = random.Random(asked.seed), Counter[str](), time.monotonic(), 0
    upgrades = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        root, book = Path(folder) / "archive", Book()
        for number in range(asked.kills):
            if number % FRESH == 0:
                shutil.rmtree(root, ignore_errors=True)
                acts += Counter(book.acts)
                book = Book()
            seed = asked.seed * 100_000 + number
            if number % 10 == 9:
                upgrades += _upgrade(Path(folder) / "old", seed, rng.uniform(0.0, UPGRADING))
                continue
            training = number % 5 == 4  # it takes seconds, so chance alone would seldom let one end
            seconds = rng.uniform(0.0, 4 * asked.longest if training else asked.longest)
            run_and_kill(book, root, Path(folder) / "in", seed, seconds, *(["train"] if training else []))
            check(book, root)
            largest = max(largest, len(book.there))
        acts += Counter(book.acts)
    names = {"+": "reports added", "-": "reports removed", "label": "corrections", "?undo": "corrections taken back"}
    names |= {"rebuilt": "rebuilds", "trained": "trainings"}
    print(f"{asked.kills} kills in {time.monotonic() - began:.0f} s; nothing acknowledged was lost, nothing half")
    print(f"largest archive: {largest} reports; acknowledged between kills:")
    for key, name in names.items():
        print(f"  {name}: {acts[key]}")
    print(f"upgrades killed: {upgrades.total()}, of them after the new version was reached: {upgrades['upgraded']}")


def _upgrade(root: Path, seed: int, seconds: float) -> Counter[str]:
    """Kill an upgrade so many seconds after it began; how far it had come."""
    shutil.rmtree(root, ignore_errors=True)
    before, book = first_version(root), Book()
    run_and_kill(book, root, root, seed, seconds, "upgrade")
    check_upgraded(root, before)
    return Counter(["upgraded" if book.acts.get("upgraded") else "under way"])


if __name__ == "__main__":
    main()
