"""The statutory tables as rows of cells, with what is merged, for the documents that build_binaries.py makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
APPLICANTS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
_LABELS = {
    "received_new": "一、本年新收政府信息公开申请数量",
    "carried_in": "二、上年结转政府信息公开申请数量",
    "granted": "（一）予以公开",
    "partially_granted": "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    "denied_state_secret": "1.属于国家秘密",
    "denied_other_law": "2.其他法律行政法规禁止公开",
    "denied_security_stability": "3.危及“三安全一稳定”",
    "denied_third_party": "4.保护第三方合法权益",
    "denied_internal_affairs": "5.属于三类内部事务信息",
    "denied_process_info": "6.属于四类过程性信息",
    "denied_enforcement_file": "7.属于行政执法案卷",
    "denied_admin_query": "8.属于行政查询事项",
    "unable_not_held": "1.本机关不掌握相关政府信息",
    "unable_needs_creation": "2.没有现成信息需要另行制作",
    "unable_unclear": "3.补正后申请内容仍不明确",
    "not_processed_petition": "1.信访举报投诉类申请",
    "not_processed_duplicate": "2.重复申请",
    "not_processed_publication": "3.要求提供公开出版物",
    "not_processed_excessive": "4.无正当理由大量反复申请",
    "not_processed_confirm_reissue": "5.要求行政机关确认或重新出具已获取信息",
    "other_no_correction": "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    "other_fee_unpaid": "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    "other_misc": "3.其他",
    "other_total": "（六）其他处理",
    "processed_total": "（七）总计",
    "carried_out": "四、结转下年度继续办理",
}
_WHOLE = ("received_new", "carried_in", "carried_out")
_GROUPS = {
    "denied": "（三）不予公开",
    "unable": "（四）无法提供",
    "not_processed": "（五）不予处理",
    "other": "（六）其他处理",
}


@dataclass(slots=True)
class Layout:
    """Rows of equal length; ``merged``: (row, column, last row, last column) of each merged cell."""

    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, *cells: object, width: int) -> None:
        """Add a row; its last cell reaches to the end of the row."""
        row = [shown(cell) for cell in cells]
        if len(row) < width:
            self.merged.append((len(self.rows), len(row) - 1, len(self.rows), width - 1))
        self.rows.append(row + [""] * (width - len(row)))


def shown(value: object) -> str:
    """A cell's text; None is a blank cell."""
    return "" if value is None else f"{value:,}" if isinstance(value, int) and value > 99999 else str(value)


def _change(value: int | None) -> str:
    return "" if value is None else "0" if value == 0 else f"增{value}" if value > 0 else f"减{-value}"


def disclosure(form: str, cells: Mapping[str, Any]) -> Layout:
    """Section two's table of the form of 2019 or 2021."""
    out = Layout()

    def row(label: str, key: str) -> None:
        values = [_change(v) if name == "items_change" else v for name, v in cells[key].items()]
        out.add(label, *values, width=4)

    def head(item: str, *columns: str) -> None:
        out.add(f"第二十条第（{item}）项", width=4)
        out.add("信息内容", *columns, width=4)

    old = form == "2019"
    items = ("上一年项目数量", "本年增/减", "处理决定数量") if old else ("本年处理决定数量",)
    head(
        "一",
        *(
            ("本年新制作数量", "本年新公开数量", "对外公开总数量")
            if old
            else ("本年制发件数", "本年废止件数", "现行有效件数")
        ),
    )
    row("规章", "regulation")
    row("规范性文件" if old else "行政规范性文件", "normative_document")
    head("五", *items)
    row("行政许可", "licence")
    if old:
        row("其他对外管理服务事项", "other_service")
    head("六", *items)
    row("行政处罚", "penalty")
    row("行政强制", "coercion")
    head("八", *(items[:2] if old else ("本年收费金额（单位：万元）",)))
    row("行政事业性收费", "admin_fee")
    if old:
        head("九", "采购项目数量", "采购总金额")
        bought = cells["central_procurement"]
        out.add("政府集中采购", bought["items"], f"{bought['amount_yuan']:.2f}元", width=4)
    return out


def _group(key: str) -> str:
    return "" if key == "other_total" else next((name for word, name in _GROUPS.items() if key.startswith(word)), "")


def applications(cells: Mapping[str, Mapping[str, Any]]) -> Layout:
    """Section three's table: three columns of labels, seven of numbers."""
    out = Layout()
    out.rows = [
        [CORNER, "", "", "申请人情况", "", "", "", "", "", ""],
        ["", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计"],
        ["", "", "", "", *APPLICANTS, ""],
    ]
    out.merged = [(0, 0, 2, 2), (0, 3, 0, 9), (1, 3, 2, 3), (1, 4, 1, 8), (1, 9, 2, 9)]
    spans: dict[str, list[int]] = {}
    for key, numbers in cells.items():
        at, label, group = len(out.rows), _LABELS[key], _group(key)
        if key not in _WHOLE:
            spans.setdefault("三、本年度办理结果", []).append(at)
        if group:
            spans.setdefault(group, []).append(at)
        labels = [label, "", ""] if key in _WHOLE else ["", group, label] if group else ["", label, ""]
        if not group:
            out.merged.append((at, 0 if key in _WHOLE else 1, at, 2))
        out.rows.append([*labels, *(shown(number) for number in numbers.values())])
    for label, rows in spans.items():
        column = 0 if label.startswith("三") else 1
        for at in rows:
            out.rows[at][column] = ""
        out.rows[rows[0]][column] = label
        if len(rows) > 1:
            out.merged.append((rows[0], column, rows[-1], column))
    return out


def review(cells: Mapping[str, Mapping[str, Any]]) -> Layout:
    """Section four's table: three blocks of five numbers."""
    numbers = [shown(number) for block in cells.values() for number in block.values()]
    rows = [
        ["行政复议", "", "", "", "", "行政诉讼", *[""] * 9],
        [*OUTCOMES, "未经复议直接起诉", "", "", "", "", "复议后起诉", "", "", "", ""],
        ["", "", "", "", "", *OUTCOMES, *OUTCOMES],
        numbers,
    ]
    downward = [(1, column, 2, column) for column in range(5)]
    return Layout(rows, [(0, 0, 0, 4), (0, 5, 0, 14), (1, 5, 1, 9), (1, 10, 1, 14), *downward])


def layouts(gold: Mapping[str, Any]) -> dict[str, Layout]:
    """The tables that a gold report has, by name."""
    made: dict[str, Layout] = {}
    statistics = gold["statistics"]
    if statistics["disclosure"]:
        made["disclosure"] = disclosure(gold["form"], statistics["disclosure"])
    if statistics["applications"]:
        made["applications"] = applications(statistics["applications"])
    if statistics["review"]:
        made["review"] = review(statistics["review"])
    return made


def covered(merged: Sequence[tuple[int, int, int, int]]) -> set[tuple[int, int]]:
    """Places that a merged cell covers, its first one left out."""
    return {
        (row, column)
        for top, left, bottom, right in merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }
