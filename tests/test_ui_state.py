"""The URL is the page's state: what goes in comes out, and a mistyped URL never breaks a page."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Filter
from ui.state import (
    FILTER_FIELDS,
    LAYOUTS,
    MOST,
    STEP,
    URL_FIELDS,
    YEARS,
    SearchState,
    dismiss,
    filter_from,
    filter_params,
    from_params,
    loosened,
    merged,
    parse_years,
    phrases,
    query_string,
    quoted,
    to_params,
    values_of,
    without,
)

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
words = text.map(str.strip).filter(bool)
values = st.lists(text, max_size=3, unique=True).map(tuple)
filters = st.builds(
    Filter,
    year=st.sets(st.integers(1990, 2100), max_size=4).map(lambda years: tuple(sorted(years))),
    unanswered=st.booleans(),
    not_year=st.sets(st.integers(1990, 2100), max_size=2).map(lambda years: tuple(sorted(years))),
    **dict.fromkeys([name for name in URL_FIELDS if name not in YEARS], values),
)
states = st.builds(
    SearchState,
    q=words | st.just(""),
    like=text | st.just(""),
    k=st.integers(1, MOST // STEP).map(lambda n: n * STEP),
    filter=filters,
    layout=st.sampled_from(LAYOUTS),
    near=text | st.just(""),
)


@given(states)
def test_a_view_comes_back_from_its_url(state: SearchState) -> None:
    assert from_params(to_params(state)) == state


@given(states)
def test_a_view_comes_back_from_a_real_query_string(state: SearchState) -> None:
    assert from_params(parse_qs(query_string(to_params(state)), keep_blank_values=True)) == state


@given(filters)
def test_a_filter_comes_back_from_its_parameters(chosen: Filter) -> None:
    assert filter_from(filter_params(chosen)) == chosen


@given(st.dictionaries(text, st.lists(st.text(max_size=12), max_size=3), max_size=6))
def test_any_url_gives_a_view(params: dict[str, list[str]]) -> None:
    named = dict(zip([*FILTER_FIELDS, "q", "k", "like", "solve"], params.values(), strict=False))
    state = from_params({**params, **named})
    assert STEP <= state.k <= MOST
    assert state.k % STEP == 0
    assert not (state.like and state.solve)


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("2021", (2021,)),
        (" 2021年 ", (2021,)),
        ("2019-2022", (2019, 2020, 2021, 2022)),
        ("2019至2020年", (2019, 2020)),
        ("2019—2019", (2019,)),
        ("2019年到2021年", (2019, 2020, 2021)),
    ],
)
def test_years_are_read(written: str, years: tuple[int, ...]) -> None:
    assert parse_years(written) == years


@pytest.mark.parametrize("written", ["", "21", "abc", "2022-2019", "2021-", "-2021", "20211", "1234", "2021,2022"])
def test_what_is_no_year_is_refused_in_chinese(written: str) -> None:
    with pytest.raises(ValueError, match=r"年份"):
        parse_years(written)


def test_a_mistyped_year_is_passed_over() -> None:
    assert filter_from({"year": ["2021", "20x2", "2019-2020"]}).year == (2019, 2020, 2021)


def test_what_was_understood_is_taken_back_and_the_rest_stays() -> None:
    state = SearchState(q="2021至2022年浙江应急局人手不足", k=60, filter=Filter(level=("county",)))
    applied = Filter(year=(2021, 2022), province=("浙江省",), level=("county",), agency_type=("emergency",))
    now = dismiss(state, "人手不足", applied, "year", [2021, 2022])
    assert now == SearchState(
        q="人手不足",
        k=STEP,
        filter=Filter(province=("浙江省",), level=("county",), agency_type=("emergency",)),
    )


def test_filters_are_merged_and_taken_apart() -> None:
    both = merged(Filter(year=(2021,), unanswered=True), Filter(year=(2021, 2022), not_level=("township",)))
    assert both == Filter(year=(2021, 2022), unanswered=True, not_level=("township",))
    assert values_of(both) == [("year", 2021), ("year", 2022), ("not_level", "township"), ("unanswered", True)]
    assert without(both, "unanswered", [True]) == Filter(year=(2021, 2022), not_level=("township",))
    assert without(both, "year", [2021]).year == (2022,)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("“业务不熟”的人员", ("业务不熟",)),
        ('「业务」和『 人员 』和"答复"', ("业务", "人员", "答复")),
        ("“一”个字不算，没有引号也不算", ()),
        ("“业务”又是“业务”", ("业务",)),
    ],
)
def test_what_stands_in_quotation_marks(query: str, found: tuple[str, ...]) -> None:
    assert phrases(query) == found


def test_quotation_marks_come_off_one_phrase_and_go_on_again() -> None:
    assert loosened("“业务不熟”的“人员”", "业务不熟") == "业务不熟的“人员”"
    assert loosened("没有引号", "引号") == "没有引号"
    assert quoted("业务不熟 人员", ("业务不熟",)) == "“业务不熟” 人员"
    assert quoted("“业务不熟”", ("业务不熟",)) == "“业务不熟”"
    assert quoted("别的话", ("业务不熟",)) == "别的话"


def test_dismissing_keeps_what_is_excluded_and_what_is_quoted() -> None:
    applied = Filter(year=(2021,), not_level=("township",))
    view = dismiss(SearchState(q="2021年“兼职”，不要乡镇"), "兼职", applied, "year", [2021])
    assert view == SearchState(q="“兼职”", filter=Filter(not_level=("township",)))
    assert from_params(to_params(view)) == view


def test_every_field_of_a_filter_has_its_place_in_the_url() -> None:
    assert {*URL_FIELDS, "report", "unanswered"} == {one.name for one in fields(Filter)}


def test_what_is_not_wanted_stands_in_the_url() -> None:
    chosen = Filter(not_year=(2021,), not_province=("浙江省", "江苏"), not_agency_type=("education",))
    params = {"not_year": ["2021"], "not_province": ["浙江省", "江苏"], "not_agency_type": ["education"]}
    assert filter_params(chosen) == params
    assert filter_from(params) == chosen
    assert filter_from({"not_year": ["20x1", "2019-2020"]}).not_year == (2019, 2020)
    assert without(chosen, "not_province", ["江苏"]).not_province == ("浙江省",)
