"""Answerable or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.answerable import NO_SCORE, AnswerabilityModel, Signals, signals
from tests.unit.material import WordReranker, evidence, hit, passage

logits = st.floats(-12, 12)


def test_the_logistic_formula() -> None:
    model = AnswerabilityModel(intercept=-1.0, passage=0.5, evidence=0.25)
    assert model.probability(Signals(passage=4.0, evidence=4.0)) == pytest.approx(1 / (1 + 2.718281828459045**-2))
    assert model.probability(Signals(passage=2.0, evidence=0.0)) == 0.5


@given(logits, logits, st.floats(0.01, 5))
def test_better_scores_never_make_it_less_likely(passage_logit: float, sentence: float, gain: float) -> None:
    model = AnswerabilityModel()
    before = model.probability(Signals(passage_logit, sentence))
    assert 0.0 < before < 1.0
    assert model.probability(Signals(passage_logit + gain, sentence)) > before
    assert model.probability(Signals(passage_logit, sentence + gain)) > before


def test_scores_of_the_search_are_used_where_there_are_some() -> None:
    hits = [hit(passage("A."), rerank_score=1.5), hit(passage("B."), rerank_score=3.5), hit(passage("C."))]
    reranker = WordReranker()
    measured = signals("casual leave", hits, [evidence("Casual days.", score=9.0)], reranker)
    assert measured == Signals(passage=3.5, evidence=9.0)
    assert reranker.read == []


def test_hits_without_scores_are_read_now() -> None:
    hits = [hit(passage(text)) for text in ("Casual leave.", "Other.", "Other.", "Casual leave of course.")]
    reranker = WordReranker()
    assert signals("casual leave", hits, [], reranker).passage == 2.0
    assert reranker.read[:3] == ["Casual leave.", "Other.", "Other."]
    assert len(reranker.read) == 3


def test_the_best_evidence_counts_with_its_penalties() -> None:
    pieces = [evidence("Casual leave.", 1, -1.0), evidence("Casual.", 2, -4.0)]
    assert signals("casual leave", [], pieces, WordReranker()).evidence == -1.0


def test_nothing_found_is_no_score() -> None:
    assert signals("casual leave", [], [], WordReranker()) == Signals(NO_SCORE, NO_SCORE)
    assert AnswerabilityModel().probability(Signals(NO_SCORE, NO_SCORE)) < 0.5
