"""A copy of an archive that can be put back: a ZIP or a folder with checksums inside, made while others write.

What is in it: ``store.sqlite3`` (SQLite's online backup: one state, whatever other processes write meanwhile; the
reports, statements, labels and people's corrections), ``saved.json`` where people keep searches, ``labeller/`` where
the archive has its own, with ``derived=True`` the generation in force and its manifest, and last ``backup.json``,
which names every file with size and checksum.
The copy is written beside its place and put there by one rename: it is there whole or not at all.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from abc import ABC
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from index import integrity, labellers, saved
from index.locking import ArchiveBusy, WriteLock
from index.manifest import NAME as MANIFEST_NAME
from index.manifest import FileMark, read_manifest
from index.placing import BackupError, Target, explained, put, real_folder, working_folder
from index.settings import FORMAT
from index.store import NAME as STORE_NAME
from index.store import Store
from index.stores.moving import copy_of

LISTING = "backup.json"
VERSION = 2  # of the listing: 1 knew of no kept searches
ATTEMPTS, PAUSE = 40, 0.25  # tries, and seconds between them, while a writer changes labeller or generation
TOLD = 20  # problems that are listed


class _Moved(Exception):
    """A writer changed what was being copied."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        sequence: the archive's last change that is in it.
        counts: reports, statements, …
        derived: whether the indexes are in it too.
        files: name inside the backup → size and checksum.
        created: ISO time, UTC.
        problems: what is wrong with the archive itself, told when it was copied (20 at most).
        path, bytes: where the backup lies and its size there; not part of the listing.
        index: of a backup that was restored, the address of the engine that its index was in; "" for none.
    """

    sequence: int
    counts: Mapping[str, int]
    derived: bool
    files: Mapping[str, FileMark]
    created: str
    archive_format: int = FORMAT
    problems: tuple[str, ...] = ()
    path: Path = field(default=Path(), compare=False)
    bytes: int = field(default=0, compare=False)
    index: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, object]:
        """JSON form."""
        where = {"index": self.index} if self.index else {}
        return {**self._listed(), "path": str(self.path), "bytes": self.bytes, **where}

    def _listed(self) -> dict[str, object]:
        return {
            "version": VERSION if saved.NAME in self.files else 1,  # older versions read what they can
            "created": self.created,
            "archive_format": self.archive_format if self.derived else 1,  # manifests are what has a format
            "sequence": self.sequence,
            "counts": dict(self.counts),
            "derived": self.derived,
            "problems": list(self.problems),
            "files": {name: asdict(mark) for name, mark in sorted(self.files.items())},
        }

    def to_text(self) -> str:
        """The listing's content; its own checksum is the last entry."""
        body = self._listed()
        return json.dumps({**body, "checksum": self_checksum(body)}, ensure_ascii=False, indent=1) + "\n"


def self_checksum(body: Mapping[str, object]) -> str:
    """BLAKE2b-128 over a listing's values."""
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(plain.encode("utf-8"), digest_size=16).hexdigest()


class Keeping(ABC):
    """Backup and restore, as part of :class:`index.archive.Archive`."""

    path: Path
    store: Store

    def backup(self, target: str | Path, *, derived: bool = False, replace: bool = False) -> Backup:
        """Copy the archive, as it is at one moment, into a ZIP (``target`` ends in .zip) or a new folder.

        Other processes may go on writing. Corrections, kept searches and the archive's own labeller are in it; the
        indexes only with ``derived``, since :meth:`restore` makes them again.

        Args:
            target: the file, or the folder, which must not be there or be empty.
            derived: copy the indexes as well: a larger backup that is restored faster.
            replace: let the new file take the place of an older one; of a folder never.

        Raises:
            BackupError: the place is taken or inside the archive, the disk is full, …
        """
        return make(self.path, self.store, Path(target), derived=derived, replace=replace)

    @classmethod
    def restore(cls, source: str | Path, folder: str | Path) -> tuple[Backup, list[str]]:
        """Make an archive in a new or empty folder out of a backup; gives what it holds, and what is wrong with it.

        Raises:
            BackupError: the folder is not empty, the backup is damaged or not one of ours, the disk is full.
        """
        from index.restoring import restore

        return restore(Path(source), Path(folder))

    @staticmethod
    def check_backup(source: str | Path) -> Backup:
        """Read a backup through and hold it against its checksums.

        Raises:
            BackupError: it is damaged or not one of ours.
        """
        from index.restoring import check

        return check(Path(source))


