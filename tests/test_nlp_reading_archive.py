"""ZIP archives of reports: members, names, nesting, path tricks, bombs."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest
from reading_files import PROSE, docx, ofd, p, prose_docx, zipped

from nlp.errors import UnreadableReport
from nlp.reading import Limits, is_archive, read, read_archive, read_members
from nlp.records import Document


def unpack(path: Path, **limits: int) -> dict[str, Document | UnreadableReport]:
    """Members by name, with the archive's own path cut off."""
    return {name.removeprefix(f"{path}/"): got for name, got in read_archive(path, limits=Limits(**limits))}


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "reports.zip"
    path.write_bytes(data)
    return path


def test_members_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.reading.ocr.available", lambda: False)
    path = saved(
        tmp_path,
        zipped(
            {
                "a/一.txt": PROSE,
                "a/b.docx": prose_docx(),
                "c.txt": b"\xff\xd8\xff\xe0jpeg",
                "empty.txt": b"",
                "notes.xlsx": b"x",
                "pic.jpg": b"x",
                "__MACOSX/a.txt": PROSE,
                "a/._b.txt": PROSE,
                "a/~$b.docx": b"x",
                ".DS_Store": b"x",
                "folder/": b"",
            }
        ),
    )
    found = unpack(path)
    assert list(found) == ["a/一.txt", "a/b.docx", "c.txt", "empty.txt"]
    for name in ("a/一.txt", "a/b.docx"):
        document = found[name]
        assert isinstance(document, Document)
        assert document.text == PROSE
        assert document.source == f"{path}/{name}"
    bad = found["c.txt"]
    assert isinstance(bad, UnreadableReport)
    assert bad.cause.startswith("是图片")
    assert str(bad).startswith(f"{path}/c.txt：")


def test_names_without_the_utf8_flag(tmp_path: Path) -> None:
    name = "年度报告.txt".encode("gb18030")
    raw = zipped({"x" * len(name): PROSE}).replace(b"x" * len(name), name)
    assert list(unpack(saved(tmp_path, raw))) == ["年度报告.txt"]


def test_nested_archives_and_their_depth(tmp_path: Path) -> None:
    inner = zipped({"d.txt": PROSE})
    path = saved(tmp_path, zipped({"b.zip": zipped({"c.zip": inner, "e.txt": PROSE})}))
    found = unpack(path)
    assert list(found) == ["b.zip/c.zip/d.txt", "b.zip/e.txt"]
    shallow = unpack(path, max_archive_depth=2)
    deep = shallow["b.zip/c.zip"]
    assert isinstance(deep, UnreadableReport)
    assert "嵌套过深" in deep.cause


