"""Tells easy questions from hard ones, so that a small model can answer the easy ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.model import Evidence
from generation.words import words

JOINTS = frozenset({"and", "or", "but", "also", "versus", "vs", "compare", "difference", "why", "explain", "unless"})


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What was measured of a question.

    Attributes:
        confidence: Probability in [0, 1] that the best evidence answers.
        pieces: Pieces of evidence about as good as the best one: what must be weighed together.
        length: Words of the question.
        parts: 1, and one more for each further question mark and each word that joins, compares or asks for a reason.
    """

    confidence: float
    pieces: int
    length: int
    parts: int


@dataclass(frozen=True, slots=True)
class EasyQuestions:
    """Which questions a small model gets.

    Attributes:
        least_confidence: The evidence must be at least so certain.
        most_pieces: At most so many pieces of evidence compete.
        most_words: The question is at most so long.
        most_parts: And asks for at most so many things.
        margin: Evidence within so many logits of the best competes with it.
    """

    least_confidence: float = 0.8
    most_pieces: int = 2
    most_words: int = 20
    most_parts: int = 1
    margin: float = 1.5

    def measure(self, question: str, evidence: Sequence[Evidence], confidence: float) -> Difficulty:
        """The features that decide."""
        asked = words(question)
        best = evidence[0].score if evidence else 0.0
        close = sum(one.score >= best - self.margin for one in evidence)
        joints = sum(word in JOINTS for word in asked) + max(0, question.count("?") - 1)
        return Difficulty(confidence, close, len(asked), 1 + joints)

    def easy(self, difficulty: Difficulty) -> bool:
        """Is the question one for the small model?"""
        return (
            difficulty.confidence >= self.least_confidence
            and difficulty.pieces <= self.most_pieces
            and difficulty.length <= self.most_words
            and difficulty.parts <= self.most_parts
        )
