"""An archive made out of a backup. The backup may be damaged, or made by somebody who means harm: nothing of it is
believed before it was checked, and the folder that was named is touched only by the last rename.

Checksums tell damage, not forgery: who can write a backup can write its checksums too. What a forged backup can do is
bounded here: no file lands outside the new folder or is larger than it says, and the store may hold tables only
(no triggers, no views), so that nothing in it runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from index import saved
from index.backup import LISTING, VERSION, Backup, self_checksum
from index.elsewhere import LOCAL, META, META_KEY, RECORD, wanted
from index.locking import WriteLock
from index.manifest import MEND, FileMark, mark_file, read_manifest, sync_folder, sync_tree, write_manifest
from index.manifest import NAME as MANIFEST_NAME
from index.placing import BLOCK, BackupError, explained, real_folder, working_folder
from index.publish import publish
from index.settings import FORMAT
from index.store import NAME as STORE_NAME
from index.store import Store
from index.stores.snapshot import odd_schema
from index.verify import verify
from nlp.errors import MingjianError

MOST_FILES, MOST_LISTING = 10_000, 8 * 1024 * 1024
MOST_RATIO, RATIO_FROM = 200, 16 * 1024 * 1024  # unpacked : packed; small files may well be emptier than that
SPARE = 64 * 1024 * 1024  # bytes that stay free on the disk
KNOWN = re.compile(
    rf"(?:{re.escape(STORE_NAME)}|{re.escape(MANIFEST_NAME)}|{re.escape(saved.NAME)}|labeller/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
    r"|derived/gen-\d{6}(?:/\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*){1,4})",
    re.ASCII,
)
MARK = re.compile(r"[0-9a-f]{32}", re.ASCII)
ADDRESS = re.compile(r"milvus\+https?://[\w.:\[\]-]{1,200}/\w{1,100}", re.ASCII)  # as it may be shown
UNCLEAR = "别的机器（所记的地址写法不对）"


class _Source(Protocol):
    """A backup, open."""

    path: Path

    def names(self) -> set[str]:
        """The files in it."""

    def size(self, name: str) -> int:
        """Bytes of a file."""

    def check(self, name: str) -> None:
        """Refuse a file that is not what a backup holds."""

    def stream(self, name: str) -> BinaryIO:
        """A file's content."""


class _Zip:
    """A backup in a ZIP."""

    def __init__(self, path: Path, packed: ZipFile) -> None:
        self.path = path
        self._zip = packed
        entries = packed.infolist()
        if len(entries) > MOST_FILES:
            raise _not_ours(path, "里面的文件太多")
        self._entries: dict[str, ZipInfo] = {}
        for entry in entries:
            if entry.filename in self._entries:
                raise _not_ours(path, f"有两个同名的文件（{_shown(entry.filename)}）")
            self._entries[entry.filename] = entry

    def names(self) -> set[str]:
        return set(self._entries)

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    def check(self, name: str) -> None:
        entry = self._entries[name]
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise _not_ours(self.path, f"{_shown(name)} 加了密码或用了别的压缩方法")
        if entry.filename.endswith("/") or kind not in (0, stat.S_IFREG):
            raise _not_ours(self.path, f"{_shown(name)} 不是普通文件")
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise _not_ours(self.path, f"{_shown(name)} 解压后大得反常")

    def stream(self, name: str) -> BinaryIO:
        return self._zip.open(self._entries[name])  # type: ignore[return-value]


