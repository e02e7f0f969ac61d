"""Tables whose first column names the row: it keeps its room on a narrow screen, the rest is moved sideways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ui import names
from ui.markup import safe

NAMED = "min-width:6.5em"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of figures; the first cell of every row is its name, "无数据" is told apart."""
    top = "".join(f'<th scope="col">{safe(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    return (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str]) -> str:
    cells = "".join(
        f'<td class="{"mj-none" if cell == names.NO_DATA else "mj-number"}">{safe(cell)}</td>' for cell in row[1:]
    )
    return f'<th scope="row" style="{NAMED}">{safe(row[0])}</th>{cells}'
