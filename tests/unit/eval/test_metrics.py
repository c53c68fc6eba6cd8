import pytest

from eval.metrics import estimate, first_rank, hit_at, median, percentile, reciprocal_rank


def test_first_rank_counts_from_one() -> None:
    assert first_rank([False, False, True, True]) == 3


def test_first_rank_is_none_without_a_relevant_result() -> None:
    assert first_rank([False, False]) is None


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (5, 1.0), (6, 0.0), (None, 0.0)])
def test_hit_at_five(rank: int | None, expected: float) -> None:
    assert hit_at(rank, 5) == expected


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (4, 0.25), (10, 0.1), (11, 0.0), (None, 0.0)])
def test_reciprocal_rank_at_ten(rank: int | None, expected: float) -> None:
    assert reciprocal_rank(rank, 10) == expected


def test_estimate_has_the_mean_within_its_interval() -> None:
    found = estimate([1.0, 0.0, 1.0, 1.0])

    assert found.mean == 0.75
    assert 0.0 <= found.low < 0.75 < found.high <= 1.0


def test_estimate_is_the_same_every_time() -> None:
    values = [1.0 / rank for rank in range(1, 51)]

    assert estimate(values) == estimate(values)
    assert estimate(values, seed=1) != estimate(values, seed=2)


def test_interval_of_half_of_a_hundred_is_about_a_tenth_either_way() -> None:
    found = estimate([0.0, 1.0] * 50)

    assert found.low == pytest.approx(0.4, abs=0.02)
    assert found.high == pytest.approx(0.6, abs=0.02)


def test_interval_of_equal_values_is_a_point() -> None:
    found = estimate([0.5, 0.5, 0.5])

    assert (found.low, found.mean, found.high) == (0.5, 0.5, 0.5)


def test_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5


def test_percentile_is_one_of_the_values() -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], 95) == 95.0
