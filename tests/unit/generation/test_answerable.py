"""Answerable or not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.answerable import AnswerabilityModel

logits = st.floats(-12, 12)


def test_the_logistic_formula() -> None:
    model = AnswerabilityModel(intercept=-1.0, slope=0.5)
    assert model.probability(2.0) == 0.5
    assert model.probability(6.0) == pytest.approx(1 / (1 + math.exp(-2)))


@given(logits, st.floats(0.01, 5))
def test_better_evidence_never_makes_an_answer_less_likely(score: float, gain: float) -> None:
    model = AnswerabilityModel()
    assert 0.0 < model.probability(score) < model.probability(score + gain) <= 1.0
