"""An archive whose index is in Milvus, over TCP against ``milvus-lite server``: the properties of the default index."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_tools import HashEncoder, add, fill, sentence, write_report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from milvus_everywhere import LOCAL
from milvus_server import MISSING, REASON, MilvusServer
from milvus_vectors import EACH, MilvusRows
from test_index_backends import oracle, unit_vectors

from index import archive as archive_module
from index import elsewhere, publish, restoring, syncing
from index.archive import Archive
from index.backends.base import best
from index.backends.milvus import MOST, Address, MilvusIndex, cut_bytes, expression
from index.backends.remote import Scope
from index.building import WORD_PARTS
from index.filters import statement_clause
from index.generations import folder_of
from index.lexical import SmallLexicon
from index.manifest import read_manifest
from index.records import Filter
from index.remote import RemoteView
from index.tallies import Counting, Tallies, cut
from nlp.errors import MingjianError, MissingExtra

needs_server = pytest.mark.skipif(bool(MISSING), reason=REASON)
TESTS = Path(__file__).parent
SUITES = {  # suites of the archive's own that are run again, and what of them takes long
    "search": (("hitfacets", "listing", "against"), ()),
    "changes": (("archive", "growing", "verify", "readers"), ("another_process_searches", "threads_search")),
    "corrections": (("corrections",), ("any_history", "two_processes")),
}


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    monkeypatch.setattr(elsewhere, "GRACE", 0.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    running = MilvusServer(tmp_path_factory.mktemp("milvus"))
    yield running
    running.kill()


@pytest.fixture
def moved(server: MilvusServer, tmp_path: Path) -> Iterator[Archive]:
    """Forty reports, moved to the server."""
    fill(tmp_path / "in", 40)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")
        archive.rebuild(index=server.address("plain"))
        yield archive


def remote(archive: Archive) -> RemoteView:
    view = archive.searcher()._view
    assert isinstance(view, RemoteView)
    return view


def told(answer: Any) -> list[tuple[str, float]]:
    return [(hit.id, round(hit.score, 6)) for hit in answer.hits]


# -- without a server -----------------------------------------------------------------------------------------


def test_an_address_is_read_and_odd_ones_are_refused():
    assert Address.read("milvus+http://10.0.0.8:19530/mingjian") == Address("http://10.0.0.8:19530", "mingjian")
    assert Address.read("milvus+https://m.example/zhejiang/") == Address("https://m.example:19530", "zhejiang")
    assert Address.read("milvus+http://[::1]:1234/a") == Address("http://[::1]:1234", "a")
    for odd in (
        "http://x:1/a",
        "milvus+http://x:1",
        "milvus+http://x:1/一",
        "milvus+http:///a",
        "milvus+http://x:99999/a",
    ):
        with pytest.raises(MingjianError, match="milvus"):
            Address.read(odd)
    with pytest.raises(MingjianError, match="MINGJIAN_MILVUS_TOKEN"):
        Address.read("milvus+http://root:secret@x:1/a")


def test_without_the_library_the_command_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mingjian\[milvus\]'"):
        MilvusIndex(Address("http://127.0.0.1:1", "a"), "k", 1)


def test_filters_in_the_language_of_milvus():
    where = Filter(
        year=(2021, 2019),
        province=("浙江", "江苏省"),
        label=("staff_capacity", "training"),
        not_level=("province",),
        not_agency_type=("tax",),
        not_year=(2022, 2020),
        not_province=("上海市", "北京", "_京"),
        kind=("problem",),
        unanswered=True,
        agency=('应急"局%',),
    )
    assert expression(Scope((where,), ("公开_渠道",), frozenset({3, 1}), frozenset({9}))) == (
        '(year in [2019, 2021]) and (kind in ["problem"]) and (province like "浙江%" or province == "江苏省")'
        ' and (agency like "%应急_局_%") and (level not in ["province"])'
        ' and (agency_type not in ["tax"]) and (year not in [2020, 2022])'
        ' and (not (province == "上海市" or province like "北京%"))'
        ' and (array_contains_any(labels, ["staff_capacity", "training"]))'
        ' and (kind == "problem" and paired == false) and (text like "%公开_渠道%")'
        " and (row in [1, 3]) and (row not in [9])"
    )
    assert expression(Scope((Filter(report=('a"b',)),))) == ""  # what cannot be said keeps too much, never too little


def test_a_text_is_cut_between_characters():
    assert cut_bytes("政府公开", 7) == "政府"
    assert cut_bytes("政府", 6) == "政府"


def test_tallies_add_up_and_come_back(tmp_path: Path):
    first, both = Counting(Tallies.empty()), [cut(sentence(number)) for number in range(60)]
    first.add(both[:25])
    second = Counting(first.done())
    second.add(both[25:])
    second.done().save(tmp_path)
    found, oracle = Tallies.load(tmp_path), SmallLexicon(both, None)
    assert found.size == 60
    for field in ("words", "grams"):
        assert found.totals[field] == sum(len(tokens[field]) for tokens in both)
        for token in {token for tokens in both for token in tokens[field]} | {"没有"}:
            assert found.frequency(field, token) == oracle.frequency(field, token)
    (tmp_path / "words-keys.npy").write_bytes(b"")
    with pytest.raises(MingjianError, match="mingjian rebuild"):
        Tallies.load(tmp_path)


def test_a_server_that_is_not_there_is_one_line_and_changes_nothing(tmp_path: Path):
    pytest.importorskip("pymilvus")
    fill(tmp_path / "in", 2)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")
        began = time.monotonic()
        with pytest.raises(MingjianError, match=r"Milvus http://127\.0\.0\.1:9：连不上") as caught:
            archive.rebuild(index="milvus+http://127.0.0.1:9/a")
        assert time.monotonic() - began < 30
        assert "\n" not in str(caught.value)
        assert archive.info()["index"] == "local"
        assert archive.search(sentence(1)).hits
        assert archive.verify() == []


# -- nearest neighbours and words -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def big(server: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Rich in filters: 60 reports of many places, kinds and years, one sentence in 40 of them; some gone, some late."""
    folder = tmp_path_factory.mktemp("big")
    rng = random.Random(5)
    for number in range(60):
        place = rng.choice(
            [("浙江省", "宁波市", "北仑区"), ("浙江省", "杭州市", None), ("江苏省", None, None), (None,) * 3]
        )
        own = [sentence(number * 3 + i) for i in range(3)]
        write_report(
            folder / "in",
            f"r{number:03d}",
            agency=rng.choice([f"第{number}局", f"{number}号办_公%室", None]),
            year=rng.choice([2019, 2020, 2021, None]),
            region=[*place, None],
            level=rng.choice(["province", "city", "county", "unknown"]),
            agency_type=rng.choice(["emergency", "education"]),
            form=rng.choice(["2019", "2021"]),
            scope=rng.choice(["agency", "government"]),
            problems=[
                ["同一句话到处都有。" if number % 3 else own[0], ["staff_capacity", "form_single"][: number % 3]]
            ],
            measures=[[f"针对{text}加强培训。", ["training"]] for text in own],
            passages=[f"{own[1]}\n总体情况：{own[2]}"],
            pairs=[[0, 0]] if number % 2 else [],
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
        with Archive.open(folder / "archive") as archive:
            add(archive, *sorted((folder / "in").iterdir())[:50])
            archive.rebuild(index=server.address("big"))
            for row in archive.list()[:3]:
                archive.remove(row.id)
            add(archive, folder / "in")
            yield archive


def every(archive: Archive) -> tuple[np.ndarray, np.ndarray, list[str]]:
    found = archive.store.query("SELECT row, text FROM statements ORDER BY row")
    rows = np.array([row for row, _ in found])
    return rows, archive.store.vectors(rows.tolist()), [text for _, text in found]


FILTERS = st.builds(
    Filter,
    year=st.sampled_from([(), (2020,), (2019, 2021), (1999,)]),
    province=st.sampled_from([(), ("浙江",), ("浙江省", "江苏"), ("浙",)]),
    city=st.sampled_from([(), ("宁波市",), ("杭州",)]),
    county=st.sampled_from([(), ("北仑区",)]),
    level=st.sampled_from([(), ("county", "city")]),
    agency_type=st.sampled_from([(), ("education",)]),
    kind=st.sampled_from([(), ("problem",), ("measure", "passage")]),
    label=st.sampled_from([(), ("training",), ("staff_capacity", "form_single")]),
    form=st.sampled_from([(), ("2019",)]),
    scope=st.sampled_from([(), ("government",)]),
    agency=st.sampled_from([(), ("局",), ("办_公%",), ("5", "7")]),
    not_province=st.sampled_from([(), (), ("浙江",), ("江苏省", "%")]),
    not_city=st.sampled_from([(), (), ("宁波市", "杭")]),
    not_county=st.sampled_from([(), (), ("北仑区",)]),
    not_level=st.sampled_from([(), ("city",), ("unknown", "county")]),
    not_agency_type=st.sampled_from([(), (), ("emergency",)]),
    not_year=st.sampled_from([(), (), (2020,), (2019, 1999)]),
    unanswered=st.booleans(),
)


@needs_server
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=FILTERS)
def test_filters_keep_what_the_store_keeps(big: Archive, where: Filter):
    view = remote(big)
    clause = statement_clause(where)
    sql = f"SELECT s.row FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql} ORDER BY s.row"
    right = [row for (row,) in big.store.query(sql, clause.params)]
    assert set(right) <= set(view._engine.some(Scope((where,)), MOST))
    assert view.allowed(where).any() == bool(right)
    vector = big.store.vectors([1])[0] if right else np.ones(64, np.float32) / 8
    near, _, _ = view.rankings(vector, {"words": [], "grams": []}, 1_000, view.allowed(where))
    assert sorted(near[0].tolist()) == right


@needs_server
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(near=st.integers(0, 150), noise=st.floats(0, 0.5), k=st.integers(1, 60), where=FILTERS, seed=st.integers(0, 9))
def test_neighbours_come_in_the_order_and_with_the_scores_of_the_oracle(big, near, noise, k, where, seed):
    rows, matrix, _ = every(big)
    rng = np.random.default_rng(seed)
    query = (matrix[near] + noise * rng.normal(size=matrix.shape[1])).astype(np.float32)
    query /= np.linalg.norm(query)
    view = remote(big)
    kept = np.isin(rows, view._within(rows.tolist(), Scope((where,))))
    expected = best(rows[kept], matrix[kept] @ query, lambda some: matrix[np.searchsorted(rows, some)], query, k)
    found, _, _ = view.rankings(query, {"words": [], "grams": []}, k, view.allowed(where))
    assert found[0].tolist() == expected[0].tolist()
    assert found[1].tolist() == pytest.approx(expected[1].tolist(), abs=1e-6)


@needs_server
def test_equal_vectors_at_the_cut_come_in_order_of_row(big: Archive):
    rows = [
        row for (row,) in big.store.query("SELECT row FROM statements WHERE text = '同一句话到处都有。' ORDER BY row")
    ]
    assert len(rows) > 30
    view = remote(big)
    vector = big.store.vectors(rows[:1])[0]
    found, _, _ = view.rankings(vector, {"words": [], "grams": []}, 5, view.allowed(Filter()))
    assert found[0].tolist() == rows[:5]
    without = view.allowed(Filter()) & ~view.mask_of(rows[:7])
    assert view.rankings(vector, {"words": [], "grams": []}, 5, without)[0][0].tolist() == rows[7:12]


