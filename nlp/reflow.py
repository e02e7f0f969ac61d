"""Lines: which belong to a table, which are a page's marks, which are one paragraph wrapped by hand.

Used by :func:`nlp.normalise.normalise`; works on text whose characters are clean already.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from unicodedata import east_asian_width

_TITLE_LINES = 8
LONGEST_FURNITURE = 160
MAX_WRAP = 120  # a wrapped line is at most this many columns wide; a Chinese character takes two

_RULES = re.compile(r"^[\s|:+\-=─━│┃┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝║═]*$")
_PIPES = re.compile(r"[|│┃║]")
_DRAWN = re.compile(r"[|│┃║]|^\s*[┌└├╔╚╠+─━═-]")
_NUMBER_CELL = re.compile(r"^[-+]?[\d,.]+%?$|^[-—/]+$|^$")
_NUMBERS = re.compile(r"^(?:\S{0,60}?\s)?(?:[-+]?[\d,.]+|[-—/])(?:\s+(?:[-+]?[\d,.]+|[-—/]))+$|^[-+]?[\d,.]+$")
_PAGE_MARK = re.compile(
    r"^(?:[-—–―－─~·]{1,2}\s?\d{1,3}\s?[-—–―－─~·]{1,2}|(?:Page|PAGE|page|P\.|p\.)\s?\d{1,3}(?:\s?(?:of|/)\s?\d{1,3})?"
    r"|第\s?\d{1,3}\s?页(?:[\s,，/]{0,3}共\s?\d{1,3}\s?页)?|\d{1,3}\s?/\s?共?\d{1,3}\s?页)$"
)
_BARE_PAGE = re.compile(r"^\d{1,3}$")
# A line that opens something new: an ordinal, an annex, a note, a date, a title.
STARTS = re.compile(
    r"(?:[（(]\s?[一二三四五六七八九十\d]{1,3}\s?[）)]|[一二三四五六七八九十]{1,3}\s?[、．.]|[—-]、"
    r"|第[一二三四五六七八九十]{1,3}(?:部分|章|条|项|[，、])|\d{1,2}\s?[）)、.](?!\d)|[①-⑳]|附件|附[：:]|注[：:]|表[一二三四\d]"
    r"|(?:[12]\d{3}|二〇[一二三四五六七八九〇]{2})\s?年\s?[\d一二三四五六七八九十]{1,3}\s?月\s?[\d一二三四五六七八九十]{1,3}\s?日$)"
)
_SOFT_STARTS = re.compile(
    r"[一二三四五六七八九十]是|其[一二三四五六]|首先|其次|再次|最后|第[一二三四五六七八九十][，,]"
)
_TITLE = re.compile(
    r"^[^，。；：！？]{4,45}(?:报告|年报|总结)(?:[（(][^）)]{1,20}[）)])?$|^[^，。；：！？]{0,30}\d{4}\s?年度?$"
)
_HEAD = re.compile(r"(?:[一二三四五六七八九十]|[—-])\s?[、．.]\s?\S|.{0,6}总体情况|.{0,4}概述")
_WHOLE_HEADING = re.compile(
    r"[（(]?[一二三四五六七八九十]\s?[）)、．.][^，。；：]{2,40}(?:情况|事项|措施|问题|打算|安排|不足)$"
)
_END = frozenset("。！？；：”’!?;:")
_OPEN = re.compile(r"《[^》]{0,60}$|“[^”]{0,60}$|（[^）]{0,60}$|\([^)]{0,60}$")


@cache
def _chrome() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of a page's chrome: those for anywhere, those (facts about the page) for the head only."""
    text = files("nlp").joinpath("words", "chrome.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return re.compile("|".join(f"(?:{x})" for x in lines[:-2])), re.compile("|".join(f"(?:{x})" for x in lines[-2:]))


def is_chrome(line: str) -> bool:
    """Whether a line is a web page's furniture: print, close, font size, breadcrumb, neighbours (D9)."""
    return len(line) <= LONGEST_FURNITURE and "chrome" in _furniture(line)


@lru_cache(4096)  # the lines of the statutory tables are the same in every report
def _furniture(line: str) -> frozenset[str]:
    """What a short line is besides text of the report."""
    chrome, fact = _chrome()
    kinds = {"mark": _PAGE_MARK.match(line), "chrome": chrome.fullmatch(line), "fact": fact.fullmatch(line)}
    return frozenset(kind for kind, match in kinds.items() if match)


def is_heading_like(line: str, place: int = 0) -> bool:
    """Whether a line opens something new, so that it never continues the line before it.

    A title is looked for in the first lines only: ``place`` counts from 0.
    """
    return STARTS.match(line) is not None or (place < _TITLE_LINES and _TITLE.match(line) is not None)


def _pipe_row(line: str) -> str | None:
    """Turn a pipe row into a tab row, drop a ruler (None); other lines come back as they are."""
    if _RULES.match(line) and line.strip() and (len(line.strip()) > 2 or "|" in line):
        return "\t" if line.strip() == "|" else None
    bars = len(_PIPES.findall(line))
    bare = line.strip()
    if bars == 0 or (bars == 1 and not (bare[0] in "|│┃║" or bare[-1] in "|│┃║")):
        return line
    cells = [cell.strip() for cell in _PIPES.split(bare)]
    if bare[0] in "|│┃║":
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1] and bare[-1] in "|│┃║":
        cells = cells[:-1]
    return "\t".join(cells) if len(cells) > 1 else "\t" + cells[0]


