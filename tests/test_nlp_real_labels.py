"""Labels on the statements of real reports, labelled by hand before anything was run on them.

Only places and labels are kept here (``real_labels.json``: file → start, end, kind, labels); the text is in the files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp.labelling import default_labeller
from nlp.parse import parse_file
from nlp.quality import judge

SHARED = Path(__file__).parents[2] / "shared"
GOLD = json.loads((Path(__file__).parent / "real_labels.json").read_text("utf-8"))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
def test_labels_of_real_statements() -> None:
    labeller, rows, kinds, missed = default_labeller(), [], [], 0
    paths = {path.name: path for part in ("seeds", "reports") for path in (SHARED / part).rglob("*.*")}
    for name, statements in GOLD.items():
        report = parse_file(paths[name])
        cut = {(one.start, one.end): one for one in report.statements}
        for gold in statements:
            found = cut.get((gold["start"], gold["end"]))
            if found is None:
                missed += 1
                continue
            given = labeller.label(found.text, gold["kind"])
            rows.append((gold["labels"], [label.id for label in given]))
            kinds.append(found.kind == gold["kind"])
    assert missed <= 0.03 * len(rows)
    assert sum(kinds) / len(kinds) >= 0.98
    assert judge(rows).micro_f1 >= 0.80
