"""Do a report's numbers agree with one another, with its own words, and with the years before.

Each rule is a row of a table: what stands on the left and on the right of an equation, and how an official
calls it. An operand that is not known makes the verdict uncertain, never fail. All functions take
:class:`~nlp.records.Statistics` or the plain ``statistics`` object of the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from nlp.forms import application_columns, application_rows, form, review_axes, simplified
from nlp.quick import quick
from nlp.records import Check, Number, Statistics, Verdict
from nlp.text_checks import check_text

Tables = Mapping[str, Any]
Given = Statistics | Tables
_BALANCE = ("received_new", "carried_in", "processed_total", "carried_out")
_THREE = ("other_no_correction", "other_fee_unpaid", "other_misc")
_COLUMNS = {column.key: column.name for column in application_columns()}
_ROWS = {row.key: row.name for row in application_rows()}
_APPLICANTS = tuple((key, name) for key, name in _COLUMNS.items() if key != "total")
_MANY = 5
_check = quick(Check)


# One operand: what an official calls it, its value (None: not known), its sign. A bare tuple, for a report has
# hundreds of them.
Term = tuple[str, Number | None, int]


class Equation(NamedTuple):
    """An instance of a rule: both sides must be equal. ``subject`` opens the message."""

    where: str
    subject: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    left_name: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id, its formula, and the equations that it makes of a report's tables."""

    id: str
    formula: str
    equations: Callable[[Tables], Iterable[Equation]]


def tables(given: Given) -> Tables:
    """The plain ``statistics`` object of whatever is given."""
    return given.to_dict() if isinstance(given, Statistics) else given


def show(value: Number | None) -> str:
    """A number as an official writes it."""
    if value is None:
        return "空缺"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _total(terms: Iterable[Term]) -> Number | None:
    total: Number = 0
    for _, value, sign in terms:
        if value is None:
            return None
        total += sign * value
    return total


def _side(terms: Sequence[Term], name: str, total: Number | None) -> str:
    """One side in words; a long one as its name and sum, with what is not zero."""
    if len(terms) <= _MANY:
        parts = [f"{' - ' if sign < 0 else ' + '}{word}{show(value)}" for word, value, sign in terms]
        return "".join(parts)[3:]
    filled = [f"{word}{show(value)}" for word, value, _ in terms if value]
    detail = f"（{' + '.join(filled)}）" if 0 < len(filled) <= _MANY else ""
    return f"{name}{show(total)}{detail}"


def judge(rule: str, equation: Equation) -> Check:
    """Hold one equation: pass, fail, or uncertain where an operand is not known."""
    left, right = _total(equation.left), _total(equation.right)
    if left is None or right is None:
        gaps = [word for word, value, _ in (*equation.left, *equation.right) if value is None]
        named = "、".join(f"“{name}”" for name in gaps[:3]) + ("等" if len(gaps) > 3 else "")
        return _check(rule, equation.where, "uncertain", f"{equation.subject}：{named}没有可用的数，无法核对")
    status: Verdict = "pass" if abs(left - right) < 1e-6 else "fail"
    sign = "=" if status == "pass" else "≠"
    sides = f"{_side(equation.left, equation.left_name, left)} {sign} {_side(equation.right, '', right)}"
    advice = f"，{equation.advice}" if status == "fail" and equation.advice else ""
    return _check(rule, equation.where, status, f"{equation.subject}：{sides}{advice}")


# ---- within one report --------------------------------------------------------------------------------


def _outcome_keys(rows: Mapping[str, Any]) -> list[str]:
    """The rows that add up to the total: one row of （六）其他处理 or three, as the report prints."""
    keys = [key for key in _ROWS if key in rows and key not in _BALANCE]
    three = [key for key in _THREE if key in rows]
    if "other_total" in rows and three:
        empty = all(value is None for key in three for value in rows[key].values())
        drop = set(three) if empty else {"other_total"}
        keys = [key for key in keys if key not in drop]
    return keys


@cache
def _short(key: str) -> str:
    """A row's name without its ordinal."""
    name = _ROWS[key].split("）")[-1]
    return name.split(".")[-1].split("、")[-1]


def _table(given: Tables, name: str) -> Mapping[str, Any]:
    """One table; empty where the report lacks it."""
    return given.get(name) or {}


def _cell(rows: Mapping[str, Any], row: str, column: str) -> Number | None:
    value: Number | None = (rows.get(row) or {}).get(column)
    return value


def _balance(given: Tables) -> Iterator[Equation]:
    rows = _table(given, "applications")
    for key, name in _COLUMNS.items() if rows else ():
        new, carried_in, processed, carried_out = (_cell(rows, row, key) for row in _BALANCE)
        left = ("新收", new, 1), ("结转", carried_in, 1)
        right = ("总计", processed, 1), ("结转下年", carried_out, 1)
        yield Equation(key, f"表三“{name}”列", left, right)


def _outcomes(given: Tables) -> Iterator[Equation]:
    rows = _table(given, "applications")
    outcomes = [(_short(row), rows[row] or {}) for row in _outcome_keys(rows)]
    for key, name in _COLUMNS.items() if rows else ():
        left = tuple([(short, cells.get(key), 1) for short, cells in outcomes])
        right = (("总计", _cell(rows, "processed_total", key), 1),)
        yield Equation(key, f"表三“{name}”列", left, right, "各项办理结果之和")


def _row_sums(given: Tables) -> Iterator[Equation]:
    rows = _table(given, "applications")
    for key in (*_BALANCE[:2], *_outcome_keys(rows), *_BALANCE[2:]) if rows else ():
        if key in rows:
            cells = rows[key] or {}
            left = tuple([(name, cells.get(column), 1) for column, name in _APPLICANTS])
            right = (("总计", _cell(rows, key, "total"), 1),)
            yield Equation(key, f"表三“{_ROWS[key]}”行", left, right, "六类申请人之和")