def _tidy(line: str) -> str:
    """Collapse blanks; in a line with tabs, around each cell."""
    if " " not in line:
        return line
    if "\t" not in line:
        return line.strip() if "  " not in line else " ".join(line.split())
    return "\t".join(" ".join(cell.split()) for cell in line.split("\t"))


def _rows(text: str) -> list[str]:
    """Split into tidy lines; pipe rows become tab rows; page numbers beside a page's end go."""
    if "\f" in text:
        pages = [[_tidy(line) for line in page.split("\n")] for page in text.split("\f")]
        _drop_page_numbers(pages)
        lines = [line for page in pages for line in page]
    else:
        lines = [_tidy(line) for line in text.split("\n")]
    if not _PIPES.search(text):
        return lines
    rows = (_pipe_row(line) if _DRAWN.search(line) else line for line in lines)
    return [row for row in rows if row is not None]


def _drop_page_numbers(pages: list[list[str]]) -> None:
    """Drop bare numbers that stand as first or last line of pages and count with them."""
    for side in (0, -1):
        found: dict[int, list[tuple[list[str], int]]] = {}
        for number, page in enumerate(pages):
            filled = [i for i, line in enumerate(page) if line]
            if len(filled) > 1 and _BARE_PAGE.match(page[filled[side]]):
                found.setdefault(int(page[filled[side]]) - number, []).append((page, filled[side]))
        for places in found.values():
            if len(places) > 1:
                for page, index in places:
                    page[index] = ""


def _is_row(line: str) -> bool:
    """Whether a line has a tab between two cells."""
    return "\t" in line.lstrip("\t")


def _cell_run(lines: list[str], start: int) -> int:
    """End of the run of one-cell lines, their continuations and blank lines that begins at ``start``."""
    i = start
    while i < len(lines):
        line = lines[i]
        if not line or (line.startswith("\t") and not _is_row(line)) or _continues(lines, i, start):
            i += 1
        else:
            break
    while i > start and not lines[i - 1]:
        i -= 1
    return i


def _continues(lines: list[str], i: int, start: int) -> bool:
    """Whether line ``i`` without a tab goes on with the cell of the line before (a break within the cell)."""
    line, before = lines[i], lines[i - 1]
    if i == start or not before or "\t" in line or len(line) > 40 or line[-1] == "。":
        return False
    if _NUMBER_CELL.match(before.strip()) and line[0] not in "（(":
        return False
    return not STARTS.match(line)


def _is_cells(run: list[str]) -> bool:
    """Whether a run of tab-led lines is a table written one cell a line, not indented paragraphs."""
    cells = [line.strip() for line in run if line.startswith("\t")]
    if len(cells) < 4:
        return False
    short = sum(len(cell) <= 15 for cell in cells)
    plain = sum(bool(_NUMBER_CELL.match(cell)) for cell in cells)
    return short * 2 >= len(cells) and plain * 8 >= len(cells)


def _write_cells(run: list[str]) -> list[str]:
    """Give the lines of a one-cell-a-line table: one leading tab, one blank line at most, no broken cell."""
    out: list[str] = []
    for line in run:
        if line.startswith("\t"):
            out.append("\t" + line.lstrip("\t"))
        elif line:
            out[-1] = glue(out[-1], line)
        elif out and out[-1]:
            out.append("")
    return out


def _table_lines(lines: list[str]) -> list[str]:
    """Settle what tabs mean: rows stay, tables of one cell a line stay, all other tabs are blanks."""
    out: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        if "\t" not in line:
            if line:
                out.append(line)
            i += 1
            continue
        if _is_row(line):
            j = _row_run(lines, i)
            out.extend(_write_rows(lines[i:j]))
            i = j
            continue
        end = _cell_run(lines, i)
        if end < len(lines) and _is_row(lines[end]) and "" not in lines[i:end]:
            j = _row_run(lines, end)
            out.extend(_write_rows(lines[i:j]))
            i = j
        elif _is_cells(lines[i:end]):
            out.extend(_write_cells(lines[i:end]))
            i = end
            if i < len(lines):
                out.append("")
        else:
            out.extend(filter(None, (" ".join(line.split()) for line in lines[i:end])))
            i = max(end, i + 1)
    return out


