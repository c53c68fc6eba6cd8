"""Picks the units of the hits that answer a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.model import Evidence
from generation.units import Unit, units
from generation.words import asks_quantity, content_stems, numbers
from retrieval.model import Hit
from retrieval.ports import Reranker

SAME = 0.8
WORDS_READ = 120


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How evidence is picked.

    Attributes:
        hits: How many hits are read.
        most: Most pieces of evidence.
        hit_weight: What the best hit's units gain over the last one's, in logits.
        quantity_penalty: What a unit without any number loses, in logits, when the question asks for a quantity.
    """

    hits: int = 5
    most: int = 8
    hit_weight: float = 1.0
    quantity_penalty: float = 3.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    unit: Unit
    hit: Hit
    score: float


def select_evidence(
    question: str, hits: Sequence[Hit], reranker: Reranker, settings: EvidenceSettings
) -> list[Evidence]:
    """The units that answer best, best first, numbered from 1.

    A cross-encoder reads the question with each unit and its context. Units that overlap a better one, or say the same
    in other documents' words, are left out.

    Args:
        question: The question.
        hits: Best first.
        reranker: Scores a question with a text, in logits.
        settings: Limits and weights.
    """
    read = [(hit, unit) for hit in hits[: settings.hits] for unit in units(hit.passage)]
    logits = reranker.score(question, [readable(unit.context, unit.text) for _, unit in read])
    best = max((hit.score for hit in hits), default=0.0)
    candidates = [
        _Candidate(unit, hit, logit + _adjustment(question, unit, best - hit.score, settings))
        for (hit, unit), logit in zip(read, logits, strict=True)
    ]
    candidates.sort(key=lambda one: (-one.score, one.hit.passage.chunk_id, one.unit.first))
    return [
        Evidence(number, one.unit.text, one.unit.context, one.hit, one.unit.regions, one.score)
        for number, one in enumerate(_distinct(candidates)[: settings.most], start=1)
    ]


def readable(context: str, text: str) -> str:
    """A unit as the cross-encoder reads it: context, then at most `WORDS_READ` words of text."""
    cut = " ".join(text.split()[:WORDS_READ])
    return f"{context}. {cut}" if context else cut


def _adjustment(question: str, unit: Unit, behind: float, settings: EvidenceSettings) -> float:
    missing = asks_quantity(question) and not numbers(unit.text)
    return -settings.hit_weight * behind - (settings.quantity_penalty if missing else 0.0)


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
