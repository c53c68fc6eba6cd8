"""Answers with the evidence itself: the drafter that needs no language model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generation.model import DraftSentence, Evidence
from generation.ports import Cancelled, never
from generation.units import CELL
from ingest.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class QuoteDrafter:
    """Quotes the best evidence, and what comes close behind it.

    Attributes:
        margin: How far, in logits, a further quote may score below the best.
        floor: Least score, in logits, of a further quote.
        most: Most quotes.
    """

    margin: float = 1.5
    floor: float = -4.0
    most: int = 3

    @property
    def name(self) -> str:
        """`quotes`."""
        return "quotes"

    def draft(self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never) -> list[DraftSentence]:
        """The sentences of the best piece of evidence and of those close behind it, each citing its piece."""
        del question, cancelled
        if not evidence:
            return []
        least = max(self.floor, evidence[0].score - self.margin)
        chosen = [one for one in evidence[1:] if one.score >= least][: self.most - 1]
        return [
            DraftSentence(sentence, (one.number,))
            for one in [evidence[0], *chosen]
            for sentence in as_sentences(one.text)
        ]


def as_sentences(quote: str) -> Iterator[str]:
    """A quote as an answer shows it: sentence by sentence; a table row with its column names ("Notice: 4 weeks")."""
    lines = quote.split("\n")
    if len(lines) == 1 and CELL not in quote:
        for span in split_sentences(quote):
            yield quote[span.start : span.end]
    else:
        yield _row(lines) or quote


def _row(lines: Sequence[str]) -> str:
    """Names and cells of a header and a row in pairs; empty where they do not fit."""
    if len(lines) != 2 or not all(CELL in line for line in lines):
        return ""
    names, cells = (line.split(CELL) for line in lines)
    if len(names) != len(cells):
        return ""
    pairs = zip(names, cells, strict=True)
    return "; ".join(f"{name.strip()}: {cell.strip()}" for name, cell in pairs if cell.strip())
