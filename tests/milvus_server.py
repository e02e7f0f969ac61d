"""A real Milvus Lite server on loopback, for tests and benchmarks: the same gRPC that a cluster speaks."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

import pytest

MISSING = [name for name in ("pymilvus", "milvus_lite") if importlib.util.find_spec(name) is None]
REASON = f"needs pip install 'mingjian[milvus]' milvus-lite ({', '.join(MISSING)} missing)"


class MilvusServer:
    """``milvus-lite server`` over a folder; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def address(self, name: str) -> str:
        return f"milvus+http://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"milvus-lite server ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError("milvus-lite server did not start")

    def memory(self) -> int:
        """Resident bytes of the server; 0 where the system does not tell."""
        try:
            told = Path(f"/proc/{self.process.pid if self.process else 0}/status").read_text(encoding="ascii")
        except OSError:
            return 0
        return int(next(line.split()[1] for line in told.splitlines() if line.startswith("VmRSS:"))) * 1024

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@lru_cache(maxsize=1)
def _start() -> MilvusServer:
    folder = Path(tempfile.mkdtemp(prefix="mingjian-milvus-"))
    started = MilvusServer(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(started.kill)  # the last one registered goes first
    return started


def server() -> MilvusServer:
    """One server for whoever does not need one of its own, started once; skips the test where there can be none."""
    if MISSING:
        pytest.skip(REASON)
    return _start()
