"""ZIP archives of reports: members, names, nesting, path tricks, bombs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from reading_files import PROSE, docx, ofd, p, prose_docx, zipped

from nlp.errors import UnreadableReport
from nlp.reading import Limits, is_archive, read, read_archive
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
