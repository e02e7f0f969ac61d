"""The page 趋势: all labels are tested whatever lines are drawn, and what comes out is said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from archive_tools import make_report
from page_tools import html_of, run_page, served
from streamlit.testing.v1 import AppTest
from summary_tools import filled
from ui_fakes import EVIL

from index.archive import Archive
from index.records import Filter, TrendRow, Trends
from ui import moves

STAFF, SLOW, STEADY = "staff_capacity", "timeliness_poor", "publicity_weak"


# -- the words --------------------------------------------------------------------------------------------------


def trends(counts: Mapping[str, Sequence[int]], of: int, years: Sequence[object] = (2021, 2022, 2023)) -> Trends:
    """Label → how many of ``of`` reports state it in each year."""
    rows = [
        TrendRow(str(year), label, of, stating, round(stating / of, 4), 0.0, 1.0)
        for label, several in counts.items()
        for year, stating in zip(years, several, strict=True)
    ]
    return Trends("year", Filter(), tuple(rows))


def test_a_rise_and_a_fall_are_told_with_how_many_were_tested() -> None:
    told = moves.of(trends({STAFF: [2, 10, 18], SLOW: [18, 10, 2], STEADY: [9, 10, 9]}, of=20))
    assert [(one.label, one.verdict) for one in told.changes] == [
        (STAFF, "上升"),
        (STEADY, "不能判定"),
        (SLOW, "下降"),
    ]
    assert moves.lead(told, "问题") == (
        "2021–2023年共 60 份报告、3 类问题逐一检验过：1 类上升，1 类下降，其余 1 类不能判定。"
    )
    assert moves.apparent(told) == []
    head, rows = moves.table(told)
    assert head == ["类别", "判定", "2021年", "2023年", "增减（百分点）"]
    assert [row[1:] for row in rows] == [
        ("上升", "10%（2/20）", "90%（18/20）", "+80"),
        ("不能判定", "45%（9/20）", "45%（9/20）", "持平"),
        ("下降", "90%（18/20）", "10%（2/20）", "−80"),
    ]


def test_where_nothing_moves_it_is_said_and_what_grew_to_the_eye_is_not_a_finding() -> None:
    told = moves.of(trends({STAFF: [9, 10, 11], SLOW: [10, 9, 9]}, of=20))
    assert told.sure == ()
    assert moves.lead(told, "问题") == (
        "没有一类可以判定上升或下降：2021–2023年共 60 份报告、2 类问题逐一检验过，各年的高低都可能是偶然。"
    )
    (line,) = moves.apparent(told)
    assert "”2021年 9/20份 → 2023年 11/20份。" in line
    assert "可能只是偶然" in line


@pytest.mark.parametrize(
    ("found", "basis"),
    [
        (trends({STAFF: [1, 2, 3]}, of=4), "2021–2023年共 12 份报告"),
        (trends({STAFF: [1, 29]}, of=30, years=(2021, 2022)), "2021–2022年共 60 份报告"),
        (trends({STAFF: [7]}, of=30, years=(2021,)), "2021年共 30 份报告"),
    ],
)
def test_too_few_reports_or_years_are_called_too_few(found: Trends, basis: str) -> None:
    told = moves.of(found)
    assert not told.testable
    assert "判定" not in moves.table(told)[0]
    assert moves.lead(told, "问题") == (
        f"没有一类可以判定上升或下降：{basis}、1 类问题，太少了（判定升降至少要 3 个年份、20 份报告）。"
    )


def test_reports_of_unknown_year_are_not_a_year() -> None:
    told = moves.of(trends({STAFF: [2, 10, 18, 5]}, of=20, years=(2021, 2022, 2023, "unknown")))
    assert (told.years, told.reports, told.undated) == (("2021", "2022", "2023"), 60, 20)
    assert told.changes[0].last.group == "2023"
    alone = moves.of(trends({STAFF: [5]}, of=20, years=("unknown",)))
    assert (alone.changes, alone.first, alone.last) == ((), "首", "末")
    assert "年份不明" in moves.lead(alone, "问题")
    assert moves.table(alone) == (["类别", "首年", "末年", "增减（百分点）"], [])


# -- the page ---------------------------------------------------------------------------------------------------


def reports() -> list[Any]:
    """Thirty reports a year: staff grows from 3 to 27, delay falls, publicity stays."""
    stated = {STAFF: (3, 15, 27), SLOW: (27, 15, 3), STEADY: (15, 15, 15)}
    return [
        make_report(
            f"{agency}-{year}",
            agency=f"第{agency}局{EVIL}",
            year=year,
            problems=[
                [f"第{agency}局{year}年{label}{EVIL}。", [label]]
                for label, several in stated.items()
                if agency < several[year - 2021]
            ],
        )
        for year in (2021, 2022, 2023)
        for agency in range(30)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trends")
    filled(folder, reports()).close()
    return folder


@pytest.fixture
def archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    with served(folder, monkeypatch) as opened:
        yield opened


def run(**params: Any) -> AppTest:
    app = run_page("trends", **params)
    assert not app.error
    return app


@pytest.mark.parametrize("drawn", [{}, {"label": STEADY}, {"label": [STAFF, STEADY]}])
def test_what_is_said_does_not_hang_on_the_lines_that_are_drawn(archive: Archive, drawn: dict[str, Any]) -> None:
    shown = html_of(run(**drawn))
    assert "2021–2023年共 90 份报告、3 类问题逐一检验过：1 类上升，1 类下降，其余 1 类不能判定。" in shown
    assert len(archive.trends("year", kind="problem").moves) == 2
    for move in archive.trends("year", kind="problem").moves:
        assert move in shown


def test_the_lines_drawn_are_those_that_move_unless_others_are_asked_for(archive: Archive) -> None:
    assert set(run().multiselect(key="t-labels").value[:2]) == {STAFF, SLOW}
    app = run(label=STEADY)
    assert app.multiselect(key="t-labels").value == [STEADY]
    app.multiselect(key="t-labels").set_value([STEADY, SLOW]).run()
    assert app.query_params == {"label": [STEADY, SLOW]}


def test_one_year_alone_is_no_trend_and_more_is_a_click_away(archive: Archive) -> None:
    app = run(year="2021")
    assert "没有一类可以判定上升或下降：2021年共 30 份报告" in html_of(app)
    app.button(key="widen-year").click().run()
    assert "year" not in app.query_params
    assert "1 类上升" in html_of(app)


def test_groups_are_compared_one_label_at_a_time(archive: Archive) -> None:
    for by in ("province", "level", "agency_type", "form"):
        app = run(by=by, label=SLOW)
        assert app.selectbox(key="t-label").value == SLOW
        assert "检验过" not in html_of(app)
        assert any(link.proto.label == "挑两组，看差别靠不靠得住" for link in app.get("page_link"))


def test_topics_stand_on_their_own_page(archive: Archive) -> None:
    assert not any("话题" in e.value for e in run().subheader)
