"""Prints statutory tables in the layouts that reports come in; what a reader must give back is known."""

from __future__ import annotations

import random
from collections.abc import Callable

from nlp.forms import Form, application_columns, application_rows, form, review_axes
from nlp.records import Cell, Document, Grid

COLUMNS = [column.key for column in application_columns()]
BALANCE = ("received_new", "carried_in", "processed_total", "carried_out")
THREE = ("other_no_correction", "other_fee_unpaid", "other_misc")
GROUPS = {
    "denied": "（三）不予公开",
    "unable": "（四）无法提供",
    "not_processed": "（五）不予处理",
    "other": "（六）其他处理",
}
CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
Applications = dict[str, dict[str, int | None]]


def group(key: str) -> str:
    """The heading above a row, or nothing."""
    return "" if key == "other_total" else next((name for start, name in GROUPS.items() if key.startswith(start)), "")


def printed(key: str) -> str:
    """A row's label as the form prints it, its ordinal included."""
    row = next(row for row in application_rows() if row.key == key)
    if key in {"received_new", "carried_in", "granted"}:
        return {"received_new": "一、", "carried_in": "二、", "granted": "（一）"}[key] + row.label
    if key == "partially_granted":
        return "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"
    if key == "denied_security_stability":
        return "3.危及“三安全一稳定”"
    if key in {"processed_total", "other_total", "carried_out"}:
        return {"processed_total": "（七）", "other_total": "（六）", "carried_out": "四、"}[key] + row.label
    number = row.name.split("）")[1].split(".")[0]
    return f"{number}.{row.label}"


def row_keys(three: bool) -> list[str]:
    """The rows of one variant, in order."""
    return [row.key for row in application_rows() if (row.key != "other_total" if three else row.key not in THREE)]


def random_applications(rng: random.Random, three: bool, size: int = 60) -> Applications:
    """A table that satisfies T3-A, T3-B and T3-C."""
    keys = row_keys(three)
    outcomes = [key for key in keys if key not in BALANCE]

    def number(share: float) -> int:
        return rng.randint(1, size) if rng.random() < share else 0

    table: dict[str, list[int]] = {key: [number(0.15 if i else 0.5) for i in range(6)] for key in outcomes}
    done = [sum(table[key][i] for key in outcomes) for i in range(6)]
    out = [number(0.2) for _ in range(6)]
    carried = [rng.randint(0, done[i] + out[i]) if rng.random() < 0.3 else 0 for i in range(6)]
    table["processed_total"], table["carried_out"], table["carried_in"] = done, out, carried
    table["received_new"] = [done[i] + out[i] - carried[i] for i in range(6)]
    return {key: dict(zip(COLUMNS, [*table[key], sum(table[key])], strict=True)) for key in keys}


def random_review(rng: random.Random, size: int = 9) -> dict[str, dict[str, int | None]]:
    """Three blocks that satisfy T4-A."""
    out: dict[str, dict[str, int | None]] = {}
    for block in review_axes()[0]:
        cells = [rng.randint(0, size) if rng.random() < 0.4 else 0 for _ in range(4)]
        out[block.key] = dict(zip([o.key for o in review_axes()[1]], [*cells, sum(cells)], strict=True))
    return out


def shown(value: int | None) -> str:
    """A cell's text."""
    return "" if value is None else str(value)


# ---- section three ------------------------------------------------------------------------------------


def label_cells(key: str, first: str) -> list[str]:
    """The three label columns of a row."""
    if key in {"received_new", "carried_in", "carried_out"}:
        return [printed(key), "", ""]
    if group(key):
        return [first, group(key), printed(key)]
    return [first, printed(key), ""]


def header_rows() -> list[list[str]]:
    """The header as Word saves it with tabs."""
    names = [column.name for column in application_columns()]
    return [
        [CORNER, "", "", "申请人情况", "", "", "", "", "", "总计"],
        ["", "", "", "自然人", "法人或其他组织", "", "", "", "", ""],
        ["", "", "", "", *names[1:6], ""],
    ]


def cell_lines(table: Applications) -> str:
    """T1: one cell a line, rows parted by a blank line."""
    blocks = ["\n".join("\t" + cell for cell in row if cell) for row in header_rows()]
    for key, cells in table.items():
        labels = [cell for cell in label_cells(key, "三、本年度办理结果" if key == "granted" else "") if cell]
        lead = [""] * (len(labels) - 1) if key not in {"granted"} else []
        lines = ["\t" + cell for cell in [*lead, *labels, *(shown(cells[c]) for c in COLUMNS)]]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def tab_rows(table: Applications, bar: str = "\t") -> str:
    """T2 and T3: a row a line, a merged cell written once."""
    lines = [bar.join(row) for row in header_rows()]
    seen: set[str] = set()
    for key, cells in table.items():
        labels = label_cells(key, "三、本年度办理结果" if key == "granted" else "")
        if group(key) and group(key) in seen:
            labels[1] = ""
        seen.add(group(key))
        lines.append(bar.join([*labels, *(shown(cells[c]) for c in COLUMNS)]))
    return "\n".join(lines)


