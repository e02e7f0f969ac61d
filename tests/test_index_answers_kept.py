"""Pairs and outcomes kept as columns against the same asked of the store one by one, through an archive's life."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_tools import HashEncoder, add, write_report

from index import answerreads, answers, columnfiles
from index import archive as archive_module
from index.answerreads import ANY, UNASKED
from index.answers import GONE, STILL, UNKNOWN, answers_of, outcomes_of, settled, statements_stating
from index.archive import Archive
from index.columns import FEW, Flags, kept_of, stated_of
from index.filters import make_filter
from index.outcomes import gone_next_year
from index.tallying import current_kept
from nlp.taxonomy import Taxonomy

PROBLEMS = [entry.id for entry in Taxonomy.load().of_kind("problem")][:4]
MEASURES = [entry.id for entry in Taxonomy.load().of_kind("measure")][:4]
SAYINGS = [
    "信息公开专职人员偏少，一人身兼数职。",
    "信息公开专职人员仍偏少，常常一人身兼数职。",
    "网站栏目更新偏慢，部分内容久未补充。",
    "政策解读以文字为主，图片和视频很少。",
    "依申请公开的答复格式不统一。",
]
PLACES = [("东区", "371001"), ("西区", "371002"), ("南区", "")]  # without a code nobody is taken for another
YEARS = (2020, 2021, 2022)
FILTERS: tuple[dict[str, Any], ...] = ({}, {"year": [2021]}, {"county": ["东区"]}, {"scope": ["government"]})


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def written(folder: Path, rng: random.Random, place: int, year: int, version: int = 0) -> Path:
    county, code = PLACES[place]
    texts = [*rng.sample(SAYINGS, rng.randint(1, 4)), f"第{rng.randint(1, 9)}项工作有待加强。"]
    told = [f"{text}为此作出改进之{n}。" for n, text in enumerate(texts[:3])]
    couples = {(rng.randrange(len(texts)), rng.randrange(len(told))) for _ in range(rng.randint(0, 4))}
    return write_report(
        folder,
        f"{county}{year}-{version}",
        agency=f"{county}应急管理局",
        region=["山东省", "威海市", county, code or None],
        scope="government" if rng.random() < 0.1 else "agency",
        year=year,
        sign_date=f"{year + 1}-0{version + 1}-01",
        problems=[[text, rng.sample(PROBLEMS, rng.randint(0, 2))] for text in texts],
        measures=[[text, rng.sample(MEASURES, rng.randint(0, 2))] for text in told],
        pairs=[list(one) for one in sorted(couples)],
    )


# -- the oracle -----------------------------------------------------------------------------------------------


def asked(archive: Archive, where: dict[str, Any]) -> tuple[Counter[tuple[str, str]], set[tuple[int, int, str]]]:
    """(label, measure label) → problems that have both, "" any; and (problem, measure, label of it or "")."""
    store = archive.store
    rows = {one.row: one for one in store.statements(make_filter(**where), current_only=True)}
    pairs = [pair for pair in store.pairs() if pair[0] in rows]
    every = store.statements_at([row for pair in pairs for row in pair])
    lines, by = set(), defaultdict(set)
    for problem, measure in pairs:
        labels = every[measure].labels
        lines |= {(problem, measure, label) for label in labels or ("",)}
        by[problem] |= {"", *labels}
    counts = Counter((of, one) for problem in by for of in {"", *every[problem].labels} for one in by[problem])
    return counts, lines


def kept_flags(archive: Archive, where: dict[str, Any]) -> Flags:
    return current_kept(archive.store, stated_of(archive.store).columns, make_filter(**where))


def same_as_asked(archive: Archive) -> None:
    store = archive.store
    with store.snapshot():
        found = answers_of(store)
        names = {0: "", **{code: label for label, code in found.names.items()}}
        for where in FILTERS:
            keep = kept_flags(archive, where)
            counts, lines = asked(archive, where)
            matrix = found.counted(keep)
            assert {(names[i], names[j]): int(matrix[i, j]) for i, j in np.argwhere(matrix).tolist()} == counts
            stated = Counter(
                label for one in store.statements(make_filter(**where), current_only=True) for label in one.labels
            )
            assert +Counter(statements_stating(stated_of(store), keep)) == stated
            for label in PROBLEMS:
                problems, by = found.problems(label, keep)
                own = store.candidates_at(problems.tolist())
                assert all(label in one.labels for one in own.values())
                assert Counter(names[code] for code in by.tolist()) == +Counter(
                    {one: n for (of, one), n in counts.items() if of == label}
                )
                measures, codes = found.measures(problems[by == ANY])
                wanted = Counter((m, one) for p, m, one in lines if p in own)
                assert Counter(zip(measures.tolist(), [names[c] for c in codes.tolist()], strict=True)) == wanted
        problems = found.outcomes["problems"]
        assert problems.tolist() == sorted({problem for problem, _ in store.pairs()})
        held = found.outcomes["gone"].copy()
        outcome = gone_next_year(store, store.candidates_at(problems.tolist()).values())
        told = {True: GONE, False: STILL, None: UNKNOWN}
        assert outcomes_of(store, found, problems).tolist() == [told[outcome.get(row)] for row in problems.tolist()]
        assert ((held == UNASKED) | (held == found.outcomes["gone"])).all(), "what was known was right"


def fresh(archive: Archive) -> None:
    """Forget what this process keeps, so that the generation's files are read."""
    kept = kept_of(archive.store)
    kept.columns = kept.stated = kept.answers = None


