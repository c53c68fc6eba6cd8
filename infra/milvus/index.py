"""The `VectorIndex` port on Milvus."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from infra.milvus import collection
from infra.milvus.connection import Client, Connection
from infra.milvus.errors import NotLoaded
from infra.milvus.expressions import chunks, condition, of_document
from infra.milvus.probe import Probe
from infra.milvus.settings import IndexSettings
from infra.milvus.vectors import batches, checked, rows
from ingest.errors import Permanent
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection

Result = TypeVar("Result")

READ_S = 15.0
WRITE_S = 60.0
# Candidates beyond k, so that equal similarities at the end of the list are cut by chunk id, not by chance.
SPARE = 20
# A server's largest list of hits or rows.
MOST_HITS = 16_384
FEW = 1_000
MOST_READ_BYTES = 16_000_000
MOST_IDS = 10_000
EVERYTHING = "chunk_id >= 0"
STRONG, BOUNDED = "Strong", "Bounded"


class MilvusIndex:
    """Vectors in a Milvus collection, compared by cosine similarity.

    Writes return once the server's readers have seen them, so that searches need not wait for its clock (Milvus' own
    strong consistency costs each search 0.2 to 0.6 s). Everything is checked before anything is sent. A long write is
    cut into requests; what a failure leaves undone is done by the same call again.

    Args:
        connection: To the server; closed with the index.
        name: Of the collection.
        dimension: Of the vectors.
        settings: How they are indexed.

    Raises:
        Permanent: The settings do not fit the dimension.
    """

    def __init__(
        self, connection: Connection, name: str, dimension: int, settings: IndexSettings = IndexSettings()
    ) -> None:
        settings.build_parameters(dimension)
        self._connection = connection
        self._name, self._dimension, self._settings = name, dimension, settings

    @property
    def kind(self) -> str:
        """Store and index type for people."""
        return f"Milvus {self._settings.kind}"

    def create(self) -> None:
        """Make the collection where it is absent, after a trial that the server builds such an index.

        Raises:
            StoreMismatch: It exists with another dimension. Permanent: It exists with other settings, or the server
                does not build such an index. Transient: Milvus cannot be used now.
        """
        self._connection.run(self._create)

    def drop(self) -> None:
        """Remove the collection; nothing where it is absent. Raises: Transient."""
        self._connection.run(lambda client: client.drop_collection(self._name, timeout=WRITE_S))

    def finish(self) -> None:
        """Have everything indexed that was written, and wait for it; Milvus itself would do so when there is more.

        Until then a server searches new rows with an index of its own, which loses hits under filters. Call it after
        many writes. Raises: Transient.
        """

        def build(client: Client) -> None:
            client.flush(self._name, timeout=collection.LOAD_S)
            if not collection.built(client, self._name, 0):
                raise Permanent(f"Milvus failed to build the {self._settings.kind} index. Its log says why.")

        self._run(build)

    def tune(self, *, ef: int | None = None, nprobe: int | None = None) -> None:
        """Search with other knobs from now on. Raises: Permanent where they are out of their bounds."""
        old = self._settings
        self._settings = replace(old, ef=old.ef if ef is None else ef, nprobe=old.nprobe if nprobe is None else nprobe)

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        """Store entries, replacing those with the same chunk ids.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Gone: There is no such collection.
            Transient: Milvus cannot be used now.
        """
        written = rows(entries, checked(vectors, (len(entries), self._dimension)))

        def write(client: Client) -> None:
            for group in batches(written, self._dimension):
                client.upsert(self._name, group, timeout=WRITE_S)
            self._settle(client)

        if written:
            self._run(write)

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter. Raises: Transient."""
        self._delete([chunks(group) for group in _groups(sorted(set(chunk_ids)), MOST_IDS)])

    def delete_document(self, document_id: int) -> None:
        """Remove all chunks of a document. Raises: Transient."""
        self._delete([of_document(document_id)])

    def clear(self) -> None:
        """Remove everything. Raises: Transient."""
        self._delete([EVERYTHING])

    def count(self) -> int:
        """How many chunks it holds, exactly. Raises: Transient."""

        def read(client: Client) -> int:
            counted = client.query(
                self._name, filter="", output_fields=["count(*)"], consistency_level=STRONG, timeout=READ_S
            )
            return int(counted[0]["count(*)"])

        return self._run(read)

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first by cosine similarity, ties by chunk id.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Gone: There is no such collection.
            Transient: Milvus cannot be used now.
        """
        query = checked(vector, (self._dimension,))
        if selection.empty:
            return []
        expression = condition(selection)
        found = self._run(lambda client: self._nearest(client, query, expression, k))
        return sorted(found, key=lambda one: (-one.score, one.chunk_id))[:k]

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _create(self, client: Client) -> None:
        if not client.has_collection(self._name, timeout=READ_S):
            Probe(client, self._dimension).require(self._settings)
            collection.make(client, self._name, self._dimension)
        collection.index(client, self._name, self._dimension, self._settings)
        collection.check(client, self._name, self._dimension, self._settings)
        collection.load(client, self._name)

    def _run(self, operation: Callable[[Client], Result]) -> Result:
        """Run an operation on the loaded collection: after a restart Milvus may have to load it."""
        try:
            return self._connection.run(operation)
        except NotLoaded:
            self._connection.run(lambda client: collection.load(client, self._name))
            return self._connection.run(operation)

    def _delete(self, expressions: Sequence[str]) -> None:
        def write(client: Client) -> None:
            for expression in expressions:
                client.delete(self._name, filter=expression, timeout=WRITE_S)
            self._settle(client)

        if expressions:
            self._run(write)

    def _settle(self, client: Client) -> None:
        """Wait until readers see what was written before."""
        client.query(
            self._name, filter=chunks([0]), output_fields=["chunk_id"], consistency_level=STRONG, timeout=WRITE_S
        )

    def _nearest(self, client: Client, query: Vectors, expression: str, k: int) -> list[Scored]:
        """An index loses hits under a narrow filter, so few chunks are compared one by one."""
        limit = min(k + SPARE, MOST_HITS)
        admitted = self._admitted(client, expression, FEW + 1)
        if len(admitted) <= FEW:
            return self._exact(client, query, admitted)
        found = self._approximate(client, query, expression, limit)
        if len(found) == limit:
            return found
        admitted = self._admitted(client, expression, MOST_HITS)
        return found if len(admitted) == MOST_HITS else self._exact(client, query, admitted)

    def _admitted(self, client: Client, expression: str, most: int) -> list[int]:
        read = client.query(
            self._name,
            filter=expression,
            output_fields=["chunk_id"],
            limit=most,
            consistency_level=BOUNDED,
            timeout=READ_S,
        )
        return [int(row["chunk_id"]) for row in read]

    def _approximate(self, client: Client, query: Vectors, expression: str, limit: int) -> list[Scored]:
        hits = client.search(
            self._name,
            [query],
            filter=expression,
            limit=limit,
            search_params={"metric_type": collection.METRIC, "params": self._settings.search_parameters(limit)},
            consistency_level=BOUNDED,
            timeout=READ_S,
        )[0]
        return _scored([hit.id for hit in hits], np.array([hit.distance for hit in hits], dtype=np.float64))

    def _exact(self, client: Client, query: Vectors, chunk_ids: Sequence[int]) -> list[Scored]:
        """Compare with each of these chunks."""
        found: list[Scored] = []
        wanted = query.astype(np.float64) / np.linalg.norm(query.astype(np.float64))
        for group in _groups(chunk_ids, max(1, MOST_READ_BYTES // (4 * self._dimension))):
            read = client.query(
                self._name,
                filter=chunks(group),
                output_fields=["chunk_id", "vector"],
                consistency_level=BOUNDED,
                timeout=READ_S,
            )
            vectors = np.array([row["vector"] for row in read], dtype=np.float64).reshape(-1, self._dimension)
            cosines = vectors @ wanted / np.linalg.norm(vectors, axis=1)
            found += _scored([row["chunk_id"] for row in read], cosines)
        return found


def _scored(chunk_ids: Iterable[int], cosines: np.ndarray) -> list[Scored]:
    """Rounded, so that equal vectors in different segments tie; a compressed vector may seem nearer than itself."""
    scores = np.clip(np.round(cosines, 6), -1.0, 1.0)
    return [Scored(int(chunk_id), float(score)) for chunk_id, score in zip(chunk_ids, scores, strict=True)]


def _groups(chunk_ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(chunk_ids), size):
        yield chunk_ids[start : start + size]
