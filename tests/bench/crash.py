"""Kill an archive's writer at hundreds of random moments and count what is lost: ``python tests/bench/crash.py``.

Children add, remove, label, undo, rebuild and train (tests/crash_child.py) until SIGKILL, 0 to ``--longest`` seconds
after they began, every fifth while it continues a generation after that; every tenth opens an archive of the first
version, which upgrades it, and is killed within that. After every kill the archive is verified and held against what
had been acknowledged (tests/crash_tools.py). Any loss ends the run with an error; the table tells how much was tried
and what was going on where the kills fell.
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
TOLD = 25  # kills between two lines on standard error
FRESH = 25  # kills after which a new archive is begun: first manifests and small generations are moments too

ACTS = {
    "+": "reports added",
    "-": "reports removed",
    "label": "corrections",
    "undone": "corrections taken back",
    "rebuilt": "rebuilds",
    "trained": "trainings",
    "grown": "generations continued, vectors one by one",
    "lists": "generations continued with lists of their own",
    "merged": "generations continued with lists put together",
}
MOMENTS = {
    "adding": "adding",
    "removing": "removing",
    "labelling": "correcting",
    "undoing": "taking corrections back",
    "rebuilding": "rebuilding",
    "training": "training",
    "between": "between acts",
    "publishing": "publishing a change",
    "building": "building a generation anew",
    "growing": "continuing one, vectors one by one",
    "lists": "continuing one with lists of their own",
    "merging": "continuing one with lists put together",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kills", type=int, default=300)
    arguments.add_argument("--longest", type=float, default=3.0, help="seconds")
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    archive_module._load_encoder = lambda name: HashEncoder(name or "hash")  # type: ignore[assignment]
    rng, acts, began, largest = random.Random(asked.seed), Counter[str](), time.monotonic(), 0
    upgrades, moments = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        root, book = Path(folder) / "archive", Book()
        for number in range(asked.kills):
            if number and number % TOLD == 0:
                seconds = time.monotonic() - began
                print(f"{number} of {asked.kills} kills, {seconds:.0f} s, nothing lost", file=sys.stderr, flush=True)
            if number % FRESH == 0:
                shutil.rmtree(root, ignore_errors=True)
                acts, moments = acts + book.acts, moments + book.moments
                book = Book()
            seed = asked.seed * 100_000 + number
            if number % 10 == 9:
                upgrades += _upgrade(Path(folder) / "old", seed, rng.uniform(0.0, UPGRADING))
                continue
            training = number % 5 == 4  # it takes seconds, so chance alone would seldom let one end
            seconds = rng.uniform(0.0, 4 * asked.longest if training else asked.longest)
            first = ["train"] if training else []
            run_and_kill(book, root, Path(folder) / "in", seed, seconds, *first, aimed=number % 5 == 2)
            check(book, root)
            largest = max(largest, len(book.there))
        acts, moments = acts + book.acts, moments + book.moments
    print(f"{asked.kills} kills in {time.monotonic() - began:.0f} s; nothing acknowledged was lost, nothing half")
    print(f"largest archive: {largest} reports; acknowledged between kills:")
    for key, name in ACTS.items():
        print(f"  {name}: {acts[key]}")
    print("kills while, one within another counting for both:")
    for key, name in MOMENTS.items():
        print(f"  {name}: {moments[key]}")
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
