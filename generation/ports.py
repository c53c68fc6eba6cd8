"""What generation needs from outside; adapters live in `infra`."""

from collections.abc import Sequence
from typing import Protocol

from generation.model import DraftSentence, Evidence, Verdict


class Reader(Protocol):
    """Reads a question with a piece of a document."""

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order: does it answer the question? Above 0 it rather does."""
        ...


class Drafter(Protocol):
    """Writes answer sentences from numbered evidence."""

    @property
    def name(self) -> str:
        """The model's name, or `quotes`."""
        ...

    def draft(self, question: str, evidence: Sequence[Evidence]) -> list[DraftSentence]:
        """Sentences that answer, each with the numbers of its evidence; none when the evidence does not answer.

        Raises:
            Transient: The model server cannot be used now.
        """
        ...


class Verifier(Protocol):
    """Checks a drafted sentence against the evidence that it cites."""

    def verify(self, sentence: DraftSentence, evidence: Sequence[Evidence]) -> Verdict:
        """Is the sentence supported by exactly this evidence?"""
        ...
