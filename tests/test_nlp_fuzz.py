"""Two thousand damaged files of all formats; the nightly script tests/bench/fuzz.py does twenty thousand."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the time limit uses a POSIX timer")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_damaged_files_end_in_a_report_or_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "bench"))
    import fuzz

    outcomes, faults = fuzz.run(2000, seed=1)
    assert faults == []
    assert outcomes["report"] > 200
    assert outcomes["refused"] > 200
