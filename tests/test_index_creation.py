"""Several processes that make one archive at the same moment all get it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OPEN = "import sys; from index import Archive; Archive.open(sys.argv[1]).close()"


def test_processes_that_create_one_archive_at_once(tmp_path: Path) -> None:
    for attempt in range(3):
        folder = tmp_path / f"archive{attempt}"
        running = [
            subprocess.Popen([sys.executable, "-c", OPEN, str(folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        errors = [process.communicate(timeout=120)[1] for process in running]
        assert [process.returncode for process in running] == [0] * 4, errors
