"""Searches that people keep: back as they were kept, whole after anything, and several people at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Archive
from index import archive as archive_module
from index.saved import LONGEST, MOST, NAME, SavedError, Saving, read
from ui import cli

ROOT = Path(__file__).parents[1]
PARAMS = {"q": ["人员“不足”"], "year": ["2021", "2022"], "agency_type": ["emergency"]}


class Folder(Saving):
    """An archive as far as kept searches know one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder


def test_a_search_is_kept_replaced_and_dropped(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive") as archive:
        assert archive.saved_searches() == []
        archive.save_search("应急局人员", PARAMS)
        archive.save_search("答复", {"q": "答复超期", "k": []})
        assert [one.name for one in archive.saved_searches()] == ["答复", "应急局人员"]
        archive.save_search(" 应急局人员 ", {**PARAMS, "year": ["2023"]})
        first = archive.saved_searches()[0]
        assert (first.name, first.query, first.params["year"]) == ("应急局人员", "人员“不足”", ("2023",))
        assert archive.saved_search("答复").params == {"q": ("答复超期",)}
        archive.forget_search("答复")
        assert [one.name for one in archive.saved_searches()] == ["应急局人员"]
        assert archive.verify() == []
    with Archive.open(tmp_path / "archive") as again:
        assert [one.name for one in again.saved_searches()] == ["应急局人员"]


@settings(deadline=None)
@given(
    name=st.text(min_size=1, max_size=LONGEST),
    params=st.dictionaries(st.text(min_size=1, max_size=9), st.lists(st.text(min_size=1), min_size=1), min_size=1),
)
def test_any_name_comes_back_as_text(
    name: str, params: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = Folder(tmp_path_factory.mktemp("any"))
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not shown:
        with pytest.raises(SavedError):
            archive.save_search(name, params)
        return
    archive.save_search(name, params)
    one = archive.saved_search(name)
    assert one.name == shown
    assert {key: list(values) for key, values in one.params.items()} == params
    assert [path.name for path in archive.path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("", PARAMS, "起个名字"),
        (" \n\u200b\t", PARAMS, "起个名字"),
        ("长" * (LONGEST + 1), PARAMS, "太长"),
        ("空的", {"q": []}, "没有可收藏"),
        ("太多", {"year": [str(n) for n in range(500)]}, "条件太多"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line(
    tmp_path: Path, name: str, params: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(SavedError, match=said) as refused:
        Folder(tmp_path).save_search(name, params)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / NAME).exists()


def test_only_so_many(tmp_path: Path) -> None:
    held = [{"name": str(n), "params": {"q": ["x"]}, "at": ""} for n in range(MOST)]
    (tmp_path / NAME).write_text(json.dumps({"format": 1, "searches": held}), encoding="utf-8")
    with pytest.raises(SavedError, match="最多收藏"):
        Folder(tmp_path).save_search("又一个", PARAMS)
    Folder(tmp_path).save_search("7", PARAMS)  # in place of one that is there
    assert len(read(tmp_path)) == MOST


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 1}', '{"format": 1, "searches": [{"name": 1}]}', "\x00", "[" * 100_000],
    ids=["empty", "list", "nothing", "none", "nameless", "zero", "deep"],
)
def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    archive = Folder(tmp_path)
    for do in (archive.saved_searches, lambda: archive.save_search("新", PARAMS), lambda: archive.forget_search("新")):
        with pytest.raises(SavedError, match="已损坏"):
            do()
    assert (tmp_path / NAME).read_text(encoding="utf-8") == text


def test_a_newer_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"format": 2, "searches": []}', encoding="utf-8")
    with pytest.raises(SavedError, match="升级"):
        Folder(tmp_path).save_search("新", PARAMS)


def test_an_unknown_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(SavedError, match="没有名为“甲”的收藏"):
        Folder(tmp_path).forget_search("甲")
    with pytest.raises(SavedError, match="没有名为“甲”的收藏"):
        Folder(tmp_path).saved_search("甲")


def test_nothing_is_lost_when_several_keep_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.saved import Saving\n"
        "class F(Saving):\n"
        "    path = Path(sys.argv[1])\n"
        "for n in range(15): F().save_search(f'{sys.argv[2]}-{n}', {'q': ['x']})\n"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who], cwd=Path(__file__).parents[1])
        for who in "ab"
    ]
    here = [
        threading.Thread(target=lambda w=who: [Folder(tmp_path).save_search(f"{w}-{n}", PARAMS) for n in range(15)])
        for who in "cd"
    ]
    for thread in here:
        thread.start()
    for thread in here:
        thread.join()
    assert [process.wait(60) for process in others] == [0, 0]
    assert {one.name for one in read(tmp_path)} == {f"{who}-{n}" for who in "abcd" for n in range(15)}


def test_the_command_line_opens_a_kept_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    fill(tmp_path / "in", 6)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")
        year = archive.list()[0].year
        archive.save_search("某年的问题", {"year": [str(year)], "kind": ["problem"], "layout": ["flat"], "near": ["x"]})
        wanted = [hit.id for hit in archive.search("", k=5, year=year, kind="problem").hits]
    where = ["--archive", str(tmp_path / "archive"), "--json", "-k", "5"]
    assert cli.run(["search", "--saved", "某年的问题", *where]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [hit["id"] for hit in answer["hits"]] == wanted
    assert wanted
    assert answer["filters"] == {"year": [year], "kind": ["problem"]}
    assert cli.run(["search", "--saved", "某年的问题", "--kind", "measure", *where]) == 0
    assert json.loads(capsys.readouterr().out)["filters"]["kind"] == ["measure"]
    assert cli.run(["search", "--saved", "别的", *where]) == 1
    assert "最近收藏的有：某年的问题" in capsys.readouterr().err
    assert cli.run(["search", "人员", "--saved", "某年的问题", *where]) == 2
