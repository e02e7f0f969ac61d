"""The numbers that decide behaviour, in one place. Times in seconds, sizes in bytes."""

from __future__ import annotations

FORMAT = 2  # of the archive's folder; a change of shape that old code cannot read raises it

# -- writing ------------------------------------------------------------------------------------------------
PAGES_CACHED = 32_768  # kB that a connection to SQLite may keep: halves what a search reads from a large store
PAGES_WRITING = 131_072  # kB that the one which writes may keep: new rows go all over the large indexes
LOGGED = 16_384  # pages (64 MB) in the write-ahead log before they go into the file: one changes many times till then
READERS = 4  # connections that read beside each other
BUSY_TIMEOUT = 30.0  # SQLite's own wait for a lock
EMPTY_TIMEOUT = 0.5  # the same for readers of an older state, whom the write-ahead log is kept for
LOCK_TIMEOUT = 30.0  # wait for another process that writes
FILE_TIMEOUT = 20.0  # reading and understanding one file
OCR_TIMEOUT = 300.0  # the same where it may be pictures of pages and the OCR extra is there: seconds a page
START_TIMEOUT = 120.0  # until a parsing process is ready
STORE_HASH_LIMIT = 512 * 1024 * 1024  # above this the whole file's checksum is only taken with a new generation

# -- generations --------------------------------------------------------------------------------------------
FLAT_LIMIT = 50_000  # rows up to which vectors are searched one by one
TAIL_MIN, TAIL_MAX, TAIL_SHARE = 64, 4_000, 0.05  # rows outside the generation before the next one is built
EXTEND_FROM = 5_000  # rows from which the next generation continues the one before …
GAPS_SHARE = 0.1  # … unless so many of its rows went …
CAME_SHARE = 0.5  # … or so many came since its lists were found
SIDE_BY_SIDE = 1_000_000  # rows from which the rankings of a query run in threads
SETTLED = 20_000  # rows from which what chance looks like is measured once a generation
EXACT_SCAN = 10_000  # a filter that keeps fewer rows is scanned exactly
IVF_PROBE_SHARE = 1 / 36  # of the inverted lists, looked into without a filter
IVF_PROBE_GROWTH = 0.3  # with a filter that keeps 1/n of the rows, n to this power times as many
IVF_TRAIN, IVF_ROUNDS = 40, 10  # vectors a list that the lists are found from, and in how many rounds
IVF_MOST_LISTS = 4_096

# -- ranking ------------------------------------------------------------------------------------------------
READ = 1.0  # times DEPTH: candidates that are read, those best by ranks and nearness; development as with 0.8 and 1.5
DEPTH = 50  # candidates taken from each ranking, at least; development nDCG@10 .741, with 250 .742
RRF_DEPTH = 60
LIST_WEIGHTS = (2.0, 0.5, 0.75)  # by meaning, by words, by 2-grams
RANK_WEIGHTS = {
    "fused": 0.20,
    "cosine": 0.50,
    "coverage": 0.22,
    "labels": 0.12,
    "kind": 0.10,
    "points": 0.30,
    "remedy": 0.20,
    "against": 0.26,
}
REMEDY_SURE, REMEDY_SHORTEST = 0.82, 6  # chance from which, and characters from which, a question asks for measures
REMEDY_DOMAIN = (
    0.6  # … if it is this likely of the field: of others the model has seen none; development −.0006 against 0
)
POINTED = 16  # texts whose fine points are compared with the question's; development .7656, with 12 .7629, 24 .7651
SYNONYM_WEIGHT = 0.4  # of a synonym's words against the query's own
PASSAGE_SCORE = 0.6  # of a passage's score where passages were not asked for
SAME_TEXT = 0.85  # overlap of 2-grams from which two statements of one agency count as one
CACHED_QUERIES = 256
CACHED_FILTERS = 4  # masks of a byte a row
CACHED_CONDITIONS = 64  # of which filters are made: a bit a row

# -- no match -----------------------------------------------------------------------------------------------
# Read off the development judgments (mingjian evaluate search), asked of the sample and of 1.1 million statements. The
# threshold in use lies MARGIN above what off-topic questions reach in the archive at hand, between LEAST and MOST.
# Being of the field adds little, so that a statement must be near to count as a hit; being of another takes away much.
EVIDENCE = {"cosine": 0.95, "coverage": 0.05, "labels": 0.0, "domain": 0.15, "foreign": 0.6}
LABEL_COSINE = 0.5  # nearness from which a label in common counts in full
LEAST, MOST, MARGIN = 0.16, 0.5, 0.05
THRESHOLD = 0.36  # of an archive too small to be measured
MOST_ALIKE = 0.28
STRONG = 0.45

# -- related ------------------------------------------------------------------------------------------------
LIKE_PROBLEMS = 50  # problems whose measures are gathered

# -- comparing ----------------------------------------------------------------------------------------------
FEW = 5  # a share of fewer reports is marked
PRIOR_REPORTS = 4.0  # how many reports the whole archive's share weighs against a group's own
SIMILAR_TEXT = 0.4  # overlap of 2-grams from which an agency's sentence counts as last year's said again
