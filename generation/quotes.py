"""Answers with the evidence itself: the drafter that needs no language model."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.model import DraftSentence, Evidence
from generation.units import CELL


@dataclass(frozen=True, slots=True)
class QuoteDrafter:
    """Quotes the best evidence, and what comes close behind it.

    Attributes:
        margin: How far, in logits, a further quote may score below the best.
        floor: Least score, in logits, of a further quote.
        most: Most quotes.
    """

    margin: float = 3.0
    floor: float = 0.0
    most: int = 3

    @property
    def name(self) -> str:
        """`quotes`."""
        return "quotes"

    def draft(self, question: str, evidence: Sequence[Evidence]) -> list[DraftSentence]:
        """The best piece of evidence and those close behind it, one sentence each."""
        del question
        if not evidence:
            return []
        least = max(self.floor, evidence[0].score - self.margin)
        chosen = [one for one in evidence[1:] if one.score >= least][: self.most - 1]
        return [DraftSentence(as_sentence(one.text), (one.number,)) for one in [evidence[0], *chosen]]


def as_sentence(quote: str) -> str:
    """A quote as an answer shows it: a table row gets its column names ("Notice: 4 weeks")."""
    lines = quote.split("\n")
    if len(lines) == 2 and all(CELL in line for line in lines):
        names, cells = (line.split(CELL) for line in lines)
        if len(names) == len(cells):
            pairs = zip(names, cells, strict=True)
            return "; ".join(f"{name.strip()}: {cell.strip()}" for name, cell in pairs if cell.strip())
    return quote
