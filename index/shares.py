"""The arithmetic of shares: intervals, a test for trend, and control of false discoveries."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
