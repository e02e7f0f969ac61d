"""What docs/scaling.md says of sizes is what the measured figures give."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
MEASURED = json.loads((ROOT / "docs" / "scaling.json").read_text(encoding="utf-8"))


def sizing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sizing", ROOT / "tests" / "bench" / "sizing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_computed_from_the_measured_figures():
    assert sizing().table(MEASURED["costs"]) in DOCUMENT


def test_a_line_by_hand():
    costs = {
        **{"rows_per_report": 10, "dimension": 100, "index_bytes_per_row": 600, "store_bytes_per_report": 50_000},
        **{
            "words_per_row": 25,
            "grams_per_row": 25,
            "text_bytes_per_row": 322,
            "parse_cpu_s": 0.036,
            "write_cpu_s": 0.018,
            "milvus_disk_bytes_per_row": 2000,
        },
    }
    # a million rows; local 600 − 100 bytes each; there 1.3 × (400 + 128 + 400 + 322 + 250) = 1950 bytes each in memory,
    # 1.3 × 2000 on the disk
    assert sizing().line(100_000, costs) == (
        "| 100,000 | 1.0 M | 5.0 GB | 0.5 GB | 1.1 GB | 1.0 | 0.5 | 1.9 GB | 2.6 GB | 1 | 97.2 |"
    )


def test_query_nodes_by_hand():
    costs = dict.fromkeys(("parse_cpu_s", "write_cpu_s", "store_bytes_per_report", "text_bytes_per_row"), 0.0)
    costs |= {
        "rows_per_report": 20,
        "dimension": 256,
        "index_bytes_per_row": 256,
        "words_per_row": 0,
        "grams_per_row": 0,
        "milvus_disk_bytes_per_row": 2000,
    }
    # 40 million rows of 1.3 × (1024 + 128 + 250) = 1822.6 bytes are 72.9 GB: two nodes that hold 48 GB each
    assert "| 72.9 GB | 104 GB | 2 |" in sizing().line(2_000_000, costs)


def test_what_was_measured_was_sound():
    assert MEASURED["index"]["verify"] == []
    assert MEASURED["index"]["same_top10"] > 0.95
    assert MEASURED["ingest"]["same_ids"] is True
    assert all(MEASURED["ingest"][way]["failed"] == 0 for way in ("workers_1", "workers_2", "cluster_2"))
