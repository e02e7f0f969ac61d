"""Commands that look at many reports: topics, trends, stats, check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp.errors import MingjianError
from ui import names, render, render_figures
from ui.commands.groups import show_reuse
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json, usage

if TYPE_CHECKING:
    from index.records import Measure as MeasureRecord

GROUPS = ("year", "province", "agency_type", "level", "form")
MORE_GROUPS = (*GROUPS, "city", "county", "scope")
By = Annotated[
    str,
    typer.Option("--by", metavar="分组", help="year 年份、province 省份、agency_type 单位类型、level 层级、form 表式"),
]
StatsBy = Annotated[str | None, typer.Option("--by", metavar="分组", help="同上；不写则每份报告一行")]
Measure = Annotated[
    str | None, typer.Option("--measure", metavar="指标", help="指标编号或名称，如 received_new；不写则常用的几项")
]
WHAT_HELP = "看由什么构成：outcomes 办理结果、reasons 不公开理由、applicants 申请人、review 行政复议、suit 行政诉讼"
What = Annotated[str | None, typer.Option("--structure", metavar="构成", help=WHAT_HELP)]
PEERS_HELP = "看一个单位在同级同类单位里的名次、百分位、中位数；不写年份则最近一年"
PeersOf = Annotated[str | None, typer.Option("--peers", metavar="单位", help=PEERS_HELP)]
WITHIN_HELP = "同 --peers：只与 province 本省或 city 本市的同类比"
Within = Annotated[str | None, typer.Option("--within", metavar="范围", help=WITHIN_HELP)]
Dictionary = Annotated[bool, typer.Option("--dictionary", help="只列指标说明：定义、算法、单位、注意")]
WITHIN = {
    "province": "province",
    "city": "city",
    "本省": "province",
    "省份": "province",
    "本市": "city",
    "城市": "city",
}
# options of "stats" that belong to different views
APART = (
    ("--structure", "--peers"),
    ("--structure", "--measure"),
    ("--peers", "--by"),
    *(("--dictionary", other) for other in ("--structure", "--peers", "--measure", "--by")),
)

Reuse = Annotated[bool, typer.Option("--reuse", help="只看雷同：抄了上年或别的单位的哪些话，两边并排列出")]


def group(by: str, known: tuple[str, ...] = GROUPS) -> str:
    """The grouping that a person means by its id or its Chinese name.

    Raises:
        typer.BadParameter: there is no such grouping.
    """
    for key in known:
        if by in (key, names.name("field", key)):
            return key
    raise usage(f"不能按“{by}”分组，可用：{'、'.join(known)}")


SINCE_HELP = "哪一年起新出现或明显增多的话题单列；不写则看最近两年"
Since = Annotated[int | None, typer.Option("--since", metavar="年份", min=1990, max=2100, help=SINCE_HELP)]


@filtered
def topics(since: Since = None, archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell what recurs."""
    with existing(archive) as opened:
        found = opened.topics(since=since, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.topics(found))


@filtered
def trends(by: By = "year", archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell shares of reports over time or between groups."""
    chosen = group(by)
    labels = filters.pop("label", [])
    with existing(archive) as opened:
        found = opened.trends(chosen, label=labels, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.trends(found))


@filtered
def stats(
    measure: Measure = None,
    by: StatsBy = None,
    structure: What = None,
    peers: PeersOf = None,
    within: Within = None,
    dictionary: Dictionary = False,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Tell the extracted statistics: sums, what makes up a whole, an agency among its peers, the dictionary."""
    chosen = group(by, MORE_GROUPS) if by else None
    known_names(measure, structure)
    asked = {"--measure": measure, "--by": by, "--structure": structure, "--peers": peers, "--dictionary": dictionary}
    _one_view({name for name, value in asked.items() if value not in (None, False)}, within)
    if dictionary:
        known = metrics()
        _tell([one.to_dict() for one in known], render_figures.dictionary(known), json)
        return
    with existing(archive) as opened:
        if peers is not None:
            placed = opened.peers(peers, measure=measure, within=area(within), **filters)
            _tell(placed.to_dict(), render_figures.peers(placed), json)
        elif structure is not None:
            parts = opened.structure(structure, by=chosen, **filters)
            _tell(parts.to_dict(), render_figures.structure(parts), json)
        else:
            found = opened.statistics(measure, by=chosen, **filters)
            _tell(found.to_dict(), render.statistics(found), json)


def known_names(measure: str | None, structure: str | None) -> None:
    """Refuse a measure or a structure that there is not.

    Raises:
        typer.BadParameter: listing those that there are.
    """
    from index.statistics import definition_of
    from index.structure import family_of

    try:
        if measure is not None:
            definition_of(measure)
        if structure is not None:
            family_of(structure)
    except MingjianError as error:
        raise usage(str(error)) from error


def _tell(document: Any, text: str, json: bool) -> None:
    if json:
        put_json(document)
    else:
        put(text)


def _one_view(given: set[str], within: str | None) -> None:
    """Refuse options that do not go together.

    Raises:
        typer.BadParameter: naming them.
    """
    for one, other in APART:
        if one in given and other in given:
            raise usage(f"{one} 不能和 {other} 一起用")
    if within is not None and "--peers" not in given:
        raise usage("--within 要和 --peers 一起用")


def area(within: str | None) -> str | None:
    """The part of the country that peers are looked for in, by id or Chinese name.

    Raises:
        typer.BadParameter: there is no such one.
    """
    if within is None:
        return None
    if within not in WITHIN:
        raise usage(f"同类范围不能限于“{within}”，可用：province（本省）、city（本市）")
    return WITHIN[within]


def metrics() -> Sequence[MeasureRecord]:
    """The metric dictionary; it is the program's, so that no archive is needed."""
    from index.statistics import dictionary

    return dictionary()


@filtered
def check(reuse: Reuse = False, archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell what does not add up, or what is copied and from where."""
    with existing(archive) as opened:
        if reuse:
            copied = opened.reuse(**filters)
            nothing = not copied and not opened.list(**filters)
        else:
            found = opened.check(**filters)
            nothing = not found and not opened.list(**filters)
    if reuse and not (nothing and not json):
        show_reuse(copied, json)
    elif json:
        put_json([finding.to_dict() for finding in found])
    else:
        put("没有符合条件的报告。" if nothing else render.findings(found))
