"""Groups compared, measures against problems, agencies and one agency's years, corrections: as sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.export.sheet import Column, Sheet
from index.filters import KINDS, LEVELS, SCOPES, agency_types
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

if TYPE_CHECKING:
    from index.archive import Archive
    from index.comparisons import Share

USUAL = (
    ("平常占比", "所有写了措施的问题里，用这类措施的占几成"),
    ("倍数", "占比 ÷ 平常占比；大于 1 说明这类措施特别针对这类问题"),
)
INTERVAL = ("区间", "占比的 95% Wilson 区间；报告越少，区间越宽")
PROFILE = (
    Column("kind", "类别", 8),
    Column("name", "标签", 26),
    Column("left_count", "左组写到", 10),
    Column("left_of", "左组报告数", 10),
    Column("left_share", "左组占比", 10),
    Column("left_low", "左组下限", 10),
    Column("left_high", "左组上限", 10),
    Column("right_count", "右组写到", 10),
    Column("right_of", "右组报告数", 10),
    Column("right_share", "右组占比", 10),
    Column("right_low", "右组下限", 10),
    Column("right_high", "右组上限", 10),
    Column("log_odds", "对数优势比", 10),
    Column("apart", "差别可靠", 10),
    Column("label", "标签编号", 22),
)
ANSWERS = (
    Column("problem", "问题", 26),
    Column("problems", "问题条数", 10),
    Column("unanswered", "没有措施的条数", 14),
    Column("unanswered_share", "没有措施的占比", 14),
    Column("measure", "措施", 26),
    Column("count", "用这类措施的条数", 16),
    Column("answered", "写了措施的条数", 14),
    Column("share", "占比", 10),
    Column("base", "平常占比", 10),
    Column("lift", "倍数", 8),
    Column("label", "问题编号", 22),
    Column("measure_label", "措施编号", 22),
)
AGENCY = (
    Column("name", "单位", 30),
    Column("province", "省份", 12),
    Column("city", "城市", 12),
    Column("county", "区县", 12),
    Column("level", "层级", 8),
    Column("agency_type", "单位类型", 14),
    Column("scope", "口径", 12),
    Column("reports", "报告数", 8),
    Column("years", "年份", 30),
    Column("key", "单位编号", 30),
)
YEARS = (
    Column("year", "年份", 8),
    Column("problems", "问题数", 8),
    Column("measures", "措施数", 8),
    Column("failed_checks", "数字不符处数", 12),
    Column("none_stated", "称没有问题", 10),
    Column("reuse", "第五部分沿用上年的比例", 20),
    Column("labels", "写到的问题", 60),
    Column("report", "报告编号", 18),
)
SOLUTION = (
    Column("measure", "措施类别", 26),
    Column("count", "采取的问题数", 12),
    Column("share", "占比", 10),
    Column("followed", "能查到下一年的问题数", 18),
    Column("gone", "下一年不再提的问题数", 18),
    Column("base", "平常占比", 10),
    Column("lift", "倍数", 8),
    Column("text", "措施原文", 70),
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("source", "来源文件", 30),
    Column("report", "报告编号", 18),
    Column("id", "语句编号", 22),
)
CORRECTION = (
    Column("text", "原文", 70),
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("action", "改动", 10),
    Column("value", "内容", 26),
    Column("who", "署名", 14),
    Column("at", "时间", 22),
    Column("applies", "现在生效", 10),
    Column("statement", "语句编号", 22),
    Column("id", "编号", 8),
)
REUSE = (
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("kind", "来自", 12),
    Column("source_agency", "来源单位", 26),
    Column("source_year", "来源年份", 8),
    Column("share", "相同比例", 10),
    Column("text", "本文", 60),
    Column("same", "相同的文字", 60),
    Column("source_text", "来源原文", 60),
    Column("report", "报告编号", 18),
    Column("start", "起始位置", 8),
    Column("end", "结束位置", 8),
    Column("source_report", "来源报告编号", 18),
    Column("source_start", "来源起始位置", 8),
    Column("source_end", "来源结束位置", 8),
)
SOURCES = {"year": "上年报告", "agency": "别的单位"}
ACTIONS = {"add": "加标签", "remove": "去标签", "kind": "改种类"}


def compare(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    """Two groups side by side; ``filters`` holds them as ``left`` and ``right``, each a mapping of filters.

    Raises:
        MingjianError: there are not two groups.
    """
    left, right = filters.get("left"), filters.get("right")
    if not isinstance(left, Mapping) or not isinstance(right, Mapping) or set(filters) != {"left", "right"}:
        raise MingjianError("导出对比要给出左右两组的筛选条件")
    found = archive.compare(left, right)
    rows = [
        {
            "kind": KINDS[row.kind],
            "name": row.name,
            "label": row.label,
            "log_odds": row.log_odds,
            "apart": row.apart,
            **_spread("left", row.left),
            **_spread("right", row.right),
        }
        for row in found.rows
    ]
    notes = (
        ("左组", f"{found.left_name}，{found.left_reports} 份报告"),
        ("右组", f"{found.right_name}，{found.right_reports} 份报告"),
        INTERVAL,
        ("对数优势比", "大于 0 表示左组写得更多；已向全部报告的平均水平收缩"),
        ("差别可靠", "Fisher 精确检验，控制 5% 的错误发现率"),
        *(("说明", one) for one in (*found.moves, *found.notes)),
    )
    return Sheet("对比", PROFILE, rows, {"左组": found.left_name, "右组": found.right_name}, notes, found.to_dict())


def _spread(side: str, one: Share) -> dict[str, Any]:
    return {
        f"{side}_count": one.count,
        f"{side}_of": one.of,
        f"{side}_share": one.share,
        f"{side}_low": one.low,
        f"{side}_high": one.high,
    }


def together(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    """Which measures answer which problems, a row a pair; a problem nobody answers has a row without a measure."""
    found = archive.together(**filters)
    rows = []
    for one in found.answers:
        common = {
            "problem": one.name,
            "label": one.label,
            "problems": one.unanswered.of,
            "unanswered": one.unanswered.count,
            "unanswered_share": one.unanswered.share,
        }
        rows += [
            {
                **common,
                "measure": answer.name,
                "measure_label": answer.measure,
                "count": answer.share.count,
                "answered": answer.share.of,
                "share": answer.share.share,
                "base": answer.base,
                "lift": answer.lift,
            }
            for answer in one.answers
        ] or [common]
    notes = (
        ("占比", "写了措施的这类问题里，用这类措施的占几成；一个问题可能有几类措施"),
        *USUAL,
        *(("说明", note) for note in found.notes),
    )
    return Sheet("问题与措施的搭配", ANSWERS, rows, found.filter.to_dict(), notes, found.to_dict())


def solutions(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    """What others did against such a problem, or against all of the filter's one label: a row an example.

    Raises:
        MingjianError: no problem is given, by words or by label.
    """
    found = archive.solutions(query, **{"k": 50, **filters})
    rows = [
        {
            **hit.to_dict(),
            "measure": group.name,
            "count": group.count,
            "share": group.share,
            "followed": group.followed,
            "gone": group.gone,
            "base": group.base,
            "lift": group.lift,
        }
        for group in found.groups
        for hit in group.examples
    ]
    which = f"标签“{Taxonomy.load().name(found.label)}”的问题" if found.label else "类似问题"
    notes = (
        (which, f"{found.problems} 条，其中 {found.unanswered} 条没有写对应的措施"),
        ("占比", f"写了措施的{which}里，用这类措施的占几成；一个问题可能有几类措施；每类最多列三个例子"),
        *(USUAL if found.label else ()),
        *(("说明", note) for note in found.notes),
    )
    shown = {"label": found.label} if found.label else {"query": query}
    return Sheet("对策", SOLUTION, rows, {**shown, **found.filter.to_dict()}, notes, found.to_dict())


def agencies(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    """The agencies whose name holds the query."""
    found = archive.agencies(query, **filters)
    rows = [_agency(row.to_dict()) for row in found]
    shown = {**archive.filter(**filters).to_dict(), **({"query": query} if query else {})}
    return Sheet("单位", AGENCY, rows, shown)


def _agency(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        **row["region"],
        "level": LEVELS.get(row["level"], row["level"]),
        "scope": SCOPES.get(row["scope"], row["scope"]),
        "agency_type": agency_types().get(row["agency_type"], row["agency_type"]),
        "years": list(row["years"]),
    }


def agency(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    """One agency over the years, named by the query; JSON holds its whole history.

    Raises:
        MingjianError: no agency is named, or none or several are called so.
    """
    if not query or filters:
        raise MingjianError("请写明单位，不带其他筛选条件")
    found = archive.agency(query)
    taxonomy = Taxonomy.load()
    rows = [
        {**asdict(one), "labels": None if one.labels is None else [taxonomy.name(label) for label in one.labels]}
        for one in found.years
    ]
    notes = (
        ("第五部分沿用上年的比例", "第五部分里与上年报告连续八字以上相同的文字所占比例，以小数表示；缺上年报告时空着"),
        *(
            (
                "年年提的问题",
                f"{one.name}：{'、'.join(map(str, one.years))} 年，{one.of} 份报告中 {len(one.years)} 份写到",
            )
            for one in found.recurring
        ),
        *(("说明", note) for note in found.notes),
    )
    return Sheet("单位历年", YEARS, rows, {"agency": [found.agency.name]}, notes, found.to_dict())


def reuse(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    """Text taken from last year's or another agency's report: a row a sentence, beside the one that it comes from."""
    found = archive.reuse(**filters)
    rows = [
        {
            **asdict(one),
            "kind": SOURCES[one.kind],
            "text": passage.line.text,
            "same": [
                passage.line.text[s.start - passage.line.start : s.end - passage.line.start] for s in passage.spans
            ],
            "source_text": passage.source.text,
            "start": passage.line.start,
            "end": passage.line.end,
            "source_start": passage.source.start,
            "source_end": passage.source.end,
        }
        for one in found
        for passage in one.passages
    ]
    notes = (
        ("相同比例", "报告第五部分的文字里，与来源连续八字以上相同的占几成，以小数表示；标点和数字不计"),
        ("位置", "在各自报告正文里的字符位置，JSON 里另有每处相同文字的位置"),
    )
    document = [one.to_dict() for one in found]
    return Sheet("雷同", REUSE, rows, archive.filter(**filters).to_dict(), notes, document)


def corrections(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    """What people corrected, oldest first.

    Raises:
        MingjianError: filters, which these rows do not know.
    """
    if filters:
        raise MingjianError("人工标注的清单不带筛选条件")
    taxonomy = Taxonomy.load()
    rows = [
        {
            **asdict(one),
            "action": ACTIONS.get(one.action, one.action),
            "value": KINDS.get(one.value, "都不是") if one.action == "kind" else taxonomy.name(one.value),
        }
        for one in archive.corrections()
    ]
    return Sheet("人工标注", CORRECTION, rows, {})


BUILDERS: Mapping[str, Callable[[Archive, str, Mapping[str, Any]], Sheet]] = {
    "compare": compare,
    "together": together,
    "solutions": solutions,
    "agencies": agencies,
    "agency": agency,
    "reuse": reuse,
    "corrections": corrections,
}
