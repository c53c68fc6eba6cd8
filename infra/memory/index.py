"""A vector index in memory, by the definition."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection
from retrieval.vectors import checked

Row = tuple[IndexEntry, Vectors]


@dataclass(frozen=True, slots=True)
class MemoryVectorIndex:
    """The `VectorIndex` port: every vector is compared.

    Attributes:
        dimension: Of the vectors.
        rows: What it holds, by chunk id.
    """

    dimension: int
    rows: dict[int, Row] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kind(self) -> str:
        """Store and index type for people."""
        return "memory"

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        """Store entries, replacing those with the same chunk ids; all of them or none. Raises: InvalidVectors."""
        rows = checked(vectors, (len(entries), self.dimension)).copy()
        with self.lock:
            self.rows.update({one.chunk_id: (one, row) for one, row in zip(entries, rows, strict=True)})

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter."""
        with self.lock:
            for chunk_id in chunk_ids:
                self.rows.pop(chunk_id, None)

    def delete_document(self, document_id: int) -> None:
        """Remove all chunks of a document."""
        with self.lock:
            for chunk_id in [one for one, (entry, _) in self.rows.items() if entry.document_id == document_id]:
                del self.rows[chunk_id]

    def clear(self) -> None:
        """Remove everything."""
        with self.lock:
            self.rows.clear()

    def count(self) -> int:
        """How many chunks it holds."""
        return len(self.rows)

    def settle(self) -> None:
        """There is no order to keep."""

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first, ties by chunk id. Raises: InvalidVectors."""
        asked = checked(vector, (self.dimension,))
        with self.lock:
            rows = [row for row in self.rows.values() if selection.admits(row[0])]
        return nearest(asked, rows, k)


def nearest(vector: Vectors, rows: Iterable[Row], k: int) -> list[Scored]:
    """The `k` rows nearest to a vector, best first, ties by chunk id."""
    scored = [Scored(entry.chunk_id, cosine(vector, row)) for entry, row in rows]
    return sorted(scored, key=lambda one: (-one.score, one.chunk_id))[:k]


def cosine(one: Vectors, other: Vectors) -> float:
    """Rounded, so that equal vectors tie."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    return round(float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))), 9)
