"""Checks a drafted sentence against the quotes that it cites."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.model import DraftSentence, Evidence, Verdict
from generation.words import content_stems, coverage, numbers, words

NEGATION_TEXT = "not no never none neither nor without cannot"
NEGATIONS = frozenset(NEGATION_TEXT.split())


@dataclass(frozen=True, slots=True)
class GroundingVerifier:
    """Exact checks (numbers, negation), then the share of the sentence's content words that stand in the quotes.

    Attributes:
        threshold: Least share of content words, in [0, 1].
    """

    threshold: float = 0.6

    def verify(self, sentence: DraftSentence, evidence: Sequence[Evidence]) -> Verdict:
        """Is the sentence supported by exactly this evidence?"""
        if not evidence:
            return Verdict(False, 0.0, "it cites nothing")
        source = "\n".join(f"{one.context}\n{one.text}" for one in evidence)
        invented = numbers(sentence.text) - numbers("\n".join(one.text for one in evidence))
        if invented:
            return Verdict(False, 0.0, f"not in the quote: {', '.join(sorted(invented))}")
        if _negated(sentence.text) and not _negated(source):
            return Verdict(False, 0.0, "the sentence denies what the quote does not")
        share = coverage(content_stems(sentence.text), content_stems(source))
        if share < self.threshold:
            return Verdict(False, share, "its words are not in the quote")
        return Verdict(True, share, "supported")


def _negated(text: str) -> bool:
    return any(word in NEGATIONS or word.endswith("n't") for word in words(text))
