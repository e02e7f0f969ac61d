"""The labelled corpus counted: lines by author, kind and number of labels, lines a label, κ of two annotators.

python tests/bench/agreement.py
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from index.teaching import agreement  # noqa: E402
from nlp.quality import kappa  # noqa: E402
from nlp.taxonomy import Taxonomy  # noqa: E402

FOLDER = ROOT / "corpora" / "labelled"


def rows(folder: Path) -> list[dict[str, object]]:
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]


def main() -> None:
    lines, second = rows(FOLDER), rows(FOLDER / "second")
    kinds = Counter((one["author"], one["kind"]) for one in lines)
    print("| author | problem | measure | none |\n|---|---|---|---|")
    for author in sorted({one["author"] for one in lines}, key=lambda name: (str(name)[0], int(str(name)[1:]))):
        print(f"| {author} | {kinds[author, 'problem']} | {kinds[author, 'measure']} | {kinds[author, 'none']} |")
    stated = [one for one in lines if one["kind"] != "none"]
    several = Counter(len(one["labels"]) for one in stated)
    print(f"\n{len(lines)} lines, {len(lines) - len(stated)} of kind none; labels a line:", end=" ")
    print(", ".join(f"{count} have {n}" for n, count in sorted(several.items())))
    same = sum(set(one["first"]) == set(one["labels"]) for one in second)
    pairs = [(one["first"], one["labels"]) for one in second]
    print(f"{len(second)} labelled twice, {same / len(second):.1%} with just the same labels\n")
    found, labels = agreement(), Counter(label for one in lines for label in one["labels"])
    print("| label | lines | κ |\n|---|---|---|")
    for entry in Taxonomy.load():
        print(f"| `{entry.id}` {entry.zh} | {labels[entry.id]} | {found.get(entry.id, float('nan')):.2f} |")
    assert kappa(pairs, "training") == found["training"]


if __name__ == "__main__":
    main()