# -- the life of an archive -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_they_follow_every_change(archive: Archive, tmp_path: Path, seed: int):
    rng, folder = random.Random(seed), tmp_path / "in"
    add(archive, *(written(folder, rng, place, year) for place in range(3) for year in YEARS if rng.random() < 0.7))
    for _ in range(14):
        statements = archive.statements()
        what = rng.choice(("add", "add", "version", "remove", "label", "kind", "unsettled", "fresh", "rebuild"))
        if what in ("add", "version"):
            version = rng.randint(0, 2) if what == "version" else 0
            add(archive, written(folder, rng, rng.randrange(3), rng.choice(YEARS), version))
        elif what == "remove" and archive.list():
            archive.remove(rng.choice([one.id for one in archive.list()]))
        elif what == "label" and statements:
            one = rng.choice(statements)
            archive.label(one.id, labels=rng.sample(PROBLEMS if one.kind == "problem" else MEASURES, 1), by="张三")
        elif what == "kind" and statements:
            archive.label(rng.choice(statements).id, kind=rng.choice(("problem", "measure", "none")), by="张三")
        elif what == "rebuild":
            archive.rebuild()
        if what in ("fresh", "rebuild"):
            fresh(archive)
        if what != "unsettled":
            same_as_asked(archive)
    same_as_asked(archive)
    with Archive.open(archive.path) as again:
        same_as_asked(again)


