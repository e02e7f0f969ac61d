"""Statistics out of columns in memory against the same sums taken report by report from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_tools import HashEncoder, add, write_report
from figures_tools import GRANTED, ISSUED, LICENCES, PROCESSED, RECEIVED
from figures_tools import fill as fill_figures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import archive as archive_module
from index import cells, columnfiles, columns
from index.archive import Archive
from index.filters import make_filter, report_clause
from index.manifest import read_manifest
from index.records import ReportRow
from index.statistics import Definition, definitions, ratio, statistics, values_of
from index.structure import families, structure

FEE_PATH = "fee_charged_yuan"
PATHS = (RECEIVED, PROCESSED, GRANTED, LICENCES, ISSUED)
FILTERS: tuple[dict[str, Any], ...] = ({}, {"year": 2022}, {"scope": "government"}, {"form": "2019"}, {"year": 1999})
GROUPINGS = ("year", "province", "level", "form", "scope")
Known = dict[str, float | None]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def asked(archive: Archive, where: Any) -> dict[str, Known]:
    """Report id → path → number, one row of the store after the other."""
    clause = report_clause(where, current_only=True)
    out: dict[str, Known] = defaultdict(dict)
    for report, fee in archive.store.query(
        f"SELECT r.id, r.fee_charged_yuan FROM reports r WHERE {clause.sql}", clause.params
    ):
        out[report][FEE_PATH] = fee
    for report, path, value in archive.store.query(
        "SELECT r.id, f.path, f.value FROM reports r JOIN figures f ON f.report = r.row"
        f" WHERE {clause.sql} AND f.prose = 0 ORDER BY f.report, f.path, f.position",
        clause.params,
    ):
        out[report][path] = value
    return out


def part(values: Known, paths: tuple[str, ...]) -> float | None:
    numbers = [values.get(path) for path in paths]
    return None if any(one is None for one in numbers) else sum(one for one in numbers if one is not None)


def parts(one: Definition, values: Known) -> tuple[float | None, float | None]:
    top = part(values, one.sum)
    if top is None and one.alt and not any(path in values for path in one.sum):
        top = part(values, one.alt)
    return top, part(values, one.over) if one.over else 1


def by_hand(
    rows: list[ReportRow], values: dict[str, Known], one: Definition, by: str
) -> dict[str, tuple[Any, int, int]]:
    """Group → (value, reports that give it, reports of the group)."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if not one.forms or row.form in one.forms:
            value = getattr(row.region, by) if by == "province" else getattr(row, by)
            groups["unknown" if value is None else str(value)].append(row.id)
    out: dict[str, tuple[Any, int, int]] = {}
    for group, reports in groups.items():
        found = [parts(one, values[report]) for report in reports]
        both = [(top, over) for top, over in found if top is not None and over is not None]
        top, over = sum(t for t, _ in both), sum(o for _, o in both)
        value = ratio(top, over) if one.over else (top if both else None)
        out[group] = (value, len(both), len(reports))
    return out


def ranked(archive: Archive, one: Definition, rows: list[ReportRow], summed: dict[str, Known]) -> None:
    """Each report that gives the measure, falling, then by id; any part of this is the part of the whole."""
    gave = []
    for row in rows:
        top, over = parts(one, summed.get(row.id, {}))
        if top is not None and over is not None and (not one.forms or row.form in one.forms):
            gave.append((row.id, ratio(top, over) if one.over else top))
    wanted = sorted(gave, key=lambda pair: (pair[1] is None, -(pair[1] or 0), pair[0]))
    for limit, offset in ((None, 0), (None, 2), (0, 0), (1, 0), (2, 1), (3, 2), (5, 90)):
        table = archive.statistics(one.measure.id, limit=limit, offset=offset, scope="agency")
        stop = None if limit is None else offset + limit
        found = [(row.report, row.value) for row in table.rows]
        assert found == [(id_, value if value is None else pytest.approx(value)) for id_, value in wanted[offset:stop]]
        assert table.total == len(wanted)


