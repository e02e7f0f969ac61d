"""Remembers and finds: Archive is the one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
