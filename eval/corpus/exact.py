"""Exact neighbours of many questions, by comparing them with every stored vector in one pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection

BATCH = 4_000
TOLERANCE = 1e-4
"""Similarities this close count as equal: the index and this module add up in different orders."""


class VectorBatches(Protocol):
    """The part of the port `StoredVectors` that is needed here."""

    def batches(self, size: int) -> Iterator[tuple[list[IndexEntry], Vectors]]:
        """All vectors: float32 arrays of shape (at most `size`, dimension)."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest chunks of each question, nearest first.

    Attributes:
        ids: Chunk ids, shape (questions, k); -1 where there are fewer chunks.
        scores: Cosine similarities, the same shape; minus infinity there.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


def chunk_ids(stored: VectorBatches, selection: Selection) -> list[int]:
    """The ids of all chunks that a selection admits, ascending."""
    return [one.chunk_id for entries, _ in stored.batches(BATCH) for one in entries if selection.admits(one)]


def neighbours(questions: Vectors, stored: VectorBatches, selection: Selection, k: int) -> Neighbours:
    """The `k` nearest admitted chunks of each question, ties by chunk id.

    Args:
        questions: Unit vectors, float32, shape (questions, dimension); rounded to half precision as stored ones are.
        stored: All vectors.
        selection: Which of them may be found.
        k: How many.
    """
    asked = questions.astype(np.float16).astype(np.float32)
    ids = np.full((len(asked), k), -1, np.int64)
    scores = np.full((len(asked), k), -np.inf, np.float32)
    for entries, vectors in stored.batches(BATCH):
        admitted = [place for place, one in enumerate(entries) if selection.admits(one)]
        if admitted:
            found = np.array([entries[place].chunk_id for place in admitted], np.int64)
            ids, scores = _merged(ids, scores, found, _cosine(asked, vectors[admitted]))
    return Neighbours(ids, scores)


def recall_at(k: int, found: Sequence[Sequence[Scored]], exact: Neighbours) -> list[float]:
    """The share of each question's `k` exact neighbours that an index found; a chunk as near as the last counts too."""
    shares = []
    for hits, ids, scores in zip(found, exact.ids[:, :k], exact.scores[:, :k], strict=True):
        there = ids >= 0
        if not there.any():
            shares.append(1.0)
            continue
        least, wanted = float(scores[there][-1]) - TOLERANCE, set(ids[there].tolist())
        right = sum(one.chunk_id in wanted or one.score >= least for one in hits[:k])
        shares.append(min(1.0, right / len(wanted)))
    return shares


def _cosine(asked: Vectors, vectors: Vectors) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1)
    similar: NDArray[np.float32] = asked @ (vectors / np.maximum(lengths, 1e-12)[:, None]).T
    similar /= np.maximum(np.linalg.norm(asked, axis=1), 1e-12)[:, None]
    return similar


def _merged(
    ids: NDArray[np.int64], scores: NDArray[np.float32], new_ids: NDArray[np.int64], new_scores: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best of both, each row by score, then by id."""
    k = ids.shape[1]
    both_ids = np.concatenate([ids, np.broadcast_to(new_ids, (len(ids), len(new_ids)))], axis=1)
    both_scores = np.concatenate([scores, new_scores], axis=1)
    order = np.lexsort((both_ids, -both_scores), axis=1)[:, :k]
    return np.take_along_axis(both_ids, order, axis=1), np.take_along_axis(both_scores, order, axis=1)