def texts_of(archive: Archive, *kinds: str) -> list[tuple[int, str]]:
    """Row and text of what is of these kinds, by row."""
    marks = ", ".join("?" * len(kinds))
    return archive.store.query(f"SELECT row, text FROM statements WHERE kind IN ({marks}) ORDER BY row", kinds)


@needs_server
def test_words_are_ranked_as_by_a_list_of_all_statements_and_one_of_all_passages(moved: Archive):
    view, oracles = remote(moved), []
    for kinds in (("problem", "measure"), ("passage",)):
        texts = texts_of(moved, *kinds)
        assert texts
        oracles.append((np.array([row for row, _ in texts]), SmallLexicon([cut(text) for _, text in texts], None)))
    vector = np.ones(64, np.float32) / 8
    for number in range(0, 160, 20):
        tokens = cut(sentence(number))
        terms = {f: [(token, 1.0 - 0.6 * (i % 2)) for i, token in enumerate(dict.fromkeys(tokens[f]))] for f in tokens}
        _, words, grams = view.rankings(vector, terms, 20, view.allowed(Filter()))
        for field, found in (("words", words), ("grams", grams)):
            scores: dict[int, float] = {}
            for rows, apart in oracles:
                places, right = apart.search(field, terms[field], len(rows), None)
                scores.update(zip(rows[places].tolist(), right.tolist(), strict=True))
            assert found[1].tolist() == pytest.approx(sorted(scores.values(), reverse=True)[:20], abs=1e-6)
            assert found[1].tolist() == pytest.approx([scores[row] for row in found[0].tolist()], abs=1e-6)


@needs_server
def test_a_phrase_is_found_as_it_stands(big: Archive):
    view = remote(big)
    for phrase in ("片区工作人员", "总体情况", "号", "没有这句"):
        holding = view.holding(phrase, view.allowed(Filter()))
        found = view.rankings(np.ones(64, np.float32) / 8, {"words": [], "grams": []}, 1_000, holding)[0][0]
        right = [
            r for (r,) in big.store.query("SELECT row FROM statements WHERE instr(text, ?) > 0 ORDER BY row", (phrase,))
        ]
        assert sorted(found.tolist()) == right
        assert holding.any() == bool(right)


