"""The archive as its callers see it: adding, changing, removing, searching, rebuilding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence, write_report

from index import archive as archive_module
from index.archive import Archive
from index.manifest import ArchiveMismatch, read_manifest
from index.parsing import HereParser
from index.reads import Missing
from index.rebuild import renew_vectors
from index.records import AddResult
from index.store import StoreError
from nlp.errors import MingjianError


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def outcomes(results: list[AddResult]) -> list[str]:
    return [result.outcome for result in results]


def test_unchanged_changed_and_vanished_files(archive: Archive, tmp_path: Path):
    folder = tmp_path / "in"
    fill(folder, 4)
    first = add(archive, folder)
    assert outcomes(first) == ["added"] * 4
    assert outcomes(add(archive, folder)) == ["skipped"] * 4
    write_report(folder, "r0001", agency="第0区应急管理局", year=2020, problems=[["公开内容换了说法。", []]])
    (folder / "r0002.txt").unlink()
    again = add(archive, folder)
    assert outcomes(again) == ["skipped", "updated", "skipped"]
    assert again[0].report == first[0].report
    assert {row.id for row in archive.list()} == {first[0].report, again[1].report, first[2].report, first[3].report}
    assert archive.search("换了说法").hits[0].report == again[1].report
    assert archive.verify() == []


def test_a_failing_file_never_stops_the_rest(archive: Archive, tmp_path: Path):
    folder = tmp_path / "in"
    fill(folder, 3)
    (folder / "r0001.txt").write_text("毫无关系", encoding="utf-8")
    write_report(folder, "r0009", problems=[["话。", []]], warnings=["not_a_report"])
    seen: list[tuple[str, int, int]] = []
    results = archive.add(
        [folder, tmp_path / "没有.txt"],
        parser=HereParser(read_json_report),
        progress=lambda result, done, total: seen.append((result.outcome, done, total)),
    )
    assert [(r.outcome, r.cause) for r in results] == [
        ("added", None),
        ("failed", "不是报告"),
        ("added", None),
        ("failed", "不像是政府信息公开年度报告"),
        ("failed", "文件或文件夹不存在"),
    ]
    assert seen == [(outcome, done, 5) for done, outcome in enumerate(outcomes(results), start=1)]
    assert archive.info()["counts"]["reports"] == 2


def test_the_same_report_from_two_paths_is_one(archive: Archive, tmp_path: Path):
    values = {"agency": "甲局", "problems": [["人员不足。", []]]}
    write_report(tmp_path / "in", "a", **values)
    write_report(tmp_path / "in", "b", **values)
    results = add(archive, tmp_path / "in")
    assert outcomes(results) == ["added", "skipped"]
    assert results[0].report == results[1].report


def test_a_folder_without_reports_is_said_to_be_so(archive: Archive, tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "photo.xyz").write_bytes(b"x")
    (result,) = add(archive, tmp_path / "in")
    assert result.outcome == "failed"
    assert "没有可读的报告文件" in str(result.cause)


def test_links_that_go_in_circles_end(archive: Archive, tmp_path: Path):
    folder = tmp_path / "in"
    fill(folder / "sub", 2)
    try:
        (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
        (folder / "again.txt").symlink_to(folder / "sub" / "r0000.txt")
    except OSError:
        pytest.skip("this system lets no links be made")
    assert outcomes(add(archive, folder)) == ["added"] * 2


def test_a_tail_is_found_at_once_and_like_a_generation(tmp_path: Path):
    """The same reports answer alike whether they came at once or one after the other."""
    files = fill(tmp_path / "in", 36)
    with Archive.open(tmp_path / "whole") as whole, Archive.open(tmp_path / "parts") as parts:
        add(whole, tmp_path / "in")
        add(parts, *files[:30])
        for file in files[30:]:
            add(parts, file)
        assert parts.info()["generation"] == 1
        assert parts.info()["pending"] == 54
        assert whole.info()["pending"] == 0
        for number in (0, 7, 63, 130):
            one, two = whole.search(sentence(number), k=20), parts.search(sentence(number), k=20)
            assert one.hits[0].text == two.hits[0].text == sentence(number)
            assert one.hits[0].score == pytest.approx(two.hits[0].score, abs=0.01)
            # Word scores of the generation's rows are by the generation's own counts: lower ranks may swap.
            assert len({h.id for h in one.hits} & {h.id for h in two.hits}) >= 12


def test_removed_rows_are_masked_and_rebuild_drops_them(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 30)
    add(archive, tmp_path / "in")
    gone = archive.search(sentence(40)).hits[0]
    assert gone.text == sentence(40)
    archive.remove(gone.report)
    assert all(hit.report != gone.report for hit in archive.search(sentence(40), k=50).hits)
    assert archive.info()["pending"] == 9
    assert archive.verify() == []
    archive.rebuild()
    assert archive.info()["pending"] == 0
    assert archive.info()["generation"] == 2
    assert [path.name for path in (archive.path / "derived").iterdir()] == ["gen-000002"]
    assert all(hit.report != gone.report for hit in archive.search(sentence(40), k=50).hits)
    assert archive.verify() == []
    with pytest.raises(Missing, match=gone.report):
        archive.remove(gone.report)


def test_a_reader_sees_what_another_writes(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 3)
    with Archive.open(archive.path) as other:
        assert other.search(sentence(0)).no_match
        add(archive, tmp_path / "in")
        assert other.search(sentence(0)).hits[0].text == sentence(0)
        archive.rebuild()
        assert other.search(sentence(5)).hits[0].text == sentence(5)
        fill(tmp_path / "in", 30, start=3)
        add(archive, tmp_path / "in")
        assert other.search(sentence(70)).hits[0].text == sentence(70)


def test_an_answer_has_the_contracts_form(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    plain = archive.search("2020年工作人员业务不熟练的问题", k=5).to_dict()
    assert set(plain) >= {"query", "filters", "no_match", "hits"}
    assert plain["filters"] == {"year": [2020], "kind": ["problem"]}
    scores = [hit["score"] for hit in plain["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for rank, hit in enumerate(plain["hits"], start=1):
        assert hit["rank"] == rank
        assert (hit["year"], hit["kind"]) == (2020, "problem")
        assert archive.show(hit["report"]).text[hit["start"] : hit["end"]] == hit["text"]
        assert all(hit["text"][start:end] for start, end in hit["highlights"])
        assert all(term in hit["text"] for term in hit["why"]["terms"])


def test_only_filters_give_a_list(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    answer = archive.search("2021年应急管理局存在的主要问题", k=100)
    assert answer.text == ""
    assert not answer.no_match
    expected = archive.statements(year=2021, kind="problem", agency_type="emergency")
    assert {hit.id for hit in answer.hits} == {row.id for row in expected}
    assert archive.search("2030年教育局的问题").no_match


def test_passages_are_found_when_asked_for(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    assert {hit.kind for hit in archive.search(sentence(7), kind="passage").hits} == {"passage"}
    assert archive.search(sentence(7)).hits[0].kind == "problem"


def test_quoted_words_must_be_there(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    for phrase in ("第13项", "信息更新业务不熟练", "项"):
        hits = archive.search(f"“{phrase}”", k=200).hits if len(phrase) > 1 else ()
        assert all(phrase in hit.text for hit in hits)
        found = {hit.text for hit in hits}
        assert len(phrase) == 1 or found >= {s.text for s in archive.statements() if phrase in s.text}
    assert archive.search("“这句话没有人说过”").no_match


def test_copies_of_other_years_fold_into_one_hit(archive: Archive, tmp_path: Path):
    for year in (2019, 2020, 2022):
        write_report(tmp_path / "in", f"甲{year}", agency="甲局", year=year, problems=[["兼职人员多，精力有限。", []]])
    write_report(
        tmp_path / "in",
        "乙",
        agency="乙局",
        year=2020,
        problems=[["兼职人员多，精力有限。", []]],
        region=["山东省", "威海市", "文登区", "371003"],
    )
    add(archive, tmp_path / "in")
    hits = archive.search("兼职人员多").hits
    assert [(hit.agency, hit.year, hit.other_years) for hit in hits] == [
        ("甲局", 2022, (2019, 2020)),
        ("乙局", 2020, ()),
    ]


def test_off_topic_questions_get_an_honest_empty_answer(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    for query in ("食堂补贴标准", "年会抽奖", "房价走势", "量子纠缠"):
        answer = archive.search(query)
        assert answer.no_match
        assert answer.hits == ()
        assert answer.suggestions
    narrowed = archive.search("食堂补贴标准", year=2020)
    assert "筛选" in narrowed.suggestions[0]


def test_many_queries_in_one_go(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    lines = [{"id": "a", "query": sentence(3)}, {"id": 7, "query": sentence(9), "year": "2021", "k": 2}]
    answers = dict(archive.search_many(lines, k=3, kind="problem"))
    assert [*answers] == ["a", 7]
    assert answers["a"].hits[0].text == sentence(3)
    assert len(answers["a"].hits) == 3
    assert {hit.year for hit in answers[7].hits} == {2021}
    assert len(answers[7].hits) == 2


def test_similar_leaves_the_statement_itself_out(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 12)
    add(archive, tmp_path / "in")
    own = archive.search(sentence(0)).hits[0]
    answer = archive.similar(own.id, k=5)
    assert own.id not in {hit.id for hit in answer.hits}
    assert {hit.kind for hit in answer.hits} == {"problem"}
    assert archive.similar(text=sentence(0)).hits[0].id == own.id
    with pytest.raises(Missing):
        archive.similar("nothing-1")
    with pytest.raises(MingjianError):
        archive.similar()


def test_solutions_count_each_problem_once(archive: Archive, tmp_path: Path):
    told = "公开人员均为兼职，精力难以保证。"
    here = ["山东省", "威海市", "文登区", "371003"]
    for year in (2020, 2021):  # the same agency twice: one problem
        write_report(
            tmp_path / "in",
            f"a{year}",
            agency="甲局",
            year=year,
            problems=[[told, ["staff_instability"]]],
            measures=[["配备专职人员。", ["staffing"]], ["开展轮训。", ["training"]]],
            pairs=[[0, 0], [0, 1]],
        )
    write_report(
        tmp_path / "in",
        "b",
        agency="乙局",
        region=here,
        problems=[[told, ["staff_instability"]]],
        measures=[["每季度培训一次。", ["training"]]],
        pairs=[[0, 0]],
    )
    write_report(tmp_path / "in", "c", agency="丙局", region=here, problems=[[told, ["staff_instability"]]])
    add(archive, tmp_path / "in")
    found = archive.solutions("公开人员均为兼职怎么解决的")
    assert (found.problems, found.unanswered) == (3, 1)
    assert [(g.label, g.count, g.share) for g in found.groups] == [("training", 2, 1.0), ("staffing", 1, 0.5)]
    assert {hit.text for hit in found.groups[0].examples} == {"开展轮训。", "每季度培训一次。"}
    by_id = archive.solutions(archive.search(told).hits[0].id)
    assert by_id.problems == 2
    assert archive.solutions("房价走势").no_match


def test_solutions_tell_whether_the_problem_was_gone_next_year(archive: Archive, tmp_path: Path):
    told, label = "公开人员均为兼职，精力难以保证。", ["staff_instability"]
    then = [
        ("甲局", "东区", [["网站栏目更新慢。", ["timeliness_poor"]]]),  # something else: gone
        ("乙局", "西区", [["编制太少，人手紧。", label]]),  # other words, the same label: still there
        ("丙局", "南区", [["公开人员均为兼职，精力仍难以保证。", ["channel_narrow"]]]),  # the same words: still there
        ("丁局", "北区", None),  # no report of the next year
    ]
    for number, (agency, county, problems) in enumerate(then):
        who = {"agency": agency, "region": ["山东省", "威海市", county, f"37100{number}"]}
        measures = {"measures": [["开展轮训。", ["training"]]], "pairs": [[0, 0]]}
        write_report(tmp_path / "in", f"{agency}1", year=2021, problems=[[told, label]], **who, **measures)
        if problems is not None:
            write_report(tmp_path / "in", f"{agency}2", year=2022, problems=problems, **who)
    add(archive, tmp_path / "in")
    (group,) = archive.solutions("公开人员均为兼职怎么解决的").groups
    assert (group.label, group.count, group.followed, group.gone) == ("training", 4, 3, 1)


def test_another_model_is_refused_with_both_names_and_rebuild_changes_it(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 5)
    add(archive, tmp_path / "in")
    archive.close()
    with pytest.raises(ArchiveMismatch, match=r"hash.*other.*mingjian rebuild --model other"):
        Archive.open(archive.path, model="other")
    with Archive.open(archive.path) as opened:
        opened.rebuild(model="other")
        assert opened.search(sentence(3)).hits[0].text == sentence(3)
        assert opened.info()["model"] == "other"
        assert opened.verify() == []
        assert opened.store.query("SELECT count(DISTINCT model) FROM vectors") == [(1,)]
    with Archive.open(archive.path, model="other") as opened:
        assert opened.search(sentence(3)).hits


def test_another_model_reads_every_text_once_and_goes_on_where_it_was_cut_off(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(tmp_path / "in", 12)
    for number in range(4):  # the same sentences in other reports
        problems = [[sentence(number), []], [sentence(9 * number), []]]
        write_report(tmp_path / "in", f"again{number}", agency=f"第{number}水务局", problems=problems)
    add(archive, tmp_path / "in")
    monkeypatch.setattr("index.rebuild.BATCH", 5)
    encoded: list[str] = []

    class Counting(HashEncoder):
        def encode(self, texts):
            if len(encoded) > 9 and not gone_on:
                raise KeyboardInterrupt
            encoded.extend(texts)
            return super().encode(texts)

    gone_on = False
    with pytest.raises(KeyboardInterrupt), archive.store.writing():
        renew_vectors(archive.store, Counting("other"))
    gone_on = True
    asked: list[int] = []
    query = archive.store.query
    monkeypatch.setattr(
        archive.store, "query", lambda sql, given=(): (asked.append(given[0]) if given else None, query(sql, given))[1]
    )
    with archive.store.writing():
        renew_vectors(archive.store, Counting("other"))
    assert len(encoded) == len(set(encoded)) == query("SELECT count(DISTINCT content) FROM statements")[0][0]
    assert asked == sorted(set(asked)), "no row is looked at twice"


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [("dimension", 32, "向量维数"), ("segmenter", "别的分词", "分词器"), ("fingerprint", "f", "模型指纹")],
)
def test_a_model_that_changed_under_its_name_is_refused(archive, tmp_path, monkeypatch, attribute, value, words):
    fill(tmp_path / "in", 5)
    add(archive, tmp_path / "in")
    changed = HashEncoder("hash")
    setattr(changed, attribute, value)
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: changed)
    with Archive.open(archive.path) as opened:
        with pytest.raises(ArchiveMismatch, match=rf"{words}.*{value}.*mingjian rebuild"):
            opened.search("人员")
        with pytest.raises(ArchiveMismatch):
            add(opened, tmp_path / "in")


def test_another_segmenter_is_refused(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fill(tmp_path / "in", 20)
    add(archive, tmp_path / "in")
    monkeypatch.setattr("index.opening.segmenter", lambda: "新词典")
    with (
        Archive.open(archive.path) as opened,
        pytest.raises(ArchiveMismatch, match=r"分词器.*新词典.*mingjian rebuild"),
    ):
        opened.search("人员")


def test_the_archive_says_what_it_is(archive: Archive, tmp_path: Path):
    fill(tmp_path / "in", 20)
    add(archive, tmp_path / "in")
    info, manifest = archive.info(), read_manifest(archive.path)
    assert manifest is not None
    assert info["counts"] == {"reports": 20, "statements": 160, "passages": 20, "files": 20, "labels": 160}
    assert (info["model"], info["dimension"], manifest.model, manifest.dimension) == ("hash", 64, "hash", 64)
    assert info["years"] == {"2019": 4, "2020": 4, "2021": 3, "2022": 3, "2023": 3, "2024": 3}
    assert manifest.counts == info["counts"]


def test_a_folder_with_other_things_is_never_taken(tmp_path: Path):
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "thesis.docx").write_bytes(b"x")
    with pytest.raises(StoreError, match=r"thesis\.docx"):
        Archive.open(tmp_path / "my")
    with pytest.raises(StoreError, match="没有存档"):
        Archive.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        Archive.open(tmp_path / "file")


def test_threads_search_while_another_adds(archive: Archive, tmp_path: Path):
    files = fill(tmp_path / "in", 40)
    add(archive, *files[:20])
    errors: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                for number in np.random.default_rng().integers(0, 80, 5):
                    assert archive.search(sentence(int(number))).hits[0].text == sentence(int(number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for file in files[20:]:
        add(archive, file)
    archive.rebuild()
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert archive.search(sentence(150)).hits[0].text == sentence(150)


READER = """
import json, sys
from pathlib import Path
from archive_tools import HashEncoder
from index import archive as module
module._load_encoder = lambda name: HashEncoder(name or "hash")
root, stop, asked = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
with module.Archive.open(root, create=False) as archive:
    while not stop.exists():
        for query in asked:
            print(json.dumps([query, [hit.id for hit in archive.search(query, k=20).hits]]), flush=True)
