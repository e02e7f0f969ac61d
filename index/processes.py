"""Processes of this package beside the running one, spoken to by lines over their pipes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

Process = subprocess.Popen[bytes]


def start(command: Sequence[str]) -> Process:
    """Start a program that finds this package, one thread to its number work, its errors thrown away.

    Modules are not looked for in the current folder, which may be the one that files were downloaded to.

    Raises:
        OSError: it cannot be started.
    """
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"},
    )


def end(process: Process) -> None:
    """Kill it, close its pipes and wait for it."""
    with suppress(OSError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
