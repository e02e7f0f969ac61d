"""A realistic corpus of any size by recombination: reports of many agencies, 2015–2025, as files or as an archive.

    python tests/bench/recombine.py FOLDER --statements 10000              # txt files of about 10 kB
    python tests/bench/recombine.py ARCHIVE --statements 1000000 --direct  # an archive, file parsing skipped

What is put together, all of it deterministic (the same numbers give the same bytes):

* *Agencies*: departments, governments and townships of the provinces, cities and counties of ``nlp/divisions.tsv``,
  in a shuffled order, each with a report for each of eleven years.
* *Section five*: the front of one sentence of ``corpora/clusters`` or ``corpora/labelled`` with the end of another one
  of the same label, figures drawn anew; a quarter of the sentences stand as they are, and a third of an agency's
  statements are last year's. Labels grow and fade over the years. A problem's measure is mostly of a label that
  answers it.
* *Sections one and six*: sentences of the sample reports' prose, figures drawn anew, until the file has 10 kB.
* *Tables*: sections two to four of one sample report of the form that was in force (2019, 2021); reports on the years
  before 2019 have prose in their place.

``--direct`` hands each report to the archive as the record that parsing its file would give (same text, offsets,
tables, statements and passages; labels are the sentences' own) through the functions that ``add`` uses, many reports in
one transaction. It skips reading and parsing of files and nothing else: the archive is a true one, ``verify`` holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from nlp.agency import agency_key  # noqa: E402
from nlp.divisions import region, table  # noqa: E402
from nlp.kinds import status_of  # noqa: E402
from nlp.pairing import pair  # noqa: E402
from nlp.parse import parse_document  # noqa: E402
from nlp.reading import read_bytes  # noqa: E402
from nlp.records import Check, Figure, Label, Metadata, Report, Section, Statement, Statistics  # noqa: E402
from nlp.taxonomy import Taxonomy  # noqa: E402

CORPORA = ROOT / "corpora"
YEARS = range(2015, 2026)
BYTES = 10_000  # of a file, about
DEPARTMENTS = (
    "应急管理局", "教育局", "财政局", "公安局", "司法局", "民政局", "交通运输局", "水利局", "农业农村局", "商务局",
    "卫生健康局", "审计局", "市场监督管理局", "统计局", "医疗保障局", "信访局", "林业局", "住房和城乡建设局",
    "人力资源和社会保障局", "自然资源局", "文化和旅游局", "退役军人事务局", "发展和改革局", "行政审批局", "人民政府",
    "人民政府办公室", "科学技术局", "城市管理局",
)  # fmt: skip
TOWNSHIPS = ("城关镇人民政府", "东关街道办事处", "新城镇人民政府", "河东乡人民政府", "南街街道办事处")
KINDS = ("problem", "measure")
CLAUSE = re.compile(r"[^，；：]+[，；：]?")
SENTENCE = re.compile(r"[^。]{14,110}。")
WHOLE = re.compile(r"(?!.是|是|以来|其中|20\d\d)")  # a sentence that can stand anywhere
FIGURE = re.compile(r"(?<![\d第.])\d{2,4}(?![\d年.])")
NUMERALS = "一二三四五六"
HEADINGS = {
    1: ("overview", "总体情况"),
    2: ("disclosure", "主动公开政府信息情况"),
    3: ("applications", "收到和处理政府信息公开申请情况"),
    4: ("review", "政府信息公开行政复议、行政诉讼情况"),
    5: ("issues", "存在的主要问题及改进情况"),
    6: ("other", "其他需要报告的事项"),
}
BEFORE_2019 = {
    2: "全年主动公开政府信息{}条，其中规范性文件{}件，通过政府网站公开的信息占多数，并在政务服务大厅设置了查阅点。",
    3: "全年收到政府信息公开申请{}件，均在规定期限内答复，其中予以公开{}件，没有收取检索、复制等费用。",
    4: "全年因政府信息公开申请行政复议{}件，提起行政诉讼{}件，各案均按规定提交了答复意见和证据材料。",
}


# -- the pieces -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of the corpora: its labels, and its clauses with their punctuation."""

    text: str
    labels: tuple[str, ...]
    clauses: tuple[str, ...]


