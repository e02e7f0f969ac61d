"""Two groups of reports side by side: who states what, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.comparisons import Comparison, ProfileRow, Share
from index.filters import FORMS, LEVELS, SCOPES, agency_types, report_clause
from index.insight import comparable, label_shares, reports_only
from index.reads import Reads
from index.records import Filter
from index.settings import FEW, PRIOR_REPORTS
from index.shares import discoveries, fisher, log_odds_ratio, wilson
from nlp.taxonomy import Taxonomy

EVERY = "全部报告"
Counts = tuple[int, Mapping[str, int]]


def compare(store: Reads, left: Filter, right: Filter) -> Comparison:
    """The label profiles of two groups, in shares of reports.

    Each group is counted as everywhere: a whole government's report is never counted with its departments'. ``kind``
    and ``label`` of either filter choose the labels shown, not the reports. Labels that nobody states are left out.
    """
    with store.snapshot():
        sides, notes = zip(*(comparable(store, reports_only(one)) for one in (left, right)), strict=True)
        counts = [_counts(store, side) for side in sides]
        scopes = dict.fromkeys(scope for side in sides for scope in _scope(side))
        prior = _counts(store, Filter(scope=tuple(scopes)))
        common = _common(store, *sides)
    shown = _shown(left, right, [one for _, one in counts])
    # what is said of a label must not hang on which others are shown: all are tested together
    every = _rows(_shown(Filter(), Filter(), [one for _, one in counts]), counts[0], counts[1], prior)
    rows = tuple(row for row in every if row.label in shown)
    names = named(left), named(right)
    totals = counts[0][0], counts[1][0]
    return Comparison(
        left,
        right,
        *names,
        *totals,
        common=common,
        few=tuple(side for side, n in zip(("left", "right"), totals, strict=True) if n < FEW),
        rows=rows,
        moves=_moves(rows, names) if min(totals) >= FEW else (),
        notes=(*_left_out(notes, names), *_cautions(sides, names, totals, common)),
    )


def _left_out(notes: Sequence[Sequence[str]], names: tuple[str, str]) -> tuple[str, ...]:
    """What was left out of each group, under the group's name where they differ."""
    if notes[0] == notes[1]:
        return tuple(notes[0])
    return tuple(f"{name}：{note}" for name, several in zip(names, notes, strict=True) for note in several)


def share_of(count: int, of: int) -> Share:
    """``count`` of ``of`` with its interval."""
    low, high = wilson(count, of)
    return Share(count, of, round(count / of, 4) if of else None, round(low, 4), round(high, 4))


def named(where: Filter) -> str:
    """A group in words: “浙江省 县级 应急管理 2021–2023年”."""
    words = [*where.province, *where.city, *where.county]
    words += [f"非{one}" for one in (*where.not_province, *where.not_city, *where.not_county)]
    words += [LEVELS[one] for one in where.level] + [f"非{LEVELS[one]}" for one in where.not_level]
    types = agency_types()
    words += [types.get(one, one) for one in where.agency_type] + [*where.agency]
    words += [f"非{types.get(one, one)}" for one in where.not_agency_type]
    words += [SCOPES[one] for one in where.scope] + [FORMS[one] for one in where.form]
    words += [_years(where.year)] if where.year else []
    words += [f"非{_years(where.not_year)}"] if where.not_year else []
    if where.report:
        words.append(f"{len(where.report)}份报告")
    return " ".join(words) or EVERY


def _years(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    if last - first + 1 == len(set(years)):
        return f"{first}–{last}年" if last > first else f"{first}年"
    return f"{'、'.join(map(str, years))}年"


def _counts(store: Reads, where: Filter) -> Counts:
    """The number of reports, and label → reports that state it."""
    reports, shares = label_shares(store, where)
    return reports, {share.id: share.reports for share in shares}


def _scope(side: Filter) -> tuple[str, ...]:
    """What a comparable group consists of; one that names nothing holds single agencies alone."""
    return side.scope or ("agency",)


def _common(store: Reads, left: Filter, right: Filter) -> int:
    """How many reports with a section five are in both groups."""
    one, other = (report_clause(where, current_only=True) for where in (left, right))
    sql = f"SELECT count(*) FROM reports r WHERE ({one.sql}) AND ({other.sql}) AND r.has_issues = 1"
    return int(store.query(sql, (*one.params, *other.params))[0][0])


def _shown(left: Filter, right: Filter, counts: Sequence[Mapping[str, int]]) -> list[str]:
    """The labels to show, in the taxonomy's order."""
    labels, kinds = {*left.label, *right.label}, {*left.kind, *right.kind}
    return [
        entry.id
        for entry in Taxonomy.load()
        if any(one.get(entry.id) for one in counts)
        and (not labels or entry.id in labels)
        and (not kinds or entry.kind in kinds)
    ]


def _rows(shown: Sequence[str], left: Counts, right: Counts, prior: Counts) -> tuple[ProfileRow, ...]:
    taxonomy = Taxonomy.load()
    rows = []
    for label in shown:
        mine, other = left[1].get(label, 0), right[1].get(label, 0)
        ratio: tuple[float, float] | None = None
        if left[0] and right[0]:
            background = (prior[1].get(label, 0) + 0.5) / (prior[0] + 1)
            ratio = log_odds_ratio((mine, left[0]), (other, right[0]), background, PRIOR_REPORTS)
        rows.append(
            ProfileRow(
                label,
                taxonomy.name(label),
                taxonomy.entry(label).kind,
                share_of(mine, left[0]),
                share_of(other, right[0]),
                round(ratio[0], 4) if ratio else None,
                round(ratio[1], 4) if ratio else None,
                apart=False,
            )
        )
    if not left[0] or not right[0]:
        return tuple(rows)
    pairs = [[(side.count, side.of) for side in (row.left, row.right)] for row in rows]
    real = discoveries([fisher(mine, other) for mine, other in pairs])
    return tuple(replace(row, apart=sure) for row, sure in zip(rows, real, strict=True))


def _moves(rows: Sequence[ProfileRow], names: tuple[str, str]) -> tuple[str, ...]:
    """What sets the groups apart, in words."""
    apart = sorted((row for row in rows if row.apart), key=lambda row: (-abs(row.z or 0.0), row.label))
    return tuple(_sentence(row, names) for row in apart)


def _sentence(row: ProfileRow, names: tuple[str, str]) -> str:
    sides = [(names[0], row.left), (names[1], row.right)]
    if (row.left.share or 0.0) < (row.right.share or 0.0):
        sides.reverse()
    (more, high), (less, low) = sides
    return (
        f"{more}更常写到“{row.name}”：{high.share or 0:.0%}（{high.count}/{high.of}份），"
        f"{less} {low.share or 0:.0%}（{low.count}/{low.of}份）"
    )


def _cautions(sides: Sequence[Filter], names: tuple[str, str], totals: tuple[int, int], common: int) -> tuple[str, ...]:
    """What to beware of in comparing these two."""
    out = []
    for name, n in zip(names, totals, strict=True):
        if n == 0:
            out.append(f"{name}：没有可比较的报告（无数据不等于零）")
        elif n < FEW:
            out.append(f"{name}：只有{n}份报告，比例仅供参考")
    if {*_scope(sides[0])} != {*_scope(sides[1])} and all(totals):
        out.append("两组口径不同：一组是整个政府的汇总报告，一组是单个机关的报告")
    if common:
        out.append(f"有{common}份报告同时在两组里，差别会显得比实际小")
    return tuple(out)
