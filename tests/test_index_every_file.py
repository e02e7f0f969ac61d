"""A changed byte in any file that an archive can come to have is noticed, and what the message names makes it whole.

Of the files beside a closed archive only what a killed process leaves half written is read by nobody, and so not here.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, sentence
from crash_tools import KEPT, first_version

from index import archive as archive_module
from index import building, generations, publish, saved, teaching
from index.archive import Archive
from index.labellers import FILES
from index.stores.address import POINTER
from index.stores.moving import MOVED, move
from index.verify import verify
from nlp.errors import MingjianError
from nlp.examples import Example
from nlp.linear import Linear

STORE = "store.sqlite3"
PLACES = ("农业股", "河东镇", "税源科", "体育中心", "档案室", "园区办", "水库所", "幼教科")
SAID = {
    ("problem", "timeliness_poor"): ["晚了半个月才挂出来", "过期很久也没人换"],
    ("problem", "staff_instability"): ["人走了没人接着干", "手头活多顾不上这头"],
    ("measure", "training"): ["请老师来讲了一课", "新手由老手带着练"],
    ("measure", "staffing"): ["添了一个专门的人", "定下甲乙两个人轮换"],
    ("none", ""): ["位于城东", "下设两个组"],
}


def small(patch: pytest.MonkeyPatch) -> None:
    """Everything an archive has, of few reports: lists of vectors, generations that go on from others, a labeller."""
    examples = [
        Example(f"{place}{words}。", kind, (label,) if label else (), f"p{number % 4}", f"{place}{words}")
        for number, place in enumerate(PLACES)
        for (kind, label), told in SAID.items()
        for words in told
    ]
    patch.setattr(teaching, "built_in_examples", lambda without=(): (examples, []))
    patch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    patch.setattr(generations, "TAIL_MIN", 20)
    patch.setattr(publish, "EXTEND_FROM", 100)
    patch.setattr(building, "FLAT_LIMIT", 150)
    patch.setattr(building, "build", partial(building.build, flat_limit=150))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that was upgraded, taught, searched, and grew by several generations; closed."""
    root = tmp_path_factory.mktemp("every")
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        first_version(root / "archive")
        with Archive.open(root / "archive") as archive:
            archive.label(archive.statements()[0].id, labels=["staff_instability"], by="张三")
            archive.train()
            archive.save_search("应急局“人员”", {"q": "人员不足", "year": ["2021", "2022"]})
            archive.save_search("答复", {"q": "答复超期"})
            add(archive, *fill(root / "in", 30))
            for start in (30, 36, 42):
                add(archive, *fill(root / "in", 6, start=start))
            archive.remove(archive.list()[9].id)
            add(archive, *fill(root / "in", 1, start=60))
    return root / "archive"


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "archive")
    return tmp_path / "archive"


