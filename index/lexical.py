"""BM25 over words and over character 2-grams: tantivy for a generation, plain Python for the few rows after it.

Both use one formula (k1 1.2, b 0.75, idf = ln(1 + (N - n + ½) / (n + ½))) and the collection's own counts, so
that their scores can be merged.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count as counting
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backends.halves import link
from index.tokens import gram_tokens, word_tokens
from nlp.errors import MingjianError

FIELDS = ("words", "grams")
TOKENIZERS: Mapping[str, Callable[[str], list[str]]] = {"words": word_tokens, "grams": gram_tokens}
FACETS = "facets"
COUNTS = "counts.json"
K1, B = 1.2, 0.75
HEAP = 128_000_000  # bytes that the writer may use
SMALL_SET = 500  # allowed rows that are named in the query itself
MUCH = 0.13  # share of the rows from which a filter is left to the sieve; at .09 facets are faster, at .18 the sieve
LITTLE = 1_000_000  # bytes free on a disk that is taken for full where writing to it failed
_SYSTEM = re.compile(r"\(os error (\d+)\)")
DEEPER = 8  # times the hits taken where too few of them went through the sieve

Terms = Sequence[tuple[str, float]]  # token, weight
Found = tuple[NDArray[np.int64], NDArray[np.float64]]  # positions, scores; best first, ties by position


def _empty() -> Found:
    return np.zeros(0, np.int64), np.zeros(0, np.float64)


def build(folder: Path, texts: Iterable[str | tuple[str, str]], positions: Iterable[int] | None = None) -> None:
    """Write an index of texts.

    Args:
        folder: a new folder.
        texts: texts, or texts with their facets: words without blanks that a search may ask for, parted by blanks.
        positions: what each text is known by, rising; None: 0, 1, 2 …

    Raises:
        OSError: the disk is full.
    """
    import tantivy

    folder.mkdir(parents=True)
    schema = tantivy.SchemaBuilder()
    for field in FIELDS:
        schema.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    schema.add_text_field(FACETS, tokenizer_name="whitespace", index_option="basic")
    schema.add_integer_field("position", indexed=True, fast=True)
    with _explained(folder):
        index = tantivy.Index(schema.build(), path=str(folder))
    _fill(folder, index, texts, {"documents": 0, **dict.fromkeys(FIELDS, 0), FACETS: 1}, positions)


def extend(
    before: Path, folder: Path, texts: Iterable[str | tuple[str, str]], positions: Iterable[int] | None = None
) -> None:
    """Write an index of another one's texts and more behind them; the segments there are only linked.

    ``positions`` as in :func:`build`; None: on from the number of texts that are there.

    Raises:
        OSError: the disk is full, a file is missing.
    """
    import tantivy

    folder.mkdir(parents=True)
    for path in before.iterdir():
        if path.suffix != ".lock" and path.name != COUNTS:
            link(path, folder / path.name)
    counts = json.loads((before / COUNTS).read_text(encoding="utf-8"))
    with _explained(folder):
        index = tantivy.Index.open(str(folder))
    _fill(folder, index, texts, counts, positions)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """What tantivy calls a ValueError as the OSError that it is; its own threads tell nothing but that they ended."""
    try:
        yield
    except ValueError as error:
        told = _SYSTEM.search(str(error))
        full = shutil.disk_usage(folder).free < LITTLE
        raise OSError(int(told[1]) if told else errno.ENOSPC if full else errno.EIO, str(error)) from error


def _fill(
    folder: Path,
    index: Any,
    texts: Iterable[str | tuple[str, str]],
    counts: dict[str, int],
    positions: Iterable[int] | None,
) -> None:
    import tantivy

    from index.cutting import cut_all  # brings what a search has no need of

    known = counting(counts["documents"]) if positions is None else positions
    faceted = bool(counts.get(FACETS))
    facets: deque[str] = deque()  # of the texts that are being cut
    with _explained(folder):
        writer = index.writer(heap_size=HEAP, num_threads=1)
        for position, cut in zip(known, cut_all(_texts(texts, facets)), strict=False):
            fields = {"words": cut.words, "grams": cut.grams}
            of_text = facets.popleft()
            if faceted:
                fields[FACETS] = of_text
            writer.add_document(tantivy.Document(position=position, **fields))
            counts["documents"] += 1
            counts["words"] += cut.word_count
            counts["grams"] += cut.gram_count
        writer.commit()
        writer.wait_merging_threads()
    (folder / COUNTS).write_text(json.dumps(counts), encoding="utf-8")


def _texts(given: Iterable[str | tuple[str, str]], facets: deque[str]) -> Iterator[str]:
    """The texts; what stands beside each is put aside."""
    for one in given:
        text, beside = (one, "") if isinstance(one, str) else one
        facets.append(beside)
        yield text


def _double(folder: Path) -> TemporaryDirectory[str]:
    """A folder of links to an index's files (copies where links are not allowed), gone with the object."""
    double = TemporaryDirectory(prefix="mingjian-", ignore_cleanup_errors=True)
    for path in folder.iterdir():
        if path.suffix == ".lock":
            continue
        target = Path(double.name) / path.name
        try:
            target.symlink_to(path.resolve())
        except OSError:
            shutil.copyfile(path, target)
    return double


