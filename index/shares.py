"""The arithmetic of shares: intervals, a test for trend, and control of false discoveries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

Z95 = 1.959963984540054


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of ``successes / n``; (0, 1) where ``n`` is 0: nothing is known."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def cochran_armitage(successes: Sequence[int], totals: Sequence[int], times: Sequence[float]) -> float:
    """The z value of the Cochran–Armitage test for a linear trend in shares; 0.0 where it is undefined.

    Positive: the share rises with ``times``. All three sequences have one entry a group.
    """
    n, hits = sum(totals), sum(successes)
    if n == 0 or hits in (0, n):
        return 0.0
    share = hits / n
    score = sum(t * (s - m * share) for s, m, t in zip(successes, totals, times, strict=True))
    mean_time = sum(m * t for m, t in zip(totals, times, strict=True)) / n
    spread = sum(m * (t - mean_time) ** 2 for m, t in zip(totals, times, strict=True))
    variance = share * (1 - share) * spread
    return score / math.sqrt(variance) if variance > 0 else 0.0


def p_value(z: float) -> float:
    """Two-sided p value of a standard normal ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))


def discoveries(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of the tests stay significant under Benjamini–Hochberg control at ``rate``, in input order."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    kept = 0
    for rank, i in enumerate(order, start=1):
        if p_values[i] <= rate * rank / len(p_values):
            kept = rank
    significant = set(order[:kept])
    return [i in significant for i in range(len(p_values))]


def log_odds_ratio(
    first: tuple[int, int], second: tuple[int, int], background: float, strength: float
) -> tuple[float, float]:
    """The log-odds ratio of two shares under an informative Dirichlet prior, and its z value.

    Args:
        first: (successes, n) of the one group.
        second: the same of the other.
        background: the share that both are shrunk towards, strictly between 0 and 1.
        strength: how many cases the prior weighs.

    Returns:
        The ratio (above 0: more in the first) and the ratio over its standard error (Monroe and others, 2008).
    """
    ratio = variance = 0.0
    for sign, (successes, n) in ((1, first), (-1, second)):
        yes = successes + strength * background
        no = n - successes + strength * (1 - background)
        ratio += sign * math.log(yes / no)
        variance += 1 / yes + 1 / no
    return ratio, ratio / math.sqrt(variance)


def association(both: int, first: int, second: int, n: int) -> tuple[float, float]:
    """How much more often two things come together than by chance: lift, and z of the hypergeometric count.

    Args:
        both: cases that have both.
        first: cases that have the first, at least one.
        second: cases that have the second, at least one.
        n: all cases.
    """
    expected = first * second / n
    variance = expected * (n - first) * (n - second) / (n * (n - 1)) if n > 1 else 0.0
    z = (both - expected) / math.sqrt(variance) if variance > 0 else 0.0
    return both / expected, z


def fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The two-sided p value of Fisher's exact test that two shares are one.

    Args:
        first: (successes, n) of the one group.
        second: the same of the other.
    """
    (a, n), (b, m) = first, second
    hits = a + b
    logs = _log_factorials(n + m)
    fixed = logs[n] + logs[m] + logs[hits] + logs[n + m - hits] - logs[n + m]

    def log_probability(k: int) -> float:
        return fixed - logs[k] - logs[n - k] - logs[hits - k] - logs[m - hits + k]

    seen = log_probability(a) + 1e-7  # what is as likely as the seen counts up to rounding
    every = map(log_probability, range(max(0, hits - m), min(n, hits) + 1))
    return min(1.0, math.fsum(math.exp(one) for one in every if one <= seen))


@lru_cache(maxsize=8)
def _log_factorials(n: int) -> list[float]:
    """Log 0!, log 1!, …, log n!."""
    return [0.0, *accumulate(math.log(k) for k in range(1, n + 1))]
