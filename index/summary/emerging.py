"""What a summary tells of topics beyond the labels that are new or growing."""

from __future__ import annotations

from dataclasses import replace

from index.records import Topic, Topics
from index.summary.gather import Material
from index.summary.wording import Ledger, define, of_reports, say, shortened, who, word
from index.topics import topics

TOLD = 3


class Emerging:
    """Writes of the topics that emerge; a sentence that was quoted before is not quoted again."""

    def __init__(self, material: Material, ledger: Ledger, quoted: set[str]) -> None:
        self._material, self._ledger, self._quoted = material, ledger, quoted

    def write(self) -> list[str]:
        """The surest ones, or that there is none; nothing where there are no topics or no years to compare."""
        where = self._material.where
        found = topics(self._material.store, replace(self._material.counted, kind=where.kind, label=where.label))
        if found.since is None or not found.topics:
            return []
        if not found.emerging:
            group = word("from_year").format(year=found.since)
            mark = self._ledger.figure(define("emerging_tested"), len(found.topics), unit="个", group=group)
            return [say("no_emerging", n=f"{len(found.topics):,}", since=found.since, mark=mark, drawn=_drawn(found))]
        return [self._told(topic, _drawn(found)) for topic in found.emerging[:TOLD]]

    def _told(self, topic: Topic, drawn: str) -> str:
        growth = topic.growth
        assert growth is not None  # noqa: S101 - an emerging topic has one
        counts = {"from_year": (growth.recent, growth.recent_of), "before_year": (growth.before, growth.before_of)}
        recent, before = (
            {**of_reports(n, d), "mark": self._mark(topic, word(key).format(year=growth.since), n, d)}
            for key, (n, d) in counts.items()
        )
        return say(
            "emerging",
            name=topic.name,
            grew=word("grew_new" if growth.new else "grew_more"),
            since=growth.since,
            drawn=drawn,
            quoted=self._quote(topic),
            **recent,
            **{f"before_{key}": value for key, value in before.items()},
        )

    def _mark(self, topic: Topic, group: str, n: int, d: int) -> str:
        return self._ledger.figure(define("emerging", name=topic.name), n, d, group=group, interval=True)

    def _quote(self, topic: Topic) -> str:
        for one in topic.representatives:
            if one.text not in self._quoted:
                self._quoted.add(one.text)
                row = self._material.store.statement(one.id)
                mark = self._ledger.quotation(row)
                return say("emerging_quote", who=who(row), quote=shortened(row.text), mark=mark)
        return ""


def _drawn(found: Topics) -> str:
    """That only some of the reports were looked at, where so."""
    return word("drawn") if found.every > 1 else ""
