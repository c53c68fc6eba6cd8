"""Decides whether the evidence answers the question: a logistic model on two scores.

The coefficients are fitted by `python -m eval.fit_answerability`, which prints them with the figures on the data that
was held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from generation.model import Evidence
from retrieval.model import Hit
from retrieval.ports import Reranker

NO_SCORE = -11.0
READ = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision rests on.

    Attributes:
        passage: Highest cross-encoder logit of a hit.
        evidence: Score of the best evidence, in logits, penalties included.
    """

    passage: float
    evidence: float


@dataclass(frozen=True, slots=True)
class AnswerabilityModel:
    """Logistic regression: an intercept and one weight for each signal."""

    intercept: float = 0.969
    passage: float = 0.01
    evidence: float = 0.278

    def probability(self, signals: Signals) -> float:
        """Probability in (0, 1) that the question is answered."""
        z = self.intercept + self.passage * signals.passage + self.evidence * signals.evidence
        return 1.0 / (1.0 + exp(-z))


def signals(question: str, hits: Sequence[Hit], evidence: Sequence[Evidence], reranker: Reranker) -> Signals:
    """Measure the signals.

    Args:
        question: The question.
        hits: What was found; those without a cross-encoder score are read now if none has one.
        evidence: Best first.
        reranker: Scores a question with a text, in logits.
    """
    known = [hit.rerank_score for hit in hits if hit.rerank_score is not None]
    if not known:
        known = reranker.score(question, [hit.passage.text for hit in hits[:READ]])
    return Signals(max(known, default=NO_SCORE), max((one.score for one in evidence), default=NO_SCORE))