def files_of(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def flips(path: Path, few: bool = False) -> Iterator[str]:
    """The file with one bit changed: at its start, in between, at its end; then with a byte more. Whole in the end."""
    whole = path.read_bytes()
    size = len(whole)
    places = {0, size // 2, size - 1} if few else {0, size // 4, size // 2, 3 * size // 4, size - 2, size - 1}
    for number, place in enumerate(sorted(places & {*range(size)})):
        for bit in {number % 8} if few else {number % 8, 6}:
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            path.write_bytes(bytes(changed))
            yield f"{path.name}, byte {place}, bit {bit}"
    path.write_bytes(whole + b"\n")
    yield f"{path.name}, one byte more"
    path.write_bytes(whole)


def spoil(path: Path) -> bytes:
    """One bit of the middle of a file changed; gives what was there."""
    whole = path.read_bytes()
    changed = bytearray(whole or b"x")
    changed[len(whole) // 2] ^= 1
    path.write_bytes(bytes(changed))
    return whole


def one_line_each(found: list[str]) -> None:
    for line in found:
        assert "\n" not in line
        assert re.search(r"[一-鿿]", line), line
        assert "Traceback" not in line


def test_the_archive_has_every_kind_of_file(built: Path):
    names = files_of(built)
    for wanted in (
        r"manifest\.json", r"saved\.json", r"saved\.lock", "lock", re.escape(STORE), re.escape(KEPT),
        r"labeller/problem\.npz", r"labeller/measure\.npz", r"labeller/kind\.npz", r"labeller/quality\.json",
        r"derived/gen-\d+/rows\.npy", r"derived/gen-\d+/vectors\.faiss", r"derived/gen-\d+/vectors-0001\.faiss",
        r"derived/gen-\d+/vectors-0002\.faiss", r"derived/gen-\d+/vectors-0002\.f16", r"derived/gen-\d+/columns\.npz",
        r"derived/gen-\d+/cells\.npz", r"derived/gen-\d+/sketches\.npz", r"derived/gen-\d+/answers\.npz",
        r"derived/gen-\d+/findings\.txt", r"derived/gen-\d+/words/counts\.json", r"derived/gen-\d+/passages/meta\.json",
    ):  # fmt: skip
        assert any(re.fullmatch(wanted, name) for name in names), (wanted, names)
    assert verify(built) == []


def test_a_changed_byte_anywhere_is_noticed(copy: Path):
    for name in files_of(copy):
        for what in flips(copy / name, few=name.startswith("derived/")):
            found = verify(copy)
            assert found, what
            one_line_each(found)
    assert verify(copy) == []


def test_a_changed_byte_meets_everybody_who_opens_the_archive_with_one_line(copy: Path):
    """Whatever is read of a damaged file: an answer, or an error of our own."""
    kinds = {re.sub(r"[0-9a-f]{32}", "", name): name for name in files_of(copy)}  # of a word index's segments, one
    for name in kinds.values():
        for _ in flips(copy / name, few=True):
            try:
                with Archive.open(copy) as archive:
                    archive.search(sentence(5))
                    archive.saved_searches()
                    archive.topics()
                    archive.list()
            except MingjianError as error:
                one_line_each([str(error)])


ALONE = ("vectors-0001.faiss", "vectors-0002.f16", "columns.npz", "findings.txt", "words/counts.json")


@pytest.mark.parametrize("spoilt", [*ALONE, ""])
def test_rebuild_mends_derived_files_alone_and_all_together(copy: Path, spoilt: str):
    names = [name for name in files_of(copy) if name.startswith("derived/") and name.endswith(spoilt)]
    for name in names if spoilt else ["manifest.json", *names]:
        spoil(copy / name)
    assert any("mingjian rebuild" in line for line in verify(copy))
    with Archive.open(copy) as archive:
        archive.rebuild()
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
    assert verify(copy) == []


@pytest.mark.parametrize("name", ["problem.npz", "measure.npz", "kind.npz", "quality.json"])
@pytest.mark.parametrize("place", [0.15, 0.5])  # within a compressed part, and where a ZIP says a thing twice
def test_a_damaged_labeller_is_rebuilt_from_or_trained_anew(copy: Path, name: str, place: float):
    path = copy / "labeller" / name
    changed = bytearray(path.read_bytes())
    changed[int(place * len(changed))] ^= 1
    path.write_bytes(bytes(changed))
    assert any("mingjian train" in line for line in verify(copy))
    with Archive.open(copy) as archive:
        with suppress(MingjianError):
            archive.rebuild()
        if left := archive.verify():
            assert any("mingjian train" in line for line in left)
            assert name != "quality.json"
            archive.train()
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
    assert verify(copy) == []
    for one in FILES:
        Linear.load(copy / "labeller" / one)


def test_a_labeller_left_where_a_crash_came_between_is_looked_at_too(copy: Path):
    (copy / "labeller").rename(copy / "labeller.old")
    assert verify(copy) == []
    spoil(copy / "labeller.old" / "kind.npz")
    assert any("labeller" in line for line in verify(copy))


def test_what_does_not_belong_to_a_labeller_is_named(copy: Path):
    (copy / "labeller" / "more.npz").write_bytes(b"")
    assert any("labeller/more.npz" in line for line in verify(copy))


def test_kept_searches_that_changed_are_not_taken_for_true(copy: Path):
    before = saved.read(copy)
    whole = spoil(copy / "saved.json")
    with Archive.open(copy) as archive:
        for use in (archive.saved_searches, partial(archive.save_search, "新", {"q": "x"})):
            with pytest.raises(saved.SavedError, match=r"saved\.json：.*移到存档之外留存"):
                use()
        archive.rebuild()
    (line,) = verify(copy)
    assert "saved.json" in line
    (copy / "saved.json").replace(copy.parent / "aside.json")
    assert verify(copy) == []
    (copy / "saved.json").write_bytes(whole)
    assert saved.read(copy) == before


def test_kept_searches_of_an_older_version_and_for_one(copy: Path):
    import json

    before = saved.read(copy)
    document = json.loads((copy / "saved.json").read_text(encoding="utf-8"))
    assert {"format", "searches"} <= document.keys(), "what an older version reads"
    older = json.dumps({"format": 1, "searches": document["searches"]}, ensure_ascii=False, indent=1)
    (copy / "saved.json").write_text(older, encoding="utf-8")
    assert saved.read(copy) == before
    assert verify(copy) == []
    with Archive.open(copy) as archive:
        archive.save_search("新", {"q": "x"})
    assert '"checksum"' in (copy / "saved.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [".saved.json.123.part", POINTER + ".new", KEPT + ".new", "manifest.json.new"])
def test_what_a_killed_process_left_half_written_is_no_difference(copy: Path, name: str):
    (copy / name).write_bytes(b"{")
    assert verify(copy) == []


def test_a_copy_from_before_an_upgrade_that_changed_may_go(copy: Path):
    spoil(copy / KEPT)
    (line,) = verify(copy)
    assert KEPT in line
    assert "可以删去" in line
    (copy / KEPT).unlink()
    assert verify(copy) == []


def test_a_damaged_store_is_to_be_restored(copy: Path):
    """Rebuilding takes no damage of what reports say for the truth."""
    text = sentence(5).encode()
    whole = (copy / STORE).read_bytes()
    place = whole.index(text) + 1
    (copy / STORE).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for rebuilt in (False, True):
        if rebuilt:
            with Archive.open(copy) as archive:
                archive.rebuild()
        found = [line for line in verify(copy) if line.startswith(STORE)]
        assert any("校验和不符" in line for line in found)
        assert any("从备份恢复" in line for line in found)


# -- in a database --------------------------------------------------------------------------------------------


@pytest.fixture
def moved(copy: Path, address: str) -> Path:
    move(copy, address)
    return copy


def test_of_an_archive_in_a_database_every_file_is_looked_at(moved: Path):
    assert {POINTER, MOVED, KEPT} <= {*files_of(moved)}
    assert verify(moved) == []
    for name in (POINTER, MOVED, KEPT):
        for what in flips(moved / name):
            found = verify(moved)
            assert found, what
            one_line_each(found)
    assert verify(moved) == []


def test_a_changed_address_is_refused_and_what_the_message_names_mends_it(moved: Path, address: str):
    spoil(moved / POINTER)
    with pytest.raises(MingjianError, match="删去这个文件并用 mingjian add --store"):
        Archive.open(moved)
    (moved / POINTER).unlink()
    with Archive.open(moved, store=address) as archive:
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
        assert archive.verify() == []


def test_an_address_that_a_person_changed_holds_without_its_checksum(moved: Path):
    path = moved / POINTER
    text = path.read_text(encoding="utf-8").replace("127.0.0.1", "localhost")
    path.write_text(text, encoding="utf-8")
    assert any("checksum" in line for line in verify(moved))
    path.write_text(text[: text.index("checksum")], encoding="utf-8")
    assert verify(moved) == []


def test_of_a_moved_store_the_copy_may_go(moved: Path):
    spoil(moved / MOVED)
    (line,) = verify(moved)
    assert MOVED in line
    (moved / MOVED).unlink()
    assert verify(moved) == []