def shifted_rows(table: Applications) -> str:
    """T2: rows that lost their leading blanks, and end in blanks instead."""
    lines = ["\t".join(row) for row in header_rows()]
    for key, cells in table.items():
        labels = [cell for cell in label_cells(key, "三、本年度办理结果" if key == "granted" else "") if cell]
        row = [*labels, *(shown(cells[c]) for c in COLUMNS)]
        lines.append("\t".join(row + [""] * (10 - len(row))))
    return "\n".join(lines)


def pipe_rows(table: Applications) -> str:
    """T3: pipes with a rule under the header."""
    lines = tab_rows(table, " | ").split("\n")
    return "\n".join(["| " + line + " |" for line in lines[:1]] + ["|" + "---|" * 10] + [f"| {x} |" for x in lines[1:]])


def markdown_groups(table: Applications) -> str:
    """T4: one Markdown table a group, its columns renamed."""
    lines: list[str] = []
    current = None
    for key, cells in table.items():
        head = group(key) or (
            "三、本年度办理结果" if key not in {"received_new", "carried_in", "carried_out"} else "申请"
        )
        if head != current:
            current = head
            names = " | ".join(f"数据{i}" for i in range(1, 7))
            lines += ["", f"### {head}", f"| 情形 | {names} | 总计 |", "|" + "---|" * 8]
        lines.append("| " + " | ".join([printed(key), *(shown(cells[c]) for c in COLUMNS)]) + " |")
    return "\n".join(lines)


def space_lines(table: Applications) -> str:
    """T5: a row a line, numbers parted by blanks."""
    lines = ["申请人情况 法人或其他组织", "自然人 总计", "商业 科研 社会公益 法律服务 其他", "企业 机构 组织 机构"]
    for key, cells in table.items():
        lines.append(f"{group(key)} {printed(key)} {' '.join(shown(cells[c]) for c in COLUMNS)}".strip())
    return "\n".join(lines)


def broken_labels(table: Applications, rng: random.Random) -> str:
    """T5: as a PDF gives it: long labels broken over lines around their numbers, numbers above the label."""
    lines = [CORNER, "自然人 法人或其他组织 总计"]
    for i, (key, cells) in enumerate(table.items()):
        numbers, label = " ".join(shown(cells[c]) for c in COLUMNS), printed(key)
        choice = rng.random()
        if len(label) > 14 and choice < 0.8:
            cut = len(label) // 2
            lines += [label[:cut], numbers, label[cut:]]
        elif choice < 0.12 and i % 3 == 1:
            lines += [numbers, label]
        else:
            lines.append(f"{label} {numbers}")
        if group(key) and choice > 0.85:
            lines.append(group(key)[3:])
    return "\n".join(lines)


def glued(table: Applications) -> str:
    """No separators at all, as a crawl that lost its tags gives it."""
    parts = [CORNER, "申请人情况自然人法人或其他组织总计商业企业科研机构社会公益组织法律服务机构其他"]
    seen: set[str] = set()
    for key, cells in table.items():
        parts.append("三、本年度办理结果" if key == "granted" else "")
        parts.append(group(key) if group(key) not in seen else "")
        seen.add(group(key))
        parts.append(printed(key) + "".join(shown(cells[c]) for c in COLUMNS))
    return "".join(parts)


def one_line(table: Applications) -> str:
    """Blanks kept, newlines lost."""
    return space_lines(table).replace("\n", " ")


def grid_rows(table: Applications) -> list[list[str]]:
    """Rows with every merged cell filled in, as a reader with resolved spans gives them."""
    rows = [
        [CORNER] * 3 + ["申请人情况"] * 6 + ["总计"],
        [CORNER] * 3 + ["自然人"] + ["法人或其他组织"] * 5 + ["总计"],
        [CORNER] * 3 + ["自然人", *[column.name for column in application_columns()[1:6]], "总计"],
    ]
    for key, cells in table.items():
        labels = label_cells(key, "三、本年度办理结果")
        labels = [labels[0]] * 3 if not labels[1] else [labels[0], labels[1], labels[2] or labels[1]]
        rows.append([*labels, *(shown(cells[c]) for c in COLUMNS)])
    return rows


def grid_document(before: str, rows: list[list[str]], after: str, split: int | None = None) -> Document:
    """A document with a grid; equal neighbouring label cells are one merged cell. ``split`` cuts it into two."""
    text, grids = before + "\n", []
    for part in [rows] if split is None else [rows[:split], rows[split:]]:
        start = len(text)
        built: list[tuple[Cell, ...]] = []
        for r, row in enumerate(part):
            cells: list[Cell] = []
            for c, value in enumerate(row):
                left = cells[c - 1] if c else None
                above = built[r - 1][c] if r else None
                words = len(value.strip()) > 1 and not any(char.isdigit() for char in value)
                if words and left is not None and left.text == value:
                    cell = left
                elif words and above is not None and above.text == value:
                    cell = above
                else:
                    cell = Cell(value, len(text), len(text) + len(value))
                    text += value
                cells.append(cell)
                text += "\t" if c + 1 < len(row) else "\n"
            built.append(tuple(cells))
        grids.append(Grid(tuple(built), start, len(text) - 1))
        text += "— 4 —\n" if split is not None else ""
    return Document("grid", text + after, tuple(grids))


