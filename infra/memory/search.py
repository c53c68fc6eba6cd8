"""The dense and the lexical ranking, and the passages behind them, in memory and by the definition."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from infra.memory.access import MemoryAccess, stored
from infra.memory.index import nearest
from infra.memory.shelf import Entry, Shelf, admits
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Passage, Scored

WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "do",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "that",
        "the",
        "to",
        "was",
        "what",
        "with",
    }
)


@dataclass(frozen=True, slots=True)
class MemoryVectorRanking:
    """The `VectorRanking` port: every vector is compared."""

    shelf: Shelf

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id."""
        selection = MemoryAccess(self.shelf).select(scope, filters)
        with self.shelf.lock:
            return nearest(vector, [row for row in stored(self.shelf) if selection.admits(row[0])], k)


@dataclass(frozen=True, slots=True)
class MemoryBm25Index:
    """The `LexicalIndex` port: BM25 by its formula, without stemming."""

    shelf: Shelf
    k1: float = 1.2
    b: float = 0.75

    def search(self, text: str, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` best chunks by BM25, best first, ties by chunk id."""
        with self.shelf.lock:
            bags = {
                chunk_id: (entry, _bag(" ".join((entry.title, *chunk.heading_path, chunk.text))))
                for entry in self.shelf.searchable(scope)
                for chunk_id, chunk in zip(entry.chunk_ids, entry.chunks, strict=True)
            }
        lengths = [bag.total() for _, bag in bags.values()]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        scored = []
        for chunk_id, (entry, bag) in bags.items():
            score = sum(
                repeats
                * _idf(len(bags), sum(term in other for _, other in bags.values()))
                * self._part(term, bag, average)
                for term, repeats in _bag(text).items()
            )
            if score > 0 and admits(filters, entry):
                scored.append(Scored(chunk_id, round(score, 9)))
        return _best(scored, k)

    def _part(self, term: str, bag: Counter[str], average: float) -> float:
        frequency, length = bag[term], bag.total()
        return frequency * (self.k1 + 1) / (frequency + self.k1 * (1 - self.b + self.b * length / average))


@dataclass(frozen=True, slots=True)
class MemoryPassages:
    """The `PassageReader` port."""

    shelf: Shelf

    def passages(self, chunk_ids: Sequence[int], scope: Scope) -> list[Passage]:
        """The chunks in the order of `chunk_ids`; those deleted or out of scope are left out."""
        with self.shelf.lock:
            entries = [one for one in self.shelf.entries.values() if self.shelf.readable(one, scope)]
            found = {passage.chunk_id: passage for entry in entries for passage in _passages(entry)}
        return [found[one] for one in chunk_ids if one in found]

    def neighbours(self, passage: Passage, scope: Scope, radius: int = 1) -> list[Passage]:
        """The chunks around one (itself included) of the same version, by ordinal."""
        entry = self.shelf.entries.get(passage.version_id)
        if entry is None or not self.shelf.readable(entry, scope):
            return []
        near = [one for one in _passages(entry) if abs(one.ordinal - passage.ordinal) <= radius]
        return sorted(near, key=lambda one: one.ordinal)


def _passages(entry: Entry) -> list[Passage]:
    return [
        Passage(
            chunk_id=chunk_id,
            document_id=entry.document_id,
            version_id=entry.id,
            document=entry.name,
            version=entry.number,
            title=entry.title,
            ordinal=chunk.ordinal,
            page=chunk.page,
            page_end=chunk.page_end,
            heading_path=chunk.heading_path,
            text=chunk.text,
            sentences=chunk.sentences,
        )
        for chunk_id, chunk in zip(entry.chunk_ids, entry.chunks, strict=True)
    ]


def _bag(text: str) -> Counter[str]:
    return Counter(word for word in WORD.findall(text.lower()) if word not in STOP_WORDS)


def _idf(size: int, found_in: int) -> float:
    return math.log(1 + (size - found_in + 0.5) / (found_in + 0.5))


def _best(scored: list[Scored], k: int) -> list[Scored]:
    return sorted(scored, key=lambda one: (-one.score, one.chunk_id))[:k]
