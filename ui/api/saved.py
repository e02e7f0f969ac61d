"""Routes on searches that are kept under a name, the same that the page keeps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from index import Archive
from index.saved import LONGEST, SavedError, SavedSearch
from ui.api import forms, limits
from ui.api.errors import RETRY, Json, Refused
from ui.api.params import Keep, Window
from ui.api.serving import Opened, Savable, part, shown
from ui.state import SearchState, filter_from, to_params

router = APIRouter(tags=["收藏"])
# a name may hold a slash, which arrives here as one whether or not it was sent as %2F
Name = Annotated[str, Path(max_length=limits.ID, description=f"收藏的名字，最多 {LONGEST} 个字")]


@router.get("/saved", summary="收藏的检索，新的在前", responses=shown("saved"))
def saved(archive: Opened, asked: Annotated[Window, Query()]) -> Json:
    """All searches that are kept; ``query`` and ``filters`` go into ``/search``."""
    rows, headers = part(_kept(archive), asked)
    return Json([forms.saved(one) for one in rows], headers=headers)


@router.post("/saved", summary="收藏一次检索，同名的替换掉", responses=shown("kept"))
def keep(archive: Savable, asked: Keep) -> Json:
    """Keeps a search for everybody who uses the archive."""
    filters = {name: [str(value) for value in values] for name, values in asked.filters().items()}
    params = to_params(SearchState(q=(asked.query or "").strip(), filter=filter_from(filters)))
    return Json(forms.saved(archive.save_search(asked.name, params)))


@router.delete("/saved/{name:path}", summary="删去一个收藏", responses=shown("dropped"))
def drop(archive: Savable, name: Name) -> Json:
    """Drops the search of a name."""
    wanted = " ".join(name.split())
    if all(one.name != wanted for one in _kept(archive)):
        raise Refused(404, f"没有名为“{wanted}”的收藏")
    archive.forget_search(name)
    return Json({"dropped": wanted})


def _kept(archive: Archive) -> list[SavedSearch]:
    """The searches that are kept; that their file cannot be read is not the asker's fault."""
    try:
        return [*archive.saved_searches()]
    except SavedError as error:
        raise Refused(503, str(error), RETRY) from None
