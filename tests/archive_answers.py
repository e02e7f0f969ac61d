"""A corpus with reports of every sort, a life of an archive, and everything that it can be asked, as plain values."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from archive_tools import add, fill, write_report

from index.archive import Archive
from nlp.errors import MingjianError


def corpus(folder: Path) -> list[Path]:
    """Reports of every sort: versions, unknown places and years, no section five, governments, twins."""
    files = fill(folder, 30, each=3)
    one: dict[str, Any] = {"problems": [["工作人员业务不熟练。", ["staff_capacity", "awareness_weak"]]]}
    two: dict[str, Any] = {
        "problems": [["信息更新不够及时。", []], ["政策解读形式单一，公众看不懂专业内容。", ["interpretation_weak"]]],
        "measures": [["开展业务培训，提高工作人员能力。", ["training"]]],
        "pairs": [[0, 0]],
    }
    for name, values in {
        "late": {**two, "sign_date": "2022-03-01", "warnings": ["form_2021", "s5_reversed"]},
        "early": {**one, "sign_date": "2022-01-10", "figures": [["x.total", 3.5], ["y.total", None]]},
        "nowhere": {**one, "region": [None, None, None, None], "agency": None, "year": None, "level": "unknown"},
        "ministry": {**two, "region": [None, None, None, None], "agency": "国家某部", "level": "national"},
        "whole": {**two, "agency": "北仑区人民政府", "scope": "government", "agency_type": "government"},
        "copy": {**two, "agency": "镇海区应急管理局", "region": ["浙江省", "宁波市", "镇海区", "330211"], "year": 2022},
        "next": {**two, "year": 2022, "figures": [["x.total", 0.1]]},
        "odd": {**one, "agency": '‘单引号’"%s"局; DROP TABLE reports', "year": 2020, "passages": ["100%是?"]},
        "beyond": {**one, "agency": "𠮷林局", "year": 2018, "region": ["吉林省", "𠮷林市", None, "220200"]},
    }.items():
        files.append(write_report(folder, name, **values))
    return files


def work(archive: Archive, folder: Path) -> list[Any]:
    """What a life of an archive is: add, correct, take back, remove, change, rebuild."""
    files = corpus(folder)
    told: list[Any] = [(r.outcome, r.report, r.warnings) for r in add(archive, *files)]
    told += [r.outcome for r in add(archive, *files[:4])]
    wrong = [s for s in archive.statements() if s.text == "工作人员业务不熟练。"]
    archive.label(wrong[0].id, remove=["awareness_weak"], by="张三")
    archive.label(wrong[1].id, kind="none", by="李四")
    archive.label(archive.statements(kind="passage")[0].id, kind="problem", by="李四")
    archive.undo(archive.corrections()[-1].id)
    archive.remove(archive.list(year=2023)[0].id)
    write_report(
        folder, "r0003", agency="第0区应急管理局", year=2022, problems=[["换过的一句话。", ["staff_capacity"]]]
    )
    told += [(r.outcome, r.report) for r in add(archive, files[3])]
    return told


def plain(value: Any) -> Any:
    """Values without what a run decides (times)."""
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in ("at", "written", "made")}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def answers(archive: Archive, out: Path) -> dict[str, Any]:
    """Everything that an archive can be asked."""
    filters: list[dict[str, Any]] = [
        {}, {"year": 2021}, {"province": "浙江"}, {"county": "北仑区"}, {"agency": "应急"}, {"label": "staff_capacity"},
        {"kind": "measure"}, {"unanswered": True}, {"scope": "government"}, {"level": "county"}, {"city": "𠮷林市"},
        {"not_level": "county"}, {"agency": "%"}, {"agency": "'"}, {"year": [2019, 2020], "kind": "problem"},
        {"not_province": "浙江", "not_year": 2021}, {"not_agency_type": "应急", "not_city": ["𠮷林市"]},
    ]  # fmt: skip
    queries = [
        "业务不熟练",
        "2022年 培训",
        "“形式单一”",
        "“一”",
        "浙江省2021年",
        "怎么做红烧肉",
        "%s ' \" ? $1",
        "答复较慢",
    ]
    found: dict[str, Any] = {}
    for where in filters:
        name = json.dumps(where, ensure_ascii=False)
        for ask in ("list", "statements", "stated", "facets", "topics", "trends", "check", "uncertain", "together"):
            found[f"{ask} {name}"] = getattr(archive, ask)(**where)
        with suppress(MingjianError):  # one of unanswered problems only
            found[f"summary {name}"] = archive.summary(**where)
        found[f"reuse {name}"] = archive.reuse(**where)
        for query in queries:
            found[f"search {query} {name}"] = archive.search(query, k=20, **where)
    for by in ("province", "city", "level", "agency_type", "form", "year"):
        found[f"trends {by}"] = archive.trends(by)
    for row in archive.list():
        found[f"show {row.id}"] = (archive.show(row.id), archive.store.files_of(row.id))
    for statement in archive.statements()[:40]:
        found[f"similar {statement.id}"] = archive.similar(statement.id)
        found[f"solutions {statement.id}"] = archive.solutions(statement.id)
        found[f"labelled {statement.id}"] = archive.labelled(statement.id)
    found["agencies"] = [asdict(one) for one in archive.agencies()]
    found["histories"] = [archive.agency(one.key) for one in archive.agencies()]
    found["corrections"] = [asdict(one) for one in archive.corrections()]
    found["examples"] = [asdict(one) for one in archive.examples()]
    found["compare"] = archive.compare({"year": 2021}, {"year": 2022})
    found["statistics"] = archive.statistics()
    for what in ("statements", "reports"):
        archive.export(out / f"{what}.json", what=what)
        found[f"export {what}"] = (out / f"{what}.json").read_text(encoding="utf-8")
    archive.export_labels(out / "labels.jsonl")
    found["labels"] = [
        {key: one for key, one in json.loads(line).items() if key != "at"}
        for line in (out / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found["counts"] = (archive.info()["counts"], archive.info()["years"], archive.store.sequence())
    return {name: plain(value) for name, value in found.items()}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    assert [name for name, value in one.items() if other[name] != value] == []
    assert one == other


def again(folder: Path) -> Path:
    """The files as they were before the first archive's life changed one."""
    corpus(folder)
    return folder
