"""An archive of an older version is brought up where it lies; what it was is kept beside, whatever comes between.

``stores/archive-1.*`` is what the first version wrote: three reports, two of them versions of one, and a correction.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, write_report
from crash_tools import KEPT, dump, first_version

from index import archive as archive_module
from index import migrations
from index.archive import Archive
from index.store import Store, StoreError
from index.verify import verify

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The archive as the first version left it."""
    first_version(tmp_path / "archive")
    return tmp_path / "archive"


def versions(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM migrations ORDER BY 1")]


def test_an_archive_of_the_first_version_works_on_with_a_copy_beside(old: Path, tmp_path: Path):
    before = dump(old / "store.sqlite3")
    with Archive.open(old) as archive:
        assert [row.agency for row in archive.list()] == ["北仑区应急管理局"] * 2 + ["镇海区应急管理局"]
        assert archive.search("业务不熟练").hits[0].text == "工作人员业务不熟练。"
        (wrong,) = [s for s in archive.statements() if s.text == "公开内容不够全面。"]
        assert "staff_instability" in wrong.labels, "what a person said holds on"
        assert [one.who for one in archive.corrections()] == ["张三"]
        assert archive.verify() == []
        add(archive, write_report(tmp_path / "in", "d", problems=[["网站栏目设置不规范。", []]], year=2024))
        assert archive.search("栏目设置").hits[0].text == "网站栏目设置不规范。"
        archive.rebuild()
        assert archive.verify() == []
    assert versions(old / "store.sqlite3") == [number + 1 for number in range(len(migrations.STEPS))]
    assert dump(old / KEPT) == before, "the copy is the store as it was"


def test_the_copy_goes_back_into_its_place(old: Path):
    Archive.open(old).close()
    for name in ("store.sqlite3", "store.sqlite3-wal", "store.sqlite3-shm"):
        (old / name).unlink(missing_ok=True)
    (old / KEPT).rename(old / "store.sqlite3")
    with Archive.open(old) as archive:
        assert len(archive.list()) == 3
        assert archive.verify() == []


def test_a_new_archive_and_one_of_today_keep_no_copy(tmp_path: Path):
    for _ in range(2):
        Archive.open(tmp_path / "archive").close()
    assert not [path for path in (tmp_path / "archive").iterdir() if "version" in path.name]


def test_a_copy_that_cannot_be_made_stops_the_upgrade(old: Path):
    (old / (KEPT + ".new")).mkdir()
    with pytest.raises(StoreError, match="备份没有做成，存档未改动"):
        Archive.open(old)
    assert versions(old / "store.sqlite3") == [1]
    (old / (KEPT + ".new")).rmdir()
    Archive.open(old).close()
    assert versions(old / KEPT) == [1]


def test_a_copy_of_an_earlier_attempt_is_made_anew_where_the_store_went_on(old: Path):
    shutil.copy(old / "store.sqlite3", old / KEPT)
    with closing(sqlite3.connect(old / "store.sqlite3")) as connection:  # the old version was used again
        connection.execute("UPDATE meta SET value = '6' WHERE key = 'sequence'")
        connection.execute("UPDATE reports SET title = '后来改的' WHERE row = 1")
        connection.commit()
    before = dump(old / "store.sqlite3")
    Archive.open(old).close()
    assert dump(old / KEPT) == before


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from index import migrations
from index.store import Store
from index.stores import sqlite
moment, path = sys.argv[1], Path(sys.argv[2])
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "while copying":
    sqlite._flush = die
elif moment == "after copying":
    migrations._apply = die
elif moment == "within the step":
    steps = migrations.KINDS_TOO
    real = migrations._kinds_too
    def half(connection):
        for statement in steps[:5]:
            connection.execute(statement)
        die()
    migrations.STEPS = (migrations.STEPS[0], ("half", half), *migrations.STEPS[2:])
elif moment == "before the commit":
    sqlite.SqliteEngine.upgraded = die
Store(path)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("moment", ["while copying", "after copying", "within the step", "before the commit"])
def test_killed_while_upgrading_the_next_opening_begins_again(old: Path, moment: str):
    before = dump(old / "store.sqlite3")
    paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, moment, old / "store.sqlite3"],
        env={**os.environ, "PYTHONPATH": paths},
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    assert dump(old / "store.sqlite3") == before, "nothing half"
    assert (old / KEPT).exists() == (moment != "while copying")
    with Archive.open(old) as archive:
        assert len(archive.list()) == 3
        assert archive.verify() == []
    assert dump(old / KEPT) == before
    assert not (old / (KEPT + ".new")).exists()
    assert verify(old) == []


def test_two_that_open_at_once_keep_one_copy_of_the_old_version(old: Path):
    code = "import sys; from pathlib import Path; from index.store import Store; Store(Path(sys.argv[1])).close()"
    paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    both = [
        subprocess.Popen([sys.executable, "-c", code, old / "store.sqlite3"], env={**os.environ, "PYTHONPATH": paths})
        for _ in range(3)
    ]
    assert [process.wait(60) for process in both] == [0, 0, 0]
    assert versions(old / KEPT) == [1]
    store = Store(old / "store.sqlite3")
    assert store.query("SELECT count(*) FROM migrations") == [(len(migrations.STEPS),)]
    store.close()
