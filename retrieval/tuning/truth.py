"""What a perfect search would find, by comparing each query with every stored vector."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection

Batches = Iterable[tuple[list[IndexEntry], Vectors]]


def exact_neighbours(
    batches: Batches, queries: Vectors, selections: Sequence[Sequence[Selection]], k: int
) -> tuple[list[list[tuple[Scored, ...]]], list[float]]:
    """The `k` nearest chunks for every query under each of its selections, in one pass over the vectors.

    Args:
        batches: All entries with their vectors, of shape (n, dimension).
        queries: Of shape (queries, dimension); compared at the half precision in which vectors are stored.
        selections: By stratum one for each query; they may limit collections and documents.
        k: How many.

    Returns:
        By stratum, for each query, the nearest chunks, best first, ties by chunk id; and by stratum the mean share of
        the chunks that the selections admit.
    """
    asked = _unit(queries.astype(np.float16).astype(np.float32))
    kept = [[_Nearest(one, k) for one in stratum] for stratum in selections]
    total = 0
    for entries, vectors in batches:
        scores = asked @ _unit(vectors).T
        chunk_ids = np.array([one.chunk_id for one in entries])
        documents = np.array([one.document_id for one in entries])
        collections = np.array([one.collection_id for one in entries])
        total += len(entries)
        for stratum in kept:
            for row, nearest in zip(scores, stratum, strict=True):
                nearest.see(chunk_ids, documents, collections, row)
    shares = [sum(one.admitted for one in stratum) / max(1, total * len(stratum)) for stratum in kept]
    return [[one.found() for one in stratum] for stratum in kept], shares


class _Nearest:
    """The best of what was seen so far."""

    def __init__(self, selection: Selection, k: int) -> None:
        self._collections = np.array(selection.collections)
        self._documents = None if selection.documents is None else np.array(selection.documents)
        self._k = k
        self._ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._scores: Vectors = np.empty(0, dtype=np.float32)
        self.admitted = 0

    def see(
        self,
        chunk_ids: NDArray[np.int64],
        documents: NDArray[np.int64],
        collections: NDArray[np.int64],
        scores: Vectors,
    ) -> None:
        mask = np.isin(collections, self._collections)
        if self._documents is not None:
            mask &= np.isin(documents, self._documents)
        ids = np.concatenate([self._ids, chunk_ids[mask]])
        found = np.concatenate([self._scores, scores[mask]])
        self.admitted += int(mask.sum())
        best = np.lexsort((ids, -found))[: self._k] if len(found) <= 4 * self._k else _top(ids, found, self._k)
        self._ids, self._scores = ids[best], found[best]

    def found(self) -> tuple[Scored, ...]:
        return tuple(Scored(int(one), float(score)) for one, score in zip(self._ids, self._scores, strict=True))


def _top(ids: NDArray[np.int64], scores: Vectors, k: int) -> NDArray[np.intp]:
    """Places of the best, without sorting all."""
    least = np.partition(scores, -k)[-k]
    places = np.flatnonzero(scores >= least)
    order: NDArray[np.intp] = places[np.lexsort((ids[places], -scores[places]))][:k]
    return order


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit
