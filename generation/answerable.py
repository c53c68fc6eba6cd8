"""Decides whether the evidence answers the question, from the score of the best piece.

The coefficients are fitted by `python -m eval.fit_answerability`, which prints them with the figures on data that was
held out.
"""

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class AnswerabilityModel:
    """Turns the best evidence's score into a probability (Platt, 1999: a logistic curve over a classifier's score)."""

    intercept: float = 1.108
    slope: float = 0.757

    def probability(self, score: float) -> float:
        """Probability in (0, 1) that the documents answer the question.

        Args:
            score: Score of the best evidence, in logits.
        """
        return 1.0 / (1.0 + exp(-(self.intercept + self.slope * score)))
