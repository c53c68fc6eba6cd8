"""Measures of a ranking, and how sure one can be of their mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
SEED = 20_260


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % confidence interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def first_rank(relevant: Iterable[bool]) -> int | None:
    """The rank, from 1, of the first relevant result; `None` where there is none."""
    return next((rank for rank, one in enumerate(relevant, start=1) if one), None)


def hit_at(rank: int | None, k: int) -> float:
    """1.0 when the first relevant result is among the `k` best, else 0.0."""
    return float(rank is not None and rank <= k)


def reciprocal_rank(rank: int | None, k: int) -> float:
    """One over the rank of the first relevant result, 0.0 beyond rank `k` (MRR@k is its mean)."""
    return 1.0 / rank if rank is not None and rank <= k else 0.0


def estimate(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> Estimate:
    """The mean of a sample with its percentile bootstrap interval (Efron, 1979).

    Args:
        values: One value a question, at least one.
        resamples: How many samples are drawn with replacement.
        seed: Of the random numbers: the same values give the same interval.
    """
    sample = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(sample), size=(resamples, len(sample)))
    low, high = np.percentile(sample[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high))


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    return float(np.median(np.asarray(values, dtype=np.float64)))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` per cent of the values do not exceed (nearest rank).

    >>> percentile([4.0, 1.0, 3.0, 2.0], 95)
    4.0
    """
    return float(np.percentile(np.asarray(values, dtype=np.float64), share, method="inverted_cdf"))