# -- the archive's own suites ---------------------------------------------------------------------------------


def everywhere(place: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "milvus_everywhere", "-p", "no:cacheprovider", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=place,
        check=False,
        timeout=280,
    )


@needs_server
@pytest.mark.slow
@pytest.mark.parametrize("group", SUITES)
def test_the_suites_of_the_archive_pass_over_milvus_too(group: str):
    """The quick ones about search, filters, order, deletes and changes, with every archive's index on a server.

    All of them, in a quarter of an hour: ``PYTHONPATH=tests pytest -p milvus_everywhere tests/test_index_{against,
    agencies,answers,archive,backup,compare,corrections,cutting,emerging,export,found,growing,hitfacets,ingest,insight,
    listing,nomatch,peers,readers,saved,solved,structure,summary,teaching,upgrade,verify}.py`` (one line). What is about
    local generations only, ``milvus_everywhere`` names. The engines' own suites, test_index_backends.py and
    test_index_lexical.py, have Milvus among their parameters; test_index_filters.py opens no archive:
    test_filters_keep_what_the_store_keeps holds Milvus's filters against the SQL that it tests.
    """
    suites, long = SUITES[group]
    chosen = [TESTS / f"test_index_{name}.py" for name in suites]
    done = everywhere(TESTS.parent, "-x", "-k", " and ".join(f"not {name}" for name in long), *chosen)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " skipped" not in done.stdout


def test_what_is_left_out_is_there():
    for name, tests in LOCAL.items():
        text = (TESTS / name).read_text(encoding="utf-8")
        for test in tests:
            assert f"def {test.split('[')[0]}(" in text


@needs_server
def test_every_new_archive_of_the_plugin_is_on_the_server(tmp_path: Path):
    (tmp_path / "test_index_archive.py").write_text(
        "from index.archive import Archive\n"
        "def test_address(tmp_path):\n"
        "    with Archive.open(tmp_path / 'a') as one, Archive.open(tmp_path / 'b') as two:\n"
        "        found = [archive.info()['index'] for archive in (one, two)]\n"
        "    assert found[0] != found[1]\n"
        "    assert all(index.startswith('milvus+http://127.0.0.1:') for index in found)\n"
        "def test_removed_rows_are_masked_and_rebuild_drops_them():\n"
        "    raise AssertionError('is left out')\n",
        encoding="utf-8",
    )
    done = everywhere(tmp_path, tmp_path)
    assert "1 passed, 1 deselected" in done.stdout


# -- the archive ----------------------------------------------------------------------------------------------


NEAR = 0.005  # Milvus's BM25 is not tantivy's to the last digit


@needs_server
def test_there_and_back_with_the_same_answers(server: MilvusServer, tmp_path: Path):
    fill(tmp_path / "in", 40)
    queries = [sentence(5), "政策解读形式单一", "“公开渠道”较为狭窄", "2021年 培训", sentence(77), "2020年"]
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")

        def answers() -> list[Any]:
            one = archive.search(sentence(9)).hits[0].id
            return [
                *(told(archive.search(query, k=5)) for query in queries),
                *(told(archive.search(queries[1], k=5, year=[2021], kind=["measure"])) for _ in "x"),
                told(archive.similar(one, k=5)),
                [(group.label, group.count) for group in archive.solutions(one).groups],
            ]

        here = answers()
        assert all(here)
        assert archive.rebuild(index=server.address("there")) == ()
        assert archive.info()["index"] == server.address("there")
        there = answers()
        assert there[-1] == here[-1]
        for mine, theirs in zip(here[:-1], there[:-1], strict=True):
            assert [s for _, s in theirs] == pytest.approx([s for _, s in mine], abs=NEAR)
            scores = dict(mine)  # the same first three, but where two are as near as the engines' rounding
            assert [scores[hit] for hit, _ in theirs[:3]] == pytest.approx([s for _, s in mine[:3]], abs=NEAR)
        assert archive.verify() == []
        files = sorted(path.name for path in folder_of(archive.path, read_manifest(archive.path).generation).iterdir())
        assert "vectors.faiss" not in files
        assert archive.rebuild(index="local") == ()
        assert answers() == here
        assert archive.verify() == []
        other = MilvusIndex(Address.read(server.address("there")), elsewhere.key_of(archive.store, archive.path), 1)
        assert [name for name in other._client.list_collections() if name.startswith("there_")] == []
        other.close()


