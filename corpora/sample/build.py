"""Write the sample corpus: ``python -m corpora.sample.build [FOLDER]``.

Writes ``reports/<province>/<file>`` and the gold record ``data/gold.jsonl`` beside this file, or below FOLDER.
Every run writes the same bytes.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.sample.builder.applications import applications, reviews
from corpora.sample.builder.bank import Agency, Overview, agencies, planted
from corpora.sample.builder.blocks import Draft
from corpora.sample.builder.compose import Report
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.disclosure import disclosures
from corpora.sample.builder.plan import Plan, Planner
from corpora.sample.builder.printing import sheet
from corpora.sample.builder.titles import file_stem
from corpora.sample.builder.voice import voice
from corpora.sample.builder.writers import docx, html, pdf, txt

HERE = Path(__file__).resolve().parent
# Shares of the formats, in per cent.
FORMATS = {"txt": 40, "html": 25, "docx": 20, "pdf": 15}
UTF_16 = ("wenzhou-zj", 2022)


@dataclass(frozen=True)
class Made:
    """One finished file: its path below the corpus, its gold record, and what writes it."""

    path: str
    gold: dict[str, Any]
    draft: Draft
    format: str
    dice: Dice

    def data(self) -> bytes:
        """The file's bytes."""
        writer = {"txt": txt.write, "html": html.write, "docx": docx.write, "pdf": pdf.write}[self.format]
        return writer(self.draft, self.dice)


def _formats(keys: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """A format for every report, in the shares wanted."""
    order = sorted(keys, key=lambda key: Dice("format", *key).unit())
    out: dict[tuple[str, int], str] = {}
    start = 0.0
    for name, share in FORMATS.items():
        end = start + len(order) * share / 100
        out |= dict.fromkeys(order[round(start) : round(end)], name)
        start = end
    out[UTF_16] = "txt"
    return out


def _drafts() -> Iterator[tuple[Agency, int, Draft]]:
    """All reports, agency by agency."""
    planner = Planner()
    plans: dict[str, dict[int, Plan]] = {a.key: planner.agency(a, n) for n, a in enumerate(agencies())}
    by_key = {agency.key: agency for agency in agencies()}
    used: Counter[str] = Counter()
    for agency in agencies():
        tables = applications(agency)
        cases, disclosed = reviews(agency, tables), disclosures(agency)
        scripts: dict[int, list[Overview]] = {}
        for year in agency.years:
            true = (disclosed[year], tables[year], cases[year])
            printed = sheet(agency, year, true, Dice("print", agency.key, year))
            repeated = planted().repeats.get((agency.key, year), year)
            report = Report(agency, year, printed, true, used, scripts)
            source = planted().copies.get((agency.key, year), (agency.key, repeated))
            draft = report.compose(plans[source[0]][source[1]], voice(by_key[source[0]]), source)
            scripts[year] = report.teller.picked
            yield agency, year, draft


def _hints(draft: Draft, agency: Agency, year: int, dice: Dice) -> None:
    """What a site adds: who published it, an index number."""
    draft.hints["publisher"] = agency.name if dice.chance(0.8) else voice(agency).site.removesuffix("门户网站")
    draft.hints["index"] = f"0000{dice.between(10000, 99999)}/{year + 1}-{dice.between(10000, 99999)}"
    if (agency.key, year) == UTF_16:
        draft.hints["encoding"] = "utf-16"


def made() -> Iterator[Made]:
    """All files of the corpus, not yet written."""
    formats = _formats([(agency.key, year) for agency in agencies() for year in agency.years])
    paths: set[str] = set()
    for agency, year, draft in _drafts():
        dice = Dice("file", agency.key, year)
        kind = formats[agency.key, year]
        _hints(draft, agency, year, dice)
        folder = f"reports/{agency.province or '国家'}"
        stem = file_stem(agency, year, dice)
        path = f"{folder}/{stem}.{kind}"
        if path in paths:
            path = f"{folder}/{stem}（1）.{kind}"
        paths.add(path)
        gold = {"file": path, "key": agency.key, **draft.facts}
        yield Made(path, gold, draft, kind, dice.spawn("writer"))


def build(folder: Path) -> int:
    """Write all reports and the gold record below ``folder``; returns how many reports."""
    shutil.rmtree(folder / "reports", ignore_errors=True)
    lines: list[str] = []
    for one in made():
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data())
        lines.append(json.dumps(one.gold, ensure_ascii=False) + "\n")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "gold.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(lines)


def main() -> None:
    """Build into the folder named on the command line, or beside this file."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    sys.stdout.write(f"已生成 {build(folder)} 份样例报告：{folder}\n")


if __name__ == "__main__":
    main()
