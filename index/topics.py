"""Topics beyond the taxonomy, over an archive: which clusters of statements recur, which are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from index.insight import comparable, label_shares
from index.reads import Reads, StatementRow
from index.records import Filter, Representative, Topic, Topics
from index.shares import p_value
from nlp.segment import stop_phrases, words
from nlp.topics import Cluster, discover

REPRESENTATIVES = 3
RECENT_YEARS = 2
GROWTH = 2.0  # an emerging topic's share of the recent years is at least so many times the earlier one
FEWEST_RECENT = 5
CERTAINTY = 0.05


def topics(store: Reads, where: Filter) -> Topics:
    """Labels with their shares, and discovered topics of problems and of measures, by falling size."""
    with store.snapshot():
        reports, labels = label_shares(store, where)
        counted, _ = comparable(store, where)
        found: list[Topic] = []
        loose = total = 0.0
        for kind in where.kind or ("problem", "measure"):
            statements = store.statements(replace(counted, kind=(kind,)), current_only=True)
            some, share = _of_kind(store, statements, kind)
            found += some
            loose += share * len(statements)
            total += len(statements)
    found.sort(key=lambda topic: (-topic.size, topic.id))
    return Topics(where, reports, labels, tuple(found), round(loose / total, 4) if total else 0.0)


def _of_kind(store: Reads, statements: Sequence[StatementRow], kind: str) -> tuple[list[Topic], float]:
    """The topics of one kind and the share of its statements that belong to none."""
    ordered = sorted(statements, key=lambda s: s.id)
    discovery = discover(
        [s.text for s in ordered],
        store.vectors([s.row for s in ordered]),
        [s.agency or s.report for s in ordered],
        words,
        stop_phrases(),
    )
    by_year = Counter(s.year for s in ordered if s.year is not None)
    return [_topic(cluster, ordered, by_year, kind) for cluster in discovery.clusters], discovery.unassigned


def _topic(cluster: Cluster, ordered: Sequence[StatementRow], by_year: Mapping[int, int], kind: str) -> Topic:
    members = [ordered[i] for i in cluster.members]
    digest = blake2b("\n".join(sorted(m.id for m in members)).encode(), digest_size=4).hexdigest()
    years = Counter(m.year for m in members if m.year is not None)
    return Topic(
        id=f"t-{digest}",
        name=cluster.name,
        size=len(members),
        by_year={str(year): years[year] for year in sorted(years)},
        emerging=is_emerging(years, by_year),
        representatives=_representatives(members),
        kind=kind,
    )


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


def is_emerging(years: Mapping[int, int], all_years: Mapping[int, int]) -> bool:
    """Whether a topic's share of statements in the last two years clearly exceeds what it was before.

    Args:
        years: statements of the topic by year.
        all_years: statements of any topic or none by year.
    """
    if len(all_years) <= RECENT_YEARS:
        return False
    recent_years = sorted(all_years)[-RECENT_YEARS:]
    recent = sum(years.get(y, 0) for y in recent_years)
    recent_all = sum(all_years[y] for y in recent_years)
    before = sum(years.values()) - recent
    before_all = sum(all_years.values()) - recent_all
    if recent < FEWEST_RECENT or not before_all or recent / recent_all < GROWTH * before / before_all:
        return False
    pooled = (recent + before) / (recent_all + before_all)
    spread = (pooled * (1 - pooled) * (1 / recent_all + 1 / before_all)) ** 0.5
    return spread > 0 and p_value((recent / recent_all - before / before_all) / spread) < CERTAINTY