@cache
def sources() -> dict[str, tuple[Source, ...]]:
    """Kind → sentences of ``corpora/clusters`` and ``corpora/labelled``."""
    out: dict[str, list[Source]] = {kind: [] for kind in KINDS}
    for path in (*sorted((CORPORA / "clusters").glob("*.jsonl")), *sorted((CORPORA / "labelled").glob("*.jsonl"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "text" in row:
                _take(out, row["kind"], row["text"], row["labels"])
                continue
            for one in row["statements"]:
                _take(out, row["kind"], one["text"], one.get("labels", row["labels"]))
            for one in row.get("measures", ()):
                _take(out, "measure", one["text"], one["labels"])
    return {kind: tuple(some) for kind, some in out.items()}


def _take(out: dict[str, list[Source]], kind: str, text: str, labels: Sequence[str]) -> None:
    plain = text.strip().rstrip("。；")
    if kind in out and labels and 8 <= len(plain) <= 120 and "\n" not in plain and "。" not in plain:
        out[kind].append(Source(plain, tuple(labels), tuple(CLAUSE.findall(plain))))


@cache
def by_label() -> dict[str, tuple[Source, ...]]:
    """First label → its sentences."""
    out: dict[str, list[Source]] = {}
    for some in sources().values():
        for one in some:
            out.setdefault(one.labels[0], []).append(one)
    return {label: tuple(some) for label, some in out.items()}


@dataclass(frozen=True, slots=True)
class Tables:
    """Sections two to four of a sample report: lines as a file has them, and what parsing them gives.

    ``text`` is the normalised text, ``statistics`` has offsets into it, ``spans`` the places of the sections' texts.
    """

    form: str
    raw: str
    text: str
    statistics: Statistics
    checks: tuple[Check, ...]
    spans: tuple[tuple[int, int], ...]


@cache
def donors() -> dict[str, tuple[Tables, ...]]:
    """Form → tables of the sample's text reports that parse without a failed check."""
    out: dict[str, list[Tables]] = {"2019": [], "2021": []}
    front, back = "甲市乙局2021年政府信息公开工作年度报告\n一、总体情况\n无。\n", "五、存在的主要问题及改进情况\n无。\n"
    for path in sorted((CORPORA / "sample" / "reports").rglob("*.txt")):
        lines = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        marks = [
            next((n for n, line in enumerate(lines) if line.startswith(f"{NUMERALS[i - 1]}、")), 0) for i in range(2, 6)
        ]
        if not 0 < marks[0] < marks[1] < marks[2] < marks[3]:
            continue
        for place, number in zip(marks, (2, 3, 4), strict=False):
            lines[place] = _heading(number)
        raw = "\n".join(lines[marks[0] : marks[3]])
        read = parse_document(read_bytes((front + raw + "\n" + back).encode(), path.name))
        sections = {section.number: section for section in read.sections}
        if read.form not in out or not {2, 3, 4, 5} <= set(sections) or any(c.status == "fail" for c in read.checks):
            continue
        begin = read.text.index(_heading(2))
        end = read.text.index(_heading(5))
        shifted = tuple(_moved(f, -begin) for f in read.statistics.figures)
        statistics = replace(read.statistics, figures=shifted, prose=())
        spans = tuple((sections[n].start - begin, sections[n].end - begin) for n in (2, 3, 4))
        out[read.form].append(Tables(read.form, raw, read.text[begin:end], statistics, read.checks, spans))
    return {form: tuple(some) for form, some in out.items()}


def _moved(f: Figure, by: int) -> Figure:
    return Figure(f.path, f.value, f.state, f.raw, f.start + by, f.end + by, f.unit, f.approximate)


@cache
def prose() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences of the sample reports' section one, and of their section six."""
    found: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for path in sorted((CORPORA / "sample" / "reports").rglob("*.txt")):
        read = parse_document(read_bytes(path.read_bytes(), path.name))
        for passage in read.passages:
            if passage.section in (1, 6):
                for sentence in filter(WHOLE.match, SENTENCE.findall(passage.text)):
                    found[passage.section == 6].setdefault(re.sub(r"20\d\d年度?[，,]?", "", sentence).strip())
    return tuple(found[0]), tuple(found[1])


@cache
def agencies() -> tuple[tuple[str, str, str], ...]:
    """(name, what it calls itself, code of its place), shuffled once and for all."""
    units = [d for several in table().by_code.values() for d in several]
    units = [d for d in units if d.valid(YEARS[0]) and d.valid(YEARS[-1]) and len(table().full.get(d.name, ())) == 1]
    out = []
    for unit in units:
        place = region(unit)
        front = "".join(filter(None, [place.city if unit.level == "county" else None, unit.name]))
        for name in (*DEPARTMENTS, *(TOWNSHIPS if unit.level == "county" else ())):
            own = "我街道" if "街道" in name else "我镇" if "镇" in name else "我乡" if "乡人" in name else "我局"
            out.append((front + name, own.replace("我局", "我单位") if "政府" in name else own, unit.code))
    random.Random("agencies").shuffle(out)
    return tuple(out)


# -- one report -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of section five before it has a place."""

    text: str
    labels: tuple[str, ...]


def statement(dice: random.Random, kind: str, year: int, label: str | None = None) -> Piece:
    """One statement; of a label, where one is given."""
    pool = by_label().get(label or "") or sources()[kind]
    front = dice.choice(pool)
    while label is None and dice.random() > _weight(front.labels[0], year):
        front = dice.choice(pool)
    text = front.text
    if dice.random() > 0.25:
        back = dice.choice(by_label()[front.labels[0]])
        head = front.clauses[: dice.randint(1, max(1, len(front.clauses) - 1))]
        tail = back.clauses[-dice.randint(1, 2) :]
        text = "".join([*head[:-1], head[-1].rstrip("，；："), "，", *tail])
    return Piece(_refigured(dice, text), front.labels)


@cache
def _weight(label: str, year: int) -> float:
    """How often a label is said that year, 0.3–1: each grows or fades by a rate of its own."""
    rate = random.Random(f"rate {label}").uniform(-1.0, 1.0)
    return 0.65 + 0.35 * rate * (year - 2020) / 5


def _refigured(dice: random.Random, text: str) -> str:
    return FIGURE.sub(lambda m: str(dice.randint(10 ** (len(m[0]) - 1), 10 ** len(m[0]) - 1)), text)


def _last_renewed(place: str, year: int, share: float) -> int:
    """The year in which something that is repeated with this share was last written anew."""
    while year > YEARS[0] and random.Random(f"{place} {year}").random() < share:
        year -= 1
    return year


def section_five(agency: str, year: int) -> dict[str, list[Piece]]:
    """Kind → statements, each text once; empty lists where the report says that there is no problem."""
    out: dict[str, list[Piece]] = {kind: [] for kind in KINDS}
    dice = random.Random(f"five {agency} {year}")
    if dice.random() < 0.04:
        return out
    number = dice.randint(2, 6)
    for slot in range(number):
        since = _last_renewed(f"{agency} {slot}", year, 0.33)
        own = random.Random(f"{agency} {slot} {since}")
        problem = statement(own, "problem", since)
        answers = Taxonomy.load().entry(problem.labels[0]).answered_by
        label = own.choice(answers) if answers and own.random() < 0.8 else None
        out["problem"].append(problem)
        if own.random() < 0.93:
            out["measure"].append(statement(own, "measure", since, label if label in by_label() else None))
    for slot in range(dice.randint(0, 1)):
        out["measure"].append(statement(random.Random(f"{agency} more {slot} {year}"), "measure", year))
    return {kind: list({piece.text: piece for piece in pieces}.values()) for kind, pieces in out.items()}


def paragraph(dice: random.Random, pool: Sequence[str], longest: int) -> str:
    """Up to ten sentences, at most ``longest`` characters."""
    out = dice.choice(pool)
    for _ in range(dice.randint(3, 9)):
        more = dice.choice(pool)
        if len(out) + len(more) <= longest and more not in out:
            out += more
    return _refigured(dice, out)


class _Writer:
    """Text that grows, and where its parts stand."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0

    def add(self, text: str) -> tuple[int, int]:
        """Append; gives the place of the text."""
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        return start, self.length

    def line(self, text: str) -> tuple[int, int]:
        """Append a line; gives the place of its text."""
        place = self.add(text)
        self.add("\n")
        return place


@dataclass(frozen=True, slots=True)
class Composed:
    """A report: the text that a file of it has, and the record that parsing the file would give."""

    name: str
    file: str
    report: Report


def _heading(number: int) -> str:
    return f"{NUMERALS[number - 1]}、{HEADINGS[number][1]}"


def compose(number: int) -> Composed:
    """The report of a number (0, 1, 2 …): eleven years of one agency, then the next one."""
    agency, own, code = agencies()[number // len(YEARS)]
    year = YEARS[number % len(YEARS)]
    dice = random.Random(f"report {agency} {year}")
    form = "free" if year < 2019 else "2019" if year < 2021 else "2021"
    donor = dice.choice(donors()[form]) if form != "free" else None
    pieces = section_five(agency, year)
    rest = BYTES - 700 - len((donor.raw if donor else "").encode())
    rest -= sum(len(piece.text.encode()) for some in pieces.values() for piece in some)
    writer, sections, passages = _Writer(), [], []
    title = writer.line(f"{agency}{year}年政府信息公开工作年度报告")

    def prose_section(which: int, lines: Sequence[str]) -> None:
        writer.line(_heading(which))
        start = writer.length
        for line in lines:
            place = writer.line(line)
            passages.append(Statement("passage", line, *place, section=which))
        sections.append((which, start, writer.length - 1))

    prose_section(1, _overview(agency, own, year, dice, rest))
    figures: list[Figure] = []
    if donor is not None:
        at = writer.length
        writer.add(donor.text)
        figures = [_moved(f, at) for f in donor.statistics.figures]
        sections += [(n, at + start, at + end) for n, (start, end) in zip((2, 3, 4), donor.spans, strict=True)]
    else:
        for which, line in BEFORE_2019.items():
            first = dice.randint(0, 400 if which == 2 else 30)
            prose_section(which, [line.format(first, dice.randint(0, max(1, first // 4)))])
        passages = [p for p in passages if p.section in (1, 2)]
    statements, span = _issues(writer, pieces, own)
    sections.append((5, *span))
    prose_section(6, [paragraph(dice, prose()[1], 240)])
    writer.line(agency)
    signed = f"{year + 1}年1月{dice.randint(5, 30)}日"
    writer.add(signed)
    text = "".join(writer.parts)
    statistics = replace(donor.statistics, figures=tuple(figures)) if donor else Statistics(form="free")
    metadata = replace(
        _metadata(agency, code),
        title=text[slice(*title)],
        year=year,
        sign_date=f"{year + 1}-01-{int(signed[7:-1]):02d}",
    )
    report = Report(
        source=f"{agency}{year}.txt",
        text=text,
        metadata=metadata,
        form=form,  # type: ignore[arg-type]
        sections=tuple(_section(text, *one) for one in sections),
        statistics=statistics,
        statements=statements,
        passages=tuple(passages),
        pairs=pair(statements, Taxonomy.load()),
        none_stated=not statements,
        checks=donor.checks if donor else (),
        warnings=({"free": "form_old", "2019": "form_2019", "2021": "form_2021"}[form],),
    )
    file = text.replace(donor.text, donor.raw + "\n", 1) if donor else text
    return Composed(report.source, file, report)


def _section(text: str, number: int, start: int, end: int) -> Section:
    return Section(number, HEADINGS[number][0], _heading(number), text[start:end], start, end)


def _overview(agency: str, own: str, year: int, dice: random.Random, size: int) -> list[str]:
    """Paragraphs of section one, ``size`` bytes of them; a part of them is last year's."""
    lines = [f"{year}年，{own}" + paragraph(dice, prose()[0], 180)]
    size -= len(lines[0].encode())
    slot = 0
    while size > 150:
        since = _last_renewed(f"{agency} one {slot}", year, 0.2)
        line = paragraph(random.Random(f"{agency} one {slot} {since}"), prose()[0], min(240, size // 3))
        lines.append(line)
        size -= len(line.encode())
        slot += 1
    return [line for line in dict.fromkeys(lines) if 30 <= len(line) <= 250]


def _issues(writer: _Writer, pieces: dict[str, list[Piece]], own: str) -> tuple[tuple[Statement, ...], tuple[int, int]]:
    """Write section five; its statements in reading order and its place."""
    writer.line(_heading(5))
    start = writer.length
    if not pieces["problem"]:
        writer.line(f"{own}政府信息公开工作不存在问题。")
        return (), (start, writer.length - 1)
    out = []
    for sub, (kind, heading) in enumerate(zip(KINDS, ("存在的主要问题", "改进措施"), strict=True)):
        if pieces[kind]:
            writer.line(f"（{NUMERALS[sub]}）{heading}")
        for ordinal, piece in enumerate(pieces[kind], start=1):
            writer.add(f"{ordinal}.")
            place = writer.line(piece.text + "。")
            labels = tuple(Label(label, round(0.95 - 0.1 * i, 2), "") for i, label in enumerate(piece.labels))
            status = status_of(piece.text) if kind == "measure" else None
            out.append(
                Statement(kind, piece.text + "。", *place, status=status, labels=labels, ordinal=ordinal)  # type: ignore[arg-type]
            )
    return tuple(out), (start, writer.length - 1)


@cache
def _metadata(agency: str, code: str) -> Metadata:
    """Who reports, as the parser reads it from a short report of this agency."""
    del code
    front = f"{agency}2021年政府信息公开工作年度报告\n一、总体情况\n无。\n"
    text = f"{front}五、存在的主要问题及改进情况\n无。\n{agency}\n2022年1月9日\n"
    return parse_document(read_bytes(text.encode(), "a.txt")).metadata


def corpus(statements: int, first: int = 0) -> Iterator[Composed]:
    """Reports until they have so many statements (problems and measures)."""
    number, count = first, 0
    while count < statements:
        composed = compose(number)
        yield composed
        count += len(composed.report.statements)
        number += 1


# -- files, or an archive ---------------------------------------------------------------------------------------


def write_files(folder: Path, reports: Iterator[Composed]) -> int:
    """One txt file a report, a folder a thousand of them; gives the number."""
    count = 0
    for count, composed in enumerate(reports, start=1):
        path = folder / f"{(count - 1) // 1000:04d}" / composed.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(composed.file, encoding="utf-8")
    return count


def fill(path: Path, reports: Iterator[Composed], batch: int = 250) -> int:
    """Put reports into the archive of a folder as ``add`` does, but parse nothing; gives the number.

    ``batch`` reports share one transaction and one call of the encoder; ``add`` has one each.
    """
    from index import Archive
    from index.embedding import Embedder, texts_of
    from index.labellers import note_labels
    from index.parsing import PARSER_VERSION
    from index.writes import FileMark, link_file, put_report

    count = 0
    with Archive.open(path) as archive, archive._writing():
        store = archive.store
        store._writer.execute("PRAGMA cache_size = -524288")  # type: ignore[union-attr]
        embedder = Embedder(store, archive._encoder_in_use())
        while some := list(islice(reports, batch)):
            texts = [text for one in some for text in texts_of(one.report)]
            vectors = embedder.missing(texts)
            with store.transaction() as tx:
                embedder.put(tx, vectors)
                for one in some:
                    data = one.file.encode()
                    mark = FileMark(f"/recombined/{one.name}", hashlib.sha256(data).hexdigest(), len(data))
                    placed = put_report(tx, one.report, agency_key(one.report.metadata), PARSER_VERSION)
                    link_file(tx, mark, placed.row, PARSER_VERSION)
            count += len(some)
            if count % 5000 < batch:
                print(f"{count} reports", file=sys.stderr, flush=True)
        note_labels(archive.store)
        archive._publish()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first report")
    parser.add_argument("--direct", action="store_true", help="fill an archive instead of writing files")
    given = parser.parse_args()
    reports = corpus(given.statements, given.first)
    count = fill(given.folder, reports) if given.direct else write_files(given.folder, reports)
    print(f"{count} reports")


if __name__ == "__main__":
    main()
