"""Topics beyond the taxonomy, over an archive: which clusters of statements recur, which are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from index.columns import kept_of
from index.drawing import drawn, one_in
from index.emerging import Emergence, emergence, emerging, first_recent_year
from index.insight import comparable, label_shares, reports_by_year
from index.reads import Reads, StatementRow
from index.records import Filter, Representative, Topic, Topics
from nlp.segment import stop_phrases, words
from nlp.topics import Cluster, discover

REPRESENTATIVES = 3
REMEMBERED = 32  # selections whose topics are remembered


def topics(store: Reads, where: Filter, since: int | None = None) -> Topics:
    """Labels with their shares, and discovered topics of problems and of measures, by falling size.

    Args:
        store: the archive's store.
        where: which statements; shares are of the reports that have a section five.
        since: topics new or growing from this year on are told as emerging; None: in the last two years, where
            there are more than two.

    Of more than :data:`index.drawing.MOST` statements of a kind those of one report in ``Topics.every`` are looked
    at; what topics count is counted in these. Labels are counted in all.
    """
    with store.snapshot():
        reports, labels = label_shares(store, where)
        counted, _ = comparable(store, where)
        by_year = reports_by_year(store, counted)
        start = first_recent_year(by_year, since)
        kinds = [kind for kind in ("problem", "measure") if kind in (where.kind or ("problem", "measure"))]
        every = one_in(store, counted, kinds)
        found: list[Topic] = []
        loose = total = 0.0
        for kind in kinds:
            some, share, count = _known(store, replace(counted, kind=(kind,)), by_year, start, every)
            found += some
            loose += share * count
            total += count
    found.sort(key=lambda topic: (-topic.size, topic.id))
    unassigned = round(loose / total, 4) if total else 0.0
    return Topics(where, reports, labels, tuple(found), unassigned, start, every)


def _known(
    store: Reads, where: Filter, by_year: Mapping[int, int], start: int | None, every: int
) -> tuple[list[Topic], float, int]:
    """The topics of one kind, the share of statements that belong to none, and the statements.

    They take seconds to find and a page, a summary and an export ask for the same ones: the last are remembered.
    """
    held, key = kept_of(store).topics, (store.sequence(), where, start, every)
    found: tuple[list[Topic], float, int] | None = held.pop(key, None)
    if found is None:
        sampled = None
        if every > 1:
            sampled, by_year = _sample(store, where, every)
        statements = store.statements(where, current_only=True, reports=sampled)
        some, share = _of_kind(store, statements, where.kind[0])
        found = _with_growth(some, by_year, start), share, len(statements)
    held[key] = found  # the last one asked for stands last
    for old in [*held][:-REMEMBERED]:
        held.pop(old, None)
    return found


def _sample(store: Reads, where: Filter, every: int) -> tuple[list[int], dict[int, int]]:
    """One report in so many: their rows, and how many of each year have a section five."""
    columns, kept = drawn(store, where, every)
    years = columns.counts("year", kept & (columns.numbers["has_issues"] == 1))
    return columns.rows[kept].tolist(), {int(year): count for year, count in years.items() if year is not None}


def _of_kind(
    store: Reads, statements: Sequence[StatementRow], kind: str
) -> tuple[list[tuple[Topic, list[StatementRow]]], float]:
    """The topics of one kind with their statements, and the share of statements that belong to none."""
    ordered = sorted(statements, key=lambda s: s.id)
    discovery = discover(
        [s.text for s in ordered],
        store.vectors([s.row for s in ordered]),
        [s.agency or s.report for s in ordered],
        words,
        stop_phrases(),
    )
    return [_topic(cluster, ordered, kind) for cluster in discovery.clusters], discovery.unassigned


def _topic(cluster: Cluster, ordered: Sequence[StatementRow], kind: str) -> tuple[Topic, list[StatementRow]]:
    members = [ordered[i] for i in cluster.members]
    digest = blake2b("\n".join(sorted(m.id for m in members)).encode(), digest_size=4).hexdigest()
    years = Counter(m.year for m in members if m.year is not None)
    topic = Topic(
        id=f"t-{digest}",
        name=cluster.name,
        size=len(members),
        by_year={str(year): years[year] for year in sorted(years)},
        emerging=False,
        representatives=_representatives(members),
        kind=kind,
        reports=len({m.report for m in members}),
    )
    return topic, members


def _with_growth(
    found: Sequence[tuple[Topic, list[StatementRow]]], by_year: Mapping[int, int], start: int | None
) -> list[Topic]:
    """Topics with their shares before and since a year, those that clearly grew marked."""
    if start is None:
        return [topic for topic, _ in found]
    growths = [_growth(members, by_year, start) for _, members in found]
    return [
        replace(topic, growth=growth, emerging=grew)
        for (topic, _), growth, grew in zip(found, growths, emerging(growths), strict=True)
    ]


def _growth(members: Sequence[StatementRow], by_year: Mapping[int, int], start: int) -> Emergence:
    stating = Counter(year for year, _ in {(m.year, m.report) for m in members} if year is not None)
    agencies = {m.agency or m.report for m in members if m.year is not None and m.year >= start}
    return emergence(stating, by_year, start, len(agencies))


def _representatives(members: Sequence[StatementRow]) -> tuple[Representative, ...]:
    """The most typical sentences, each from another agency and in other words."""
    chosen: list[StatementRow] = []
    for member in members:
        if all(member.agency != other.agency and _bare(member.text) != _bare(other.text) for other in chosen):
            chosen.append(member)
        if len(chosen) == REPRESENTATIVES:
            break
    return tuple(Representative(m.id, m.text, m.agency, m.year, m.report) for m in chosen)


def _bare(text: str) -> str:
    """A sentence without its closing marks, for telling repeats."""
    return text.rstrip("。；;，,.！")
