"""What every page shares: the archive, the URL, the filters beside, links, the notice on fictional samples."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from index.records import LabelShare
from ui import charts, holder, markup, names
from ui.demo import is_sample
from ui.state import EXCLUDED, URL_FIELDS, Params, filter_from

if TYPE_CHECKING:
    from index import Archive
    from index.records import Facet, Facets, Filter
    from nlp.taxonomy import Entry

EXAMPLES = (
    "工作人员业务不熟练",
    "人员兼职多、更换频繁",
    "政策解读群众看不懂",
    "信息更新不及时，栏目长期不更新",
    "公众号没人看、互动少",
    "依申请公开答复不规范被纠错",
)
PILLS = ("year", "level", "kind", "form", "scope")
SEARCH_FIELDS = ("year", "province", "city", "level", "agency_type", "kind", "label", "form", "scope")
REPORT_FIELDS = ("year", "province", "city", "level", "agency_type", "form", "scope")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_pages: dict[str, Any] = {}


def register(pages: Mapping[str, Any]) -> None:
    """Remember the pages by name, so that any page can link to any other."""
    _pages.update(pages)


def page(name: str) -> Any:
    """A page by its name ("search", "report", …)."""
    return _pages[name]


def archive() -> Archive:
    """The archive that is served."""
    return holder.current()


def params() -> Params:
    """The URL's parameters, each with all its values."""
    return {key: st.query_params.get_all(key) for key in st.query_params}


def go(wanted: Mapping[str, Sequence[str]]) -> None:
    """Put a view into the URL of this page."""
    st.query_params.from_dict({key: list(values) for key, values in wanted.items() if values})


def follow(place: str) -> None:
    """Put the address right after a link to the page one is on: Streamlit changes its parameters, but not it."""
    now = place, params()
    before = st.session_state.get("at")
    st.session_state["at"] = now
    if before and before[0] == place and before[1] != now[1]:
        go(now[1])


def change(**values: Sequence[str]) -> None:
    """Change some of the URL's parameters; those given empty are taken out."""
    go({**params(), **values})


def one(name: str, allowed: Iterable[str], default: str) -> str:
    """A parameter's value where it is one of the allowed, else the default."""
    value = st.query_params.get(name, default)
    return value if value in set(allowed) else default


def hold(key: str, value: Any) -> str:
    """Give a widget the value that the URL states; returns the widget's key."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def checking() -> tuple[Hashable, Callable[[Callable[[int, int], None]], bool]]:
    """What is to be worked out of findings, named and done: once for everybody, for the archive as it is now."""

    def work(step: Callable[[int, int], None]) -> bool:
        archive().check_prepare(step)
        return True

    return ("findings", holder.version()), work


def chosen() -> Filter:
    """The filter that the URL states."""
    return filter_from(params())


def wanted(selected: Filter, *without: str) -> dict[str, Any]:
    """A filter as the keywords that Archive takes."""
    return {name: value for name, value in selected.to_dict().items() if name not in without}


def link(to: str, label: str, query: Mapping[str, Sequence[str]] | None = None, icon: str | None = None) -> None:
    """A link to a page of ours; ``label`` is plain text."""
    st.page_link(page(to), label=markup.plain(label), query_params=dict(query) if query else None, icon=icon)


def notice() -> None:
    """Say that the reports are fictional where any of them is a sample."""
    shown = samples(holder.version())
    if shown:
        st.html(f'<div class="mj-notice" role="note">{markup.safe(shown)}</div>')


@st.cache_data(show_spinner=False, max_entries=4)
def samples(version: holder.Stamp) -> str:
    """What to say of samples among the reports; empty where there are none."""
    del version  # it only tells when to look again
    sources = archive().sources()
    count = sum(map(is_sample, sources))
    if not count:
        return ""
    if count == len(sources):
        return "样例数据：这里的报告、单位情况和数字都是为演示编写的，均为虚构，请勿引用。"
    return f"其中 {count} 份是为演示编写的样例报告，内容均为虚构，请勿引用。"


def shares(archive: Archive, selected: Filter, kind: str) -> list[LabelShare]:
    """Labels of one kind by falling share of the reports under a filter.

    Counted by scope, for that is one group unless the person chose both scopes.
    """
    return _stated(archive, selected, kind)[1]


def _stated(archive: Archive, selected: Filter, kind: str) -> tuple[int, list[LabelShare]]:
    """How many reports there are, and the shares of them."""
    rows = archive.trends("scope", **{**wanted(selected), "kind": [kind]}).rows
    reports = sum({row.group: row.reports for row in rows}.values())
    stating: dict[str, int] = {}
    for row in rows:
        stating[row.label] = stating.get(row.label, 0) + row.stating
    found = [
        LabelShare(label, names.name("label", label), kind, count, count / reports)
        for label, count in stating.items()
        if count
    ]
    return reports, sorted(found, key=lambda one: (-one.share, one.id))


def most_stated(selected: Filter, kind: str, most: int) -> None:
    """A chart of the labels that most reports state, which is there at once."""
    reports, every = _stated(archive(), selected, kind)
    found = [one for one in every if not one.id.startswith("other_")][:most]
    if found:
        told = "写到各类问题的报告所占比例" if kind == "problem" else "写到各类措施的报告所占比例"
        chart(charts.label_shares(found, reports, kind), told)


def choose(facets: Facets, fields: Sequence[str], selected: Filter, *, excluded: bool = True) -> None:
    """The filters beside the results; each choice goes into the URL. ``excluded``: with what is not wanted."""
    with st.sidebar:
        st.markdown("### 筛选")
        st.caption(_counted(facets))
        for field in EXCLUDED if excluded else ():
            if values := getattr(selected, field):
                told = "、".join(names.name(field.removeprefix("not_"), value) for value in values)
                text = markup.plain(f"{names.name('field', field)}：{told} ✕")
                gone: dict[str, list[str]] = {field: []}
                st.button(
                    text, key=f"f-{field}", help="点一下去掉这个条件", on_click=change, kwargs=gone, width="stretch"
                )
        for field in fields:
            _choice(field, facets.fields.get(field, ()), [str(value) for value in getattr(selected, field)])
        if selected.to_dict():
            st.button("清除全部筛选", key="f-clear", on_click=_clear, width="stretch")


def _counted(facets: Facets) -> str:
    """What the numbers beside the values count."""
    if not facets.query:
        return "数字是有多少份报告"
    first = "切题的很多，只数了最相关的前" if facets.limited else "切题的共"
    return f"数字是有多少份报告写到切题的内容（“{names.name('field', 'kind')}”是句数）；{first} {facets.statements} 句"


def _choice(field: str, facets: Sequence[Facet], held: list[str]) -> None:
    """One field's choice: buttons for a few values, a list for many. Shown only where there is a choice."""
    counts = {facet.value: facet.count for facet in facets}
    values = [*counts, *(value for value in held if value not in counts)]
    if field == "form":
        values.sort()
    if len(values) < 2 and not held:
        return
    key = hold(f"f-{field}", held)
    label = names.name("field", field)

    def shown(value: str) -> str:
        return markup.plain(f"{names.name(field, value)} {counts.get(value, 0)}")

    def plainly(value: str) -> str:
        return f"{names.name(field, value)}（{counts.get(value, 0)}）"

    callback: Callable[..., None] = _chose
    if field in PILLS and len(values) <= 12:
        st.pills(label, values, selection_mode="multi", key=key, format_func=shown, on_change=callback, args=(field,))
    else:
        st.multiselect(
            label, values, key=key, format_func=plainly, placeholder="不限", on_change=callback, args=(field,)
        )


