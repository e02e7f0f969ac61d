"""An archive writes summaries. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.filters import make_filter

if TYPE_CHECKING:
    from index.store import Store
    from index.summary.records import Summary


class Summarising:
    """What of an archive has to do with summaries."""

    store: Store

    @staticmethod
    def write_brief(path: str | Path, summary: Summary) -> int:
        """Write a summary that was made before as .docx or .json; the number of its sentences.

        Raises:
            MingjianError: another suffix, a summary of no reports, or the file cannot be written.
        """
        from index.export.files import write_summary

        return write_summary(Path(path), summary)

    def summary(self, *, rewrite: bool = False, **filters: Any) -> Summary:
        """A written summary of the reports under a filter, each sentence with its sources.

        With ``rewrite`` a language model that the environment names tells the parts again; what changes a number, a
        quotation or a citation is refused, and ``notes`` says so.

        ``label`` and ``kind`` choose what is told of, not which reports count. Where no report fits, ``reports`` is
        0 and there are no parts.

        Raises:
            MingjianError: an unknown filter or value, or ``unanswered``, for which there are no shares of reports; a
                model was asked for and none is set up, or its client (``mingjian[llm]``) is not installed.
        """
        from index.aside import aside
        from index.summary.write import summarise

        where = make_filter(**filters)
        with aside(self.store) as store:
            found = summarise(store, where)
        if not rewrite:
            return found
        from index.rewriting.rewrite import rewrite as retell

        return retell(found)