def _row_run(lines: list[str], start: int) -> int:
    """End of the run of lines with tabs that begins at ``start``; single blank lines are within it."""
    i = start
    while i < len(lines):
        if "\t" in lines[i] or (not lines[i] and i + 1 < len(lines) and _is_row(lines[i + 1])):
            i += 1
        else:
            break
    return i


def _write_rows(run: list[str]) -> list[str]:
    """Give tab rows; a single line with few cells is prose with tabs in it."""
    rows = [line for line in run if line]
    if len(rows) < 2 and sum(bool(cell) for cell in rows[0].split("\t")) < 3:
        return [" ".join(rows[0].split())] if rows[0].strip() else []
    return rows


def arrange(text: str) -> str:
    """Tidy lines, settle table rows, drop the furniture of pages (D9, D13, T1 to T4)."""
    lines = _table_lines(_rows(text))
    kept: list[str] = []
    head = True
    for line in lines:
        if "\t" not in line and line:
            if head and _HEAD.match(line):
                head = False
            if len(line) <= LONGEST_FURNITURE and (kinds := _furniture(line)) and (head or kinds != {"fact"}):
                continue
        kept.append(line)
    if head:  # no heading at all: facts about the page cannot be told from the body
        kept = [x for x in lines if "\t" in x or len(x) > LONGEST_FURNITURE or _furniture(x) <= {"fact"}]
    return "\n".join(kept).strip("\n")


def width(line: str) -> int:
    """Columns that a line takes; a Chinese character takes two."""
    if line.isascii():
        return len(line)
    return 2 * len(line) - len(_wide().sub("", line))


@cache
def _wide() -> re.Pattern[str]:
    """Runs of characters that take two columns; beyond the basic plane all of them do."""
    plane = [east_asian_width(chr(point)) in "WFA" for point in range(0x10000)]
    edges = [point for point in range(1, 0x10000) if plane[point] != plane[point - 1]]
    ranges = (f"\\u{low:04x}-\\u{high - 1:04x}" for low, high in pairwise([*edges, 0x10000]) if plane[low])
    return re.compile(f"[{''.join(ranges)}\U00010000-\U0010ffff]+")


def glue(first: str, second: str) -> str:
    """Join two parts of a broken line: a blank only between two letters or digits."""
    if first and second and first[-1].isascii() and second[0].isascii():
        if first[-1].isalnum() and second[0].isalnum():
            return f"{first} {second}"
        if first[-1] in ",;:" and second[0].isalpha():
            return f"{first} {second}"
    return first + second


def _is_prose(line: str) -> bool:
    if not line or "\t" in line:
        return False
    return not (_is_numbers(line) if len(line) <= LONGEST_FURNITURE else _NUMBERS.match(line))


@lru_cache(4096)
def _is_numbers(line: str) -> bool:
    return _NUMBERS.match(line) is not None


def _wrap_column(lines: list[str], prose: list[bool]) -> int:
    """The column at which lines were wrapped by hand, or 0 where they were not.

    Lines that stop without a sentence's end and go on in the next line must crowd at one right margin.
    """
    open_widths = Counter[int]()
    for i in range(len(lines) - 1):
        if prose[i] and prose[i + 1] and lines[i][-1] not in _END and not is_heading_like(lines[i + 1], i + 1):
            columns = width(lines[i])
            if 30 <= columns <= MAX_WRAP:
                open_widths[columns] += 1
    total = open_widths.total()
    if total < 3:
        return 0
    best = max(open_widths, key=lambda w: (sum(open_widths[x] for x in range(w - 6, w + 1)), w))
    near = sum(open_widths[x] for x in range(best - 6, best + 1))
    widths = [width(line) for line, is_prose in zip(lines, prose, strict=True) if is_prose]
    wider = sum(w > best + 4 for w in widths)
    return best if near >= 3 and near * 2 >= total and wider * 5 <= len(widths) else 0


def _belongs(before: str, after: str, column: int, place: int) -> bool:
    """Whether ``after`` goes on with the paragraph that ``before`` breaks off; both are prose."""
    if is_heading_like(after, place):
        return False
    if before[-1] in "，、《（“‘" and len(before) >= 6:
        return True
    if before[-1] in _END or _SOFT_STARTS.match(after):
        return False
    if len(before) >= 8 and after[0] in "，。；、）》”：":
        return True
    if len(before) >= 12 and _OPEN.search(before) and any(mark in after for mark in "》）”)"):
        return True
    return column > 0 and width(before) >= column - 8 and not _WHOLE_HEADING.match(before)


def reflow(text: str) -> str:
    """Join the lines of paragraphs that were wrapped by hand (D13); tables and headings stay as they are."""
    lines = text.split("\n")
    prose = [_is_prose(line) for line in lines]
    column = _wrap_column(lines, prose)
    out = [lines[0]]
    for i in range(1, len(lines)):
        if prose[i] and prose[i - 1] and _belongs(lines[i - 1], lines[i], column, i):
            out[-1] = glue(out[-1], lines[i])
        else:
            out.append(lines[i])
    return "\n".join(out)
