"""Where a copy of an archive is made: beside its place, as a ZIP or a folder, and put there by one rename."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from index.manifest import FileMark, sync_folder, sync_tree
from index.store import StoreError
from nlp.errors import MingjianError

BLOCK = 1 << 20
LEVEL = 3  # of compression: vectors hardly shrink, text does at any level
PACKED = frozenset({".npz"})  # compressed already


class BackupError(MingjianError):
    """A backup cannot be written, or is not what it says it is."""


def real_folder(folder: Path) -> Path:
    """Where a new folder is to be put by a rename: for a link to a folder, where that lies.

    Raises:
        BackupError: a link that leads nowhere, as to a disk that is not there; a disk's own top folder.
    """
    if folder.is_symlink() and not folder.exists():
        raise BackupError(f"{folder}：是链接，指向的文件夹不存在，请先建好那个文件夹")
    if folder.is_dir():
        folder = folder.resolve()
    if os.path.ismount(folder):
        raise BackupError(f"{folder}：是磁盘的挂载点，请改用其中一个新的文件夹")
    return folder


def working_folder(target: Path, ending: str) -> Path:
    """A name beside the target for the folder to work in; what killed runs for the same target left behind goes."""
    for left in target.parent.glob(f".{escape(target.name)}.*.{ending}"):
        number = left.name.split(".")[-2]
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    return target.with_name(f".{target.name}.{os.getpid()}.{ending}")


def _runs(process: int) -> bool:
    if os.name == "nt":  # asking there would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Failures of the disk as one Chinese line that names the path."""
    try:
        yield
    except StoreError as error:
        full = "磁盘已满" in str(error)
        raise BackupError(f"{path}：磁盘已满，没有写成，请腾出空间后再试" if full else str(error)) from error
    except OSError as error:
        causes = {
            errno.ENOSPC: "磁盘已满，没有写成，请腾出空间后再试",
            errno.EDQUOT: "磁盘配额已用完，没有写成，请腾出空间后再试",
            errno.EFBIG: "文件超过了系统允许的大小，没有写成",
        }
        no_leave = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
        cause = "没有读写权限" if no_leave else causes.get(error.errno or 0, error.strerror or str(error))
        raise BackupError(f"{path}：{cause}") from error


class Target:
    """A ZIP or a folder that is being filled; remembers each file's mark."""

    def __init__(self, path: Path, packed: ZipFile | None) -> None:
        self._path = path
        self._zip = packed
        self.marks: dict[str, FileMark] = {}

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """The target at ``path``; flushed to the disk at the end."""
        if path.suffix.lower() != ".zip":
            path.mkdir()
            yield cls(path, None)
            sync_tree(path)
            return
        with path.open("xb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=LEVEL) as packed:
                yield cls(path, packed)
            file.flush()
            os.fsync(file.fileno())

    def add(self, name: str, source: Path) -> None:
        """Copy a file in."""
        with source.open("rb") as stream, self._opened(name) as out:
            self._pour(name, stream, out)

    def add_text(self, name: str, text: str) -> None:
        """Write a small file."""
        data = text.encode("utf-8")
        with self._opened(name) as out:
            out.write(data)
        self.marks[name] = FileMark(len(data), blake2b(data, digest_size=16).hexdigest())

    def _pour(self, name: str, stream: BinaryIO, out: BinaryIO) -> None:
        digest, size = blake2b(digest_size=16), 0
        while block := stream.read(BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
        self.marks[name] = FileMark(size, digest.hexdigest())

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        if self._zip is None:
            place = self._path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as out:
                yield out
            return
        info = ZipInfo(name, time.localtime()[:6])
        info.compress_type = ZIP_STORED if Path(name).suffix in PACKED else ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as packed:
            yield packed  # type: ignore[misc]


def put(made: Path, target: Path) -> None:
    """Move the finished backup to its place."""
    if made.is_dir():
        with suppress(FileNotFoundError):
            target.rmdir()  # empty, as was checked; a filled one refuses
    made.replace(target)
    sync_folder(target.parent)
