"""ZIP archives of reports, read member by member without writing anything to disk."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from nlp.errors import UnreadableReport
from nlp.reading.limits import Limits
from nlp.reading.packages import Package
from nlp.reading.reader import load, odd_cause, read_bytes
from nlp.reading.sniff import SUFFIXES, sniff
from nlp.records import Document

_DEFAULT = Limits()
_WHAT = "压缩包"
_NAMELESS = "没有名字的文件.dat"  # of damage, or of a packer that writes none
_NO_NAME = "没有文件名，可能已损坏，已跳过"
Wanted = Callable[[str], bool]  # told a member's name before it is read; False: it is passed over


class _Spent(UnreadableReport):
    """The archive as a whole is beyond the limits: reading stops."""


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked, over all nested archives."""

    entries: int
    size: int

    def take(self, source: str, size: int) -> None:
        self.entries -= 1
        self.size -= size
        if self.entries < 0:
            raise _Spent(source, "压缩包内的文件过多，已停止读取")
        if self.size < 0:
            raise _Spent(source, "压缩包解压后过大，已停止读取")


def is_archive(path: Path) -> bool:
    """Whether a file is a ZIP of files (not a docx or OFD); False where it cannot be read."""
    try:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                return False
            stream.seek(0)
            return sniff(stream.read(_DEFAULT.max_bytes + 1)) == "zip"
    except OSError:
        return False


def read_archive(path: Path, *, limits: Limits = _DEFAULT) -> Iterator[tuple[str, Document | UnreadableReport]]:
    """Read the reports in a ZIP, nested ZIPs too, in the archive's order.

    Yields:
        ("archive.zip/folder/name.docx", the Document or why it cannot be read). Members that are no reports by
        their suffix (pictures, spreadsheets, system files) are passed over. No name is given twice: members of one
        name are numbered in the archive's order, "name (2).docx".

    Raises:
        UnreadableReport: the archive itself cannot be opened, or unpacks beyond the limits (then after the members that
            came before).
    """
    for name, found in read_members(path, lambda _: True, limits=limits):
        if found is not None:
            yield name, found


def read_members(
    path: Path, wanted: Wanted, *, limits: Limits = _DEFAULT
) -> Iterator[tuple[str, Document | UnreadableReport | None]]:
    """:func:`read_archive` of the wanted members.

    ``wanted`` is told the name of each member before it is read, a nested ZIP's own before those in it. Where it says
    no, the member is passed over unread and None stands in the place of its document.
    """
    path = Path(path)
    budget = _Budget(limits.max_entries, limits.max_unpacked)
    yield from _members(load(path, limits), str(path), limits, wanted, depth=1, budget=budget)


def _members(
    data: bytes, source: str, limits: Limits, wanted: Wanted, *, depth: int, budget: _Budget
) -> Iterator[tuple[str, Document | UnreadableReport | None]]:
    package = Package(data, source, limits, _WHAT)
    entries = [entry for entry in package.zip.infolist() if not entry.filename.endswith("/")]
    files = [(entry, _decoded_name(entry) or _NAMELESS) for entry in entries]
    files = [(entry, shown) for entry, shown in files if not _is_system(shown)]
    refused = [_is_unsafe(shown, entry) for entry, shown in files]
    names = _names([shown for _, shown in files], refused)
    for (entry, shown), own, unsafe in zip(files, names, refused, strict=True):
        name = f"{source}/{own}"
        if unsafe:
            yield name, UnreadableReport(f"{source}/{shown}", "路径不安全，已跳过" if entry.filename else _NO_NAME)
            continue
        if PurePosixPath(shown).suffix.lower() not in SUFFIXES:
            continue
        budget.take(source, entry.file_size)
        if wanted(name):
            yield from _member(package, entry, name, limits, wanted, depth, budget)
        else:
            yield name, None


def _member(
    package: Package, entry: ZipInfo, name: str, limits: Limits, wanted: Wanted, depth: int, budget: _Budget
) -> Iterator[tuple[str, Document | UnreadableReport | None]]:
    try:
        data = package.read_entry(entry, limits.max_bytes)
        if sniff(data) == "zip":
            if depth >= limits.max_archive_depth:
                raise UnreadableReport(name, "压缩包嵌套过深，已跳过")
            yield from _members(data, name, limits, wanted, depth=depth + 1, budget=budget)
            return
        yield name, read_bytes(data, name, limits=limits)
    except _Spent:
        raise
    except UnreadableReport as error:
        yield name, UnreadableReport(name, error.cause)
    except Exception as error:  # whatever it is, the members behind this one are to be read
        yield name, UnreadableReport(name, odd_cause(error))


def _names(shown: Sequence[str], refused: Sequence[bool]) -> list[str]:
    """The members' names, each its own. Refused ones go by the last part of their path, and give way to the others."""
    order = sorted(range(len(shown)), key=refused.__getitem__)
    numbered = _numbered([PurePosixPath(shown[i]).name if refused[i] else shown[i] for i in order])
    return [name for _, name in sorted(zip(order, numbered, strict=True))]


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, each made another than all others: "a.txt", "a.txt" → "a.txt", "a (2).txt".

    None is the name of a folder among them either: what a nested "b.zip" holds is not what the folder "b.zip" does.
    The names alone decide, so that the same archive has the same ones each time it is read.
    """
    ordered = sorted(names)
    taken = set(names)
    out: list[str] = []
    count: Counter[str] = Counter()
    for name in names:
        count[name] += 1
        own = name
        if count[name] > 1 or _is_folder(name, ordered):
            count[name] = max(count[name], 2)
            front, _, suffix = name.rpartition(".")
            while (own := f"{front} ({count[name]}).{suffix}") in taken or _is_folder(own, ordered):
                count[name] += 1
            taken.add(own)
        out.append(own)
    return out


def _is_folder(name: str, ordered: Sequence[str]) -> bool:
    """Whether some of the names lie below this one."""
    place = bisect_left(ordered, f"{name}/")
    return place < len(ordered) and ordered[place].startswith(f"{name}/")


def _decoded_name(entry: ZipInfo) -> str:
    """Name of a member; without the UTF-8 flag Chinese systems write it in GB18030."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name.replace("\\", "/")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _is_system(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part == "__MACOSX" or part.startswith((".", "~$")) for part in parts if part not in ("..", "."))


def _is_unsafe(name: str, entry: ZipInfo) -> bool:
    """Absolute or climbing paths, drive letters, control characters, links, no name at all."""
    no_file = not entry.filename or (entry.external_attr >> 16) & 0o170000 == 0o120000
    parts = name.split("/")
    return no_file or name.startswith("/") or ".." in parts or ":" in parts[0] or any(ord(c) < 32 for c in name)