"""


def test_another_process_searches_while_the_archive_is_rebuilt(archive: Archive, tmp_path: Path):
    """Every answer is that of a state that was there, none of two at once, and none older than one seen before."""
    add(archive, *fill(tmp_path / "in", 60))
    numbers = (3, 77, 150, 201)
    asked = [sentence(number) for number in numbers]
    told, stop, here = tmp_path / "told", tmp_path / "stop", Path(__file__).parent

    def state() -> dict[str, list[str]]:
        return {query: [hit.id for hit in archive.search(query, k=20).hits] for query in asked}

    def more(lines: int) -> None:
        """Wait until the reader has answered so often again."""
        begun, wanted = time.monotonic(), told.read_bytes().count(b"\n") + lines
        while told.read_bytes().count(b"\n") < wanted:
            assert reader.poll() is None and time.monotonic() - begun < 60, wrong.read_text("utf-8")  # noqa: PT018
            time.sleep(0.01)

    paths = os.pathsep.join([str(here), str(here.parent), os.environ.get("PYTHONPATH", "")])
    states, wrong = [state()], tmp_path / "wrong"
    with told.open("wb") as out, wrong.open("wb") as error:
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, archive.path, stop, json.dumps(asked)],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=out,
            stderr=error,
        )
        try:
            more(len(asked))
            for number in numbers:  # 512 further on stand the same words with another number
                add(archive, *fill(tmp_path / "in", 1, start=(512 + number) // 4))
                states.append(state())
                for _ in range(3):
                    archive.rebuild()
                states.append(state())
                more(1)
            more(2 * len(asked))
            stop.touch()
            assert reader.wait(60) == 0, wrong.read_text("utf-8")
        finally:
            reader.kill()
    place, seen = 0, set[int]()
    answers = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    for query, ids in answers:
        fitting = [number for number, known in enumerate(states) if number >= place and known[query] == ids]
        assert fitting, f"after state {place} an answer that no state gives"
        place = fitting[0]
        seen.add(place)
    assert len(seen) > 3
    assert dict(answers[-len(asked) :]) == states[-1]
    assert archive.verify() == []


def test_a_zip_gives_a_result_for_each_member(archive: Archive, tmp_path: Path):
    pytest.importorskip("nlp.parse")
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("一/空.txt", "")
        file.writestr("二/图.txt", b"\xff\xd8\xff\xe0" + b"x" * 100)
        file.writestr("三/别的.xyz", "x")
    results = archive.add([path])
    assert [(r.source.split("!/")[1], r.outcome) for r in results] == [("一/空.txt", "failed"), ("二/图.txt", "failed")]
    assert all(result.cause for result in results)