def test_reading_all_is_reading_some(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rng, folder = random.Random(3), tmp_path / "in"
    add(archive, *(written(folder, rng, place, year) for place in range(3) for year in YEARS))
    for few, chunk in ((FEW, 20_000), (0, 0)):
        monkeypatch.setattr(answerreads, "FEW", few)
        monkeypatch.setattr(answerreads, "CHUNK", chunk)
        kept_of(archive.store).answers = None
        monkeypatch.setattr(columnfiles, "load_answers", lambda folder: None)
        same_as_asked(archive)


def test_rows_of_reports_that_overlap(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A store whose statements of two reports stand between one another is read all the same."""
    rng, folder = random.Random(4), tmp_path / "in"
    add(archive, *(written(folder, rng, place, year) for place in range(2) for year in YEARS))
    monkeypatch.setattr(answerreads, "FEW", 0)
    monkeypatch.setattr(answerreads, "CHUNK", 0)
    monkeypatch.setattr(columnfiles, "load_answers", lambda folder: None)
    kept_of(archive.store).answers = None
    asked_of = type(archive.store).query

    def overlapping(self: Any, sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
        found = asked_of(self, sql, params)
        return [(report, 1, 10**6) for report, _, _ in found] if "GROUP BY s.report ORDER BY 2" in sql else found

    monkeypatch.setattr(type(archive.store), "query", overlapping)
    same_as_asked(archive)


# -- the file -------------------------------------------------------------------------------------------------


def filled(archive: Archive, folder: Path) -> Path:
    rng = random.Random(5)
    add(archive, *(written(folder, rng, place, year) for place in range(3) for year in YEARS))
    archive.rebuild()
    inside = columnfiles.folder_in_force(archive.path)
    assert inside is not None
    return inside


def test_a_generation_holds_them_with_all_outcomes(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(archive, tmp_path / "in")
    wanted = [archive.measures_against(label, k=9).to_dict() for label in PROBLEMS], archive.together().to_dict()
    add(archive, written(tmp_path / "more", random.Random(6), 2, 2019))  # nobody's next year's, nobody's last year's
    read: list[int] = []
    some = answerreads.read
    monkeypatch.setattr(answers, "read", lambda s, c, again, n: read.append(int(again.sum())) or some(s, c, again, n))  # type: ignore[func-returns-value]
    with Archive.open(archive.path) as again:
        answers_of(again.store)
        assert read == [1]
        archive.remove(archive.list(year=2019)[0].id)
    monkeypatch.setattr(answers, "gone_next_year", lambda store, problems: pytest.fail("worked out again"))
    with Archive.open(archive.path) as again:
        found = [again.measures_against(label, k=9).to_dict() for label in PROBLEMS], again.together().to_dict()
        assert found == wanted
        with again.store.snapshot():
            assert UNASKED not in settled(again.store).outcomes["gone"]


def test_only_what_may_have_changed_is_worked_out_again(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    filled(archive, tmp_path / "in")
    (after,) = archive.list(year=2022, county="东区")
    numbers = {name: row for row, name in archive.store.report_numbers(current_only=False).items()}
    before, other = (archive.list(year=2021, county=county)[0] for county in ("东区", "西区"))
    archive.label(archive.statements(report=after.id)[0].id, labels=[PROBLEMS[3]], by="张三")
    found = answers_of(archive.store)
    at = {one.id: int(np.searchsorted(found.rows, numbers[one.id])) for one in (before, after, other)}
    open_ones = set(found.outcomes["places"][found.outcomes["gone"] == UNASKED].tolist())
    answered = {place for place in at.values() if place in found.outcomes["places"]}
    assert at[before.id] in answered
    assert open_ones == {at[before.id]}  # the one that changed has no next year's; the others are as they were
    same_as_asked(archive)


@pytest.mark.parametrize("damage", ["gone", "short", "flipped", "empty", "other", "lengths", "other rules"])
def test_a_damaged_file_is_not_used(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str):
    inside = filled(archive, tmp_path / "in")
    wanted = [archive.measures_against(label, k=9).to_dict() for label in PROBLEMS]
    path = inside / columnfiles.ANSWERS
    content, sound = path.read_bytes(), columnfiles.load_answers(inside)
    assert sound is not None
    half = content[: len(content) // 2]
    flipped = half + bytes([content[len(half)] ^ 0xFF]) + content[len(half) + 1 :]
    if damage == "gone":
        path.unlink()
    elif damage == "other":
        path.write_bytes((inside / columnfiles.CELLS).read_bytes())
    elif damage == "lengths":
        sound.outcomes["gone"] = sound.outcomes["gone"][1:]
        columnfiles.save_answers(inside, sound)
    elif damage == "other rules":
        monkeypatch.setattr(columnfiles, "SIMILAR_TEXT", 0.5)
    else:
        path.write_bytes({"short": half, "flipped": flipped, "empty": b""}[damage])
    found = columnfiles.load_answers(inside)
    if damage == "other rules":  # the counts hold still
        assert found is not None
        assert set(found.outcomes["gone"].tolist()) == {UNASKED}
    else:
        assert found is None
    with Archive.open(archive.path) as again:
        assert [again.measures_against(label, k=9).to_dict() for label in PROBLEMS] == wanted
        same_as_asked(again)
        assert bool(again.verify()) == (damage != "other rules")


def test_an_empty_archive_has_none(archive: Archive):
    with archive.store.snapshot():
        found = settled(archive.store)
        keep = np.zeros(0, dtype=bool)
        assert found.counted(keep).tolist() == [[0]]
        assert [part.tolist() for part in found.problems(PROBLEMS[0], keep)] == [[], []]
        assert outcomes_of(archive.store, found, np.zeros(0, np.int64)).tolist() == []
