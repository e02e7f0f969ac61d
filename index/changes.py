"""What a person asks for becomes corrections: checked against the statement as it is, written, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.corrections import NONE, Event, Given, refresh, resolve
from index.integrity import row_checksum
from index.labelled import PERSON
from index.store import Transaction
from index.writes import seal
from nlp.errors import MingjianError
from nlp.taxonomy import KINDS, Taxonomy

NAMES = {"problem": "问题", "measure": "措施", NONE: "都不是"}
Change = tuple[str, str]  # action, value


@dataclass(frozen=True, slots=True)
class State:
    """A statement as the machine read it (kind: problem, measure or none), and what people changed since."""

    text: str
    kind: str
    labels: tuple[Given, ...]
    events: tuple[Event, ...]

    def after(self, changes: Sequence[Change] = ()) -> tuple[str, dict[str, Given]]:
        """Kind and labels after further changes."""
        more = [Event(0, action, value, "") for action, value in changes]
        return resolve(self.text, self.kind, self.labels, [*self.events, *more])

    def latest(self, value: str) -> str | None:
        """What was last done with a label: add, remove, or None for nothing."""
        return next((e.action for e in reversed(self.events) if e.action != "kind" and e.value == value), None)


def plan(
    now: State, add: Sequence[str], remove: Sequence[str], kind: str | None, exact: Sequence[str] | None = None
) -> list[Change]:
    """The corrections to write for what a person asks for; what is so already, by a person's word, is left out.

    Args:
        now: the statement.
        add: label ids to give.
        remove: label ids to take.
        kind: problem, measure, none, or None to leave it.
        exact: in place of ``add`` and ``remove``, all labels that it shall have.

    Raises:
        MingjianError: they contradict one another or the statement.
    """
    changes: list[Change] = []
    told = next((event.value for event in reversed(now.events) if event.action == "kind"), None)
    if kind is not None and kind != told:
        changes.append(("kind", kind))
    final, held = now.after(changes)
    name = Taxonomy.load().name
    if exact is not None:
        if add or remove:
            raise MingjianError("labels 与 add、remove 请只用其中一种")
        others = {f"other_{side}" for side in KINDS}  # they go by themselves beside another label
        add = [label for label in exact if label not in others] or exact
        remove = [label for label in held if label not in add and not (add and label in others)]
    both = [label for label in add if label in remove]
    if both:
        raise MingjianError(f"标签“{name(both[0])}”不能既加又去")
    for label in dict.fromkeys(remove):
        if label in held:
            changes.append(("remove", label))
        elif now.latest(label) != "remove":
            shown = "、".join(name(one) for one in held) or "无"
            raise MingjianError(f"这句话没有标签“{name(label)}”，现有：{shown}")
    _check_side(add, final)
    changes += [("add", label) for label in dict.fromkeys(add) if label not in held or held[label].origin != PERSON]
    _check_kept(add, now.after(changes)[1])
    return changes


def _check_side(add: Iterable[str], kind: str) -> None:
    """Refuse labels of the other side."""
    taxonomy = Taxonomy.load()
    for label in add:
        side = taxonomy.entry(label).kind
        if kind == NONE:
            raise MingjianError(f"种类为“都不是”的句子没有标签，不能加“{taxonomy.name(label)}”")
        if side != kind:
            what = f"“{taxonomy.name(label)}”是{NAMES[side]}的标签，这句话是{NAMES[kind]}"
            raise MingjianError(f"{what}；要改种类请同时给出 --kind {side}")


def _check_kept(add: Iterable[str], held: Iterable[str]) -> None:
    """Refuse the label for what fits no label beside another one."""
    there = list(held)
    name = Taxonomy.load().name
    for label in add:
        if label not in there:
            raise MingjianError(f"“{name(label)}”不与别的标签同用，请同时去掉：{'、'.join(map(name, there))}")


def record(tx: Transaction, statement_id: str, changes: Sequence[Change], who: str, at: str) -> None:
    """Write corrections of one statement and lay them on every version of its report."""
    from index.integrity import content_hash

    statement, content, text, start, stop, row, report, key, year, whole = tx.run(
        "SELECT s.id, s.content, s.text, s.start, s.stop, r.row, r.id, r.agency_key, r.year, d.text FROM statements s"
        " JOIN reports r ON r.row = s.report JOIN documents d ON d.report = r.row WHERE s.id = ?",
        (statement_id,),
    )[0]
    place = (report, content_hash(whole), key, year, statement, content, text, start, stop)
    for action, value in changes:
        values = (*place, action, value, who, at)
        number = tx.insert(
            "INSERT INTO corrections(report, document, agency_key, year, statement, content, text, start, stop,"
            " action, value, who, at, checksum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id",
            (*values, b""),
        )
        tx.run("UPDATE corrections SET checksum = ? WHERE id = ?", (row_checksum((number, *values)), number))
    versions = tx.run("SELECT row FROM reports WHERE agency_key = ? AND agency_key <> '' AND year = ?", (key, year))
    _lay_on(tx, {row, *(version[0] for version in versions)})


def withdraw(tx: Transaction, numbers: Sequence[int]) -> None:
    """Take corrections back."""
    marks = ", ".join("?" * len(numbers))
    reports = tx.run(
        "SELECT DISTINCT s.report FROM applied a JOIN statements s ON s.row = a.statement"
        f" WHERE a.correction IN ({marks})",
        numbers,
    )
    tx.run(f"DELETE FROM corrections WHERE id IN ({marks})", numbers)
    _lay_on(tx, {row[0] for row in reports})


def _lay_on(tx: Transaction, reports: Iterable[int]) -> None:
    tx.sequence()
    for report in sorted(reports):
        refresh(tx, report)
        seal(tx, report)
