"""The bound holds where a normal one does not, and is not so wide that it is of no use."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.tuning.bounds import exceeds, least_queries, lower_bound

Draw = Callable[[np.random.Generator, float, int], NDArray[np.float64]]


def tenths(random: np.random.Generator, mean: float, count: int) -> NDArray[np.float64]:
    """Ten neighbours, each found or not."""
    return random.binomial(10, mean, count) / 10


def all_or_nothing(random: np.random.Generator, mean: float, count: int) -> NDArray[np.float64]:
    """A few queries find nothing at all."""
    return (random.random(count) < mean).astype(np.float64)


def rare_misses(random: np.random.Generator, mean: float, count: int) -> NDArray[np.float64]:
    """Nearly all find everything, some miss a quarter."""
    return np.where(random.random(count) < 4 * (1 - mean), 0.75, 1.0)


def skewed(random: np.random.Generator, mean: float, count: int) -> NDArray[np.float64]:
    return random.beta(0.5 * mean / (1 - mean), 0.5, count)


DRAWS = [tenths, all_or_nothing, rare_misses, skewed]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("mean", "count"), [(0.98, 150), (0.98, 600), (0.9, 200), (0.995, 400)])
def test_the_bound_is_above_the_mean_in_one_of_twenty_at_most(draw: Draw, mean: float, count: int) -> None:
    random, runs = np.random.default_rng(3), 400
    missed = sum(exceeds(draw(random, mean, count), mean, 0.05) for _ in range(runs))
    # 99.9 % of runs at exactly 5 % have at most 34.
    assert missed <= 34


def test_a_normal_bound_would_promise_too_much() -> None:
    random, runs, missed = np.random.default_rng(3), 400, 0
    for _ in range(runs):
        values = all_or_nothing(random, 0.995, 150)
        missed += values.mean() - 1.645 * values.std(ddof=1) / np.sqrt(len(values)) >= 0.995
    assert missed / runs > 0.3


@pytest.mark.parametrize("draw", [tenths, rare_misses])
def test_a_recall_that_is_one_point_better_is_shown_by_some_hundred_queries(draw: Draw) -> None:
    random = np.random.default_rng(5)
    shown = [exceeds(draw(random, 0.99, 600), 0.98, 0.05) for _ in range(60)]
    assert np.mean(shown) > 0.9


@pytest.mark.parametrize("error", [0.05, 0.005])
def test_the_bound_is_where_the_test_turns(error: float) -> None:
    values = tenths(np.random.default_rng(1), 0.97, 300)
    bound = lower_bound(values, error)
    assert 0.9 < bound < values.mean()
    assert exceeds(values, bound - 1e-6, error)
    assert not exceeds(values, bound + 1e-6, error)


def test_more_certainty_costs_width() -> None:
    values = tenths(np.random.default_rng(1), 0.97, 300)
    assert lower_bound(values, 0.001) < lower_bound(values, 0.05)


def test_nothing_shows_nothing() -> None:
    assert lower_bound([], 0.05) == 0.0
    assert not exceeds([], 0.01, 0.05)
    assert lower_bound([0.0] * 50, 0.05) < 1e-6


@pytest.mark.parametrize(("target", "error"), [(0.9, 0.05), (0.98, 0.05), (0.99, 0.01)])
def test_the_fewest_queries_are_just_enough(target: float, error: float) -> None:
    least = least_queries(target, error)
    assert exceeds([1.0] * least, target, error)
    assert not exceeds([1.0] * (least - 1), target, error)
    # No bound at all can do with fewer: with probability target ** n all of n queries find everything by luck.
    assert least >= np.log(error) / np.log(target)