@needs_server
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("derived", [False, True])
def test_a_backup_is_restored_without_the_server(
    moved: Archive, tmp_path: Path, derived: bool, large: bool, monkeypatch: pytest.MonkeyPatch
):
    """It may be what was lost; and the address in a backup that somebody else made is none to send reports to."""
    if large:  # so that the next generation would continue the one before
        monkeypatch.setattr(publish, "EXTEND_FROM", 10)
    right = told(moved.search("业务不熟练"))
    moved.backup(tmp_path / "backup.zip", derived=derived)

    def asked(*_: object) -> None:
        raise AssertionError("nobody is asked")

    monkeypatch.setattr(elsewhere, "connect", asked)
    monkeypatch.setattr(syncing, "connect", asked)
    found, problems = Archive.restore(tmp_path / "backup.zip", tmp_path / "again")
    assert problems == []
    assert found.index == moved.info()["index"] == found.to_dict()["index"]
    with Archive.open(tmp_path / "again") as again:
        assert again.info()["index"] == "local"
        assert {hit for hit, _ in told(again.search("业务不熟练"))} == {hit for hit, _ in right}
        assert again.verify() == []


@needs_server
def test_an_odd_address_in_a_backup_is_not_repeated(moved: Archive, tmp_path: Path):
    with moved.store.writing(), moved.store.transaction() as tx:
        tx.set_meta(elsewhere.META, "milvus+http://h/x; rm -r ~\x1b[2J")
        tx.sequence()
    moved.backup(tmp_path / "backup.zip")
    found, problems = Archive.restore(tmp_path / "backup.zip", tmp_path / "again")
    assert problems == []
    assert found.index == restoring.UNCLEAR


