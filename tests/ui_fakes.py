"""A small archive made by hand, so that pages and commands are tested for what real reports seldom hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.comparisons import Answered, ProblemAnswers, Share, Together
from index.countings import Checked, RuleCount, WarningCount
from index.histories import Line
from index.labelled import Correction, Evidence, Labelled
from index.records import (
    AddResult,
    Answer,
    Facet,
    Facets,
    Filter,
    Finding,
    Hit,
    LabelShare,
    Measure,
    MeasureRow,
    ReportRow,
    Representative,
    SolutionGroup,
    Solutions,
    StatisticsTable,
    StoredReport,
    Topic,
    Topics,
    TrendRow,
    Trends,
    Why,
)
from index.saved import SavedError, SavedSearch
from index.solved import Ended, Solved
from nlp.errors import MingjianError
from nlp.records import Region

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> **粗** [链](http://x.invalid) $x$"
NINGBO = Region("浙江省", "宁波市", "北仑区", "330206")
TEXT = (
    "一、总体情况\n2021年，北仑区应急管理局做好公开工作。\n"
    "三、收到和处理政府信息公开申请情况\n本年新收\t1\t0\n"
    "五、存在的主要问题及改进情况\n"
    f"（一）工作人员业务不熟练，{EVIL}。\n（二）举办培训班。\n"
)
PROBLEM = TEXT.index("工作人员业务")
MEASURE = TEXT.index("举办培训班")


def section(number: int, heading: str, nxt: str | None) -> dict[str, Any]:
    start = TEXT.index(heading)
    end = TEXT.index(nxt) if nxt else len(TEXT)
    return {"number": number, "kind": "x", "heading": heading, "text": TEXT[start:end], "start": start, "end": end}


APPLICATIONS = {
    "received_new": dict.fromkeys(
        (
            "natural_person",
            "enterprise",
            "research_institute",
            "public_welfare_org",
            "legal_service_org",
            "other_org",
            "total",
        ),
        1,
    ),
    "granted": {"natural_person": None, "total": 1234},
    "processed_total": {"natural_person": 2, "total": 2},
}
REPORT: dict[str, Any] = {
    "source": "sample-evil<b>.txt",
    "title": f"报告{EVIL}",
    "agency": f"北仑区应急管理局{EVIL}",
    "agency_raw": "北仑区应急管理局",
    "agency_type": "emergency",
    "region": {"province": "浙江省", "city": "宁波市", "county": "北仑区", "code": "330206"},
    "level": "county",
    "scope": "agency",
    "year": 2021,
    "form": "2021",
    "sign_date": None,
    "field_sources": {"agency": "title", "year": "preface"},
    "sections": [
        section(1, "一、总体情况", "三、收到"),
        section(3, "三、收到和处理政府信息公开申请情况", "五、存在"),
        section(5, "五、存在的主要问题及改进情况", None),
    ],
    "statistics": {"disclosure": None, "applications": APPLICATIONS, "review": None, "fee_charged_yuan": None},
    "statements": [
        {
            "id": "s1",
            "kind": "problem",
            "text": TEXT[PROBLEM : TEXT.index("。\n（二）")],
            "title": None,
            "labels": ["staff_capacity"],
            "status": None,
            "start": PROBLEM,
            "end": TEXT.index("。\n（二）"),
        },
        {
            "id": "s2",
            "kind": "measure",
            "text": "举办培训班",
            "title": None,
            "labels": ["training"],
            "status": "planned",
            "start": MEASURE,
            "end": MEASURE + 5,
        },
    ],
    "pairs": [[0, 1]],
    "none_stated": False,
    "checks": [
        {"rule": "T3-A", "where": "total", "status": "fail", "message": f"收到 1 件，办理 2 件{EVIL}"},
        {"rule": "T4-A", "where": "review", "status": "uncertain", "message": "缺表"},
    ],
    "warnings": ["form_2021", "table_absent:2", "check_failed:T3-A", "unheard_of"],
}


def row(number: int, **changes: Any) -> ReportRow:
    base = ReportRow(
        id=f"r{number}",
        agency="北仑区应急管理局",
        agency_type="emergency",
        region=NINGBO,
        level="county",
        scope="agency",
        year=2018 + number,
        form="2021",
        title="报告",
        source=f"{number}.txt",
        problems=1,
        measures=1,
        failed_checks=0,
    )
    return replace(base, **changes)


ROWS = [
    row(3, agency=f"北仑区应急管理局{EVIL}", failed_checks=1, warnings=("form_2021", "table_absent:2", "unheard_of")),
    row(4, warnings=("s5_no_measures",)),
    row(5, agency=None, year=None, region=Region(), level="unknown", agency_type="unknown", source="no-name.pdf"),
]


def hit(rank: int, **changes: Any) -> Hit:
    text = f"工作人员业务不熟练，{EVIL}"
    base = Hit(
        rank=rank,
        score=1 / rank,
        id=f"s{rank}",
        report="r3",
        kind="problem",
        text=text,
        labels=("staff_capacity",),
        agency=f"北仑区应急管理局{EVIL}",
        agency_type="emergency",
        year=2021,
        region=NINGBO,
        level="county",
        section=5,
        source="1.txt",
        start=PROBLEM,
        end=PROBLEM + len(text),
        why=Why(1, 2, ("业务", "<b>"), ("staff_capacity",)),
        highlights=((4, 6), (5, 8), (90, 900)),
        other_years=(2019, 2020, 2023),
    )
    return replace(base, **changes)


CORRECTION = Correction(
    7,
    "s1",
    "r3",
    "add",
    "staff_capacity",
    f"张三{EVIL}",
    "2025-03-01T08:00:00+00:00",
    f"原句{EVIL}",
    True,
    f"局{EVIL}",
    2021,
)


def labelled(statement_id: str, **changes: Any) -> Labelled:
    label = Evidence("staff_capacity", "人员业务能力不足", 0.75, "cue", f"不熟{EVIL}")
    base = Labelled(
        id=statement_id,
        report="r3",
        kind="problem",
        text=f"工作人员业务不熟练，{EVIL}",
        agency=f"北仑区应急管理局{EVIL}",
        year=2021,
        start=PROBLEM,
        end=PROBLEM + 9,
        labels=(label, Evidence("staff_instability", "人员配备不足或不稳定", 1.0, "person", f"张三{EVIL}")),
        machine_kind="problem",
        machine_labels=(label,),
        corrections=(CORRECTION,),
    )
    return replace(base, **changes)


class FakeArchive:
    """The methods of :class:`index.Archive` over three reports; remembers the calls."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.calls: list[tuple[str, Any]] = []
        self.empty = False
        self.pending = ""
        self.saved: dict[str, SavedSearch] = {}

    def __enter__(self) -> FakeArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        return None

    def _filter(self, filters: dict[str, Any]) -> Filter:
        return Filter(**{k: tuple(v) if isinstance(v, list | tuple) else v for k, v in filters.items()})

    def add(
        self, paths: Any, *, workers: int = 1, progress: Callable[[AddResult, int, int], None] | None = None
    ) -> list[AddResult]:
        results = []
        for number, path in enumerate(paths, start=1):
            self.calls.append(("add", str(path)))
            bad = "bad" in str(path)
            result = AddResult(
                str(path), "failed" if bad else "added", None if bad else "r9", "不是报告" if bad else None
            )
            results.append(result)
            if progress:
                progress(result, number, len(list(paths)))
        return results

    def remove(self, report_id: str) -> None:
        self.calls.append(("remove", report_id))
        if report_id not in ("r3", "r9"):
            raise MingjianError(f"档案里没有报告 {report_id}")

    def search(self, query: str, *, k: int = 10, **filters: Any) -> Answer:
        self.calls.append(("search", (query, k, filters)))
        chosen = self._filter(filters)
        if "食堂" in query:
            return Answer(query, query, chosen, (), no_match=True)
        if "2021年" in query:
            chosen = replace(chosen, year=(2021,), province=("浙江省",))
        hits = [hit(1), hit(2, kind="measure", status="planned", labels=("training",), highlights=(), other_years=())]
        hits.append(hit(3, agency=None, year=None, region=Region(), section=1, kind="passage", why=Why(None, None)))
        return Answer(query, query.replace("2021年", ""), chosen, tuple(hits[:k]))

    def similar(self, statement_id: str | None = None, *, text: str | None = None, k: int = 10, **f: Any) -> Answer:
        if statement_id == "nothing":
            raise MingjianError("档案里没有句子 nothing")
        return Answer(text or f"源句{EVIL}", "", self._filter(f), (hit(1),))

    def solutions(self, query_or_id: str, *, k: int = 10, **filters: Any) -> Solutions:
        del k
        group = SolutionGroup("training", "培训学习提升能力", 3, 0.6, (hit(1, kind="measure", status="done"),), 3, 1)
        if not query_or_id:
            group = replace(group, share=0.5, base=0.25, lift=2.0)
            label = str(filters["label"][0])
            return Solutions("", self._filter(filters), 8, 2, (group,), label=label, notes=(f"说明{EVIL}",))
        return Solutions(f"问题{EVIL}", self._filter(filters), 5, 2, (group,))

    def topics(self, *, since: int | None = None, **filters: Any) -> Topics:
        del since
        labels = (
            LabelShare("staff_capacity", "人员业务能力不足", "problem", 2, 0.667),
            LabelShare("training", "培训学习提升能力", "measure", 1, 0.333),
        )
        topic = Topic(
            "t1",
            f"话题{EVIL}",
            4,
            {"2021": 3, "2022": 1},
            True,
            (Representative("s1", f"代表句{EVIL}", None, None, "r3"),),
        )
        return Topics(self._filter(filters), 0 if self.empty else 3, () if self.empty else labels, (topic,), 0.21)

    def trends(self, by: str = "year", *, label: Any = (), **filters: Any) -> Trends:
        del label
        groups = ["2021", "2022", "unknown"] if by == "year" else ["county", "unknown"]
        rows = tuple(TrendRow(g, "staff_capacity", 3, 1, 0.3333, 0.06, 0.79) for g in groups)
        return Trends(by, self._filter(filters), rows, ("“人员业务能力不足”在上升",) if by == "year" else ())

    def statistics(
        self,
        measure: str | None = None,
        *,
        by: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        **filters: Any,
    ) -> StatisticsTable:
        name = measure or "received_new"
        info = Measure(name, "新收申请", "本年新收到的申请", "x", "%" if "share" in name else "件", "注意口径")
        if by:
            rows = (
                MeasureRow("2021", name, "", 12, 2, 3),
                MeasureRow("2022", name, "", None, 0, 1),
            )
        else:
            rows = (MeasureRow("r3", name, "2021", 12, 1, 1, f"局{EVIL}", 2021, "r3"),)
        some = rows[offset : None if limit is None else offset + limit]
        notes = ("另有1份政府汇总报告未计入",) if by else ()
        return StatisticsTable(by, self._filter(filters), (info,), some, notes, len(rows))

    def check(self, **filters: Any) -> list[Finding]:
        del filters
        if self.empty:
            return []
        return [
            Finding("r3", f"局{EVIL}", 2021, "T3-A", "total", "fail", f"不平{EVIL}", "1.txt"),
            Finding("r4", None, None, "REUSE-YEAR", "issues", "notice", "雷同", "2.txt"),
        ]

    def check_counts(self, *, wait: bool = True, **filters: Any) -> Checked:
        del wait
        found = self.check(**filters)
        rules = []
        for rule in dict.fromkeys(one.rule for one in found):
            mine = [one for one in found if one.rule == rule]
            statuses = {s: [one for one in mine if one.status == s] for s in dict.fromkeys(o.status for o in mine)}
            counts = {status: len(some) for status, some in statuses.items()}
            holders = {status: len({one.report for one in some}) for status, some in statuses.items()}
            rules.append(RuleCount(rule, counts, holders, len({one.report for one in mine})))
        wrong = len({one.report for one in found if one.status == "fail"})
        repeated = len({one.report for one in found if one.rule.startswith("REUSE")})
        return Checked(self._filter(filters), self.count(**filters), wrong, repeated, tuple(rules), self.pending)

    def check_examples(
        self, rule: str, /, *, statuses: Any = (), first: int | None = None, skip: int = 0, **filters: Any
    ) -> list[Finding]:
        mine = [one for one in self.check(**filters) if rule in ("", one.rule) and one.status in statuses]
        few = list(dict.fromkeys(one.report for one in mine))[skip : None if first is None else skip + first]
        return [one for one in mine if one.report in few]

    def check_prepare(self, step: Any = None) -> None:
        step(1, 2)
        self.pending = ""

    def warning_counts(self, *, first: int = 10, **filters: Any) -> list[WarningCount]:
        held: dict[str, list[ReportRow]] = {}
        for one in self.list(**filters):
            for warning in one.warnings:
                held.setdefault(warning, []).append(one)
        return [WarningCount(warning, len(rows), tuple(rows[:first])) for warning, rows in held.items()]

    def show(self, report_id: str) -> StoredReport:
        if report_id != "r3":
            raise MingjianError(f"档案里没有报告 {report_id}")
        return StoredReport(ROWS[0], TEXT, REPORT)

    def list(self, *, limit: int | None = None, offset: int = 0, **filters: Any) -> Sequence[ReportRow]:
        agency = filters.get("agency")
        rows = [] if self.empty else [r for r in ROWS if not agency or agency[0] in (r.agency or "")]
        return rows[offset : None if limit is None else offset + limit]

    def count(self, **filters: Any) -> int:
        return len(self.list(**filters))

    def sources(self) -> Sequence[str]:
        return [row.source for row in self.list()]

    def facets(self, *, query: str = "", **filters: Any) -> Facets:
        del filters
        if self.empty:
            return Facets(0, 0, {"scope": ()})
        fields = {
            "year": (Facet("2022", "2022年", 1), Facet("2021", "2021年", 1)),
            "province": (Facet("浙江省", "浙江省", 2), Facet("河南省", "河南省", 1)),
            "level": (Facet("county", "县级", 2), Facet("unknown", "层级不明", 1)),
            "agency_type": (Facet("emergency", "应急管理", 2), Facet("education", "教育", 1)),
            "scope": (Facet("agency", "单个机关", 2), Facet("government", "整个政府汇总", 1)),
            "kind": (Facet("problem", "问题", 2), Facet("measure", "措施", 2)),
            "label": (Facet("staff_capacity", "人员业务能力不足", 2), Facet("training", "培训学习提升能力", 1)),
        }
        return Facets(3, 4, fields, query=query, limited=query.startswith("培训"))

    def latest(self, k: int = 10) -> list[ReportRow]:
        return [] if self.empty else ROWS[::-1][:k]

    def together(self, **filters: Any) -> Together:
        half = Share(1, 2, 0.5, 0.09, 0.91)
        answers = (Answered("training", f"培训{EVIL}", half, 0.25, 2.0),)
        problems = (ProblemAnswers("staff_capacity", "人员业务能力不足", half, answers),)
        return Together(self._filter(filters), 3, 2, 1, (), () if self.empty else problems)

    def solved(self, label: str, **filters: Any) -> Solved:
        line = Line("s1", "r3", 2021, "problem", f"提过的问题{EVIL}", PROBLEM, PROBLEM + 9)
        ended = Ended(
            "局", f"北仑区应急管理局{EVIL}", "r3", (2021,), (2022,), (line,), (replace(line, text=f"办法{EVIL}"),)
        )
        return Solved(label, "人员业务能力不足", self._filter(filters), 2, (ended,))

    def saved_searches(self) -> list[SavedSearch]:
        return [*self.saved.values()][::-1]

    def save_search(self, name: str, params: Any) -> SavedSearch:
        if not name.strip():
            raise SavedError("请给收藏起个名字")
        kept = SavedSearch(name, {key: tuple(values) for key, values in params.items()}, "2025-03-01T08:00:00+00:00")
        self.saved[name] = kept
        return kept

    def forget_search(self, name: str) -> None:
        del self.saved[name]

    def export(self, path: Any, *, what: str = "statements", query: str | None = None, **filters: Any) -> int:
        del query, filters
        Path(path).write_text(what, encoding="utf-8")
        return 3

    def info(self) -> dict[str, Any]:
        return {"reports": 3, "statements": 4, "model": "内置"}

    def verify(self) -> list[str]:
        return ["store.sqlite3：校验和不符"] if self.empty else []

    def rebuild(self, *, model: str | None = None) -> None:
        self.calls.append(("rebuild", model))

    def label(self, statement_id: str, **wanted: Any) -> Labelled:
        self.calls.append(("label", (statement_id, wanted)))
        return labelled(statement_id)

    def labelled(self, statement_id: str, *, kind: str | None = None) -> Labelled:
        if statement_id == "nothing":
            raise MingjianError("没有编号为“nothing”的语句")
        return labelled(statement_id, **({"kind": kind, "labels": ()} if kind else {}))

    def corrections(self, statement_id: str | None = None) -> list[Correction]:
        del statement_id
        resting = replace(CORRECTION, id=8, action="kind", value="none", applies=False, agency=None, year=None)
        return [] if self.empty else [CORRECTION, resting]

    def undo(self, *corrections: int) -> list[Correction]:
        self.calls.append(("undo", corrections))
        return [CORRECTION]

    def uncertain(self, k: int = 20, **filters: Any) -> list[Labelled]:
        del filters
        return [] if self.empty else [labelled("s1"), labelled("s2", labels=(), kind="measure")][:k]

    def export_labels(self, path: Any) -> int:
        Path(path).write_text("{}\n", encoding="utf-8")
        return 1
