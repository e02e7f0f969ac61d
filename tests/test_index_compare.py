"""Groups compared and labels that go together, over small stores whose numbers are worked out by hand."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from archive_tools import make_report
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from index.compare import compare, named
from index.filters import make_filter
from index.records import Filter
from index.shares import association, fisher, log_odds_ratio, wilson
from index.store import Store
from index.together import _pairs, together
from index.writes import put_report
from nlp.records import Report
from nlp.taxonomy import Taxonomy

EMERGENCY, EDUCATION = Filter(agency_type=("emergency",)), Filter(agency_type=("education",))
Make = Callable[[Sequence[Report]], Store]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    opened: list[Store] = []

    def made(reports: Sequence[Report]) -> Store:
        store = Store(tmp_path_factory.mktemp("store") / "store.sqlite3")
        opened.append(store)
        with store.writing(), store.transaction() as tx:
            for one in reports:
                put_report(tx, one, f"某省{one.metadata.agency}", "1")
        return store

    yield made
    for store in opened:
        store.close()


def bureau(number: int, kind: str, labels: Sequence[str], *, year: int = 2023, scope: str = "agency") -> Report:
    name = f"第{number}区{kind}局"
    problems = [(f"{name}{year}年的第{i}个问题", [label]) for i, label in enumerate(labels)]
    return make_report(f"{name}.txt", agency=name, agency_type=kind, year=year, problems=problems, scope=scope)


@pytest.fixture(scope="module")
def groups(make: Make) -> Store:
    """20 emergency bureaus that all lack staff, 20 of education that do not; half of each are slow."""
    reports = [
        bureau(i, "emergency", ["staff_instability", *(["timeliness_poor"] if i < 10 else [])]) for i in range(20)
    ]
    reports += [bureau(i, "education", ["timeliness_poor"] if i < 10 else ["content_incomplete"]) for i in range(20)]
    reports += [bureau(99, "emergency", ["staff_instability"], scope="government")]
    return make(reports)


def test_profile_side_by_side(groups: Store) -> None:
    found = compare(groups, EMERGENCY, EDUCATION)
    assert (found.left_name, found.right_name) == ("应急管理", "教育")
    assert (found.left_reports, found.right_reports, found.common, found.few) == (20, 20, 0, ())
    rows = {row.label: row for row in found.rows}
    assert list(rows) == ["staff_instability", "content_incomplete", "timeliness_poor"]
    staff = rows["staff_instability"]
    assert (staff.left.count, staff.left.of, staff.left.share) == (20, 20, 1.0)
    assert (staff.right.count, staff.right.of, staff.right.share) == (0, 20, 0.0)
    assert (staff.left.low, staff.left.high) == tuple(round(x, 4) for x in wilson(20, 20))


def test_what_sets_a_group_apart(groups: Store) -> None:
    found = compare(groups, EMERGENCY, EDUCATION)
    rows = {row.label: row for row in found.rows}
    # background (20 + ½) / (40 + 1) = ½, weighing 4 reports: 22 : 2 against 2 : 22
    assert rows["staff_instability"].log_odds == pytest.approx(2 * math.log(11), abs=1e-4)
    assert rows["staff_instability"].z == pytest.approx(2 * math.log(11) / math.sqrt(12 / 11), abs=1e-4)
    assert (rows["timeliness_poor"].log_odds, rows["timeliness_poor"].z) == (0.0, 0.0)
    assert rows["staff_instability"].apart
    assert not rows["timeliness_poor"].apart
    assert found.moves[0] == "应急管理更常写到“人员不稳、兼职与力量不足”：100%（20/20份），教育 0%（0/20份）"
    assert any(move.startswith("教育更常写到") for move in found.moves)


def test_the_other_way_round_is_the_mirror(groups: Store) -> None:
    one, other = compare(groups, EMERGENCY, EDUCATION), compare(groups, EDUCATION, EMERGENCY)
    assert [(r.left, r.right, r.apart) for r in one.rows] == [(r.right, r.left, r.apart) for r in other.rows]
    assert [r.z for r in one.rows] == [-(r.z or 0.0) for r in other.rows]
    assert one.moves == other.moves


def test_governments_stay_out_and_are_told_of(groups: Store) -> None:
    found = compare(groups, EMERGENCY, EDUCATION)
    assert next(note for note in found.notes if "1份政府汇总报告未计入" in note).startswith("应急管理：")
    alone = compare(groups, Filter(scope=("government",)), EDUCATION)
    assert alone.left_reports == 1
    assert alone.few == ("left",)
    assert any("口径不同" in note for note in alone.notes)
    assert any("只有1份报告" in note for note in alone.notes)
    assert alone.moves == ()


def test_an_empty_group_is_no_data_not_zero(groups: Store) -> None:
    found = compare(groups, EMERGENCY, Filter(province=("西藏自治区",)))
    assert found.right_reports == 0
    assert {(row.right.share, row.z, row.apart) for row in found.rows} == {(None, None, False)}
    assert any("无数据不等于零" in note for note in found.notes)
    nothing = compare(groups, Filter(year=(1999,)), Filter(year=(1999,)))
    assert nothing.rows == ()


def test_groups_that_overlap_say_so(groups: Store) -> None:
    found = compare(groups, EMERGENCY, Filter())
    assert found.common == 20
    assert any("20份报告同时在两组里" in note for note in found.notes)


def test_labels_and_kinds_choose_rows_not_reports(groups: Store) -> None:
    found = compare(groups, make_filter(agency_type="应急管理", label="timeliness_poor"), EDUCATION)
    assert [(row.label, row.left.count, row.left.of) for row in found.rows] == [("timeliness_poor", 10, 20)]
    assert compare(groups, make_filter(kind="measure"), EDUCATION).rows == ()


def test_what_sets_apart_does_not_hang_on_which_labels_are_shown(make: Make) -> None:
    """5 of 8 against 0 of 8, p = 0.03: passes alone, not among twenty labels; so it is not said of it alone either."""
    others = [entry.id for entry in Taxonomy.load().of_kind("problem") if entry.id != "timeliness_poor"]
    store = make(
        [bureau(i, "emergency", [*others[i % 2 :: 2], *(["timeliness_poor"] if i < 5 else [])]) for i in range(8)]
        + [bureau(i, "education", others[i % 2 :: 2]) for i in range(8)]
    )
    assert fisher((5, 8), (0, 8)) < 0.05
    assert not any(row.apart for row in compare(store, EMERGENCY, EDUCATION).rows)
    alone = compare(store, make_filter(agency_type="应急管理", label="timeliness_poor"), EDUCATION)
    assert [(row.label, row.apart) for row in alone.rows] == [("timeliness_poor", False)]
    assert alone.moves == ()


def test_a_comparison_is_json(groups: Store) -> None:
    found = json.loads(json.dumps(compare(groups, EMERGENCY, EDUCATION).to_dict()))
    assert found["left"] == {"agency_type": ["emergency"]}
    assert found["rows"][0]["left"]["count"] == 20


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "全部报告"),
        ({"year": "2021-2023"}, "2021–2023年"),
        ({"year": "2021,2023"}, "2021、2023年"),
        ({"province": "浙江省", "level": "县级", "agency_type": "应急"}, "浙江省 县级 应急管理"),
        ({"not_level": "township", "form": "2021"}, "非乡级 2021年正式格式"),
        (
            {"province": "浙江省", "not_city": "宁波市", "not_agency_type": "教育", "not_year": "2020-2021"},
            "浙江省 非宁波市 非教育 非2020–2021年",
        ),
    ],
)
def test_a_group_in_words(given: dict[str, str], words: str) -> None:
    assert named(make_filter(**given)) == words


COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS, st.floats(0.001, 0.999), st.floats(0.1, 100))
def test_log_odds_turn_with_the_groups_and_shrink_with_the_prior(
    first: tuple[int, int], second: tuple[int, int], background: float, strength: float
) -> None:
    ratio, z = log_odds_ratio(first, second, background, strength)
    assert log_odds_ratio(second, first, background, strength) == pytest.approx((-ratio, -z))
    assert abs(log_odds_ratio(first, second, background, 1e9)[0]) < 1e-3
    assert math.isfinite(z)


@given(COUNTS, COUNTS)
def test_fisher_is_scipys(first: tuple[int, int], second: tuple[int, int]) -> None:
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    assert fisher(first, second) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-4, abs=1e-9)


@given(st.integers(5, 60).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.integers(1, n - 1), st.just(n))))
def test_association_is_scipys_hypergeometric(counts: tuple[int, int, int]) -> None:
    first, second, n = counts
    both = min(first, second)
    law = stats.hypergeom(n, first, second)
    lift, z = association(both, first, second, n)
    assert lift == pytest.approx(both / law.mean())
    assert z == pytest.approx((both - law.mean()) / law.std())


# -- what goes together ---------------------------------------------------------------------------------------


def answered(number: int, problems: list[str], measures: list[str], pairs: list[tuple[int, int]]) -> Report:
    name = f"第{number}区审计局"
    return make_report(
        f"{name}.txt",
        agency=name,
        problems=[(f"{name}问题{i}", [label]) for i, label in enumerate(problems)],
        measures=[(f"{name}措施{i}", [label]) for i, label in enumerate(measures)],
        pairs=pairs,
    )


@pytest.fixture(scope="module")
def solved(make: Make) -> Store:
    """staff_capacity in 1, 2, 4; timeliness_poor in 1, 3, 4, left unanswered in 1."""
    return make(
        [
            answered(1, ["staff_capacity", "timeliness_poor"], ["training"], [(0, 0)]),
            answered(2, ["staff_capacity"], ["training", "staffing"], [(0, 0), (0, 1)]),
            answered(3, ["timeliness_poor"], ["timeliness_improve"], [(0, 0)]),
            answered(4, ["staff_capacity", "timeliness_poor"], ["training", "timeliness_improve"], [(0, 0), (1, 1)]),
        ]
    )


def test_labels_that_come_together(solved: Store) -> None:
    found = together(solved, Filter())
    problems = [pair for pair in found.pairs if pair.kind == "problem"]
    assert [(p.first, p.second, p.both, p.first_count, p.second_count, p.of) for p in problems] == [
        ("staff_capacity", "timeliness_poor", 2, 3, 3, 4)
    ]
    assert problems[0].lift == pytest.approx(8 / 9, abs=1e-4)  # 2 where chance gives 3 · 3 / 4
    assert problems[0].z == pytest.approx(-0.25 / math.sqrt(0.1875), abs=1e-4)
    assert not problems[0].sure


def test_which_measures_answer_which_problems(solved: Store) -> None:
    found = together(solved, Filter())
    assert (found.reports, found.problems, found.unanswered) == (4, 6, 1)
    by = {one.label: one for one in found.answers}
    assert list(by) == ["timeliness_poor", "staff_capacity"]  # most often unanswered first
    assert (by["timeliness_poor"].unanswered.count, by["timeliness_poor"].unanswered.of) == (1, 3)
    staff = {a.measure: (a.share.count, a.share.of, a.base, a.lift) for a in by["staff_capacity"].answers}
    assert staff == {"training": (3, 3, 0.6, 1.6667), "staffing": (1, 3, 0.2, 1.6667)}
    assert [(a.measure, a.share.share, a.lift) for a in by["timeliness_poor"].answers] == [
        ("timeliness_improve", 1.0, 2.5)
    ]


def test_a_label_narrows_what_is_shown(solved: Store) -> None:
    found = together(solved, make_filter(label="staff_capacity", kind="problem"))
    assert [one.label for one in found.answers] == ["staff_capacity"]
    assert [pair.kind for pair in found.pairs] == ["problem"]
    assert found.problems == 6
    json.dumps(found.to_dict())


def test_which_pairs_are_sure_does_not_hang_on_which_are_shown() -> None:
    """7 of 22 have both where chance gives 4.5, p = 0.04: passes alone, not among pairs that come by chance."""
    mine = ["staff_capacity", "timeliness_poor"]
    others = sorted(entry.id for entry in Taxonomy.load().of_kind("problem") if entry.id not in mine)[:10]
    stating = dict.fromkeys([*mine, *others], 10)
    both = [(mine[0], mine[1], 7), *((one, other, 5) for one, other in combinations(others, 2))]
    alone = _pairs(both[:1], stating, 22, Filter())
    narrowed = _pairs(both, stating, 22, make_filter(label=mine[0]))
    assert [(pair.both, pair.sure) for pair in alone] == [(7, True)]
    assert [(pair.both, pair.sure) for pair in narrowed] == [(7, False)]
    assert narrowed == _pairs(both, stating, 22, Filter())[:1]


def test_nothing_together_in_an_empty_archive(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    found = together(store, Filter())
    assert (found.reports, found.problems, found.pairs, found.answers) == (0, 0, (), ())
    assert compare(store, Filter(), Filter()).rows == ()
    store.close()