def make(root: Path, store: Store, target: Path, *, derived: bool, replace: bool) -> Backup:
    """See :meth:`Keeping.backup`."""
    target = target.expanduser().absolute()
    if target.suffix.lower() != ".zip":
        target = real_folder(target)
    _check_place(root, target, replace)
    part = working_folder(target, "part")
    try:
        with explained(target):
            backup = _made(root, store, target, part, derived)
            _check_again(part, backup)
            put(part / target.name, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum(mark.bytes for mark in backup.files.values()) if target.is_dir() else target.stat().st_size
    return dataclasses.replace(backup, path=target, bytes=size)


def _check_place(root: Path, target: Path, replace: bool) -> None:
    if target.resolve().is_relative_to(root.resolve()):
        raise BackupError(f"{target}：不能把备份放在存档文件夹里面，请另选一个地方")
    if target.is_dir():
        if any(target.iterdir()) or target.suffix.lower() == ".zip":
            raise BackupError(f"{target}：文件夹里已有内容，请换一个新的或空的文件夹")
    elif target.exists() and not (replace and target.suffix.lower() == ".zip"):
        raise BackupError(f"{target}：已经存在，请换个名字，或加上 --replace 用新的备份代替")


_Labels = tuple[str, tuple[tuple[str, int, int], ...]]  # what the labels in the store come from, and the files of it


def _made(root: Path, store: Store, target: Path, part: Path, derived: bool) -> Backup:
    seen: set[_Labels] = set()
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            labels = _labels(root, store)
            unlike = _unlike(root, store)
            seen.add(labels)
            # As in the middle of training, where waiting helps. Where nothing moved all the time it would not: a
            # writer adds reports for hours, or none may be asked for (a folder without permission).
            still = attempt == ATTEMPTS - 1 and len(seen) == 1
            if unlike and not (still or _at_rest(root, store, labels)):
                continue
            return _attempt(root, store, part / target.name, derived, labels, unlike)
        except _Moved:
            continue
    raise BackupError(f"{root}：存档的索引或标签模型一直在变动，请等写入结束后再备份")


def _attempt(root: Path, store: Store, out: Path, derived: bool, labels: _Labels, unlike: tuple[str, ...]) -> Backup:
    """One try; raises :class:`_Moved` where a writer changed generation or labeller under it.

    ``labels`` tells how labels and labeller stood before it, ``unlike`` what of them does not fit.
    """
    snapshot = out.with_name("snapshot") / STORE_NAME
    snapshot.parent.mkdir()
    with Target.open(out) as files:
        if derived:
            _copy_derived(root, files)
        for path in _labeller(root):
            try:
                files.add(f"{labellers.FOLDER}/{path.name}", path)
            except FileNotFoundError:
                raise _Moved from None
        with suppress(FileNotFoundError):  # nobody keeps a search
            files.add(saved.NAME, root / saved.NAME)
        copy_of(store, snapshot)
        copied = Store(snapshot, create=False)
        try:
            if _labels(root, copied) != labels:
                raise _Moved
            problems = (*copied.integrity(), *integrity.differences(copied), *unlike, *_searches(root))
            sequence, counts = copied.sequence(), copied.counts()
        finally:
            copied.close()
        files.add(STORE_NAME, snapshot)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = tuple(islice(problems, TOLD))
        backup = Backup(sequence, counts, derived, dict(files.marks), now, problems=told)
        files.add_text(LISTING, backup.to_text())
    return backup


def _labels(root: Path, store: Store) -> _Labels:
    """Changes with the archive's own labeller, and where it has one with what the labels in the store come from."""
    try:
        stats = [(path.name, path.stat()) for path in _labeller(root)]
    except FileNotFoundError:
        raise _Moved from None
    return store.meta("taxonomy") if stats else "", tuple((name, s.st_mtime_ns, s.st_size) for name, s in stats)


def _labeller(root: Path) -> list[Path]:
    """The files of the archive's own labeller; what else lies beside them is none of the archive's."""
    folder = labellers.own_folder(root) or root / labellers.FOLDER
    return [path for name in sorted((*labellers.FILES, labellers.QUALITY)) if (path := folder / name).is_file()]


def _unlike(root: Path, store: Store) -> tuple[str, ...]:
    """What ``verify`` says of the labeller: that it is damaged, or not the one that the labels come from."""
    from index.verify import _labeller as differences

    try:
        return tuple(differences(root, store))
    except FileNotFoundError:
        raise _Moved from None


def _at_rest(root: Path, store: Store, labels: _Labels) -> bool:
    """Whether nobody is writing: then what does not fit will not do so by itself."""
    try:
        with WriteLock(root).held(0.0):
            return _labels(root, store) == labels
    except (ArchiveBusy, OSError):
        return False


def _searches(root: Path) -> tuple[str, ...]:
    """What is wrong with the searches that people keep."""
    try:
        saved.read(root)
    except saved.SavedError as error:
        return (str(error),)
    return ()


def _copy_derived(root: Path, files: Target) -> None:
    """The generation in force; a writer may put the next one in its place meanwhile."""
    manifest = read_manifest(root)
    if manifest is None:
        raise BackupError(f"{root}：清单文件缺失，请先运行：mingjian rebuild")
    for name, mark in manifest.files.items():
        try:
            files.add(name, root / name)
        except FileNotFoundError:
            raise _Moved from None
        if files.marks[name] != mark:
            raise BackupError(f"{root / name}：内容与校验和不符，请先运行：mingjian rebuild，或不带索引备份")
    files.add_text(MANIFEST_NAME, manifest.to_text())


def _check_again(part: Path, backup: Backup) -> None:
    """Read what was written: a backup that cannot be read is none."""
    from index.restoring import check

    (made,) = (path for path in part.iterdir() if path.name != "snapshot")
    if check(made).files != backup.files:
        raise BackupError(f"{made.name}：写成的备份与原文件不符，请检查磁盘")