_DAMAGED = (ValueError, OSError, KeyError, TypeError, IndexError)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """What tantivy reports of a damaged file, by errors or by its own panics, which are no :class:`Exception`."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, _DAMAGED) or type(error).__name__ == "PanicException":
            raise MingjianError(f"{folder}：词索引无法读取，请运行：mingjian rebuild") from error
        raise


class Lexicon:
    """An index that :func:`build` wrote."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raises MingjianError where it cannot be read."""
        import tantivy

        self._t = tantivy
        self._folder = folder
        # To open an index tantivy makes a lock file in its folder; of one that cannot be written, a double is used.
        self._double = None if os.access(folder, os.W_OK) else _double(folder)
        with _reading(folder):
            self._index = tantivy.Index.open(self._double.name if self._double else str(folder))
            self._searcher = self._index.searcher()
            counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
            self.size = int(counts["documents"])
            self.totals: dict[str, int] = {field: int(counts[field]) for field in FIELDS}
            self._faceted = bool(counts.get(FACETS))
        if self._searcher.num_docs != self.size:
            raise MingjianError(f"{folder}：词索引不完整，请运行：mingjian rebuild")

    def frequency(self, field: str, token: str) -> int:
        """In how many texts a token stands."""
        with _reading(self._folder):
            return int(self._searcher.doc_freq(field, token))

    def search(
        self,
        field: str,
        terms: Terms,
        k: int,
        allowed: NDArray[np.bool_] | None,
        facets: Sequence[Sequence[str]] = (),
        kept: int | None = None,
        enough: int | None = None,
    ) -> Found:
        """The k best of the allowed positions that hold any of the terms.

        ``facets``: of each group every allowed text has one; they say where to look, ``allowed`` decides. ``kept``: how
        many of the index's texts are allowed, where it has not all positions or that is known. ``enough``: if so many
        of the best go through the sieve, the k-th is not looked for far down.
        """
        clauses = [(self._t.Occur.Should, self._term(field, token, weight)) for token, weight in terms]
        if not clauses or k <= 0:
            return _empty()
        query = self._t.Query.boolean_query(clauses)
        if allowed is None:
            return self._run(query, k)
        kept = int(np.count_nonzero(allowed)) if kept is None else kept
        if not kept:
            return _empty()
        if kept <= SMALL_SET:
            return self._run(self._among(query, np.flatnonzero(allowed)), k)
        faceted = bool(facets) and self._faceted
        # Without facets the index may pass by what scores too little, so a filter that keeps much is better sieved.
        narrow = faceted and kept < MUCH * self.size
        depth = self._depth(k, kept, facets if narrow else ())
        while True:
            depth = min(depth, self.size)  # all there is: there are no more to be had
            positions, scores = self._run(self._with_facets(query, facets) if narrow else query, depth)
            with _reading(self._folder):
                sieved = allowed[positions]
            wanted = k if enough is None else enough
            if len(positions) < depth or depth == self.size or np.count_nonzero(sieved) >= wanted:
                return positions[sieved][:k], scores[sieved][:k]
            narrow, depth = faceted, self._depth(k, kept, facets) if faceted and not narrow else DEEPER * depth

    def _depth(self, k: int, kept: int, facets: Sequence[Sequence[str]]) -> int:
        """How many to ask for, to be left with k of ``kept`` allowed texts after the sieve."""
        within = float(self.size)
        for group in facets:  # as if one told nothing of the other
            within *= min(1.0, sum(self.frequency(FACETS, one) for one in group) / self.size)
        return math.ceil(2.0 * k * max(1.0, within / kept)) + 100

    def _with_facets(self, query: Any, facets: Sequence[Sequence[str]]) -> Any:
        """The query where a text has one facet of each group, its scores as they were."""
        must = [(self._t.Occur.Must, query)]
        for group in facets:
            terms = [self._t.Query.term_query(self._index.schema, FACETS, one, "basic") for one in group]
            one = (
                terms[0] if len(terms) == 1 else self._t.Query.boolean_query([(self._t.Occur.Should, t) for t in terms])
            )
            must.append((self._t.Occur.Must, self._t.Query.const_score_query(one, 0.0)))
        return self._t.Query.boolean_query(must)

    def holding_all(
        self,
        field: str,
        tokens: Sequence[str],
        limit: int,
        allowed: NDArray[np.bool_] | None = None,
        facets: Sequence[Sequence[str]] = (),
        kept: int | None = None,
    ) -> NDArray[np.int64]:
        """Allowed positions (ascending) of texts that hold every token; where more than ``limit`` do, the best of them.

        ``facets`` and ``kept`` as in :meth:`search`.
        """
        clauses = [(self._t.Occur.Must, self._term(field, token, 1.0)) for token in tokens]
        if not clauses:
            return np.zeros(0, np.int64)
        query = self._t.Query.boolean_query(clauses)
        if allowed is None:
            return np.sort(self._run(query, limit)[0])
        kept = int(np.count_nonzero(allowed)) if kept is None else kept
        if kept <= SMALL_SET:
            query = self._among(query, np.flatnonzero(allowed))
        elif facets and self._faceted:
            query = self._with_facets(query, facets)
        elif kept <= limit:
            query = self._among(query, np.flatnonzero(allowed))
        positions = self._run(query, limit)[0]
        with _reading(self._folder):
            return np.sort(positions[allowed[positions]])

    def _term(self, field: str, token: str, weight: float) -> Any:
        term = self._t.Query.term_query(self._index.schema, field, token, "freq")
        return term if weight == 1.0 else self._t.Query.boost_query(term, weight)

    def _among(self, query: Any, positions: NDArray[np.int64]) -> Any:
        """The query, on these positions only, its scores as they were."""
        among = self._t.Query.term_set_query(self._index.schema, "position", positions.tolist())
        silent = self._t.Query.const_score_query(among, 0.0)
        return self._t.Query.boolean_query([(self._t.Occur.Must, silent), (self._t.Occur.Must, query)])

    def _run(self, query: Any, k: int) -> Found:
        with _reading(self._folder):
            hits = self._searcher.search(query, k, count=False).hits
            if not hits:
                return _empty()
            found = self._searcher.fast_field_values("position", [address for _, address in hits])
            positions = np.array(found, dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float64)
        order = np.lexsort((positions, -scores))
        return positions[order], scores[order]