def _block_sums(given: Tables) -> Iterator[Equation]:
    blocks, outcomes = review_axes()
    table = _table(given, "review")
    for block in blocks if table else ():
        cells = table.get(block.key) or {}
        terms = tuple([(outcome.name, cells.get(outcome.key), 1) for outcome in outcomes])
        yield Equation(block.key, f"表四“{block.name}”", terms[:-1], terms[-1:])


RULES = (
    Rule("T3-A", "新收 + 上年结转 = 总计 + 结转下年", _balance),
    Rule("T3-B", "各项办理结果之和 = （七）总计", _outcomes),
    Rule("T3-C", "六类申请人之和 = 总计", _row_sums),
    Rule("T4-A", "维持 + 纠正 + 其他 + 尚未审结 = 总计", _block_sums),
)
_NAMES = {
    **{row.key: row.name for name in ("2019", "2021") for row in form("2019" if name == "2019" else "2021").disclosure},
    **_ROWS,
    **{axis.key: axis.name for axis in review_axes()[0]},
}


def _domain(given: Tables) -> Iterator[Check]:
    """DOM-A: counts are integers and not negative; money may have decimals, changes may be negative."""
    seen = False
    sound = True
    for table in ("disclosure", "applications", "review"):
        for row, cells in (given.get(table) or {}).items():
            for column, value in cells.items():
                if value is None:
                    continue
                seen = True
                if value >= 0 and isinstance(value, int):
                    continue
                money = column.startswith("amount")
                if (value < 0 and column != "items_change") or (not money and value != int(value)):
                    sound = False
                    what = "是负数" if value < 0 else "不是整数"
                    message = f"“{_NAMES.get(row, row)}”的数 {show(value)} {what}，应为不小于0的整数"
                    yield Check("DOM-A", f"{table}.{row}.{column}", "fail", message)
    if seen and sound:
        yield Check("DOM-A", "all", "pass", "各表数字均为不小于0的整数（金额可有小数）")


def run_checks(statistics: Given, text: str) -> tuple[Check, ...]:
    """Hold a report's tables against each other and against its prose.

    T3-A and T3-B by column (``where``: "natural_person" … "total"), T3-C by row, T4-A by block, DOM-A over all
    numbers, TXT-A and TXT-B where the prose states something. A table that the report lacks makes no check.

    Args:
        statistics: the extracted tables, or their contract form.
        text: the report's normalised text.
    """
    given = tables(statistics)
    checks = [judge(rule.id, equation) for rule in RULES for equation in rule.equations(given)]
    checks += _domain(given)
    prose = statistics.prose if isinstance(statistics, Statistics) else None
    checks += check_text(given, simplified(text), prose)
    return tuple(checks)


# ---- between reports ----------------------------------------------------------------------------------


def check_years(previous: Given, current: Given) -> tuple[Check, ...]:
    """Hold a report against the same agency's report of the year before.

    T3-D (what was carried in is what was carried out, by column) and, where both are of the form of 2021, T2-A
    (documents in force, by row; a clean-up or reclassification may explain a difference).
    """
    before, now = tables(previous), tables(current)
    checks: list[Check] = []
    old, new = _table(before, "applications"), _table(now, "applications")
    for key, name in _COLUMNS.items() if old and new else ():
        left = (("本年报告的上年结转", _cell(new, "carried_in", key), 1),)
        right = (("上年报告的结转下年", _cell(old, "carried_out", key), 1),)
        checks.append(judge("T3-D", Equation(key, f"表三“{name}”列", left, right)))
    old, new = _table(before, "disclosure"), _table(now, "disclosure")
    for key in ("regulation", "normative_document") if old and new else ():
        was, cells = old.get(key) or {}, new.get(key) or {}
        if "in_force" not in was or "in_force" not in cells:
            continue
        terms = (
            ("上年现行有效", was["in_force"], 1),
            ("本年制发", cells.get("issued"), 1),
            ("本年废止", cells.get("repealed"), -1),
        )
        equation = Equation(
            key,
            f"表二“{_NAMES[key]}”",
            terms,
            (("本年现行有效", cells["in_force"], 1),),
            advice="请核实是否因清理或重新归类",
        )
        checks.append(judge("T2-A", equation))
    return tuple(checks)


def check_hierarchy(whole: Given, parts: Sequence[Given], *, complete: bool) -> tuple[Check, ...]:
    """Hold a whole government's numbers against the sum of its own and all its parts' reports (HIER-A).

    Args:
        whole: the whole government's summary report.
        parts: the reports of its office, departments and lower governments.
        complete: whether every part's report is among them; if not, only a sum above the whole's number is a
            fault, and all else uncertain.
    """
    total = _table(tables(whole), "applications")
    checks = []
    for row in _BALANCE if total else ():
        left = tuple(
            (f"第{i}份报告", _cell(_table(tables(part), "applications"), row, "total"), 1)
            for i, part in enumerate(parts, start=1)
        )
        subject = f"表三“{_ROWS[row]}”总计"
        printed, known = _cell(total, row, "total"), [value for _, value, _ in left if value is not None]
        if not complete and (printed is None or sum(known) < printed):
            so_far = f"已有 {len(left)} 份合计{show(sum(known))}，汇总报告{show(printed)}"
            checks.append(Check("HIER-A", row, "uncertain", f"{subject}：下级报告不一定齐全，{so_far}，无法核对"))
            continue
        if not complete:
            left = tuple(term for term in left if term[1] is not None)
        equation = Equation(row, subject, left, (("汇总报告", printed, 1),), "各报告之和", "请核实汇总的范围")
        checks.append(judge("HIER-A", equation))
    return tuple(checks)
