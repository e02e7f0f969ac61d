"""The labels of section five: what each means, by which cues it is found, which measure answers which problem."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from nlp.errors import MingjianError

FILE = Path(__file__).parent / "taxonomy.toml"
LabelKind = Literal["problem", "measure"]
KINDS = ("problem", "measure")
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")


class TaxonomyError(MingjianError):
    """A label that does not exist, or a taxonomy file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One label.

    Attributes:
        strong, cues, weak: what it is found by, in falling weight; "A..B" is A and then B in the same clause.
        exclusions: what is taken out before it is looked for.
        alone: dropped where another label stands in the same clause.
        answered_by, answered_also_by: (problems) measure labels of first and second choice.
    """

    id: str
    kind: LabelKind
    zh: str
    group: str = "other"
    code: str = ""
    definition: str = ""
    include: str = ""
    exclude: str = ""
    alone: bool = False
    strong: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    answered_also_by: tuple[str, ...] = ()


_LISTS = {"strong", "cues", "weak", "not", "examples", "answered_by", "answered_also_by"}
_KEYS = {f.name for f in fields(Entry)} - {"id", "exclusions"} | {"not"}


@dataclass(frozen=True)
class Taxonomy:
    """All labels, in the order of the file: problems, then measures, each kind's "other" at the end."""

    version: str
    entries: Mapping[str, Entry]
    groups: Mapping[str, str]

    @classmethod
    def load(cls, extra: Path | None = None) -> Taxonomy:
        """Load the built-in labels and, on top, a user's own file (new labels, more cues for known ones).

        Without ``extra`` the file that the environment variable ``MINGJIAN_TAXONOMY`` names is taken, if any.

        Raises:
            TaxonomyError: the user's file cannot be read or does not fit; the message names it and says why.
        """
        if extra is not None:
            return _extended(_built_in(), extra)
        own = own_file()
        return _built_in() if own is None else _with_own(own, own.stat().st_mtime_ns if own.is_file() else 0)

    @staticmethod
    def packaged() -> Taxonomy:
        """The built-in labels alone."""
        return _built_in()

    def __contains__(self, label: object) -> bool:
        """Whether there is a label of this id."""
        return label in self.entries

    def __iter__(self) -> Iterator[Entry]:
        """All labels."""
        return iter(self.entries.values())

    def __len__(self) -> int:
        """How many labels there are, both "other" included."""
        return len(self.entries)

    def entry(self, label: str) -> Entry:
        """The label of this id.

        Raises:
            TaxonomyError: there is none.
        """
        try:
            return self.entries[label]
        except KeyError:
            raise TaxonomyError(f"没有这个标签：{label}") from None

    def name(self, label: str) -> str:
        """A label's Chinese name; an unknown id is its own name."""
        found = self.entries.get(label)
        return found.zh if found else label

    def group_name(self, label: str) -> str:
        """The Chinese name of a label's group."""
        group = self.entry(label).group
        return self.groups.get(group, group)

    def of_kind(self, kind: str) -> tuple[Entry, ...]:
        """The labels of one kind; none for a kind without labels (passages)."""
        return tuple(e for e in self if e.kind == kind)

    @staticmethod
    def other(kind: LabelKind) -> str:
        """The id of the label for what fits no label."""
        return f"other_{kind}"

    def affinity(self, problem: str, measure: str) -> int:
        """How well a measure label answers a problem label: 2 first choice, 1 second, 0 not."""
        return self._answers.get((problem, measure), 0)

    @cached_property
    def _answers(self) -> dict[tuple[str, str], int]:
        """The affinity of each pair that has one."""
        second = {(e.id, answer): 1 for e in self for answer in e.answered_also_by}
        return second | {(e.id, answer): 2 for e in self for answer in e.answered_by}

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with the ids, kinds or version: what a trained classifier is bound to."""
        rows = [self.version, *(f"{e.kind}:{e.id}" for e in self)]
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def own_file() -> Path | None:
    """The user's own labels, which ``MINGJIAN_TAXONOMY`` names."""
    named = os.environ.get("MINGJIAN_TAXONOMY", "")
    return Path(named).expanduser() if named else None


@lru_cache(maxsize=4)
def _with_own(path: Path, changed: int) -> Taxonomy:
    """``changed`` only tells when to read again."""
    del changed
    return _extended(_built_in(), path)


@cache
def _built_in() -> Taxonomy:
    """The packaged taxonomy."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    entries = {name: _entry(name, table) for name, table in raw["label"].items()}
    return Taxonomy(raw["version"], entries, dict(raw["groups"]))


def _entry(name: str, table: Mapping[str, Any]) -> Entry:
    """One label from its table."""
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Entry(id=name, exclusions=values.pop("not", ()), **values)


def _extended(base: Taxonomy, path: Path) -> Taxonomy:
    """The built-in taxonomy with a user's file on top."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TaxonomyError(f"{path.name}：标签文件读不出来（{_one_line(error)}）") from error
    labels = raw.get("label", {})
    if not isinstance(labels, dict) or set(raw) - {"label", "groups", "version"}:
        raise TaxonomyError(f"{path.name}：只能有 version、[groups] 和 [label.…]")
    entries = dict(base.entries)
    for name, table in labels.items():
        _check(path, name, table, known=name in entries)
        known = entries.get(name)
        entries[name] = (
            _merged(known, _entry(name, {"kind": known.kind, "zh": known.zh, **table}))
            if known
            else (_entry(name, table))
        )
    for name in labels:
        wrong = [m for m in entries[name].answered_by + entries[name].answered_also_by if m not in entries]
        if wrong:
            raise TaxonomyError(f"{path.name}：{name} 所对应的措施标签不存在：{'、'.join(wrong)}")
    version = f"{base.version}+{raw.get('version', path.stem)}"
    return Taxonomy(version, entries, {**base.groups, **raw.get("groups", {})})


def _check(path: Path, name: str, table: Any, *, known: bool) -> None:
    """Refuse a table that does not describe a label."""
    where = f"{path.name}：标签 {name} "
    if not _ID.fullmatch(name):
        raise TaxonomyError(f"{where}的名称只能用小写字母、数字和下划线")
    if not isinstance(table, dict) or set(table) - _KEYS:
        extra = "、".join(sorted(set(table) - _KEYS)) if isinstance(table, dict) else "不是表"
        raise TaxonomyError(f"{where}有不认识的内容：{extra}")
    if not known and (table.get("kind") not in KINDS or not isinstance(table.get("zh"), str)):
        raise TaxonomyError(f"{where}缺少 kind（problem 或 measure）或 zh（中文名）")
    if known and table.get("kind", "") not in {"", *KINDS}:
        raise TaxonomyError(f"{where}的 kind 只能是 problem 或 measure")
    for key in _LISTS & set(table):
        if not isinstance(table[key], list) or not all(isinstance(v, str) and v.strip(". ") for v in table[key]):
            raise TaxonomyError(f"{where}的 {key} 应是一列词语")


def _merged(known: Entry, more: Entry) -> Entry:
    """A known label with a user's cues added; its name, kind and group stay unless the user's file names them."""
    names = ("strong", "cues", "weak", "exclusions", "examples", "answered_by", "answered_also_by")
    lists: dict[str, Any] = {name: tuple(dict.fromkeys(getattr(known, name) + getattr(more, name))) for name in names}
    return replace(known, zh=more.zh, **lists)


def _one_line(error: Exception) -> str:
    """An error's text on one line."""
    return " ".join(str(error).split())