def same_as_asked(archive: Archive) -> None:
    for given_ in FILTERS:
        where = make_filter(**given_)
        scoped = make_filter(**{"scope": "agency", **given_})
        rows, summed = archive.store.report_rows(scoped, current_only=True), asked(archive, scoped)
        for one in definitions().values():
            for by in GROUPINGS:
                table = statistics(archive.store, one.measure.id, by, scoped)
                found = {row.group: (row.value, row.reports, row.of) for row in table.rows}
                wanted = by_hand(rows, summed, one, by)
                assert found.keys() == wanted.keys()
                for group, (value, gave, of) in wanted.items():
                    near = value and pytest.approx(value, rel=1e-12, abs=1.01e-4 if one.over else None)
                    assert found[group] == (near, gave, of), (one.measure.id, by, group)
            if not given_:
                ranked(archive, one, rows, summed)
        every = asked(archive, where)
        values = values_of(archive.store, where, list(definitions().values()))
        kept = {path for one in definitions().values() for path in one.paths()}
        assert values == {id_: {p: v for p, v in own.items() if p in kept} for id_, own in every.items()}


def test_sums_are_those_of_the_store(tmp_path: Path):
    with Archive.open(fill_figures(tmp_path / "archive")) as archive:
        same_as_asked(archive)


