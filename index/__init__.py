"""Remembers and finds: Archive is the one object."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# NumPy reads it when it is loaded. A search multiplies small matrices: threads waiting for one another cost it a third.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from index.archive import Archive
    from index.records import Filter

__all__ = ["Archive", "Filter"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import index`` costs nothing."""
    if name == "Archive":
        from index.archive import Archive

        return Archive
    if name == "Filter":
        from index.records import Filter

        return Filter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