class _Folder:
    """A backup in a folder; what else lies in the folder does not matter."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> set[str]:
        found = (path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if not path.is_dir())
        return {name for name in found if name == LISTING or KNOWN.fullmatch(name)}

    def size(self, name: str) -> int:
        return (self.path / name).lstat().st_size

    def check(self, name: str) -> None:
        place = self.path / name
        if not stat.S_ISREG(place.lstat().st_mode) or not place.resolve().is_relative_to(self.path.resolve()):
            raise _not_ours(self.path, f"{_shown(name)} 不是普通文件")

    def stream(self, name: str) -> BinaryIO:
        return (self.path / name).open("rb")


def _shown(name: str) -> str:
    """A name from the backup, fit for a message."""
    return "".join(c if c.isprintable() else "?" for c in name)[:80]


def _not_ours(path: Path, cause: str) -> BackupError:
    return BackupError(f"{path}：不是完好的备份：{cause}")


@contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    if path.is_dir():
        yield _Folder(path)
        return
    if not path.exists():
        raise BackupError(f"{path}：没有这个文件")
    try:
        with ZipFile(path) as packed:
            yield _Zip(path, packed)
    except (BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise _not_ours(path, "压缩包已损坏") from error


def _listing(source: _Source) -> Backup:
    """What the backup says it holds, checked against what it does hold."""
    names = source.names()
    if LISTING not in names:
        raise _not_ours(source.path, f"没有 {LISTING}")
    source.check(LISTING)
    if source.size(LISTING) > MOST_LISTING:
        raise _not_ours(source.path, f"{LISTING} 太大")
    with source.stream(LISTING) as stream:
        raw = stream.read(MOST_LISTING + 1)
    backup = _understood(source.path, raw)
    if STORE_NAME not in backup.files:
        raise _not_ours(source.path, f"缺少 {STORE_NAME}")
    for name, mark in backup.files.items():
        if name not in names:
            raise _not_ours(source.path, f"缺少 {name}")
        source.check(name)
        if source.size(name) != mark.bytes:
            raise _not_ours(source.path, f"{name} 的大小与清单不符")
    if isinstance(source, _Zip) and (extra := names - set(backup.files) - {LISTING}):
        raise _not_ours(source.path, f"有清单之外的文件（{_shown(min(extra))}）")
    return backup


def _understood(path: Path, raw: bytes) -> Backup:
    try:
        body = json.loads(raw.decode("utf-8"))
        if int(body["version"]) > VERSION or int(body["archive_format"]) > FORMAT:
            raise BackupError(f"{path}：备份由更新版本的 mingjian 写成，请先升级 mingjian")
        if body.pop("checksum") != self_checksum(body):
            raise _not_ours(path, f"{LISTING} 与校验和不符")
        files = {str(name): FileMark(int(mark["bytes"]), str(mark["blake2b"])) for name, mark in body["files"].items()}
        counts = {str(name): int(count) for name, count in body["counts"].items()}
        problems = tuple(str(one) for one in body["problems"])
        backup = Backup(
            int(body["sequence"]), counts, bool(body["derived"]), files, str(body["created"]), problems=problems
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_ours(path, f"{LISTING} 读不懂") from error
    for name, mark in files.items():
        if not KNOWN.fullmatch(name) or mark.bytes < 0 or not MARK.fullmatch(mark.blake2b):
            raise _not_ours(path, f"清单里有不该有的文件（{_shown(name)}）")
    return backup


def _poured(source: _Source, name: str, mark: FileMark, place: Path | None) -> None:
    """Read a file through, copying it to ``place``; never more than it says it holds."""
    digest, size = blake2b(digest_size=16), 0
    with source.stream(name) as stream, (Path(os.devnull) if place is None else place).open("wb") as out:
        try:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > mark.bytes:
                    break
                digest.update(block)
                out.write(block)
        except (BadZipFile, EOFError, ValueError, zlib.error) as error:
            raise _not_ours(source.path, f"{name} 已损坏") from error
    if size != mark.bytes or digest.hexdigest() != mark.blake2b:
        raise _not_ours(source.path, f"{name} 的内容与校验和不符")


def check(path: Path) -> Backup:
    """See :meth:`index.backup.Keeping.check_backup`."""
    path = path.expanduser()
    with explained(path), _opened(path) as source:
        backup = _listing(source)
        for name, mark in backup.files.items():
            _poured(source, name, mark, None)
        return replace(backup, path=path, bytes=_size(path, backup.files))


def _size(path: Path, files: Mapping[str, FileMark]) -> int:
    return path.stat().st_size if path.is_file() else sum(mark.bytes for mark in files.values())


def restore(path: Path, folder: Path) -> tuple[Backup, list[str]]:
    """See :meth:`index.backup.Keeping.restore`."""
    path, folder = path.expanduser(), real_folder(folder.expanduser().absolute())
    if folder.is_dir() and any(folder.iterdir()):
        raise BackupError(f"{folder}：文件夹里已有内容，不会覆盖；请用 --archive 另指定一个新的文件夹")
    if folder.exists() and not folder.is_dir():
        raise BackupError(f"{folder}：是文件，不是文件夹；请用 --archive 另指定一个新的文件夹")
    part = working_folder(folder, "restoring")
    try:
        with explained(folder), _opened(path) as source:
            backup = _listing(source)
            part.mkdir(parents=True)
            _check_space(part, backup)
            for name, mark in backup.files.items():
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                _poured(source, name, mark, part / name)
        with explained(folder):
            problems, index = _revive(path, part, backup)
            with suppress(FileNotFoundError):
                folder.rmdir()
            sync_tree(part)
            part.replace(folder)
            sync_folder(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return replace(backup, path=path, bytes=_size(path, backup.files), index=index), problems


def _check_space(part: Path, backup: Backup) -> None:
    """Refuse before the disk is full; the indexes made anew are taken to be no larger than the store."""
    needed = sum(mark.bytes for mark in backup.files.values())
    if not backup.derived or any(name.endswith(f"/{RECORD}") for name in backup.files):
        needed += backup.files[STORE_NAME].bytes
    if (free := shutil.disk_usage(part).free) < needed + SPARE:
        raise BackupError(
            f"{part.parent}：磁盘空间不够，约需 {needed / 1e6:.0f} MB，只剩 {free / 1e6:.0f} MB，请腾出空间后再试"
        )


def _revive(path: Path, part: Path, backup: Backup) -> tuple[list[str], str]:
    """Open the copied store, make or take over its indexes, and say what is wrong with the whole.

    The second value is the address that its index was at, see :func:`_brought_home`.
    """
    try:
        _check_searches(path, part)
        if odd := odd_schema(part / STORE_NAME):
            raise _not_ours(path, f"{STORE_NAME} 里有不该有的内容（{_shown(odd[0])}）")
        store = Store(part / STORE_NAME, create=False)
        try:
            counts = store.counts()
            if store.sequence() < backup.sequence or any(counts.get(n, c) != c for n, c in backup.counts.items()):
                raise _not_ours(path, f"{STORE_NAME} 里的内容与清单不符")
            with WriteLock(part).held(0.0), store.writing():
                index = _brought_home(store)
                if backup.derived:
                    _take_over(part, store)
                publish(part, store, rebuild=not backup.derived)
        finally:
            store.close()
    except MingjianError as error:
        if isinstance(error, BackupError) or "磁盘已满" in str(error):
            raise
        raise BackupError(f"{path}：{_without(part, str(error))}") from error
    return [_without(part, line) for line in verify(part)], index


def _brought_home(store: Store) -> str:
    """Let the index of a restored archive lie in its folder; gives the address of the engine that it was in, or "".

    That engine may be what was lost; and an address out of a file is none to send reports to unasked.
    """
    index = wanted(store)
    if index == LOCAL:
        return ""
    with store.transaction() as tx:
        tx.set_meta(META, LOCAL)
        tx.set_meta(META_KEY, "")
        tx.sequence()
    return index if ADDRESS.fullmatch(index) else UNCLEAR


def _check_searches(path: Path, part: Path) -> None:
    """Refuse kept searches that would break whoever reads them; of plain damage ``verify`` tells."""
    try:
        saved.read(part)
    except RecursionError as error:
        raise _not_ours(path, f"{saved.NAME} 读不懂") from error
    except saved.SavedError:
        return


def _without(part: Path, line: str) -> str:
    """A message about the working folder as one about what is in it."""
    return line.replace(f"{part}{os.sep}", "").replace(str(part), "备份里的存档")


def _take_over(part: Path, store: Store) -> None:
    """Let the manifest that came along vouch for the store as it now lies there."""
    manifest = read_manifest(part)
    if manifest is None:
        raise BackupError(f"{MANIFEST_NAME} 缺失，恢复后请运行：{MEND}")
    store.checkpoint()
    same = manifest.store.sequence == store.sequence()
    mark = mark_file(part / STORE_NAME) if same else None
    write_manifest(part, replace(manifest, store=replace(manifest.store, file=mark)))
