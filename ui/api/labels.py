"""Routes on labels: what there are, why a statement has them, what people correct."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from nlp.taxonomy import Taxonomy
from ui.api import forms
from ui.api.errors import Json, Refused
from ui.api.params import Change, Corrections, Filters, Top
from ui.api.serving import Correctable, Opened, StatementId, listed, shown

router = APIRouter(tags=["标签"])


class Uncertain(Filters, Top):
    """``/uncertain``."""


@router.get("/taxonomy", summary="标签体系：含义、界限、对应的措施", responses=shown("taxonomy"))
def taxonomy() -> Json:
    """All labels with their definitions."""
    return Json(forms.taxonomy())


@router.get("/labels", summary="标签一览", responses=shown("labels"))
def labels() -> Json:
    """All labels in short."""
    return Json([forms.label(entry) for entry in Taxonomy.load()])


@router.get("/statements/{statement}", summary="一句话的标签和依据", responses=shown("labelled"))
def labelled(archive: Opened, statement: StatementId) -> Json:
    """As ``mingjian label ID``."""
    return Json(archive.labelled(statement).to_dict())


@router.post("/statements/{statement}/labels", summary="改标签、改种类", responses=shown("labelled"))
def label(archive: Correctable, statement: StatementId, change: Change) -> Json:
    """As ``mingjian label ID --add … --remove … --kind …``; searches and counts show it at once."""
    found = archive.label(
        statement, add=change.add, remove=change.remove, kind=change.kind, labels=change.labels, by=change.by
    )
    return Json(found.to_dict())


@router.get("/corrections", summary="人工标注一览", responses=shown("corrections"))
def corrections(archive: Opened, asked: Annotated[Corrections, Query()]) -> Json:
    """As ``mingjian label --list``."""
    return listed(archive.corrections(asked.statement), asked)


@router.delete("/corrections/{number}", summary="撤销一次人工标注", responses=shown("undone"))
def undo(archive: Correctable, number: Annotated[int, Path(ge=1, le=2**53, description="人工标注的编号")]) -> Json:
    """As ``mingjian label --undo NUMBER``."""
    if all(one.id != number for one in archive.corrections()):
        raise Refused(404, f"没有编号为 {number} 的人工标注")
    return Json({"undone": [one.to_dict() for one in archive.undo(number)]})


@router.get("/uncertain", summary="机器最没把握、还没有人看过的句子", responses=shown("uncertain"))
def uncertain(archive: Opened, asked: Annotated[Uncertain, Query()]) -> Json:
    """As ``mingjian label --uncertain``."""
    return Json([one.to_dict() for one in archive.uncertain(asked.k, **asked.filters())])