@needs_server
def test_a_change_in_the_midst_of_looking_through_the_collection_is_no_damage(
    moved: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, done = syncing.differing, list[int]()

    def removed(*args: Any) -> Any:
        if not done:
            done.append(1)
            with Archive.open(moved.path) as other:
                other.remove(other.list()[0].id)
        return real(*args)

    monkeypatch.setattr("index.verify.PAUSE", 0.0)
    monkeypatch.setattr(syncing, "differing", removed)
    assert moved.verify() == []
    assert done


@needs_server
def test_word_counts_of_a_version_from_before_are_made_anew_by_the_next_change(moved: Archive, tmp_path: Path):
    manifest = read_manifest(moved.path)
    assert manifest is not None
    for part in WORD_PARTS:
        shutil.rmtree(folder_of(moved.path, manifest.generation) / part)
    with Archive.open(moved.path) as again:
        with pytest.raises(MingjianError, match="mingjian rebuild"):
            again.search("业务不熟练")
        new = write_report(
            tmp_path / "more", "n1", agency="前海管理局", year=2024, problems=[["无障碍改造还没有完成。", []]]
        )
        assert [one.outcome for one in add(again, new)] == ["added"]
        assert again.search("无障碍改造").hits[0].text == "无障碍改造还没有完成。"
        assert again.verify() == []


@needs_server
def test_changes_show_at_once(moved: Archive, tmp_path: Path):
    new = write_report(
        tmp_path / "more", "n1", agency="前海管理局", year=2024, problems=[["无障碍改造还没有完成。", []]]
    )
    added = add(moved, new)[0]
    assert moved.search("无障碍改造").hits[0].report == added.report
    assert moved.verify() == []
    statement = moved.search("无障碍改造").hits[0].id
    moved.label(statement, add=["staff_capacity"], by="甲")
    assert statement in [hit.id for hit in moved.search("无障碍改造", label=["staff_capacity"]).hits]
    moved.label(statement, kind="measure", by="甲")
    assert moved.search("无障碍改造", kind=["problem"]).no_match or statement not in [
        hit.id for hit in moved.search("无障碍改造", kind=["problem"]).hits
    ]
    assert statement in [hit.id for hit in moved.search("无障碍改造", kind=["measure"]).hits]
    assert moved.verify() == []
    moved.remove(added.report)
    assert added.report not in [hit.report for hit in moved.search("无障碍改造").hits]
    assert moved.verify() == []


@needs_server
def test_what_is_committed_and_not_yet_published_is_found(moved: Archive, tmp_path: Path, monkeypatch):
    target = moved.search(sentence(3)).hits[0]
    monkeypatch.setattr(publish, "publish", lambda *_args, **_kw: None)
    add(moved, write_report(tmp_path / "more", "n2", year=2024, problems=[["停车诱导系统没有接入。", ["form_single"]]]))
    moved.remove(target.report)
    hits = moved.search("停车诱导系统").hits
    assert hits[0].text == "停车诱导系统没有接入。"
    assert moved.search("停车诱导系统", year=[2023]).no_match
    assert target.report not in [hit.report for hit in moved.search(sentence(3)).hits]


@needs_server
def test_rows_that_went_are_no_neighbours_and_the_others_keep_order_and_scores(server: MilvusServer, tmp_path: Path):
    matrix = unit_vectors(400, 24, seed=4, copies=50)
    engine = MilvusRows(tmp_path, server.address("gone"), matrix)
    allowed = np.ones(len(matrix), dtype=bool)
    rng = np.random.default_rng(3)
    for number in (0, 2, 11, 19):
        engine.remove(number)
        allowed[number * EACH : (number + 1) * EACH] = False
        for query in (matrix[0], matrix[7 * EACH + 5], *matrix[rng.integers(0, 400, 5)]):
            for mask in (None, rng.random(len(matrix)) < 0.4):
                expected = oracle(matrix, query, 30, allowed if mask is None else allowed & mask)
                positions, scores = engine.search(query, 30, mask)
                assert positions.tolist() == [position for position, _ in expected]
                assert scores.tolist() == pytest.approx([value for _, value in expected], abs=1e-7)
    assert engine.archive.verify() == []
    engine.archive.close()


@needs_server
def test_rows_that_come_one_by_one_or_all_at_once_answer_alike(server: MilvusServer, tmp_path: Path):
    files = fill(tmp_path / "in", 18)
    with Archive.open(tmp_path / "whole") as whole, Archive.open(tmp_path / "parts") as parts:
        for archive in (whole, parts):
            archive.rebuild(index=server.address("alike"))
        add(whole, tmp_path / "in")
        add(parts, *files[:14])
        for file in files[14:]:
            add(parts, file)
        asked = [{}, {"year": 2021}, {"kind": "measure"}, {"county": "第2区"}, {"label": "training", "year": 2023}]
        for number in (3, 50, 61, 70):
            for where in asked:
                one, two = (archive.search(sentence(number)[:-1], **where).to_dict() for archive in (whole, parts))
                assert one["hits"] == two["hits"]
        assert whole.verify() == parts.verify() == []


@needs_server
def test_texts_that_went_are_not_counted_for_ever(moved: Archive):
    tokens = [token for token in cut(sentence(3))["grams"] if len(token) == 2]
    for row in moved.list()[:4]:
        moved.remove(row.id)
        counted, there = sum(part.size for part in remote(moved)._tallies.values()), len(every(moved)[0])
        assert there <= counted <= 1.1 * there
    view, texts = remote(moved), [text for _, text in texts_of(moved, "problem", "measure")]
    assert view.documents == view._tallies["words"].size == len(texts), "more than a tenth had gone"
    for token in tokens:
        assert view.frequency("grams", token) == sum(token in cut(text)["grams"] for text in texts)


@needs_server
def test_a_correction_not_yet_published_counts_no_text_twice(moved: Archive, monkeypatch: pytest.MonkeyPatch):
    tokens = [token for token in cut(sentence(3))["grams"] if len(token) == 2]
    before = [remote(moved).frequency("grams", token) for token in tokens]
    answer, target = told(moved.search(sentence(3))), moved.search(sentence(3)).hits[0].id
    monkeypatch.setattr(publish, "publish", lambda *_args, **_kw: None)
    moved.label(target, add=["timeliness_poor"], by="甲")
    assert remote(moved).tail > 0
    assert [remote(moved).frequency("grams", token) for token in tokens] == before
    assert told(moved.search(sentence(3))) == answer


def flipped(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


@needs_server
def test_every_file_of_the_generation_is_watched_and_made_again(moved: Archive):
    folder = folder_of(moved.path, read_manifest(moved.path).generation)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert {"remote.json", "reports.npy", "words-keys.npy", "tallies.json"} <= {path.name for path in files}
    for path in files:
        whole = path.read_bytes()
        for damaged in (flipped(whole), whole[: len(whole) // 2], whole + b"x"):
            path.write_bytes(damaged)
            assert any(path.name in line for line in moved.verify()), path.name
        path.unlink()
        assert any(path.name in line for line in moved.verify()), path.name
        path.write_bytes(whole)
    assert moved.verify() == []
    (folder / "strange").write_bytes(b"")
    assert any("strange" in line for line in moved.verify())
    for path in files:
        path.write_bytes(path.read_bytes()[:20])
    moved.rebuild()
    assert moved.verify() == []
    assert moved.search(sentence(1)).hits


@needs_server
@pytest.mark.parametrize("name", ["remote.json", "reports.npy", "words/grams-counts.npy", "passages/tallies.json"])
def test_what_is_damaged_is_not_gone_on_from(moved: Archive, tmp_path: Path, name: str):
    path = folder_of(moved.path, read_manifest(moved.path).generation) / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    assert moved.verify()
    add(moved, write_report(tmp_path / "more", "n4", problems=[["公告栏没有更新。", []]]))
    view, texts = remote(moved), [text for _, text in texts_of(moved, "problem", "measure")]
    assert view.record.number == read_manifest(moved.path).generation, "built anew"
    assert [view.frequency("grams", token) for token in ("公告", "工作")] == [
        sum(token in cut(text)["grams"] for text in texts) for token in ("公告", "工作")
    ]
    assert moved.verify() == []


CHILD = """
import os, sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from archive_tools import HashEncoder, add
from index import archive as archive_module, publish
from index.archive import Archive
from index.backends.milvus import MilvusIndex
archive_module._load_encoder = lambda name: HashEncoder(name or "hash")
where = {where!r}
kept = MilvusIndex.upsert
def upsert(self, entities):
    kept(self, entities[: len(entities) // 2])
    os.kill(os.getpid(), 9)
if where == "half":
    MilvusIndex.upsert = upsert
elif where == "before":
    MilvusIndex.upsert = lambda self, entities: os.kill(os.getpid(), 9)
else:
    publish.write_manifest = lambda *args: os.kill(os.getpid(), 9)
with Archive.open({archive!r}) as archive:
    if {rebuild!r}:
        archive.rebuild()
    archive.remove(archive.list()[0].id) if where == "removed" else add(archive, Path({folder!r}))
"""


@needs_server
@pytest.mark.parametrize(
    ("where", "rebuild"), [("before", False), ("half", False), ("after", False), ("removed", False), ("half", True)]
)
def test_a_killed_publish_is_mended_by_the_next_one(moved: Archive, tmp_path: Path, where: str, rebuild: bool):
    for number in range(12):
        write_report(
            tmp_path / "late",
            f"l{number}",
            agency=f"新设{number}局",
            year=2024,
            problems=[[f"第{number}处冷链仓库没有备案。", []]],
        )
    gone = moved.list()[0].id
    code = CHILD.format(
        root=str(TESTS.parent),
        tests=str(TESTS),
        where=where,
        archive=str(moved.path),
        folder=str(tmp_path / "late"),
        rebuild=rebuild,
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode == -9, run.stderr
    # A reader in between finds all that was committed.
    if where == "removed":
        assert gone not in [row.id for row in moved.list()]
        assert gone not in [hit.report for hit in moved.search(sentence(1), k=50).hits]
    elif not rebuild:
        assert len(moved.search("“冷链仓库没有备案”", k=50).hits) == 12
    add(moved, tmp_path / "late")
    assert len(moved.search("“冷链仓库没有备案”", k=50).hits) == 12
    assert moved.verify() == []
    moved.rebuild()
    assert moved.verify() == []
    assert remote(moved)._engine.others() == []


@needs_server
def test_verify_notices_what_others_did_to_the_collection(moved: Archive, tmp_path: Path):
    engine = remote(moved)._engine
    rows = [row for (row,) in moved.store.query("SELECT row FROM statements ORDER BY row")]
    engine.delete(rows[3:5])
    assert any("缺少或不同的语句 2 条" in line for line in moved.verify())
    add(moved, write_report(tmp_path / "more", "n3", problems=[["公告栏没有更新。", []]]))  # the numbers do not agree
    assert moved.verify() == []
    entity = engine._query(f"row == {rows[0]}", ["*"])[0]
    engine._client.upsert(engine.name, [{**{k: v for k, v in entity.items() if k != "words"}, "seal": 5}])
    assert any("缺少或不同的语句 1 条" in line for line in moved.verify())
    moved.rebuild()
    assert moved.verify() == []
    engine = remote(moved)._engine
    engine.drop(engine.name)
    assert any("不在 Milvus 上" in line for line in moved.verify())
    with pytest.raises(MingjianError, match="Milvus"):
        moved.search(sentence(1))
    moved.rebuild()
    assert moved.search(sentence(1)).hits
    assert moved.verify() == []


@needs_server
def test_two_archives_at_one_address_keep_apart(moved: Archive, server: MilvusServer, tmp_path: Path):
    fill(tmp_path / "other", 3, start=500)
    with Archive.open(tmp_path / "second") as second:
        add(second, tmp_path / "other")
        second.rebuild(index=server.address("plain"))
        assert second.verify() == []
        assert moved.verify() == []
        second.rebuild(index="local")
    assert moved.search(sentence(1)).hits
    assert moved.verify() == []


@needs_server
def test_an_empty_archive_moves_and_grows(server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dimensions, asked = list[int](), list[int]()
    made, candidates = MilvusIndex.create, MilvusIndex.candidates

    def create(self: MilvusIndex, dimension: int, *, exact: bool) -> None:
        dimensions.append(dimension)
        made(self, dimension, exact=exact)

    def spied(self: MilvusIndex, wanted: Any, scope: Scope, depth: int) -> list[int]:
        asked.append(len(wanted.vector))
        return candidates(self, wanted, scope, depth)

    monkeypatch.setattr(MilvusIndex, "create", create)
    monkeypatch.setattr(MilvusIndex, "candidates", spied)
    with Archive.open(tmp_path / "archive") as archive:
        archive.rebuild(index=server.address("empty"))
        assert dimensions == [2], "a cluster takes no fewer"
        assert archive.search(sentence(1)).no_match
        assert asked == [], "a cluster refuses vectors of another dimension"
        assert archive.verify() == []
        fill(tmp_path / "in", 3)
        add(archive, tmp_path / "in")
        assert archive.search(sentence(1)).hits
        assert archive.verify() == []


@needs_server
def test_a_growing_archive_gets_a_graph(server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(syncing, "FLAT_LIMIT", 100)
    with Archive.open(tmp_path / "archive") as archive:
        fill(tmp_path / "few", 5)
        add(archive, tmp_path / "few")
        archive.rebuild(index=server.address("growing"))
        first = remote(archive).record
        assert first.exact
        fill(tmp_path / "more", 60, start=100)
        add(archive, tmp_path / "more")
        view = remote(archive)
        assert not view.record.exact
        assert view.record.number > first.number
        assert view._engine.others() == []
        rows, matrix, _ = every(archive)
        found = wanted = 0
        for vector in matrix[::25]:
            near = view.rankings(vector, {"words": [], "grams": []}, 10, view.allowed(Filter()))[0]
            right = best(rows, matrix @ vector, lambda some: matrix[np.searchsorted(rows, some)], vector, 10)
            found += len({*near[0].tolist()} & {*right[0].tolist()})
            wanted += len(right[0])
        assert found / wanted >= 0.97
        assert archive.verify() == []


@needs_server
def test_readers_go_on_while_the_index_is_made_anew(moved: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(elsewhere, "GRACE", 3.0)
    found: list[int] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        with Archive.open(moved.path, create=False) as reader:
            while not done.is_set():
                try:
                    found.append(len(reader.search(sentence(len(found) % 150), k=3).hits))
                except BaseException as error:
                    failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        moved.rebuild()
        add(moved, write_report(tmp_path / "more", "n9", problems=[["无人值守岗亭没有公示。", []]]))
        moved.remove(moved.list()[3].id)
        moved.rebuild()
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failed == []
    assert len(found) > 10
    assert min(found) >= 1
    assert moved.verify() == []


@needs_server
def test_a_killed_server_is_told_and_nothing_is_lost(tmp_path: Path):
    own = MilvusServer(tmp_path / "data")
    try:
        fill(tmp_path / "in", 20)
        with Archive.open(tmp_path / "archive") as archive:
            add(archive, tmp_path / "in")
            archive.rebuild(index=own.address("solo"))
            before = told(archive.search(sentence(7)))
            own.kill()
            for act in (
                lambda: archive.search(sentence(8)),
                lambda: archive.remove(archive.list()[0].id),
                archive.rebuild,
            ):
                began = time.monotonic()
                with pytest.raises(MingjianError, match=r"Milvus http://127\.0\.0\.1") as caught:
                    act()
                assert "\n" not in str(caught.value)
                assert time.monotonic() - began < 40
            assert len(archive.list()) == 20
            assert any("Milvus" in line for line in archive.verify())
            own.start()
            assert told(archive.search(sentence(7))) == before
            assert archive.verify() == []
            own.kill()
            notes = archive.rebuild(index="local")
            assert len(notes) == 1
            assert "请自行删除" in notes[0]
            assert archive.search(sentence(8)).hits
            assert archive.verify() == []
    finally:
        own.kill()
