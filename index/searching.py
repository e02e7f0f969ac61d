"""An archive searches, on a view brought up to the store. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index.filters import make_filter, merge
from index.locking import WriteLock
from index.manifest import NAME as MANIFEST_NAME
from index.manifest import Manifest
from index.records import Answer, Filter, Solutions
from index.store import Store
from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.encoder import Encoder
    from index.search import Searcher
    from index.viewing import Viewing

T = TypeVar("T")
FAR_BEHIND = 4.0  # times the rows that may stand outside the generation, from which a search builds the next one


class Searching(ABC):
    """What of an archive has to do with questions."""

    path: Path
    store: Store
    _write_lock: WriteLock
    _state: threading.RLock
    _view: Viewing | None
    _manifest_stamp: tuple[int, int] | None
    _searcher: Searcher | None

    @abstractmethod
    def _encoder_in_use(self) -> Encoder:
        """The archive's model, loaded."""

    @abstractmethod
    def _publish(self, *, rebuild: bool = False) -> None:
        """Bring the indexes up to the store."""

    @abstractmethod
    def _manifest(self) -> Manifest | None:
        """What the folder says of the indexes."""

    @abstractmethod
    def measures_against(self, label: str, /, *, k: int = 10, **filters: Any) -> Solutions:
        """The measures against all problems of a label."""

    def search(self, query: str, *, k: int = 10, facets: bool = False, **filters: Any) -> Answer:
        """The k best statements for a question; ``no_match`` where nothing fits.

        Years, places, kinds of agency and the like that the query itself states are applied as filters and
        shown in the answer's ``filter``; the keyword arguments go before them. With ``facets`` the answer also has the
        counts of all that was found.

        Raises:
            MingjianError: an unknown filter or value; the index is damaged.
        """
        where = make_filter(**filters)
        if not facets:
            return self._asked(_answering(query, where, k))
        from index.hitfacets import answer_facets

        def counted(searcher: Searcher) -> Answer:
            answer = searcher.answer(query, where, k)
            return replace(answer, facets=answer_facets(searcher, answer, where))

        return self._asked(counted)

    def search_many(
        self, queries: Iterable[Mapping[str, Any]], *, k: int = 10, **filters: Any
    ) -> Iterator[tuple[Any, Answer]]:
        """(id, answer) for each of ``{"id", "query", filters…}``; ``k`` may stand there too."""
        common = make_filter(**filters)
        for line in queries:
            own = {name: value for name, value in line.items() if name not in ("id", "query", "k")}
            query, where, many = str(line["query"]), merge(make_filter(**own), common), int(line.get("k", k))
            yield line.get("id"), self._asked(_answering(query, where, many))

    def similar(
        self, statement_id: str | None = None, *, text: str | None = None, k: int = 10, **filters: Any
    ) -> Answer:
        """What says the same as a statement, or as a text, elsewhere."""
        from index.related import similar

        where = make_filter(**filters)
        return self._asked(lambda searcher: similar(searcher, statement_id, text, where, k))

    def solutions(self, query_or_id: str = "", *, k: int = 10, **filters: Any) -> Solutions:
        """The measures that others took against such a problem, by label; ``k`` groups at most.

        Without a query the filter's one label stands for the problem: see :meth:`measures_against`.

        Raises:
            MingjianError: neither a query nor one label; an unknown filter or value.
        """
        from index.related import solutions

        if not query_or_id.strip():
            labels = make_filter(**filters).label
            if len(labels) != 1:
                raise MingjianError("请写明问题，或用标签（label）选定一类问题")
            return self.measures_against(labels[0], k=k, **filters)
        where = make_filter(**filters)
        return self._asked(lambda searcher: solutions(searcher, query_or_id, where, k))

    def _asked(self, ask: Callable[[Searcher], T]) -> T:
        """What a searcher answers; where rows went meanwhile, which it would be short of, the next is asked, once."""
        searcher = self.searcher()
        try:
            found = ask(searcher)
        except MingjianError:
            if not searcher.outdated():
                raise
        else:
            if not searcher.outdated():
                return found
        return ask(self.searcher())

    def searcher(self) -> Searcher:
        """What searches run on, brought up to the last change that was committed."""
        from index.opening import open_view, stamp_of
        from index.search import Searcher

        with self._state:
            encoder = self._encoder_in_use()
            stamp = stamp_of(self.path / MANIFEST_NAME)
            view = self._view
            if view is None or view.sequence != self.store.sequence() or stamp != self._manifest_stamp:
                self._catch_up()
                stamp = stamp_of(self.path / MANIFEST_NAME)
                view = open_view(self.path, self.store, view)
                self._view, self._manifest_stamp, self._searcher = view, stamp, None
            if self._searcher is None:
                self._searcher = Searcher(self.store, view, encoder)
            return self._searcher

    def _catch_up(self) -> None:
        """Build the generation that an interrupted ``add`` did not get to, if nobody else is writing.

        Where it cannot be built (the disk is full, another machine's engine away) what there is answers.
        """
        from index.publish import overdue

        kept_out = self.store.read_only and not self.store.engine.shared
        if kept_out or overdue(self.store, self._manifest()) <= FAR_BEHIND:
            return
        with suppress(MingjianError, OSError), self._write_lock.held(0.0), self.store.publishing():
            self._publish()


def _answering(query: str, where: Filter, k: int) -> Callable[[Searcher], Answer]:
    return lambda searcher: searcher.answer(query, where, k)