def _chose(field: str) -> None:
    change(**{field: list(st.session_state[f"f-{field}"]), "k": [], "page": []})


def _clear() -> None:
    go({key: values for key, values in params().items() if key not in {*URL_FIELDS, "unanswered"}})


def nothing(told: str, selected: Filter) -> None:
    """Say that there is nothing (``told``, without its full stop), and offer the way out: fewer filters, or reports."""
    if selected.to_dict():
        st.info(f"{told}。可以减少或更换左侧的筛选条件。")
        st.button("清除全部筛选", key="nothing-clear", icon=":material/filter_alt_off:", on_click=_clear)
        return
    st.info(f"{told}。收入报告之后再来看。")
    link("intake", "去入库", icon=":material/upload_file:")


def segmented(label: str, name: str, options: Mapping[str, str], default: str, *, hidden: bool = False) -> str:
    """A choice of one among a few that lives in the URL; returns the chosen key. ``hidden``: its label is only read."""
    value = one(name, options, default)

    def picked() -> None:
        new = st.session_state[f"s-{name}"] or value
        change(**{name: [] if new == default else [new]})

    st.segmented_control(
        label,
        list(options),
        key=hold(f"s-{name}", value),
        format_func=lambda key: options[key],
        on_change=picked,
        required=True,
        wrap=True,
        label_visibility="collapsed" if hidden else "visible",
    )
    return value


def collects(entry: Entry) -> str:
    """What a label takes in, where the taxonomy says so in Chinese."""
    return "" if _LATIN.search(entry.include) else entry.include.rstrip(".")


def chart(drawn: Any, told: str) -> None:
    """A chart as wide as its place; ``told``: what it shows, on its picture too and for those who hear the page."""
    st.altair_chart(charts.titled(drawn, told), width="stretch", alt=told)


def pages_of(total: int, size: int) -> tuple[int, int]:
    """The first and the last index (exclusive) of the page that the URL states."""
    last = max(1, -(-total // size))
    shown = st.query_params.get("page", "1")
    number = min(last, max(1, int(shown))) if shown.isascii() and shown.isdigit() and len(shown) < 6 else 1
    return (number - 1) * size, min(total, number * size)


def turn(total: int, size: int) -> None:
    """Leaf through pages; the number lives in the URL."""
    last = -(-total // size)
    if last < 2:
        return
    number = pages_of(total, size)[0] // size + 1
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="center")
    left.button("上一页", disabled=number == 1, on_click=change, kwargs={"page": [str(number - 1)]}, width="stretch")
    middle.html(f'<div style="text-align:center">第 {number} 页，共 {last} 页</div>')
    right.button(
        "下一页", disabled=number == last, on_click=change, kwargs={"page": [str(number + 1)]}, width="stretch"
    )
