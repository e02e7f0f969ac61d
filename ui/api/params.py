"""What a request may ask: each route's parameters with their bounds. The filters are those of the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from index.labelnames import LONGEST_NAME
from index.saved import LONGEST
from ui.api import limits
from ui.commands.options import FILTER_OPTIONS, checked_filters

Value = Annotated[str, StringConstraints(max_length=limits.VALUE)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=limits.ID)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=limits.QUERY)]
Group = Annotated[str, StringConstraints(max_length=limits.VALUE)]
T = TypeVar("T")
Condition = Annotated[str, StringConstraints(max_length=limits.CONDITION)]
Conditions = Annotated[list[Condition], Field(max_length=limits.VALUES)]
Several = Annotated[list[Value], Field(max_length=limits.VALUES)]


def _values(name: str) -> Any:
    """A filter's field; its description is the command line's."""
    told = FILTER_OPTIONS[name].__metadata__[0].help
    return Field(default_factory=list, max_length=limits.VALUES, description=told)


class Strict(BaseModel):
    """Refuses what it does not know, so that a misspelt filter is not taken for none."""

    model_config = ConfigDict(extra="forbid")


class Filters(Strict):
    """The filters; each may stand several times (any of)."""

    year: list[Value] = _values("year")
    province: list[Value] = _values("province")
    city: list[Value] = _values("city")
    county: list[Value] = _values("county")
    level: list[Value] = _values("level")
    agency_type: list[Value] = _values("agency_type")
    kind: list[Value] = _values("kind")
    label: list[Value] = _values("label")
    form: list[Value] = _values("form")
    scope: list[Value] = _values("scope")
    not_year: list[Value] = _values("not_year")
    not_province: list[Value] = _values("not_province")
    not_city: list[Value] = _values("not_city")
    not_county: list[Value] = _values("not_county")
    not_level: list[Value] = _values("not_level")
    not_agency_type: list[Value] = _values("not_agency_type")

    def filters(self) -> dict[str, Any]:
        """The filters as Archive takes them: names become ids, spans of years become years.

        Raises:
            typer.BadParameter: a value that the field cannot have.
        """
        return checked_filters({name: getattr(self, name) for name in FILTER_OPTIONS})


class Window(Strict):
    """A part of a long list."""

    limit: int | None = Field(
        default=None, ge=1, le=limits.ROWS, description=f"最多给出几条；不写则全部，超过 {limits.ROWS} 条时须写"
    )
    offset: int = Field(default=0, ge=0, le=2**53, description="跳过前面几条")


class Listing(Filters, Window):
    """Filters and a part."""


class Top(Strict):
    """How many at most."""

    k: int = Field(default=10, ge=1, le=limits.HITS, description="最多给出几条")


class Search(Filters, Top):
    """``/search``."""

    query: Text = Field(description="想找的意思，一句话也行")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        return _not_blank(self, self.query, "检索词")


class Similar(Filters, Top):
    """``/similar``."""

    id: Id | None = Field(default=None, description="检索结果里的句子编号")
    text: Text | None = Field(default=None, description="直接给出一句话，代替编号")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.id is None) == (self.text is None):
            raise ValueError("请给出 id（句子编号）或 text（一句话），二者取一")
        return self if self.text is None else _not_blank(self, self.text, "text ")


class Solutions(Filters, Top):
    """``/solutions``."""

    query: Text | None = Field(
        default=None, description="一句话描述问题，或检索结果里的句子编号；不写则看 label 给出的这一类问题"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.query is None and len(self.label) != 1:
            raise ValueError("请给出 query（问题），或用一个 label 选定一类问题")
        return self if self.query is None else _not_blank(self, self.query, "query ")


class Facets(Filters):
    """``/facets``."""

    query: Text | None = Field(default=None, description="只数这次检索命中的；不写则数筛选范围里的全部报告")


class Topics(Filters):
    """``/topics``."""

    since: int | None = Field(
        default=None, ge=1990, le=2100, description="哪一年起新出现或明显增多的话题算新兴；不写则看最近两年"
    )


class Trends(Filters):
    """``/trends``."""

    by: Group = Field(default="year", description="按什么分组：year、province、agency_type、level、form")


class Summary(Filters):
    """``/summary``."""

    rewrite: bool = Field(default=False, description="请服务端配置的大模型改写文字；数字、引文和出处逐一核对")


class Statistics(Filters, Window):
    """``/statistics``."""

    measure: Value | None = Field(default=None, description="指标编号或名称，如 received_new；不写则常用的几项")
    by: Group | None = Field(default=None, description="分组，同趋势，另有 city、county、scope；不写则每份报告一行")


class Structure(Filters):
    """``/structure``."""

    what: Value = Field(
        default="outcomes",
        description="outcomes 办理结果、reasons 不公开理由、applicants 申请人、review 行政复议、suit 行政诉讼",
    )
    by: Group | None = Field(default=None, description="分组，同统计；不写则合在一起")


class Peers(Strict):
    """``/peers``. Level, type and scope are the agency's own, so that there are fewer filters than elsewhere."""

    name: Value = Field(min_length=1, description="单位名称（可只写一部分）、/agencies 给出的 key，或一份报告的编号")
    measure: Value | None = Field(default=None, description="指标编号或名称；不写则各主要指标")
    within: Literal["province", "city"] | None = Field(default=None, description="只与 province 本省或 city 本市的比")
    year: list[Value] = _values("year")
    province: list[Value] = _values("province")
    city: list[Value] = _values("city")
    form: list[Value] = _values("form")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        return _not_blank(self, self.name, "name ")

    def filters(self) -> dict[str, Any]:
        """The filters as Archive takes them.

        Raises:
            typer.BadParameter: a value that the field cannot have.
        """
        return checked_filters({name: getattr(self, name) for name in ("year", "province", "city", "form")})


