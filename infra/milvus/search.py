"""Searches a Milvus collection: by its index where a filter admits much, else by comparing one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from infra.milvus.collection import METRIC
from infra.milvus.connection import Client
from infra.milvus.expressions import chunks
from infra.milvus.settings import IndexSettings
from ingest.ports import Vectors
from retrieval.model import Scored

Thing = TypeVar("Thing")

READ_S = 15.0
BOUNDED = "Bounded"
# Candidates beyond k, so that equal similarities at the end of the list are cut by chunk id, not by chance.
SPARE = 20
# A server's largest list of hits or rows.
MOST_HITS = 16_384
FEW = 1_000
MOST_READ_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Searcher:
    """One search.

    Attributes:
        client: Of the server.
        name: Of the collection, which is loaded.
        settings: How it is searched.
        query: float32 array of shape (dimension,).
        expression: Admits what may be found.
        parts: The partitions that hold it; none for all.
    """

    client: Client
    name: str
    settings: IndexSettings
    query: Vectors
    expression: str
    parts: Sequence[str] = ()

    def nearest(self, k: int) -> list[Scored]:
        """The `k` nearest, best first, ties by chunk id; an index loses hits under a narrow filter, this does not."""
        return sorted(self._candidates(k), key=lambda one: (-one.score, one.chunk_id))[:k]

    def _candidates(self, k: int) -> list[Scored]:
        limit = min(k + SPARE, MOST_HITS)
        admitted = self._admitted(FEW + 1)
        if len(admitted) <= FEW:
            return self._exact(admitted)
        found = self._approximate(limit)
        if len(found) == limit:
            return found
        admitted = self._admitted(MOST_HITS)
        return found if len(admitted) == MOST_HITS else self._exact(admitted)

    def _admitted(self, most: int) -> list[int]:
        read = self.client.query(
            self.name,
            filter=self.expression,
            output_fields=["chunk_id"],
            limit=most,
            partition_names=self.parts or None,
            consistency_level=BOUNDED,
            timeout=READ_S,
        )
        return [int(row["chunk_id"]) for row in read]

    def _approximate(self, limit: int) -> list[Scored]:
        hits = self.client.search(
            self.name,
            [self.query],
            filter=self.expression,
            limit=limit,
            search_params={"metric_type": METRIC, "params": self.settings.search_parameters(limit)},
            partition_names=self.parts or None,
            consistency_level=BOUNDED,
            timeout=READ_S,
        )[0]
        return _scored([hit.id for hit in hits], np.array([hit.distance for hit in hits], dtype=np.float64))

    def _exact(self, chunk_ids: Sequence[int]) -> list[Scored]:
        """Compare with each of these chunks."""
        found: list[Scored] = []
        dimension = len(self.query)
        wanted = self.query.astype(np.float64) / np.linalg.norm(self.query.astype(np.float64))
        for group in groups(chunk_ids, max(1, MOST_READ_BYTES // (4 * dimension))):
            read = self.client.query(
                self.name,
                filter=chunks(group),
                output_fields=["chunk_id", "vector"],
                partition_names=self.parts or None,
                consistency_level=BOUNDED,
                timeout=READ_S,
            )
            vectors = np.array([row["vector"] for row in read], dtype=np.float64).reshape(-1, dimension)
            cosines = vectors @ wanted / np.linalg.norm(vectors, axis=1)
            found += _scored([row["chunk_id"] for row in read], cosines)
        return found


def groups(things: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    """All of them in order, at most so many at a time."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _scored(chunk_ids: Iterable[int], cosines: NDArray[np.float64]) -> list[Scored]:
    """Rounded, so that equal vectors in different segments tie; a compressed vector may seem nearer than itself."""
    scores = np.clip(np.round(cosines, 6), -1.0, 1.0)
    return [Scored(int(chunk_id), float(score)) for chunk_id, score in zip(chunk_ids, scores, strict=True)]
