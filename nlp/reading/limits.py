"""How much of a file is read at most: a report is small, whatever is far larger is not one, or an attack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of reading. Time per file is the caller's to bound; these keep every step finite.

    Attributes:
        max_bytes: size of a file; larger ones are refused unread.
        max_text_bytes: size of a file that is text (txt, html), or of one XML part inside a document.
        max_chars: characters of text in a document.
        max_pages: pages of a PDF or OFD.
        max_ocr_pages: pages of a scan; each takes seconds.
        max_cells: table places in a document, spans expanded.
        max_span: rows or columns that one cell may cover.
        max_nesting: depth of tables within tables.
        max_page_lines: drawn lines on a page beyond which it is a drawing, and no tables are looked for.
        max_entries, max_unpacked, max_ratio: of a ZIP: entries, bytes in all, unpacked : packed.
        max_archive_depth: ZIP within ZIP.
        min_han: Chinese characters below which a text is not a report.
        convert_seconds: time for an outside converter of legacy files, where the file's own time is not over before.
    """

    max_bytes: int = 100_000_000
    max_text_bytes: int = 16_000_000
    max_chars: int = 3_000_000
    max_pages: int = 300
    max_ocr_pages: int = 60
    max_cells: int = 200_000
    max_span: int = 200
    max_nesting: int = 20
    max_page_lines: int = 50_000
    max_entries: int = 10_000
    max_unpacked: int = 1_000_000_000
    max_ratio: int = 200
    max_archive_depth: int = 3
    min_han: int = 20
    convert_seconds: float = 60.0


def too_large(what: str, size: int, most: int) -> str:
    """The cause where something is too large to be a report."""
    return f"{what}过大（{size_text(size)}，上限 {size_text(most)}），不像一份年度报告"


def size_text(size: int) -> str:
    """Megabytes for people: 209715200 → "210 MB"; small sizes keep one digit."""
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"
