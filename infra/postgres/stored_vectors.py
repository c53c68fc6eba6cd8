"""The `StoredVectors` port on Postgres: everything that an index must find."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector

from infra.postgres.changes import unpacked
from infra.postgres.server import Database
from infra.postgres.statements import query
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored

BATCH = """
SELECT chunk_id, document_id, collection_id, file_type, tags, uploaded_at, embedding
FROM chunk_vectors
WHERE chunk_id > %s
ORDER BY chunk_id
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class PgStoredVectors:
    """The table `chunk_vectors`."""

    database: Database

    def count(self) -> int:
        """How many."""
        with self.database.transaction() as connection:
            row = connection.execute("SELECT count(*) FROM chunk_vectors").fetchone()
        return int(row[0]) if row else 0

    def collections(self) -> tuple[int, ...]:
        """Ids of all collections."""
        with self.database.transaction() as connection:
            return tuple(one for (one,) in connection.execute("SELECT id FROM collections ORDER BY id").fetchall())

    def documents(self) -> Mapping[int, int]:
        """How many vectors each document has, by its id."""
        statement = "SELECT document_id, count(*) FROM chunk_vectors GROUP BY document_id"
        with self.database.transaction() as connection:
            return {int(document): int(count) for document, count in connection.execute(statement).fetchall()}

    def batches(self, size: int) -> Iterator[tuple[list[IndexEntry], Vectors]]:
        """All of them by chunk id, each batch in a transaction of its own: shape (at most `size`, dimension)."""
        last = -1
        while True:
            with self.database.transaction() as connection, connection.cursor(binary=True) as cursor:
                entries, vectors = unpacked(cursor.execute(BATCH, [last, size]).fetchall())
            if not entries:
                return
            yield entries, vectors
            last = entries[-1].chunk_id

    def sample(self, most: int) -> Vectors:
        """At most so many, spread evenly over the chunk ids: float32 array of shape (n, dimension)."""
        with self.database.transaction() as connection, connection.cursor(binary=True) as cursor:
            rows = cursor.execute(query("sample_vectors"), {"most": most}).fetchall()
        if not rows:
            return np.empty((0, 0), dtype=np.float32)
        return np.stack([row[0].to_numpy() for row in rows]).astype(np.float32)

    def nearest(self, vectors: Vectors, k: int) -> list[Sequence[Scored]]:
        """The `k` nearest of all stored vectors for each of these, by comparing all."""
        found: list[Sequence[Scored]] = []
        with self.database.transaction() as connection:
            connection.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
            for half in np.asarray(vectors, dtype=np.float16):
                rows = connection.execute(query("exact_nearest"), {"vector": HalfVector(half), "k": k}).fetchall()
                found.append([Scored(*row) for row in rows])
        return found