def several(*members: tuple[str, str | bytes]) -> bytes:
    """A ZIP whose members' names may repeat."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["报告.txt", "报告.txt", "报告.txt"], ["报告.txt", "报告 (2).txt", "报告 (3).txt"]),
        (["a/b.txt", "a\\b.txt"], ["a/b.txt", "a/b (2).txt"]),
        (["a\\b.txt", "a/b.txt"], ["a/b.txt", "a/b (2).txt"]),
        (["a.v2/b.txt", "a.v2/b.txt"], ["a.v2/b.txt", "a.v2/b (2).txt"]),
        # another member has the number already, before or behind
        (["a (2).txt", "a.txt", "a.txt", "a.txt"], ["a (2).txt", "a.txt", "a (3).txt", "a (4).txt"]),
        (["a.txt", "a.txt", "a (2).txt"], ["a.txt", "a (3).txt", "a (2).txt"]),
        (["a (2).txt", "a (2).txt", "a.txt", "a.txt"], ["a (2).txt", "a (2) (2).txt", "a.txt", "a (3).txt"]),
        (["a.txt", "A.txt"], ["a.txt", "A.txt"]),
    ],
)
def test_members_of_one_name_are_numbered(tmp_path: Path, names: list[str], shown: list[str]) -> None:
    """Every member is given, under a name of its own, the same each time."""
    texts = [PROSE.replace("某县", f"第{number}县") for number in range(len(names))]
    path = saved(tmp_path, several(*zip(names, texts, strict=True)))
    for _ in range(2):
        found = [(name.removeprefix(f"{path}/"), got) for name, got in read_archive(path)]
        assert [name for name, _ in found] == shown
        for (name, document), text in zip(found, texts, strict=True):
            assert isinstance(document, Document)
            assert document.text == text
            assert document.source == f"{path}/{name}"


def test_members_of_nested_archives_have_names_of_their_own(tmp_path: Path) -> None:
    """Nested archives of one name; and one that is named as the folder beside it."""
    inner = [zipped({"c.txt": PROSE.replace("某县", f"第{number}县")}) for number in range(3)]
    twice = unpack(saved(tmp_path, several(("b.zip", inner[0]), ("b.zip", inner[1]))))
    assert list(twice) == ["b.zip/c.txt", "b (2).zip/c.txt"]
    beside = unpack(saved(tmp_path, several(("b.zip", inner[0]), ("b.zip/c.txt", PROSE), ("b (2).zip/c.txt", PROSE))))
    assert list(beside) == ["b (3).zip/c.txt", "b.zip/c.txt", "b (2).zip/c.txt"]


def test_numbering_many_members_takes_no_time(tmp_path: Path) -> None:
    names = (
        ["a.txt"] * 1500 + [f"a ({number}).txt" for number in range(2, 1000)] + ["/".join("x" * 30_000) + ".txt"] * 20
    )
    path = saved(tmp_path, several(*((name, b"") for name in names)))
    began = time.monotonic()
    assert len({name for name, _ in read_archive(path, limits=Limits(max_entries=5000))}) == len(names)
    assert time.monotonic() - began < 5


def test_members_without_a_name_are_told_and_cost_the_others_nothing(tmp_path: Path) -> None:
    packed = zipped({"good.txt": PROSE, "bad1.txt": PROSE, "bad2.txt": PROSE})
    for name in (b"bad1.txt", b"bad2.txt"):
        packed = packed.replace(name, b"\0" + name[1:])
    found = unpack(saved(tmp_path, packed))
    assert [type(got) is UnreadableReport for got in found.values()] == [False, True, True]
    assert [got.cause for got in found.values() if isinstance(got, UnreadableReport)] == [
        "没有文件名，可能已损坏，已跳过"
    ] * 2


@pytest.mark.parametrize(
    "name", ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "..\\evil.txt", "a\x01.txt"]
)
def test_path_tricks_are_refused(tmp_path: Path, name: str) -> None:
    ((shown, got),) = unpack(saved(tmp_path, zipped({name: PROSE}))).items()
    assert isinstance(got, UnreadableReport)
    assert "路径不安全" in got.cause
    assert ".." not in shown
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["reports.zip"]


def test_links_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("a.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    (got,) = unpack(saved(tmp_path, buffer.getvalue())).values()
    assert isinstance(got, UnreadableReport)


def test_bombs_are_refused_whole(tmp_path: Path) -> None:
    for data, limits, text in (
        (zipped({"a.txt": bytes(80_000_000)}), {}, "压缩炸弹"),
        (zipped({f"{i}.txt": PROSE for i in range(30)}), {"max_entries": 20}, "文件过多"),
        (
            zipped({f"{k}.zip": zipped({f"{i}.txt": PROSE for i in range(3)}) for k in "ab"}),
            {"max_entries": 5},
            "文件过多",
        ),
        (b"PK\x03\x04" + bytes(40), {}, "已损坏"),
    ):
        with pytest.raises(UnreadableReport, match=text):
            unpack(saved(tmp_path, data), **limits)


def test_a_bomb_within_spoils_only_itself(tmp_path: Path) -> None:
    path = saved(tmp_path, zipped({"bomb.zip": zipped({"a.txt": bytes(60_000_000)}), "good.txt": PROSE}))
    found = unpack(path)
    assert isinstance(found["bomb.zip"], UnreadableReport)
    assert isinstance(found["good.txt"], Document)


def test_a_protected_member(tmp_path: Path) -> None:
    raw = bytearray(zipped({"a.txt": PROSE}))
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as archive:
        central = archive.start_dir
    raw[6] |= 1
    raw[central + 8] |= 1
    (got,) = unpack(saved(tmp_path, bytes(raw))).values()
    assert isinstance(got, UnreadableReport)
    assert "密码" in got.cause


def test_which_files_are_archives(tmp_path: Path) -> None:
    path = saved(tmp_path, zipped({"a.txt": PROSE}))
    assert is_archive(path)
    with pytest.raises(UnreadableReport, match="是压缩包"):
        read(path)
    for data in (docx(p("政府")), ofd(""), PROSE.encode(), b""):
        path.write_bytes(data)
        assert not is_archive(path)
    assert not is_archive(tmp_path / "none.zip")


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def packed(*members: tuple[str, str | bytes, int]) -> bytearray:
    """A ZIP whose members are compressed each in its own way."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, method in members:
            archive.writestr(name, content, compress_type=method)
    return bytearray(buffer.getvalue())


