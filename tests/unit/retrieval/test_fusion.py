"""Joining rankings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import best_first, blend, reciprocal_rank_fusion, scaled
from retrieval.model import Scored

rankings = st.dictionaries(
    st.integers(1, 40), st.floats(-50, 50, allow_nan=False).map(lambda one: round(one, 3)), max_size=12
).map(best_first)
weights = st.floats(0, 1)


def ids(ranking: list[Scored]) -> list[int]:
    return [one.chunk_id for one in ranking]


def test_reciprocal_ranks_are_added() -> None:
    first = [Scored(7, 0.9), Scored(3, 0.5), Scored(5, 0.1)]
    second = [Scored(3, 12.0), Scored(8, 11.0)]
    fused = {one.chunk_id: one.score for one in reciprocal_rank_fusion([first, second])}
    assert fused == pytest.approx({3: 1 / 62 + 1 / 61, 7: 1 / 61, 8: 1 / 62, 5: 1 / 63})
    assert ids(reciprocal_rank_fusion([first, second])) == [3, 7, 8, 5]


def test_equal_reciprocal_ranks_are_ordered_by_id() -> None:
    assert ids(reciprocal_rank_fusion([[Scored(9, 1)], [Scored(2, 5)]])) == [2, 9]


def test_a_blend_weighs_scaled_scores() -> None:
    dense = [Scored(1, 0.9), Scored(2, 0.7), Scored(3, 0.5)]
    lexical = [Scored(3, 10.0), Scored(4, 6.0), Scored(1, 2.0)]
    blended = {one.chunk_id: one.score for one in blend(dense, lexical, 0.75)}
    assert blended == pytest.approx({1: 0.75, 2: 0.375, 3: 0.25, 4: 0.125})


def test_equal_scores_are_scaled_to_one() -> None:
    assert scaled([Scored(1, 3.0), Scored(2, 3.0)]) == {1: 1.0, 2: 1.0}
    assert scaled([]) == {}


@given(rankings, rankings, weights)
def test_a_blend_keeps_everything_once_in_bounds_and_in_order(
    first: list[Scored], second: list[Scored], weight: float
) -> None:
    blended = blend(first, second, weight)
    assert sorted(ids(blended)) == sorted({*ids(first), *ids(second)})
    assert all(0.0 <= one.score <= 1.0 + 1e-9 for one in blended)
    assert blended == sorted(blended, key=lambda one: (-one.score, one.chunk_id))


@given(rankings, rankings, weights)
def test_a_blend_does_not_care_which_ranking_is_named_first(
    first: list[Scored], second: list[Scored], weight: float
) -> None:
    one_way = {one.chunk_id: one.score for one in blend(first, second, weight)}
    other_way = {one.chunk_id: one.score for one in blend(second, first, 1.0 - weight)}
    assert one_way == pytest.approx(other_way)


@given(rankings, rankings)
def test_a_weight_of_one_keeps_the_order_of_that_ranking(first: list[Scored], second: list[Scored]) -> None:
    kept = [one for one in ids(blend(first, second, 1.0)) if one in set(ids(first))]
    assert kept == ids(first)


@given(rankings, st.floats(0.1, 100), st.floats(-100, 100))
def test_the_unit_of_a_score_does_not_matter(ranking: list[Scored], factor: float, shift: float) -> None:
    moved = [Scored(one.chunk_id, one.score * factor + shift) for one in ranking]
    assert scaled(moved) == pytest.approx(scaled(ranking), abs=1e-6)


@given(st.lists(rankings, max_size=4))
def test_reciprocal_rank_fusion_lets_a_better_rank_never_lose(all_rankings: list[list[Scored]]) -> None:
    fused = reciprocal_rank_fusion(all_rankings)
    assert sorted(ids(fused)) == sorted({one for ranking in all_rankings for one in ids(ranking)})
    positions = {one: place for place, one in enumerate(ids(fused))}
    for ranking in all_rankings[:1]:
        alone = [one for one in ids(ranking) if all(one not in ids(other) for other in all_rankings[1:])]
        assert [positions[one] for one in alone] == sorted(positions[one] for one in alone)