class Compare(Filters):
    """``/compare``. The filters hold for both groups."""

    left: Conditions = Field(
        min_length=1,
        description="左组的条件，写成 字段=值，字段同各筛选条件，如 agency_type=应急 或 单位类型=应急，可重复",
    )
    right: Conditions = Field(default_factory=list, description="右组的条件，写法同上；不写则为全部报告")


class Agencies(Listing):
    """``/agencies``."""

    text: Value = Field(default="", description="单位名称里的字，旧名也算；不写则全部单位")


class Export(Filters):
    """``/export``."""

    format: Literal["xlsx", "csv", "json", "docx"] = Field(default="xlsx", description="xlsx、csv、json 或 docx")
    what: Value = Field(
        default="statements",
        description="statements 句子、reports 报告、search 检索、trends 趋势、statistics 统计、topics 主题、"
        "check 核对、reuse 雷同、matrix 报告×标签、structure 构成、peers 同类排名、compare 对比、together 搭配、"
        "solutions 对策、agencies 单位、agency 单位历年、measures 指标说明、corrections 人工标注、"
        "brief 简报（只有 docx 和 json）",
    )
    query: Text | None = Field(
        default=None,
        description="只导出检索到的结果；peers、agency 时是单位名称，solutions 时是问题（不写则看 label 的这一类），"
        "structure 时是看什么的构成",
    )
    by: Value | None = Field(default=None, description="trends、statistics、structure 按什么分组")
    measure: Value | None = Field(default=None, description="statistics、peers 只要这一项指标")
    left: Conditions = Field(default_factory=list, description="compare 时左组的条件，同 /compare")
    right: Conditions = Field(default_factory=list, description="compare 时右组的条件；不写则为全部报告")

    @model_validator(mode="after")
    def _has_such_a_form(self) -> Self:
        if self.what == "brief" and self.format not in ("docx", "json"):
            raise ValueError("简报只能导出成 docx 或 json，请写明 format")
        return self


class Keep(Filters):
    """A search to be kept: a query, filters, or both."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] = Field(description="收藏的名字")
    query: Text | None = Field(default=None, description="检索词")


class Corrections(Window):
    """``/corrections``."""

    statement: Id | None = Field(default=None, description="只看这一句的")


class Change(Strict):
    """A correction of a statement's labels and kind."""

    add: Several = Field(default_factory=list, description="加上这些标签（编号或中文名）")
    remove: Several = Field(default_factory=list, description="去掉这些标签")
    labels: Several | None = Field(default=None, description="代替 add 和 remove：改后应有的全部标签")
    kind: Value | None = Field(default=None, description="改种类：problem、measure 或 none")
    by: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)] = Field(description="署名：谁改的")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not (self.add or self.remove or self.kind or self.labels is not None):
            raise ValueError("请写明要改什么：add、remove、labels 或 kind")
        return _not_blank(self, self.by, "by（署名）")


def _not_blank(value: T, text: str, name: str) -> T:
    if not text.strip():
        raise ValueError(f"{name}是空的")
    return value