def stream_of(data: bytearray, name: str) -> int:
    """Where a member's compressed bytes begin."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.getinfo(name).header_offset + 30 + len(name.encode())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("damaged", [False, True])
def test_a_member_that_cannot_be_unpacked_costs_itself_alone(tmp_path: Path, method: int, damaged: bool) -> None:
    """Damaged, or compressed in a way whose memory nothing bounds."""
    noisy = PROSE + "".join(chr(0x4E00 + byte) for byte in os.urandom(1500))

    def made(*members: tuple[str, str | bytes, int]) -> bytes:
        data = packed(*members)
        if damaged:
            at = stream_of(data, members[0][0]) + 9
            data[at : at + 51] = b"\xff" * 51
        return bytes(data)

    inner = made(("x.txt", noisy, method), ("y.txt", PROSE, 8))
    data = made(("b.txt", noisy, method), ("n.zip", inner, 0), ("z.txt", PROSE, 8))
    found = unpack(saved(tmp_path, bytes(data)))
    assert list(found) == ["b.txt", "n.zip/x.txt", "n.zip/y.txt", "z.txt"]
    read = not damaged and method in METHODS[:2]
    assert [isinstance(got, Document) for got in found.values()] == [read, read, True, True]
    for name in ("b.txt", "n.zip/x.txt"):
        got = found[name]
        if isinstance(got, UnreadableReport):
            why = "压缩包已损坏，无法解压" if method in METHODS[:2] else "压缩包用了少见的压缩方法"
            assert got.cause.startswith(why)
            assert got.source.endswith(f"reports.zip/{name}")


def test_what_nobody_foresaw_costs_its_member_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp.reading import archive

    def sniffed(data: bytes) -> str:
        if data == b"odd":
            raise ArithmeticError
        return "text"

    path = saved(tmp_path, zipped({"a.txt": PROSE, "b.txt": b"odd", "c.txt": PROSE}))
    assert is_archive(path)
    monkeypatch.setattr(archive, "sniff", sniffed)
    found = unpack(path)
    assert [isinstance(got, Document) for got in found.values()] == [True, False, True]
    assert "ArithmeticError" in str(found["b.txt"])


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_member_larger_than_it_says_is_not_unpacked_whole(tmp_path: Path, method: int) -> None:
    """300 MB that claim to be 1 000 bytes."""
    buffer = io.BytesIO()
    info = zipfile.ZipInfo("a.txt")
    info.compress_type = method
    with zipfile.ZipFile(buffer, "w") as archive, archive.open(info, "w", force_zip64=True) as stream:
        for _ in range(300):
            stream.write(bytes(1 << 20))
    data = bytearray(buffer.getvalue())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (1000).to_bytes(4, "little")
    path = saved(tmp_path, bytes(data))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("a.txt").file_size == 1000
    tracemalloc.start()
    try:
        assert isinstance(unpack(path)["a.txt"], UnreadableReport)
        assert tracemalloc.get_traced_memory()[1] < 150e6
    finally:
        tracemalloc.stop()


def test_members_that_nobody_wants_are_passed_over_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every member's name is told before it is read, a nested archive's own, too."""
    from nlp.reading import archive

    inner = zipped({"d.txt": PROSE, "e.txt": PROSE})
    path = saved(tmp_path, zipped({"a.txt": PROSE, "b.zip": inner, "c.zip": inner, "f.txt": PROSE, "g.png": b""}))
    told: list[str] = []
    read_names: list[str] = []

    def wanted(name: str) -> bool:
        told.append(name.removeprefix(f"{path}/"))
        assert len(read_names) < len(told)
        return told[-1] not in ("a.txt", "b.zip/d.txt", "c.zip")

    real = archive.read_bytes
    monkeypatch.setattr(archive, "read_bytes", lambda *some, **more: read_names.append(some[1]) or real(*some, **more))
    found = {name.removeprefix(f"{path}/"): got is not None for name, got in read_members(path, wanted)}
    assert found == {"a.txt": False, "b.zip/d.txt": False, "b.zip/e.txt": True, "c.zip": False, "f.txt": True}
    assert list(found) == ["a.txt", "b.zip/d.txt", "b.zip/e.txt", "c.zip", "f.txt"]
    assert told == ["a.txt", "b.zip", "b.zip/d.txt", "b.zip/e.txt", "c.zip", "f.txt"]
    assert len(read_names) == 2


def test_refused_paths_have_names_of_their_own(tmp_path: Path) -> None:
    path = saved(tmp_path, zipped({"../a.txt": PROSE, "a.txt": PROSE, "/a.txt": PROSE}))
    names = [name.removeprefix(f"{path}/") for name, _ in read_archive(path)]
    assert len(set(names)) == 3
    assert isinstance(unpack(path)["a.txt"], Document), "a good member keeps its name"
