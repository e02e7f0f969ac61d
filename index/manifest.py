"""``manifest.json``: what an archive is and the checksum of every file in it. Written last, by one rename.

The manifest decides which generation is in force and which model and segmenter the archive was built with; a
caller that comes with another one is refused, with both values and the command that mends it.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

from index.settings import FORMAT
from nlp.errors import MingjianError, because

NAME = "manifest.json"
MEND = "mingjian rebuild"


class ArchiveMismatch(MingjianError):
    """The archive was built with another model, dimension, segmenter or format.

    Attributes:
        what: which property differs (Chinese).
        archive: the archive's value.
        asked: the value it was opened with.
    """

    def __init__(self, folder: Path, what: str, archive: str, asked: str, mend: str = MEND) -> None:
        """Name both values and the command that mends the archive."""
        command = f"{mend} --archive {folder}" if mend.startswith(MEND) else mend
        super().__init__(f"{folder}：存档的{what}是“{archive}”，现在使用的是“{asked}”，请运行：{command}")
        self.what = what
        self.archive = archive
        self.asked = asked


class ManifestError(MingjianError):
    """The manifest is damaged."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """Size in bytes and BLAKE2b-128 of a file."""

    bytes: int
    blake2b: str


@dataclass(frozen=True, slots=True)
class StoreMark:
    """The store when the manifest was written.

    Attributes:
        file: None where it was too large to be read through.
        session: under which name its last change was written (:meth:`index.store.Store.session`), "" for none.
    """

    sequence: int
    file: FileMark | None = None
    session: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive is.

    Attributes:
        model, model_fingerprint, dimension, model_segmenter: the encoder.
        segmenter: what the word index was cut with.
        taxonomy: fingerprint of the labels that the statements carry.
        generation: number of the generation in force, 0 for none yet.
        sequence: the change that the generation covers; ``last_row``: the highest row in it.
        counts: reports, statements, passages, files, labels when the manifest was written.
        files: path inside the archive (``/`` between parts) → mark, of every file of the generation.
        threshold: the most evidence that a query is asked for; the one in use is measured in the archive at
            hand when it is opened (:mod:`index.nomatch`).
    """

    model: str
    model_fingerprint: str
    dimension: int
    model_segmenter: str
    segmenter: str
    taxonomy: str
    generation: int
    sequence: int
    last_row: int
    counts: Mapping[str, int]
    store: StoreMark
    threshold: float
    files: Mapping[str, FileMark] = field(default_factory=dict)
    format: int = FORMAT

    def to_text(self) -> str:
        """The file's content; its own checksum is the last entry."""
        body = asdict(self)
        body["counts"], body["files"] = dict(self.counts), {k: asdict(v) for k, v in sorted(self.files.items())}
        if not self.store.session:
            del body["store"]["session"]
        body["checksum"] = _self_checksum(body)
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of an archive; None where there is none yet.

    Raises:
        ManifestError: a byte of it was changed.
        ArchiveMismatch: it is of a format that this version does not know.
    """
    path = folder / NAME
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ManifestError(f"{path}：无法读取（{because(error)}）") from error
    try:
        body = json.loads(raw.decode("utf-8"))
        known = int(body["format"])
        if known > FORMAT:
            raise ArchiveMismatch(folder, "格式版本", str(known), str(FORMAT), "pip install --upgrade mingjian")
        checksum = body.pop("checksum")
        intact = checksum == _self_checksum(body)
        store = body.pop("store")
        manifest = Manifest(
            **{
                **body,
                "store": StoreMark(**{**store, "file": FileMark(**store["file"]) if store["file"] else None}),
                "files": {name: FileMark(**mark) for name, mark in body["files"].items()},
            }
        )
        intact = intact and raw.decode("utf-8") == manifest.to_text()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if not intact:
        raise _damaged(path)
    return manifest


def _damaged(path: Path) -> ManifestError:
    return ManifestError(f"{path}：清单已损坏，请运行：{MEND}")


def _self_checksum(body: Mapping[str, object]) -> str:
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(plain.encode("utf-8"), digest_size=16).hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write beside, flush, rename, flush the folder: the old or the new manifest is there, never a half."""
    path, beside = folder / NAME, folder / (NAME + ".new")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(manifest.to_text())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(folder)


DATABASE = ".sqlite3"
_MARK = """
import hashlib, sys
digest, size = hashlib.blake2b(digest_size=16), 0
try:
    with open(sys.argv[1], "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
except OSError as error:
    sys.exit(f"{error.errno}")
print(size, digest.hexdigest())
"""


def mark_file(path: Path) -> FileMark:
    """Read a file through and give its mark.

    A database is read by another process. Closing a file takes away every lock that the process holds on it (POSIX),
    those of SQLite too: whoever closes the archive next would believe himself alone and delete the write-ahead log
    that this process still writes to.
    """
    if path.suffix == DATABASE and sys.platform != "win32":
        return _marked_elsewhere(path)
    digest, size = blake2b(digest_size=16), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return FileMark(size, digest.hexdigest())


def _marked_elsewhere(path: Path) -> FileMark:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _MARK, path],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if run.returncode:
        number = run.stderr.strip()
        code = int(number) if number.isdigit() else errno.EIO
        raise OSError(code, os.strerror(code), str(path))
    size, digest = run.stdout.split()
    return FileMark(int(size), digest)


def mark_folder(root: Path, folder: Path, known: Mapping[str, FileMark] | None = None) -> dict[str, FileMark]:
    """Marks of all files below ``folder``, by their path from ``root``.

    ``known``: marks of other files; one that is such a file under another name has the same.
    """
    same = {_identity(root / name): mark for name, mark in (known or {}).items() if (root / name).is_file()}
    return {
        path.relative_to(root).as_posix(): same.get(_identity(path)) or mark_file(path)
        for path in sorted(files_below(folder))
    }


def _identity(path: Path) -> tuple[int, ...]:
    """Equal for two names of one file; where the system numbers no files, for no two names."""
    stat = path.stat()
    return (stat.st_dev, stat.st_ino) if stat.st_ino else (hash(path),)


def files_below(folder: Path) -> Iterable[Path]:
    """All files below a folder."""
    return (path for path in folder.rglob("*") if path.is_file())


def sync_tree(folder: Path) -> None:
    """Flush every file below a folder, and the folders, to the disk."""
    for path in [*files_below(folder)]:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    for path in [*(p for p in folder.rglob("*") if p.is_dir()), folder]:
        sync_folder(path)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, where the system can (Windows cannot and need not)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
