"""Reports parsed a second on one core, by format, against the time of the reader's own library on the same bytes.

    python tests/bench/parse.py [--seconds 5]

Text to ``Report``, no embedding, files in memory. The sample's files are shorter than most reports, so "txt 10k"
has them with the first sections of other sample reports added until each weighs 10 kB. Rates are per second of
the processor's time that the program took (``time.process_time``): on a machine that others use too, the clock on the
wall measures them as well. What it showed stands beside, for comparison. Last, memory over many files must stay
flat.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from nlp.parse import parse_document  # noqa: E402
from nlp.reading import read_bytes  # noqa: E402

REPORTS = ROOT / "corpora" / "sample" / "reports"


def decode(data: bytes) -> object:
    return data.decode("utf-8", "replace")


def lxml_html(data: bytes) -> object:
    from lxml import html

    return html.fromstring(data).text_content()


def python_docx(data: bytes) -> object:
    from docx import Document

    return [p.text for p in Document(io.BytesIO(data)).paragraphs]


def plumber(data: bytes) -> object:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return [page.extract_tables() for page in pdf.pages]


PEERS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    ".txt": ("decode", decode),
    ".html": ("lxml", lxml_html),
    ".docx": ("python-docx", python_docx),
    ".pdf": ("pdfplumber", plumber),
}


def rate(work: Callable[[str, bytes], object], files: list[tuple[str, bytes]], seconds: float) -> tuple[float, float]:
    """Files a second of the processor's time and by the clock, going round the files until the time is up."""
    done, begun, clock = 0, time.process_time(), time.perf_counter()
    while time.process_time() - begun < seconds:
        for name, data in files:
            work(name, data)
            done += 1
            if time.process_time() - begun >= seconds:
                break
    return done / (time.process_time() - begun), done / (time.perf_counter() - clock)


def lengthened(files: list[tuple[str, bytes]], size: int = 10_000) -> list[tuple[str, bytes]]:
    """The reports with prose of others behind their section one, until each has ``size`` bytes."""
    parsed = [(name, parse_document(read_bytes(data, name))) for name, data in files if b"\x00" not in data]
    ones = [next((r.text[s.start : s.end] for s in r.sections if s.number == 1), "") for _, r in parsed]
    prose = [one.partition("\n")[2].strip() for one in ones if len(one) > 300]
    out, turn = [], 0
    for (name, report), one in zip(parsed, ones, strict=True):
        text = report.text
        at = text.find(one) + len(one) if one else -1
        while at > 0 and len(text.encode()) < size * 0.95:
            turn += 1
            more = "\n" + prose[turn % len(prose)]
            text, at = text[:at].rstrip() + more + "\n" + text[at:].lstrip(), at + len(more)
        if at > 0:
            out.append((name, text.encode()))
    return out


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    print("format   files   kB each   reports/CPU s   by the clock   peer          peer files/CPU s   ratio")
    found = {suffix: [(p.name, p.read_bytes()) for p in sorted(REPORTS.rglob(f"*{suffix}"))] for suffix in PEERS}
    readable = [(name, data) for name, data in found[".txt"] if data.decode("utf-8", "ignore").encode() == data]
    groups = {".txt 10k": lengthened(readable[:150]), **found}
    for suffix, files in groups.items():
        peer, work = PEERS[suffix.partition(" ")[0]]
        for name, data in files[:3]:
            parse_document(read_bytes(data, name))  # what is loaded once does not count
            work(data)
        ours, clock = rate(lambda name, data: parse_document(read_bytes(data, name)), files, seconds)
        theirs, _ = rate(lambda _, data, work=work: work(data), files, seconds / 2)
        size = sum(len(data) for _, data in files) / len(files) / 1000
        print(
            f"{suffix[1:]:<8}{len(files):>6}{size:>10.1f}{ours:>16.0f}{clock:>15.0f}   {peer:<12}{theirs:>18.0f}"
            f"{ours / theirs:>8.2f}"
        )
    texts = [(p.name, p.read_bytes()) for p in sorted(REPORTS.rglob("*.txt"))]
    before = peak()
    for number in range(10_000):
        name, data = texts[number % len(texts)]
        parse_document(read_bytes(data, name))
    print(f"memory: {before:.0f} MB, after 10 000 more files {peak():.0f} MB")


if __name__ == "__main__":
    main()
