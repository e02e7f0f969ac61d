"""Damaged files of every format end in a report or a named error, never in anything else.

    python tests/bench/fuzz.py [--count 20000] [--seed 1]

Takes the gold and sample reports, damages each copy (bytes flipped, cut, doubled, spliced; in docx, ofd and zip also
inside their members), reads and parses it. Prints what broke, with the seed that repeats it; exit code 1 if anything
did. A file may take 20 s, the process 1 GB above its start.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import signal
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from nlp.errors import MingjianError  # noqa: E402
from nlp.parse import parse_document  # noqa: E402
from nlp.reading import read_bytes  # noqa: E402

FOLDERS = (ROOT / "tests" / "gold", ROOT / "corpora" / "sample" / "reports")
SUFFIXES = {".txt", ".html", ".htm", ".docx", ".pdf", ".ofd", ".mht"}
TIME_LIMIT = 20
MEMORY_LIMIT = 1 << 30


class TooSlow(BaseException):
    """Raised by the timer; not an Exception, so that no handler on the way swallows it."""


def originals(per_suffix: int = 40) -> list[Path]:
    """Files to be damaged, evenly over the formats."""
    found: dict[str, list[Path]] = {}
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found.setdefault(path.suffix, []).append(path)
    return [p for paths in found.values() for p in paths[:: max(1, len(paths) // per_suffix)][:per_suffix]]


def damage(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """One to six random wounds."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not out:
            break
        at = rng.randrange(len(out))
        length = min(len(out) - at, rng.choice((1, 2, 16, 200, 3000)))
        wound = rng.randrange(6)
        if wound == 0:
            out[at] = rng.randrange(256)
        elif wound == 1:
            del out[at : at + length]
        elif wound == 2:
            out[at:at] = out[at : at + length] * rng.choice((1, 3, 40))
        elif wound == 3:
            del out[at:]
        elif wound == 4:
            start = rng.randrange(max(1, len(other)))
            out[at : at + length] = other[start : start + length]
        else:
            out[at : at + length] = bytes(rng.randrange(256) for _ in range(length))
    return bytes(out)


def damage_members(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """A package whose members are damaged while the package itself stays sound."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            member = source.read(name)
            target.writestr(name, damage(member, rng, other) if name == chosen else member)
    return out.getvalue()


def damaged(paths: list[Path], count: int, seed: int) -> Iterator[tuple[int, str, bytes]]:
    """(seed of this file, name, bytes); each can be made again from its own seed."""
    contents = {path: path.read_bytes() for path in paths}
    for number in range(seed, seed + count):
        rng = random.Random(number)
        path, other = rng.choice(paths), rng.choice(paths)
        data = contents[path]
        if data[:4] == b"PK\x03\x04" and rng.random() < 0.6:
            yield number, path.name, damage_members(data, rng, contents[other])
        else:
            yield number, path.name, damage(data, rng, contents[other])


def attempt(name: str, data: bytes) -> str:
    """What became of one file: report, refused, or the fault."""
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
    try:
        report = parse_document(read_bytes(data, name))
        wrong = [s for s in report.statements if report.text[s.start : s.end] != s.text]
        return f"fault: offsets of {wrong[0]}" if wrong else "report"
    except MingjianError:
        return "refused"
    except TooSlow:
        return f"fault: more than {TIME_LIMIT} s"
    except Exception as error:
        return f"fault: {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Counts of outcomes, and a line for every fault."""

    def ring(*_: object) -> None:
        raise TooSlow

    previous = signal.signal(signal.SIGALRM, ring)
    outcomes: Counter[str] = Counter()
    faults = []
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    try:
        for number, name, data in damaged(originals(), count, seed):
            outcome = attempt(name, data)
            outcomes[outcome.split(":")[0]] += 1
            if outcome.startswith("fault"):
                faults.append(f"seed {number}, {name}: {outcome}")
    finally:
        signal.signal(signal.SIGALRM, previous)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - start
    if grown > MEMORY_LIMIT:
        faults.append(f"memory grew by {grown / 1e6:.0f} MB")
    return outcomes, faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    outcomes, faults = run(options.count, options.seed)
    for fault in faults:
        print(fault)
    print(f"{dict(outcomes)} in {time.perf_counter() - begun:.0f} s; {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
