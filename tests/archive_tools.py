"""Hand-made reports and a tiny encoder, for tests of the archive that need no parser and no model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.archive import Archive
from index.parsing import HereParser
from index.points import Points
from index.records import AddResult
from index.tokens import gram_tokens
from nlp.errors import UnreadableReport
from nlp.records import Check, Figure, Label, Metadata, Region, Report, Section, Statement, Statistics

DIMENSION = 64


class HashEncoder:
    """Counts of hashed 2-grams: no training, always the same, near for texts that share characters."""

    def __init__(self, name: str = "hash", dimension: int = DIMENSION, segmenter: str = "") -> None:
        self.name = name
        self.dimension = dimension
        self.segmenter = segmenter
        self.fingerprint = f"{name}-{dimension}"
        self.points = Points(np.zeros((0, dimension), np.float32))

    def encode(self, texts: Sequence[str], *, batch: int = 64) -> NDArray[np.float32]:
        del batch
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for gram in gram_tokens(text):
                digest = blake2b((self.name + gram).encode(), digest_size=8).digest()
                out[row, digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
        lengths = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(out / np.maximum(lengths, 1e-9), dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        return self.encode([text])[0]


def make_report(
    source: str,
    *,
    agency: str | None = "北仑区应急管理局",
    year: int | None = 2021,
    problems: Sequence[tuple[str, Sequence[str]]] = (),
    measures: Sequence[tuple[str, Sequence[str]]] = (),
    passages: Sequence[str] = (),
    pairs: Sequence[tuple[int, int]] = (),
    region: Region | None = None,
    level: str = "county",
    agency_type: str = "emergency",
    form: str = "2021",
    scope: str = "agency",
    sign_date: str | None = None,
    warnings: Sequence[str] = (),
    figures: Sequence[tuple[str, float | None]] = (),
) -> Report:
    """A report whose text is its statements, one a line; ``pairs`` count problems and measures from 0 each."""
    if region is None:
        region = Region("浙江省", "宁波市", "北仑区", "330206")
    text = f"{agency}{year}年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n"
    statements: list[Statement] = []
    for kind, items in (("problem", problems), ("measure", measures)):
        for ordinal, (sentence, labels) in enumerate(items, start=1):
            found = tuple(Label(label, 1.0 - 0.1 * i, "词") for i, label in enumerate(labels))
            statements.append(
                Statement(
                    kind,  # type: ignore[arg-type]
                    sentence,
                    len(text),
                    len(text) + len(sentence),
                    labels=found,
                    ordinal=ordinal,
                    status="planned" if kind == "measure" else None,
                )
            )
            text += sentence + "\n"
    paragraphs = []
    for sentence in passages:
        paragraphs.append(Statement("passage", sentence, len(text), len(text) + len(sentence), section=1))
        text += sentence + "\n"
    metadata = Metadata(
        title=text.split("\n")[0],
        agency=agency,
        agency_raw=agency,
        agency_type=agency_type,
        region=region,
        level=level,
        scope=scope,  # type: ignore[arg-type]
        year=year,
        sign_date=sign_date,
    )
    return Report(
        source=source,
        text=text,
        metadata=metadata,
        form=form,  # type: ignore[arg-type]
        sections=(Section(5, "issues", "五、存在的主要问题及改进情况", text, 0, len(text)),),
        statistics=Statistics(
            form=form,  # type: ignore[arg-type]
            figures=tuple(
                Figure(path, value, "number" if value is not None else "blank", str(value or ""), 0, 1)
                for path, value in figures
            ),
        ),
        statements=tuple(statements),
        passages=tuple(paragraphs),
        pairs=tuple((p, len(problems) + m) for p, m in pairs),
        checks=(Check("T3-A", "total", "pass", "平"),),
        warnings=tuple(warnings),
    )


def read_json_report(path: Path) -> Report:
    """A "parser": the file's JSON holds the keyword arguments of :func:`make_report`."""
    text = path.read_text(encoding="utf-8")
    if not text.startswith("{"):
        raise UnreadableReport(str(path), "不是报告")
    values = json.loads(text)
    if "region" in values:
        values["region"] = Region(*values["region"])
    return make_report(str(path), **values)


def write_report(folder: Path, name: str, **values: object) -> Path:
    """A file that :func:`read_json_report` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    return path


def sentence(number: int) -> str:
    """A sentence that differs for each number, of words that real ones have."""
    subjects = ("工作人员", "政策解读", "信息更新", "公开渠道", "栏目设置", "依申请公开", "政务新媒体", "基层单位")
    faults = ("业务不熟练", "形式单一", "不够及时", "较为狭窄", "不够规范", "答复较慢", "互动不足", "进展不平衡")
    places = ("东城", "西河", "南岭", "北湖", "前山", "后港", "上坪", "下塘")
    a, b, c = number % 8, number // 8 % 8, number // 64 % 8
    return f"{places[c]}片区{subjects[a]}{faults[b]}，第{number}项有待改进。"


def fill(folder: Path, count: int, *, each: int = 4, start: int = 0) -> list[Path]:
    """Files of ``count`` reports, ``each`` problems and measures in every one, years 2019–2024."""
    out = []
    for number in range(start, start + count):
        base = number * each
        out.append(
            write_report(
                folder,
                f"r{number:04d}",
                agency=f"第{number // 6}区应急管理局",
                year=2019 + number % 6,
                region=["浙江省", "宁波市", f"第{number // 6}区", f"33{number // 6:04d}"],
                problems=[[sentence(base + i), ["staff_capacity"]] for i in range(each)],
                measures=[[f"针对{sentence(base + i)}加强培训。", ["training"]] for i in range(each)],
                passages=[f"总体情况：{sentence(base + 7)}"],
                pairs=[[i, i] for i in range(each - 1)],
            )
        )
    return out


def add(archive: Archive, *paths: Path) -> list[AddResult]:
    """Add files that :func:`write_report` wrote."""
    return archive.add(paths, parser=HereParser(read_json_report))


@contextmanager
def small_disk_at(place: Path, kilobytes: int) -> Iterator[Path]:
    """A real disk of that size, mounted; the test is skipped where none can be."""
    place.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("a disk cannot be mounted here")
    if done.returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
