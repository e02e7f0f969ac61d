"""Plain text as exported from Word or copied from a page: five ways to lose a table's shape."""

from __future__ import annotations

from corpora.sample.builder.blocks import Block, Cell, Draft, Grid
from corpora.sample.builder.dice import Dice

TABLES = {"cells": 34, "tabs": 30, "pipes": 14, "spaces": 12, "markdown": 10}
ENCODINGS = {"utf-8": 80, "gb18030": 14, "utf-8-sig": 6}
WRAP = 38


def spread(grid: Grid) -> list[list[Cell | None]]:
    """Resolve spans: every covered place but the first of a cell is None."""
    width = sum(cell.colspan for cell in grid[0])
    rows: list[list[Cell | None]] = [[None] * width for _ in grid]
    taken: set[tuple[int, int]] = set()
    for r, row in enumerate(grid):
        c = 0
        for cell in row:
            while (r, c) in taken:
                c += 1
            rows[r][c] = cell
            taken |= {(r + dr, c + dc) for dr in range(cell.rowspan) for dc in range(cell.colspan)}
            c += cell.colspan
    return rows


def _cells(grid: Grid) -> list[str]:
    """One cell a line behind a tab; a blank line after each row; places under a tall cell stay as bare tabs."""
    lines: list[str] = []
    rows = spread(grid)
    for r, row in enumerate(rows):
        c = 0
        while c < len(row):
            cell = row[c]
            lines.append("\t" + (cell.text if cell else ""))
            c += cell.colspan if cell else _covered(rows, r, c)
        lines.append("")
    return lines


def _covered(rows: list[list[Cell | None]], r: int, c: int) -> int:
    """Width of the tall cell from above that covers this place."""
    for up in range(r - 1, -1, -1):
        cell = rows[up][c]
        if cell is not None:
            return cell.colspan
    return 1


def _tabs(grid: Grid, dice: Dice) -> list[str]:
    """Tab-separated rows; with some luck the last row labels have lost the empty cells before them."""
    shifted = dice.chance(0.3)
    lines = []
    for row in spread(grid):
        texts = [cell.text if cell else "" for cell in row]
        label = next((text for text in texts[:3] if text), "")
        if shifted and len(texts) == 10 and not texts[0] and label in {"3.其他", "（七）总计"}:
            texts = [label, "", *texts[3:]]
        lines.append("\t".join(texts))
    return lines


def _pipes(grid: Grid, rule: bool) -> list[str]:
    lines = []
    for number, row in enumerate(spread(grid)):
        lines.append("| " + " | ".join(cell.text if cell else "" for cell in row) + " |")
        if rule and number == 0:
            lines.append("|" + " --- |" * len(row))
    return lines


def _spaces(grid: Grid) -> list[str]:
    """Labels and numbers parted by blanks, long labels broken over two lines, as copied from a PDF."""
    lines = []
    for row in spread(grid):
        texts = [cell.text.strip() for cell in row if cell and cell.text.strip()]
        if len(texts) > 1 and len(texts[0]) > 24 and texts[-1].isdigit():
            cut = 21 if texts[0][20] in "，、）" else 20
            lines += [texts[0][:cut], " ".join([texts[0][cut:], *texts[1:]])]
        else:
            lines.append(" ".join(texts))
    return lines


def _table(block: Block, style: str, dice: Dice) -> list[str]:
    if style == "cells":
        return ["", *_cells(block.grid)]
    if style == "tabs":
        return ["", *_tabs(block.grid, dice), ""]
    if style == "spaces":
        return [*_spaces(block.grid)]
    return ["", *_pipes(block.grid, rule=style == "markdown"), ""]


def table_style(draft: Draft, dice: Dice) -> str:
    """How tables are written; strokes and blanks in cells need marks that keep the columns apart."""
    style = dice.weighted(list(TABLES), list(TABLES.values()))
    tables = draft.facts["statistics"].values()
    blank = any(v is None for t in tables if isinstance(t, dict) for row in t.values() for v in row.values())
    return "tabs" if blank and style == "spaces" else style


def _wrapped(text: str) -> list[str]:
    """Break a paragraph in mid-sentence, as a flip-book does."""
    return [text[i : i + WRAP] for i in range(0, len(text), WRAP)]


def lines_of(draft: Draft, dice: Dice) -> list[str]:
    """The lines of the file."""
    style = table_style(draft, dice)
    wrap = dice.chance(0.07)
    indent = dice.choice(["", "", "　　", "    "])
    apart = dice.chance(0.3)
    lines: list[str] = []
    for number, block in enumerate(draft.blocks):
        if block.kind == "table":
            lines += _table(block, style, dice)
            continue
        text = block.ordinal + block.text
        inner = "" if block.kind in {"title", "head", "sign"} else indent
        lines += _wrapped(inner + text) if wrap and block.kind in {"para", "item"} else [inner + text]
        if wrap and number % 9 == 8:
            lines.append(f"— {number // 9 + 1} —")
        if apart:
            lines.append("")
    if dice.chance(0.06) and draft.blocks[0].kind == "title":
        lines[len(lines) // 8] = "[bookmark: _GoBack]" + lines[len(lines) // 8]
    return lines


def encoding_of(draft: Draft, dice: Dice) -> str:
    """The file's encoding."""
    if draft.hints.get("encoding"):
        return draft.hints["encoding"]
    return dice.weighted(list(ENCODINGS), list(ENCODINGS.values()))


def write(draft: Draft, dice: Dice) -> bytes:
    """The file's bytes; the draft's hint ``encoding`` decides the encoding where it is given."""
    end = "\r\n" if dice.chance(0.3) else "\n"
    encoding = encoding_of(draft, dice)
    data = end.join(lines_of(draft, dice)) + end
    return data.encode("utf-16" if encoding == "utf-16" else encoding)
