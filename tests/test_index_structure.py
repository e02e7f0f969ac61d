"""What makes up a whole, the metric dictionary, and what may be summed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from figures_tools import fill, full, put

from index.archive import Archive
from index.formulas import cell
from index.statistics import definitions
from index.structure import families
from nlp.errors import MingjianError


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(fill(tmp_path_factory.mktemp("structure") / "archive")) as opened:
        yield opened


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Archive]:
    """Two reports whose section three is known, and one without processed applications."""
    with Archive.open(tmp_path / "archive") as opened:
        with opened.store.writing():
            first = full(
                processed_total=10, granted=4, unable_not_held=3, denied_third_party=2, not_processed_petition=1
            )
            second = full(processed_total=6, granted=2, unable_not_held=1, denied_third_party=None, partially_granted=1)
            put(opened, "甲", 2022, first)
            put(opened, "乙", 2022, second)
            put(opened, "丙", 2023, full(processed_total=0, granted=0))
        yield opened


def shares(archive: Archive, what: str, **asked: object) -> dict[tuple[str, str], tuple[object, ...]]:
    found = archive.structure(what, **asked)  # type: ignore[arg-type]
    return {(r.group, r.measure): (r.value, r.share, r.reports, r.of) for r in found.rows}


def test_parts_and_shares_by_hand(parts: Archive) -> None:
    found = shares(parts, "outcomes")
    assert found["all", "granted"] == (6, 0.375, 3, 3)  # (4 + 2 + 0) / (10 + 6 + 0)
    assert found["all", "unable"] == (4, 0.25, 3, 3)
    assert found["all", "denied"] == (2, 0.2, 2, 3)  # a blank cell takes its report out, from both parts of the share
    assert found["all", "other_processing"] == (None, None, 0, 3)
    totals = parts.structure("办理结果").totals
    assert [(t.measure, t.value, t.share) for t in totals] == [("processed_total", 16, 1.0)]


def test_over_nought_there_is_no_share(parts: Archive) -> None:
    found = shares(parts, "outcomes", by="year")
    assert found["2023", "granted"] == (0, None, 1, 1)
    assert found["2022", "granted"] == (6, 0.375, 2, 2)


def test_a_part_without_its_whole_counts_but_has_no_share(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive") as opened:
        with opened.store.writing():
            put(opened, "甲", 2022, full(processed_total=None, granted=5))
            put(opened, "乙", 2022, full(processed_total=4, granted=1))
        assert shares(opened, "outcomes")["all", "granted"] == (6, 0.25, 2, 2)


def test_parts_of_one_form_are_counted_among_its_reports(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive") as opened:
        with opened.store.writing():
            put(opened, "甲", 2022, full(processed_total=4, other_no_correction=1))
            put(opened, "乙", 2020, full(processed_total=6, other_total=3), form="2019")
        assert shares(opened, "reasons")["all", "no_correction"] == (1, 0.25, 1, 1)
        assert shares(opened, "outcomes")["all", "other_processing"] == (3, 0.5, 1, 2)


def test_reasons_come_by_falling_number(parts: Archive) -> None:
    found = parts.structure("reasons")
    assert [(r.measure, r.value) for r in found.rows][:2] == [("not_held", 4), ("denied_third_party", 2)]
    assert found.rows[-1].value is None  # not known at all comes last
    assert [m.id for m in found.measures] == [r.measure for r in found.rows]


@pytest.mark.parametrize("part", ["granted", "partially_granted", "denied", "unable", "not_processed", "other"])
def test_shares_are_those_of_the_dictionary(parts: Archive, part: str) -> None:
    table = parts.statistics(f"{part}_share", by="year").rows
    name = "other_processing" if part == "other" else part
    found = shares(parts, "outcomes", by="year")
    assert {r.group: r.value for r in table} == {g: v[1] for (g, m), v in found.items() if m == name}
    counts = {r.group: r.value for r in parts.statistics(name, by="year").rows}
    assert counts == {g: v[0] for (g, m), v in found.items() if m == name}


def test_governments_are_never_summed_with_agencies_even_where_both_are_chosen(archive: Archive) -> None:
    alone = archive.statistics("received_new", by="year", year=2022)
    both = archive.statistics("received_new", by="year", year=2022, scope=["agency", "government"])
    # 9 + 5 + 5 + 0 + 2, the city's 300, education 4, 庚 and 辛 1 each
    assert [r.value for r in alone.rows] == [r.value for r in both.rows] == [327]
    assert any("未计入" in note for note in both.notes)
    apart = archive.statistics("received_new", by="scope", year=2022)
    assert {r.group: r.value for r in apart.rows} == {"agency": 327, "government": 4200}
    assert [t.value for t in archive.structure("applicants", year=2022, scope=["agency", "government"]).totals] == [327]


def test_governments_of_several_levels_are_cautioned(archive: Archive) -> None:
    found = archive.statistics("received_new", by="year", scope="government")
    assert any("按层级分开看" in note for note in found.notes)
    assert not archive.statistics("received_new", by="level", scope="government").notes
    county = archive.statistics("received_new", by="year", scope="government", level="county")
    assert not any("按层级" in note for note in county.notes)


def test_what_two_forms_have_is_cautioned_where_they_come_together(archive: Archive) -> None:
    found = archive.statistics("licence_decisions", by="year", year=2022)
    assert any(note.startswith("行政许可处理决定：") for note in found.notes)
    assert not archive.statistics("licence_decisions", by="form", year=2022).notes[1:]
    one = archive.statistics("licence_decisions", by="year", form="2021")
    assert not any("行政许可" in note for note in one.notes)


def test_what_changed_its_meaning_has_a_measure_a_form() -> None:
    known = definitions()
    for one in known.values():
        told = {path.split(".")[2] for path in one.paths() if path.startswith("disclosure.")}
        assert not told or told == {"decisions"} or len(one.forms) == 1, one.measure.id
    assert known["admin_fee_wan"].forms == ("2021",)
    assert known["admin_fee_items"].forms == ("2019",)
    assert known["licence_decisions"].mixed


def test_the_dictionary_is_whole() -> None:
    known = definitions()
    assert len({one.measure.name for one in known.values()}) == len(known)
    for key, one in known.items():
        told = one.measure
        assert told.definition, key
        assert told.unit in ("件", "%", "元", "万元", "项"), key
        assert told.group, key
        assert "applications." not in told.formula, key
        assert told.ratio == (told.unit == "%") == ("÷" in told.formula), key
        assert all(cell(path) for path in one.paths()), key
        if told.ratio:
            assert "0 时不计算" in told.caveat, key


def test_formulas_are_in_the_words_of_the_tables() -> None:
    known = definitions()
    assert known["granted_share"].measure.formula == "（一）予以公开 ÷ （七）总计"
    assert known["suit_total"].measure.formula == "未经复议直接起诉·总计 + 复议后起诉·总计"
    assert known["other_processing"].measure.formula.endswith("（另一表式取：（六）其他处理）")
    assert known["admin_fee_wan"].measure.formula == "行政事业性收费·本年收费金额"


def test_parts_are_counts_of_the_dictionary_and_cover_the_whole() -> None:
    known = definitions()
    for family in families().values():
        assert not any(known[part].over for part in (*family.parts, family.whole))
    outcomes = {path for part in families()["outcomes"].parts for path in known[part].paths()}
    reasons = {path for part in families()["reasons"].parts for path in known[part].paths()}
    assert reasons < outcomes
    ways = ("granted", "partially_granted", "other_misc", "other_total")
    assert outcomes - reasons == {f"applications.{row}.total" for row in ways}


def test_it_is_json_and_wrong_names_are_told(parts: Archive) -> None:
    found = json.loads(json.dumps(parts.structure("reasons", by="year", year=2022).to_dict()))
    assert found["filters"] == {"year": [2022]}
    assert found["whole"]["id"] == "processed_total"
    with pytest.raises(MingjianError, match="outcomes（办理结果）"):
        parts.structure("weather")
    with pytest.raises(MingjianError, match="year"):
        parts.structure("outcomes", by="colour")


def test_an_empty_archive_has_no_rows(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive") as empty:
        assert empty.structure("outcomes").rows == ()
        assert len(empty.measures()) == len(definitions())