cell = st.one_of(
    st.none(), st.integers(0, 9), st.integers(0, 10**12), st.floats(0, 1e9, allow_nan=False).map(lambda x: round(x, 2))
)
report = st.fixed_dictionaries(
    {
        "year": st.sampled_from([None, 2020, 2021]),
        "form": st.sampled_from(["2019", "2021"]),
        "scope": st.sampled_from(["agency", "government"]),
        "level": st.sampled_from(["county", "unknown"]),
        "figures": st.dictionaries(st.sampled_from(PATHS), cell).map(lambda d: [list(one) for one in d.items()]),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=st.lists(report, max_size=8))
def test_whatever_reports_give(reports: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
        with Archive.open(root / "archive") as archive:
            for place, values in enumerate(reports):
                write_report(root / "in", f"r{place}", agency=f"第{place}区应急管理局", **values)
            if reports:
                add(archive, root / "in")
            same_as_asked(archive)


def test_ranked_by_value_then_report(tmp_path: Path):
    with Archive.open(fill_figures(tmp_path / "archive")) as archive:
        rows = statistics(archive.store, "received_new", None, make_filter(year=2022, agency_type="emergency")).rows
        values = [row.value for row in rows]
        assert values == [700, 300, 9, 5, 5, 2, 0]
        assert all(type(value) is int for value in values)
        ties = [row.report for row in rows if row.value == 5]
        assert ties == sorted(str(one) for one in ties)


def put(root: Path, archive: Archive, count: int, start: int = 0) -> None:
    for place in range(start, start + count):
        problems = [[f"第{place}号问题之{n}，有待改进。", ["training"]] for n in range(4)]
        figures = [[RECEIVED, place], [PROCESSED, place % 7], [GRANTED, None if place % 5 == 0 else 1]]
        write_report(
            root,
            f"r{place:04}",
            agency=f"第{place}区应急管理局",
            year=2019 + place % 3,
            problems=problems,
            figures=figures,
        )
    add(archive, root)


def test_a_generation_holds_the_columns(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put(tmp_path / "in", archive, 30)
    folder = columnfiles.folder_in_force(archive.path)
    assert folder is not None
    assert {columnfiles.COLUMNS, columnfiles.CELLS} <= {path.name for path in folder.iterdir()}
    manifest = read_manifest(archive.path)
    assert manifest is not None
    assert f"derived/{folder.name}/{columnfiles.CELLS}" in manifest.files
    put(tmp_path / "in", archive, 2, start=30)  # too few for the next generation
    assert columnfiles.folder_in_force(archive.path) == folder
    wanted = statistics(archive.store, None, "year", make_filter())
    facets = archive.facets()
    read: list[int] = []
    some, few = columns._some, cells.read
    monkeypatch.setattr(columns, "_some", lambda s, q, k, rows: read.append(len(rows)) or some(s, q, k, rows))  # type: ignore[func-returns-value]
    monkeypatch.setattr(cells, "read", lambda s, rows, p: read.append(len(rows)) or few(s, rows, p))  # type: ignore[func-returns-value]
    monkeypatch.setattr(cells, "ALONE", 0)
    with Archive.open(archive.path) as again:
        assert again.facets() == facets
        assert statistics(again.store, None, "year", make_filter()) == wanted
        assert read == [2, 2, 2]
        assert not again.verify()
        same_as_asked(again)


@pytest.mark.parametrize("name", [columnfiles.COLUMNS, columnfiles.CELLS])
@pytest.mark.parametrize("damage", ["gone", "short", "flipped", "empty", "other"])
def test_damaged_columns_are_not_used(archive: Archive, tmp_path: Path, name: str, damage: str):
    put(tmp_path / "in", archive, 30)
    wanted = statistics(archive.store, None, "year", make_filter())
    facets = archive.facets()
    folder = columnfiles.folder_in_force(archive.path)
    assert folder is not None
    path = folder / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "other":
        path.write_bytes((folder / "rows.npy").read_bytes())
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
        path.write_bytes({"short": content[:middle], "flipped": flipped, "empty": b""}[damage])
    with Archive.open(archive.path) as again:
        assert again.facets() == facets
        assert statistics(again.store, None, "year", make_filter()) == wanted
        assert again.verify()
        again.rebuild()
        assert not again.verify()


def test_every_flipped_byte_of_the_cells_is_noticed_or_harmless(archive: Archive, tmp_path: Path):
    put(tmp_path / "in", archive, 30)
    folder = columnfiles.folder_in_force(archive.path)
    assert folder is not None
    path = folder / columnfiles.CELLS
    content, sound = path.read_bytes(), columnfiles.load_cells(folder)
    assert sound is not None
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :])
        found = columnfiles.load_cells(folder)
        assert found is None or (
            found.numbers.tobytes() == sound.numbers.tobytes()
            and found.paths == sound.paths
            and found.seals.tolist() == sound.seals.tolist()
        ), place


def test_every_flipped_bit_of_a_directory_is_noticed_or_harmless(tmp_path: Path):
    """What says where in the file each array lies has no checksum of its own."""
    path = tmp_path / "a.npz"
    wanted = {"rows": np.arange(40), "seals": np.arange(40) * 7, "names": columnfiles.packed(["甲", "乙"])}
    columnfiles.write_arrays(path, wanted)
    content = path.read_bytes()
    start = content.index(b"PK\x01\x02")
    found = 0
    for place in range(start, len(content)):
        for bit in range(8):
            path.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])
            read = columnfiles.read_arrays(path, lambda kept: {name: kept[name].tolist() for name in wanted})
            assert read is None or read == {name: value.tolist() for name, value in wanted.items()}, (place, bit)
            found += read is None
    assert found > 100


def test_another_dictionary_reads_its_cells_anew(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put(tmp_path / "in", archive, 30)
    with Archive.open(archive.path) as again, again.store.snapshot():
        found = cells.cells_of(again.store, (RECEIVED, "applications.row_of_tomorrow.total"))
        assert found.numbers[found.paths[RECEIVED]].tolist() == list(map(float, range(30)))
        assert (found.numbers[1] == cells.ABSENT).all()


def test_parts_of_a_whole_over_the_same_reports(tmp_path: Path):
    with Archive.open(fill_figures(tmp_path / "archive")) as archive:
        values = asked(archive, make_filter(scope="agency"))
        for family in families().values():
            known = definitions()
            whole = known[family.whole]
            for row in structure(archive.store, family.id, None, make_filter(scope="agency")).rows:
                pairs = [(parts(known[row.measure], own)[0], parts(whole, own)[0]) for own in values.values()]
                both = [(top, over) for top, over in pairs if top is not None and over is not None]
                assert row.share == ratio(sum(t for t, _ in both), sum(o for _, o in both))
                assert row.reports == sum(top is not None for top, _ in pairs)
