import math

import pytest

from eval.scores import score


def test_measures_by_hand() -> None:
    gains = {"1": {"a": 2, "b": 1}, "2": {"c": 1}, "3": {"d": 1}}
    rankings = {"1": ["x", "b", "a"], "2": ["c"], "3": []}
    ideal = 2 / math.log2(2) + 1 / math.log2(3)

    found = score(gains, rankings)

    assert found["nDCG@10"] == pytest.approx({"1": (1 / math.log2(3) + 2 / math.log2(4)) / ideal, "2": 1.0, "3": 0.0})
    assert found["recall@1"] == {"1": 0.0, "2": 1.0, "3": 0.0}
    assert found["recall@3"] == {"1": 1.0, "2": 1.0, "3": 0.0}
    assert found["recall@100"] == {"1": 1.0, "2": 1.0, "3": 0.0}
    assert found["MRR@10"] == {"1": 0.5, "2": 1.0, "3": 0.0}
    assert found["MAP"] == pytest.approx({"1": (1 / 2 + 2 / 3) / 2, "2": 1.0, "3": 0.0})


def test_depths_are_exact() -> None:
    ranked = [f"x{number}" for number in range(9)] + ["a"]

    found = score({"1": {"a": 1}}, {"1": ranked})

    assert (found["recall@5"]["1"], found["recall@10"]["1"]) == (0.0, 1.0)
    assert found["MRR@10"]["1"] == pytest.approx(0.1)
    assert score({"1": {"a": 1}}, {"1": ["y", *ranked]})["MRR@10"]["1"] == 0.0


def test_equal_ranks_are_not_reordered_by_name() -> None:
    assert score({"1": {"a": 1}}, {"1": ["z", "a"]})["MRR@10"] == {"1": 0.5}


def test_questions_that_were_not_asked_do_not_count() -> None:
    assert score({"1": {"a": 1}, "2": {"b": 1}}, {"1": ["a"]})["MAP"] == {"1": 1.0}
