"""People label: corrections in, statements with their evidence out. :class:`index.archive.Archive` inherits this."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.filters import make_filter
from index.labelled import Correction, Labelled
from index.labelnames import find_kind, find_label, signed
from nlp.errors import MingjianError, because

if TYPE_CHECKING:
    from index.store import Store
    from index.teaching import Training
    from nlp.examples import Example
    from nlp.labelling import Labeller


class Annotating(ABC):
    """What of an archive has to do with people's labels."""

    store: Store

    @abstractmethod
    def _writing(self) -> AbstractContextManager[None]:
        """Hold the right to write."""

    @abstractmethod
    def _publish(self, *, rebuild: bool = False) -> None:
        """Make changes visible and lasting."""

    def label(
        self,
        statement_id: str,
        *,
        add: Iterable[str] | str = (),
        remove: Iterable[str] | str = (),
        kind: str | None = None,
        labels: Iterable[str] | None = None,
        by: str | None = None,
    ) -> Labelled:
        """Correct a statement's labels and kind; searches, counts and files show it at once.

        Corrections win over the machine, survive a new reading of the report and :meth:`rebuild`, and are undone by
        :meth:`undo`. A statement that changes its kind is labelled anew for its new side.

        Args:
            statement_id: a statement's or passage's id.
            add: labels to give it, by id or Chinese name.
            remove: labels to take from it.
            kind: problem, measure or none (问题, 措施, 都不是).
            labels: in place of ``add`` and ``remove``, all labels that it shall have; each counts as confirmed.
            by: who says so; None: the name of the account.

        Returns:
            The statement as it is now.

        Raises:
            Missing: there is no such statement.
            MingjianError: an unknown label or kind, a label of the other side, one that it does not have.
            ArchiveBusy, StoreError: it cannot be written.
        """
        from index.changes import plan, record
        from index.labellers import check_labels
        from index.labelreads import labelled, state_of

        exact = None if labels is None else [find_label(one) for one in _several(labels)]
        added, removed = ([find_label(one) for one in _several(some)] for some in (add, remove))
        wanted, who = None if kind is None else find_kind(kind), signed(by)
        with self._writing():
            check_labels(self.store)
            now = state_of(self.store, statement_id)
            changes = plan(now, added, removed, wanted, exact)
            if changes:
                with self.store.transaction() as tx:
                    record(tx, statement_id, changes, who, datetime.now(UTC).isoformat(timespec="seconds"))
            self._publish()
        return labelled(self.store, statement_id)

    def undo(self, *corrections: int) -> list[Correction]:
        """Take corrections back, by their numbers; gives what they were.

        Raises:
            MingjianError: there is no correction of such a number; then none is taken back.
        """
        from index.changes import withdraw
        from index.labellers import check_labels
        from index.labelreads import corrections as read

        with self._writing():
            check_labels(self.store)
            known = {one.id: one for one in read(self.store)}
            strange = [number for number in corrections if number not in known]
            if strange:
                raise MingjianError(
                    f"没有编号为 {'、'.join(map(str, strange))} 的人工标注，可用 mingjian label --list 查看"
                )
            if corrections:
                with self.store.transaction() as tx:
                    withdraw(tx, [*dict.fromkeys(corrections)])
            self._publish()
        return [known[number] for number in dict.fromkeys(corrections)]

    def labelled(self, statement_id: str, *, kind: str | None = None) -> Labelled:
        """A statement with its labels, why it has them, and its corrections.

        With ``kind``: as it would be if it were of this kind; nothing is changed.

        Raises:
            Missing: there is no such statement.
        """
        from index.labelreads import labelled, supposed

        return (
            labelled(self.store, statement_id) if kind is None else supposed(self.store, statement_id, find_kind(kind))
        )

    def corrections(self, statement_id: str | None = None) -> Sequence[Correction]:
        """All corrections, or those of one statement, oldest first."""
        from index.labelreads import corrections

        return corrections(self.store, statement_id)

    def uncertain(self, k: int = 20, **filters: Any) -> Sequence[Labelled]:
        """The k statements whose labels are least certain and that nobody has corrected, least certain first.

        Each text once, of current reports only. Filters as everywhere.
        """
        from index.labelreads import uncertain

        return uncertain(self.store, make_filter(**filters), k)

    def examples(self) -> Sequence[Example]:
        """Corrected statements as labelled examples, for training and measuring; each text once."""
        from index.labelreads import examples

        return [example for _, example, _ in examples(self.store)]

    def train(self, further: Sequence[str | Path] = ()) -> Training:
        """Train the archive's own labeller on our labelled statements and what people corrected here, and label anew.

        Args:
            further: files with more labelled statements, in the form of ``corpora/labelled``.

        Raises:
            MingjianError: a file is missing or not of that form. ArchiveBusy, StoreError: it cannot be written.
        """
        from index.labellers import replacing
        from index.rebuild import relabel_all
        from index.teaching import train

        with self._writing():
            folder = self.store.path.parent
            with replacing(folder) as new:
                training = train(
                    new,
                    corrected=self.examples(),
                    further=[Path(one) for one in further],
                    current=_current(folder),
                )
            relabel_all(self.store)
            self._publish(rebuild=True)
        return training

    def label_quality(self) -> dict[str, Any] | None:
        """How well the labeller in use gives each label, as ``mingjian train`` measured it; None where unknown."""
        from index.labellers import own_folder
        from index.teaching import read_quality
        from nlp.learned import MODELS

        return read_quality(own_folder(self.store.path.parent) or MODELS)

    @staticmethod
    def label_agreement() -> dict[str, float]:
        """Label → Cohen's κ of the two people who labelled each of our own lines, blind to each other."""
        from index.teaching import agreement

        return agreement()

    def export_labels(self, path: str | Path) -> int:
        """Write :meth:`examples` as JSON lines in the form of ``corpora/labelled``; gives the number of lines.

        Raises:
            MingjianError: the file cannot be written.
        """
        from index.labelreads import examples

        lines = [
            {
                "id": statement,
                "author": example.author,
                "text": example.text,
                "kind": example.kind,
                "labels": list(example.labels),
                "at": at,
            }
            for statement, example, at in examples(self.store)
        ]
        _write_whole(Path(path), "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        return len(lines)


def _current(archive: Path) -> Labeller:
    """The labeller until now; the package's where the archive's own is damaged, which training mends."""
    from index.labellers import labeller_of
    from nlp.labelling import default_labeller
    from nlp.linear import ModelError

    try:
        return labeller_of(archive)
    except ModelError:
        return default_labeller()


def _several(given: Iterable[str] | str) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _write_whole(path: Path, text: str) -> None:
    """The file appears whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise MingjianError(f"{path}：写不进去（{because(error)}）") from error
    finally:
        beside.unlink(missing_ok=True)
