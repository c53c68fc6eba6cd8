"""Which settings are worth having: those that no other one of the index beats in both recall and speed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def frontier(points: Sequence[Mapping[str, Any]], measure: str = "p50") -> list[Mapping[str, Any]]:
    """The Pareto-optimal points, lowest recall first.

    Args:
        points: Each with a `recall` and the measure.
        measure: Milliseconds, of which less is better, or `qps`, of which more is better.
    """
    sign = -1.0 if measure == "qps" else 1.0
    best, kept = math.inf, []
    for point in sorted(points, key=lambda one: (-one["recall"], sign * one[measure])):
        if sign * point[measure] < best:
            best = sign * point[measure]
            kept.append(point)
    return kept[::-1]


def place(recall: float, most: float) -> float:
    """Where a recall stands on an axis whose steps are .9, .99, .999: -log10(1 - recall), at most `most`."""
    return most if recall >= 1.0 else min(most, -math.log10(1.0 - recall))


def end(searches: int, k: int) -> float:
    """Where recall 1 stands on that axis: half a hit missed of all."""
    return math.log10(2.0 * searches * k)