def html(table: Applications) -> str:
    """The table as HTML with its row and column spans."""
    names = "".join(f"<td>{column.name}</td>" for column in application_columns()[1:6])
    lines = [
        f"<tr><td rowspan=3 colspan=3>{CORNER}</td><td colspan=7>申请人情况</td></tr>",
        "<tr><td rowspan=2>自然人</td><td colspan=5>法人或其他组织</td><td rowspan=2>总计</td></tr>",
        f"<tr>{names}</tr>",
    ]
    inner = len(table) - sum(key in table for key in ("received_new", "carried_in", "carried_out"))
    sizes = {name: sum(group(key) == name for key in table) for name in GROUPS.values()}
    seen: set[str] = set()
    for key, cells in table.items():
        labels = f"<td colspan=3>{printed(key)}</td>"
        if key not in {"received_new", "carried_in", "carried_out"}:
            first = "" if "first" in seen else f"<td rowspan={inner}>三、本年度办理结果</td>"
            head = f"<td rowspan={sizes[group(key)]}>{group(key)}</td>" if group(key) not in {*seen, ""} else ""
            labels = first + head + (f"<td>{printed(key)}</td>" if group(key) else f"<td colspan=2>{printed(key)}</td>")
            seen |= {"first", group(key)}
        numbers = "".join(f"<td align=center>&nbsp;{shown(cells[c])}</td>" for c in COLUMNS)
        lines.append(f"<tr>{labels}{numbers}</tr>")
    return "<table border=1>" + "".join(lines) + "</table>"


TEXT_LAYOUTS: dict[str, Callable[[Applications], str]] = {
    "cell_lines": cell_lines,
    "tab_rows": tab_rows,
    "shifted_rows": shifted_rows,
    "pipe_rows": pipe_rows,
    "markdown_groups": markdown_groups,
    "space_lines": space_lines,
    "one_line": one_line,
}


# ---- sections two and four ----------------------------------------------------------------------------

ITEMS = {
    "regulation": "第二十条第（一）项",
    "licence": "第二十条第（五）项",
    "penalty": "第二十条第（六）项",
    "admin_fee": "第二十条第（八）项",
    "central_procurement": "第二十条第（九）项",
}


def disclosure_lines(told: Form, values: dict[str, dict[str, str]], bar: str = "\t") -> str:
    """Section two's table, a row a line."""
    lines: list[str] = []
    for row in told.disclosure:
        if row.key in ITEMS:
            lines.append(ITEMS[row.key] + (bar * 3 if bar != "" else ""))
            names = [c.name + ("（单位：万元）" if c.key == "amount_wan" else "") for c in row.columns]
            lines.append(bar.join(["信息内容", *names]))
        lines.append(bar.join([row.name, *(values[row.key][c.key] for c in row.columns)]))
    return "\n".join(lines)


def disclosure_cells(told: Form, values: dict[str, dict[str, str]]) -> str:
    """Section two's table, one cell a line."""
    rows = disclosure_lines(told, values).split("\n")
    return "\n\n".join("\n".join("\t" + cell for cell in row.rstrip("\t").split("\t")) for row in rows)


def review_line(values: dict[str, dict[str, int | None]], bar: str = "\t") -> str:
    """Section four's table: three header rows and one row of fifteen."""
    names = [outcome.name for outcome in review_axes()[1]]
    cells = [shown(value) for block in values.values() for value in block.values()]
    blank = [""] * 4
    return "\n".join(
        bar.join(row)
        for row in (
            ["行政复议", *blank, "行政诉讼", *blank, "", *blank],
            [*names, "未经复议直接起诉", *blank, "复议后起诉", *blank],
            [""] * 5 + names + names,
            cells,
        )
    )


def report(second: str, third: str, fourth: str) -> str:
    """A report around the tables."""
    return "\n".join(
        [
            "某某市样例局2023年政府信息公开工作年度报告",
            "一、总体情况",
            "2023年，我局按照第二十条的要求推进公开工作。",
            "二、主动公开政府信息情况",
            second,
            "三、收到和处理政府信息公开申请情况",
            third,
            "四、政府信息公开行政复议、行政诉讼情况",
            fourth,
            "五、存在的主要问题及改进情况",
            "2024年将办好3件实事。",
            "六、其他需要报告的事项",
            "本年度未收取信息处理费。",
        ]
    )


def told(name: str) -> Form:
    """The form of that name."""
    return form("2019" if name == "2019" else "2021")
