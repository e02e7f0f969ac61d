"""An archive of an older version is brought up where it lies; what it was is kept beside, whatever comes between.

``stores/archive-1.*`` is what the first version wrote: three reports, two of them versions of one, and a correction.

``stores/*-indexed.tar.xz`` are whole folders with the indexes that older programs built, of four reports of the sample:
three came, their indexes were built, one statement was corrected, one report went, another one came. In both all
statements share one word index, and no columns or findings lie beside it.

* ``archive-1-indexed``: the first version, with the built-in encoder and the segmenter of then.
* ``archive-2-indexed``: the second version and today's segmenter, with the vectors of the tests' own encoder; such
  indexes are used as they are.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, write_report
from crash_tools import KEPT, dump, findable, first_version

from index import archive as archive_module
from index import building, generations, migrations, publish
from index.archive import Archive
from index.store import Store, StoreError
from index.verify import verify

HERE = Path(__file__).parent
ENCODER = archive_module._load_encoder  # the true one
CORRECTED = "缺乏长效机制，检查前突击更新、检查后长期沉寂的现象仍然存在。"


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


# -- with the indexes of then -----------------------------------------------------------------------------------


def mingjian(*arguments: str) -> tuple[int, list[str]]:
    """Run the command; its exit code and the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])},
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def unpacked(name: str, folder: Path) -> Path:
    """An archive as an older program left it, indexes and all."""
    with tarfile.open(HERE / "stores" / f"{name}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return folder


def all_there(archive: Archive) -> None:
    """The reports that were left and what was corrected are there and found; the report that went is not."""
    assert [(row.agency, row.year, row.problems, row.measures) for row in archive.list()] == [
        ("湖北省生态环境厅", 2021, 2, 3),
        ("襄阳市人力资源和社会保障局", 2021, 3, 1),
        ("泉州市交通运输局", 2022, 4, 3),
    ]
    (said,) = archive.corrections()
    assert (said.action, said.value, said.who, said.text) == ("add", "staff_instability", "张三", CORRECTED)
    assert said.applies
    assert archive.search(CORRECTED, k=1).hits[0].id == said.statement
    assert said.statement in {hit.id for hit in archive.search("缺乏长效机制", label="staff_instability").hits}
    assert archive.search("突发环境事件", agency="民乐县南古镇人民政府").no_match
    findable(archive)
    assert archive.verify() == []


def test_old_indexes_of_another_encoder_are_refused_with_what_to_run_and_all_is_there_after_it(tmp_path: Path):
    old = unpacked("archive-1-indexed", tmp_path / "archive")
    before = dump(old / "store.sqlite3")
    assert verify(old) == []
    for act in (("search", "缺乏长效机制"), ("add", str(tmp_path))):
        code, (told,) = mingjian(*act, "--archive", str(old))
        assert code == 1
        assert re.fullmatch(
            r".*：存档的模型指纹是“\w+”，现在使用的是“\w+”，请运行：mingjian rebuild --archive .*", told
        )
    assert len(mingjian("list", "--archive", str(old))[1]) == 6, "what needs no index is answered"
    assert mingjian("rebuild", "--archive", str(old)) == (0, ["索引已重建"])
    assert mingjian("verify", "--archive", str(old)) == (0, ["档案完好"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archive_module, "_load_encoder", ENCODER)
        with Archive.open(old) as archive:
            all_there(archive)
            assert archive.info()["pending"] == 0
    assert dump(old / KEPT) == before, "the copy is the store as it was"
    assert versions(old / "store.sqlite3") == [number + 1 for number in range(len(migrations.STEPS))]


def test_old_indexes_of_the_same_encoder_are_used_and_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old = unpacked("archive-2-indexed", tmp_path / "archive")
    with Archive.open(old) as archive:
        all_there(archive)
        assert (archive.info()["generation"], archive.info()["pending"]) == (1, 19)
        monkeypatch.setattr(generations, "TAIL_MIN", 1)
        monkeypatch.setattr(publish, "EXTEND_FROM", 1)
        monkeypatch.setattr(publish, "GAPS_SHARE", 1.0)
        new = write_report(
            tmp_path / "in", "d", agency="镇海区司法局", problems=[["网站栏目设置不规范。", []]], year=2018
        )
        (result,) = add(archive, new)
        assert (archive.info()["generation"], archive.info()["pending"]) == (2, 7), "gaps stay"
        assert building.word_folders(old / "derived" / "gen-000002") == ["words"]
        assert archive.search("栏目设置").hits[0].text == "网站栏目设置不规范。"
        archive.remove(str(result.report))
        all_there(archive)
        archive.rebuild()
        assert archive.info()["generation"] == 3
        all_there(archive)
