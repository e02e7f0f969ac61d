"""A parsing process as :mod:`index.worker`, whose files do what their names say: hang, crash, sleep, babble."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from archive_tools import read_json_report

from index import parsing, worker
from index.parsing import Parsed
from nlp.labelling import Labeller
from nlp.records import Report


def odd(path: Path) -> Report:
    name = path.stem
    if name.startswith("hang"):  # a library that no signal interrupts
        import signal

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(600)
    if name.startswith("crash"):
        os._exit(11)
    if name.startswith("sleep"):
        time.sleep(600)
    if name.startswith("babble"):
        sys.stdout.write("a library prints\n")
        os.write(1, b"on the descriptor too\n")
    return read_json_report(path)


def parse(
    path: Path,
    known: frozenset[str],
    limit: float,
    labeller: Labeller | None,
    passed: frozenset[str],
    reading: Callable[[str], object],
) -> Iterator[Parsed]:
    del known, labeller, passed, reading
    yield parsing._attempt("", limit, lambda: odd(path))


worker.parse_path = parse
worker.main()
