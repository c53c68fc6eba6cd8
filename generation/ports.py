"""What generation needs from outside; adapters live in `infra`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from generation.model import DraftSentence, Evidence, Verdict

Cancelled = Callable[[], bool]
"""Says whether nobody waits for the answer any more; may be called from another thread, many times a second."""


def never() -> bool:
    """Somebody waits to the end."""
    return False


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

    def draft(
        self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never
    ) -> Iterable[DraftSentence]:
        """Sentences that answer, each with the numbers of its evidence; none when the evidence does not answer.

        Each may come as soon as it is complete. What was given so far holds only once the iteration has ended without
        an error. Who stops early closes the iterator, where it has a `close`.

        Args:
            question: The question.
            evidence: Best first.
            cancelled: Looked at while waiting.

        Raises:
            Transient: The model server cannot be used now, or broke off.
            Stopped: `cancelled` said so.
        """
        ...


class Verifier(Protocol):
    """Checks a drafted sentence against the evidence that it cites."""

    def verify(self, sentence: DraftSentence, evidence: Sequence[Evidence]) -> Verdict:
        """Is the sentence supported by exactly this evidence?"""
        ...
