"""From a file to a report: the pipeline, read top to bottom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.checks import run_checks
from nlp.metadata import read_metadata
from nlp.pairing import pair
from nlp.passages import cut_passages
from nlp.reading import read
from nlp.records import Document, Report, Statement
from nlp.sections import split_sections
from nlp.statements import cut
from nlp.statistics import extract
from nlp.taxonomy import Taxonomy
from nlp.traditional import simplified

if TYPE_CHECKING:
    from nlp.labelling import Labeller

FORM_WARNINGS = {"2019": "form_2019", "2021": "form_2021", "free": "form_old"}


def parse_file(path: Path, labeller: Labeller | None = None) -> Report:
    """Read one file as a report.

    Raises:
        UnreadableReport: the file cannot be read as a report; the message names it and says why.
    """
    return parse_document(read(path), labeller)


def parse_document(document: Document, labeller: Labeller | None = None) -> Report:
    """Understand a document: sections, metadata, tables, statements with labels, pairs, checks, warnings.

    Without a ``labeller`` the built-in one is used.
    """
    document = simplified(document)
    split = split_sections(document)
    metadata = read_metadata(document, split)
    statistics = extract(document, split)
    cut_five = cut(split, document.text)
    statements = label_statements(cut_five.statements, labeller)
    checks = run_checks(statistics, document.text)
    failed = [f"check_failed:{check.rule}" for check in checks if check.status == "fail"]
    warnings = [
        *document.warnings,
        *metadata.warnings,
        FORM_WARNINGS[statistics.form],
        *split.warnings,
        *statistics.warnings,
        *cut_five.warnings,
        *failed,
    ]
    return Report(
        source=document.source,
        text=document.text,
        metadata=metadata,
        form=statistics.form,
        sections=split.sections,
        statistics=statistics,
        statements=statements,
        passages=cut_passages(split, document.text),
        pairs=pair(statements, Taxonomy.load()),
        none_stated=cut_five.none_stated,
        checks=checks,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def label_statements(statements: tuple[Statement, ...], labeller: Labeller | None = None) -> tuple[Statement, ...]:
    """Give each statement its labels."""
    from nlp.labelling import default_labeller

    labeller = labeller or default_labeller()
    labels = labeller.label_many([(s.text, s.kind) for s in statements])
    return tuple(replace(s, labels=found) for s, found in zip(statements, labels, strict=True))
