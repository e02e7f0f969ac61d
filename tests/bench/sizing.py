"""How many machines, how much memory and how much time: computed from measured figures, for archives of any size.

    python tests/bench/sizing.py [--measured docs/scaling.json] [--reports 10000 200000 …]

The measured figures are what ``tests/bench/beyond.py --out`` writes; what is multiplied with them is said below, so
that another machine's figures can be put in. Prints the table of ``docs/scaling.md``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / "docs" / "scaling.json"
REPORTS = (10_000, 50_000, 200_000, 500_000, 1_000_000, 2_000_000)

LINKS = 16 * 2 * 4  # bytes of an HNSW graph's links for a vector: 2·M neighbours of 4 bytes, M = 16
ELEMENT = 8  # bytes of one element of a sparse vector: dimension and value, 4 bytes each
SCALARS = 250  # bytes of the scalar fields of a row: places, agency, ids, labels
OVERHEAD = 1.3  # of memory over what is held: segments that grow, indexes of scalars, deleted rows
COPIES = 1.3  # of disk over what was measured after a building: what came in since, until it is compacted
HALVES = 3  # bytes a dimension of the local index above 50 000 rows: eight bits in the lists, float16 beside them
FLAT = 4  # bytes a dimension of the local index below: the size at which it was measured
OCR_PAGES, OCR_SECONDS = 5, 7.0  # of a scanned report: pages, and seconds of one core for each
OWN = 0.6e9  # bytes of a server's own memory, columns and encoder included, beside the index files that it maps
NODE = 48e9  # bytes that a query node of 64 GB holds: the system and searches under way want the rest

HEAD = (
    "| reports | rows | store | local index | memory here | parse, core h | write, h"
    " | Milvus memory | Milvus disk | query nodes | OCR, core h |",
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def line(reports: int, costs: Mapping[str, float]) -> str:
    """One row of the table."""
    rows = reports * costs["rows_per_report"]
    dimension = costs["dimension"]
    local = rows * (costs["index_bytes_per_row"] - (FLAT - HALVES) * dimension)
    sparse = ELEMENT * (costs["words_per_row"] + costs["grams_per_row"])
    memory = OVERHEAD * rows * (4 * dimension + LINKS + sparse + costs["text_bytes_per_row"] + SCALARS)
    cells = (
        f"{reports:,}",
        millions(rows),
        size(reports * costs["store_bytes_per_report"]),
        size(local),
        size(OWN + local),
        hours(reports * costs["parse_cpu_s"]),
        hours(reports * costs["write_cpu_s"]),
        size(memory),
        size(COPIES * rows * costs["milvus_disk_bytes_per_row"]),
        f"{math.ceil(memory / NODE)}",
        hours(0.1 * reports * OCR_PAGES * OCR_SECONDS),
    )
    return f"| {' | '.join(cells)} |"


def millions(count: float) -> str:
    """In millions."""
    return f"{count / 1e6:,.1f} M"


def size(count: float) -> str:
    """In GB."""
    return f"{count / 1e9:,.1f} GB" if count < 1e11 else f"{count / 1e9:,.0f} GB"


def hours(seconds: float) -> str:
    """In hours."""
    return f"{seconds / 3600:,.1f}"


def table(costs: Mapping[str, float], reports: Sequence[int] = REPORTS) -> str:
    """The whole table."""
    return "\n".join([*HEAD, *(line(count, costs) for count in reports)])


def main() -> None:
    parser = argparse.ArgumentParser(description="Sizing from measured figures")
    parser.add_argument("--measured", type=Path, default=MEASURED)
    parser.add_argument("--reports", type=int, nargs="+", default=[*REPORTS])
    options = parser.parse_args()
    print(table(json.loads(options.measured.read_text(encoding="utf-8"))["costs"], options.reports))


if __name__ == "__main__":
    main()
