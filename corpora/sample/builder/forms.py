"""The statutory tables as grids, in the national forms of 2019 and 2021."""

from __future__ import annotations

from corpora.sample.builder.applications import APPLICANTS, BLOCKS, RESULTS
from corpora.sample.builder.blocks import Cell, Grid
from corpora.sample.builder.printing import Sheet

COLUMNS = (*APPLICANTS, "total")
CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
PARTIAL = "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"

# Groups of rows under 三、本年度办理结果: heading, then (key, label).
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "（三）不予公开",
        (
            ("denied_state_secret", "1.属于国家秘密"),
            ("denied_other_law", "2.其他法律行政法规禁止公开"),
            ("denied_security_stability", "3.危及“三安全一稳定”"),
            ("denied_third_party", "4.保护第三方合法权益"),
            ("denied_internal_affairs", "5.属于三类内部事务信息"),
            ("denied_process_info", "6.属于四类过程性信息"),
            ("denied_enforcement_file", "7.属于行政执法案卷"),
            ("denied_admin_query", "8.属于行政查询事项"),
        ),
    ),
    (
        "（四）无法提供",
        (
            ("unable_not_held", "1.本机关不掌握相关政府信息"),
            ("unable_needs_creation", "2.没有现成信息需要另行制作"),
            ("unable_unclear", "3.补正后申请内容仍不明确"),
        ),
    ),
    (
        "（五）不予处理",
        (
            ("not_processed_petition", "1.信访举报投诉类申请"),
            ("not_processed_duplicate", "2.重复申请"),
            ("not_processed_publication", "3.要求提供公开出版物"),
            ("not_processed_excessive", "4.无正当理由大量反复申请"),
            ("not_processed_confirm_reissue", "5.要求行政机关确认或重新出具已获取信息"),
        ),
    ),
)
OTHERS = (
    ("other_no_correction", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_fee_unpaid", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_misc", "3.其他"),
)


def _numbers(sheet: Sheet, row: str) -> list[Cell]:
    return [Cell(sheet.cell(f"applications.{row}.{column}")) for column in COLUMNS]


def _header() -> Grid:
    kinds = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    return [
        [Cell(CORNER, 3, 3), Cell("申请人情况", 7)],
        [Cell("自然人", 1, 2), Cell("法人或其他组织", 5), Cell("总计", 1, 2)],
        [Cell(kind) for kind in kinds],
    ]


def applications_grid(sheet: Sheet) -> Grid:
    """Table three: ten columns, the first three for row labels."""
    table = sheet.applications or {}
    others = [(key, label) for key, label in OTHERS if key in table]
    count = 2 + sum(len(rows) for _, rows in GROUPS) + (len(others) or 1) + 1
    grid = _header()
    grid.append([Cell("一、本年新收政府信息公开申请数量", 3), *_numbers(sheet, "received_new")])
    grid.append([Cell("二、上年结转政府信息公开申请数量", 3), *_numbers(sheet, "carried_in")])
    grid.append([Cell("三、本年度办理结果", 1, count), Cell("（一）予以公开", 2), *_numbers(sheet, "granted")])
    grid.append([Cell(PARTIAL, 2), *_numbers(sheet, "partially_granted")])
    groups = [*GROUPS, *([("（六）其他处理", tuple(others))] if others else [])]
    for heading, rows in groups:
        for place, (key, label) in enumerate(rows):
            first = [Cell(heading, 1, len(rows))] if place == 0 else []
            grid.append([*first, Cell(label), *_numbers(sheet, key)])
    if not others:
        grid.append([Cell("（六）其他处理", 2), *_numbers(sheet, "other_total")])
    grid.append([Cell("（七）总计", 2), *_numbers(sheet, "processed_total")])
    grid.append([Cell("四、结转下年度继续办理", 3), *_numbers(sheet, "carried_out")])
    return grid


def review_grid(sheet: Sheet) -> Grid:
    """Table four: three blocks of five numbers."""
    names = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    paths = [f"review.{block}.{result}" for block in BLOCKS for result in (*RESULTS, "total")]
    return [
        [Cell("行政复议", 5), Cell("行政诉讼", 10)],
        [*(Cell(name, 1, 2) for name in names), Cell("未经复议直接起诉", 5), Cell("复议后起诉", 5)],
        [Cell(name) for name in names * 2],
        [Cell(sheet.cell(path)) for path in paths],
    ]


def _row(sheet: Sheet, label: str, row: str, columns: tuple[str, ...]) -> list[Cell]:
    spans = {1: (3,), 2: (1, 2), 3: (1, 1, 1)}[len(columns)]
    cells = [Cell(sheet.cell(f"disclosure.{row}.{c}"), s) for c, s in zip(columns, spans, strict=True)]
    return [Cell(label), *cells]


def _part(item: str, heads: tuple[str, ...], rows: list[list[Cell]]) -> Grid:
    spans = {1: (3,), 2: (1, 2), 3: (1, 1, 1)}[len(heads)]
    header = [Cell("信息内容"), *(Cell(h, s) for h, s in zip(heads, spans, strict=True))]
    return [[Cell(f"第二十条第（{item}）项", 4)], header, *rows]


def _disclosure_2021(sheet: Sheet) -> list[Grid]:
    stock = ("issued", "repealed", "in_force")
    decided = ("decisions",)
    return [
        _part(
            "一",
            ("本年制发件数", "本年废止件数", "现行有效件数"),
            [
                _row(sheet, "规章", "regulation", stock),
                _row(sheet, "行政规范性文件", "normative_document", stock),
            ],
        ),
        _part("五", ("本年处理决定数量",), [_row(sheet, "行政许可", "licence", decided)]),
        _part(
            "六",
            ("本年处理决定数量",),
            [_row(sheet, "行政处罚", "penalty", decided), _row(sheet, "行政强制", "coercion", decided)],
        ),
        _part(
            "八",
            ("本年收费金额（单位：万元）",),
            [_row(sheet, "行政事业性收费", "admin_fee", ("amount_wan",))],
        ),
    ]


def _disclosure_2019(sheet: Sheet) -> list[Grid]:
    made = ("newly_made", "newly_published", "total_published")
    items = ("items_prev_year", "items_change", "decisions")
    heads = ("上一年项目数量", "本年增/减", "处理决定数量")
    return [
        _part(
            "一",
            ("本年新制作数量", "本年新公开数量", "对外公开总数量"),
            [_row(sheet, "规章", "regulation", made), _row(sheet, "规范性文件", "normative_document", made)],
        ),
        _part(
            "五",
            heads,
            [_row(sheet, "行政许可", "licence", items), _row(sheet, "其他对外管理服务事项", "other_service", items)],
        ),
        _part(
            "六",
            heads,
            [_row(sheet, "行政处罚", "penalty", items), _row(sheet, "行政强制", "coercion", items)],
        ),
        _part("八", heads[:2], [_row(sheet, "行政事业性收费", "admin_fee", items[:2])]),
        _part(
            "九",
            ("采购项目数量", "采购总金额"),
            [_row(sheet, "政府集中采购", "central_procurement", ("items", "amount_yuan"))],
        ),
    ]


def disclosure_grids(sheet: Sheet, apart: bool) -> list[Grid]:
    """Table two as one grid, or (``apart``) as one grid per item of article 20."""
    old = "other_service" in (sheet.disclosure or {})
    parts = _disclosure_2019(sheet) if old else _disclosure_2021(sheet)
    return parts if apart else [[row for part in parts for row in part]]