class SmallLexicon:
    """BM25 over a few texts in memory, scored as part of a larger collection."""

    def __init__(self, tokens: Sequence[Mapping[str, Sequence[str]]], larger: Lexicon | None) -> None:
        """``tokens``: for each text its tokens by field."""
        self.size = len(tokens)
        self._larger = larger
        self._postings: dict[str, dict[str, list[tuple[int, int]]]] = {field: {} for field in FIELDS}
        self._lengths = {field: np.array([len(t[field]) for t in tokens], np.float64) for field in FIELDS}
        for position, by_field in enumerate(tokens):
            for field in FIELDS:
                postings = self._postings[field]
                for token, count in Counter(by_field[field]).items():
                    postings.setdefault(token, []).append((position, count))

    def frequency(self, field: str, token: str) -> int:
        """In how many of the few texts a token stands."""
        return len(self._postings[field].get(token, ()))

    def search(self, field: str, terms: Terms, k: int, allowed: NDArray[np.bool_] | None) -> Found:
        """The k best of the allowed positions that hold any of the terms."""
        if not self.size:
            return _empty()
        documents, average = self._collection(field)
        scores = np.zeros(self.size)
        for token, weight in terms:
            postings = self._postings[field].get(token)
            if not postings:
                continue
            larger = self._larger.frequency(field, token) if self._larger else 0
            holding = larger + len(postings)
            idf = math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
            places, counts = np.array(postings, dtype=np.int64).T
            norm = K1 * (1 - B + B * self._lengths[field][places] / average)
            scores[places] += weight * idf * counts * (K1 + 1) / (counts + norm)
        hit = scores > 0 if allowed is None else (scores > 0) & allowed
        positions = np.flatnonzero(hit)
        order = np.lexsort((positions, -scores[positions]))[:k]
        return positions[order], scores[positions[order]]

    def _collection(self, field: str) -> tuple[int, float]:
        """Number of texts and their mean length, the larger collection included."""
        documents, total = self.size, float(self._lengths[field].sum())
        if self._larger is not None:
            documents += self._larger.size
            total += self._larger.totals[field]
        return documents, max(total / max(documents, 1), 1.0)
