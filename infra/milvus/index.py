"""The `VectorIndex` port on Milvus."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from infra.milvus import collection, partitions
from infra.milvus.connection import Client, Connection
from infra.milvus.errors import NotLoaded
from infra.milvus.expressions import chunks, condition, of_document
from infra.milvus.probe import Probe
from infra.milvus.search import READ_S, Searcher, groups
from infra.milvus.settings import IndexSettings
from infra.milvus.vectors import rows
from infra.milvus.write import MOST_IDS, STRONG, WRITE_S, Writer
from ingest.errors import Permanent
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection
from retrieval.vectors import checked

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# With fewer rows than this a server builds no index; it compares with each of them.
LEAST_BUILT = 1_024
EVERYTHING = "chunk_id >= 0"


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

    def settle(self) -> None:
        """Have everything indexed that was written, and wait for it; nothing while too little is new.

        Until then a server searches new rows with an index of its own, which loses hits under filters; some minutes
        later, or with more rows, it would build the index by itself.

        Raises:
            Transient: Milvus cannot be used now. Permanent: It failed to build the index.
        """
        if self.count() - self._run(self._flushed) >= LEAST_BUILT:
            self.finish()

    def finish(self) -> None:
        """Have everything indexed that was written, and wait for it. Raises: as `settle`."""

        def build(client: Client) -> None:
            client.flush(self._name, timeout=collection.LOAD_S)
            if not collection.built(client, self._name, 0):
                raise Permanent(f"Milvus failed to build the {self._settings.kind} index. Its log says why.")
            if self._connection.parts and not collection.taken_over(client, self._name, LEAST_BUILT):
                logger.warning("Milvus has built an index and does not search with it yet", extra={"index": self._name})

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

        if written:
            self._run(lambda client: self._writer(client).upsert(written))

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter. Raises: Transient."""
        self._delete([chunks(group) for group in groups(sorted(set(chunk_ids)), MOST_IDS)])

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
        parts = partitions.of(selection.collections) if self._connection.parts else []
        return self._run(
            lambda client: Searcher(client, self._name, self._settings, query, expression, parts).nearest(k)
        )

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _create(self, client: Client) -> None:
        if not client.has_collection(self._name, timeout=READ_S):
            Probe(client, self._dimension).require(self._settings)
            collection.make(client, self._name, self._dimension)
        collection.complete(client, self._name, self._connection.parts)
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

    def _flushed(self, client: Client) -> int:
        return int(collection.described(client, self._name).get("total_rows", 0))

    def _delete(self, expressions: Sequence[str]) -> None:
        if expressions:
            self._run(lambda client: self._writer(client).delete(expressions))

    def _writer(self, client: Client) -> Writer:
        return Writer(client, self._name, self._dimension, bool(self._connection.parts))
