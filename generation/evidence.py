"""Picks the units of the hits that answer a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.model import Evidence
from generation.ports import Reader
from generation.ranges import decide
from generation.units import Unit, units
from generation.words import content_stems
from retrieval.model import Hit

SAME = 0.8
WORDS_READ = 120


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How evidence is picked.

    Attributes:
        hits: How many hits are read.
        most: Most pieces of evidence.
        hit_weight: What the best hit's units gain over the last one's, in logits.
    """

    hits: int = 5
    most: int = 8
    hit_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    unit: Unit
    hit: Hit
    score: float


def select_evidence(question: str, hits: Sequence[Hit], reader: Reader, settings: EvidenceSettings) -> list[Evidence]:
    """The units that answer best, best first, numbered from 1.

    The reader reads the question with each unit and its context; between rows that state ranges, a quantity of the
    question decides. Units that overlap a better one, or say the same
    in other documents' words, are left out.

    Args:
        question: The question.
        hits: Best first.
        reader: Says whether a text answers, in logits.
        settings: Limits and weights.
    """
    read = [(hit, unit) for hit in hits[: settings.hits] for unit in units(hit.passage)]
    logits = decide(
        question,
        [unit.text for _, unit in read],
        [hit.passage.version_id for hit, _ in read],
        reader.score(question, [readable(unit.context, unit.text) for _, unit in read]),
    )
    best = max((hit.score for hit in hits), default=0.0)
    candidates = [
        _Candidate(unit, hit, logit - settings.hit_weight * (best - hit.score))
        for (hit, unit), logit in zip(read, logits, strict=True)
        if logit is not None
    ]
    candidates.sort(key=lambda one: (-one.score, one.hit.passage.chunk_id, one.unit.first))
    return [
        Evidence(number, one.unit.text, one.unit.context, one.hit, one.unit.regions, one.score)
        for number, one in enumerate(_distinct(candidates)[: settings.most], start=1)
    ]


def readable(context: str, text: str) -> str:
    """A unit as the reader gets it: context, then at most `WORDS_READ` words of text."""
    cut = " ".join(text.split()[:WORDS_READ])
    return f"{context}. {cut}" if context else cut


def _distinct(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    kept: list[_Candidate] = []
    for one in candidates:
        if not any(_overlaps(one, other) or _same(one, other) for other in kept):
            kept.append(one)
    return kept


def _overlaps(one: _Candidate, other: _Candidate) -> bool:
    same_chunk = one.hit.passage.chunk_id == other.hit.passage.chunk_id
    return same_chunk and one.unit.first <= other.unit.last and other.unit.first <= one.unit.last


def _same(one: _Candidate, other: _Candidate) -> bool:
    first, second = content_stems(one.unit.text), content_stems(other.unit.text)
    union = first | second
    return bool(union) and len(first & second) / len(union) >= SAME
