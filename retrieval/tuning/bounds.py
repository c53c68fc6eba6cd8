"""How sure a mean is: a lower confidence bound for values between 0 and 1.

Recalls of single queries are bounded, skewed, and mostly exactly 1. There a bound from the normal distribution promises
too much: a sample without a single miss has no spread at all, and would prove any target. The bound here holds for
every distribution on [0, 1] and every number of queries, and still gains from a small variance.

It is the betting bound of Waudby-Smith and Ramdas ("Estimating means of bounded random variables by betting", Journal
of the Royal Statistical Society B 86, 2024): somebody who doubts that the mean is above `m` lets one bet on each
value at fair odds. Whoever starts with 1 and never bets what they do not have owns, at any time, more than `1 / error`
with a probability of at most `error` if the mean is `m` or less (Ville's inequality). So where the capital gets there,
the mean is above `m`.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MOST_STAKED = 0.9
"""Share of the capital that a bet may lose."""
STEPS = 40
"""Halvings of the interval in which the bound is looked for: more than double precision tells apart at 1e-12."""


def exceeds(values: Sequence[float] | Values, mean: float, error: float) -> bool:
    """Is the mean of what the values are drawn from above `mean`, but for a chance of `error`?

    Args:
        values: In [0, 1], drawn independently from one distribution, in the order in which they were drawn.
        mean: In (0, 1).
        error: The chance of saying yes where it is not, in (0, 1).
    """
    found = np.asarray(values, dtype=np.float64)
    return bool(len(found)) and _capital(found, _stakes(found, error), mean) >= -math.log(error)


def lower_bound(values: Sequence[float] | Values, error: float) -> float:
    """The largest mean that the values `exceed`, to about 1e-9; 0 where there are none.

    With a probability of at least 1 - `error` the mean of what they are drawn from is at or above it.
    """
    found = np.asarray(values, dtype=np.float64)
    if not len(found):
        return 0.0
    stakes, wanted = _stakes(found, error), -math.log(error)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _capital(found, stakes, middle) >= wanted:
            low = middle
        else:
            high = middle
    return low


def least_queries(target: float, error: float) -> int:
    """How many queries can show that the mean recall is above `target`, at best: where all of them find everything."""
    low, high = 0, 64
    while not exceeds(np.ones(high), target, error):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if exceeds(np.ones(middle), target, error) else (middle, high)
    return high


def _stakes(values: Values, error: float) -> Values:
    """What is bet on each value, from the ones before it: large where they hardly vary (equation 26 of the paper)."""
    count = len(values)
    seen = np.arange(1, count + 1)
    means = (0.5 + np.cumsum(values)) / (seen + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (seen + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    stakes: Values = np.sqrt(2 * math.log(1 / error) / (count * before))
    return stakes


def _capital(values: Values, stakes: Values, mean: float) -> float:
    """Logarithm of the largest capital reached by betting that the values are above `mean`; it falls with `mean`."""
    bets = np.minimum(stakes, MOST_STAKED / mean)
    return float(np.cumsum(np.log1p(bets * (values - mean))).max())
