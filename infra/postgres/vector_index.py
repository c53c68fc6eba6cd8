"""The `VectorIndex` port on pgvector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector
from psycopg.sql import SQL

from infra.postgres.filters import admitted
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.server import Database
from infra.postgres.statements import query
from infra.postgres.text import storable
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection
from retrieval.vectors import checked

# Candidates beyond k, so that equal similarities at the end of the list are cut by chunk id, not by chance.
SPARE = 20


@dataclass(frozen=True, slots=True)
class PgVectorIndex:
    """Cosine similarity over `chunk_vectors`, the system of record itself: no other index holds more than it.

    Filters run inside the index scan, which goes on until enough rows pass; where few rows pass, Postgres reads them by
    an ordinary index and ranks them exactly. Scores are always exact.

    Attributes:
        database: Where the vectors are.
        dimension: Of the vectors.
        settings: How they are indexed.
    """

    database: Database
    dimension: int
    settings: PgIndexSettings = PgIndexSettings()

    @property
    def kind(self) -> str:
        """Store and index type for people."""
        return self.settings.label

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        """Store entries of chunks that are stored, replacing those with the same chunk ids; all of them or none.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Transient: The database cannot be used now.
        """
        rows = checked(vectors, (len(entries), self.dimension))
        by_id = {one.chunk_id: _parameters(one, row) for one, row in zip(entries, rows, strict=True)}
        with self.database.transaction() as connection, connection.cursor() as cursor:
            cursor.executemany(query("upsert_vector"), [by_id[chunk_id] for chunk_id in sorted(by_id)])

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter. Raises: Transient."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM chunk_vectors WHERE chunk_id = ANY(%s)", [list(chunk_ids)])

    def delete_document(self, document_id: int) -> None:
        """Remove all chunks of a document. Raises: Transient."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM chunk_vectors WHERE document_id = %s", [document_id])

    def clear(self) -> None:
        """Remove everything. Raises: Transient."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM chunk_vectors")

    def count(self) -> int:
        """How many chunks it holds. Raises: Transient."""
        with self.database.transaction() as connection:
            row = connection.execute("SELECT count(*) FROM chunk_vectors").fetchone()
        return int(row[0]) if row else 0

    def settle(self) -> None:
        """Postgres keeps its indexes in order itself."""

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first by cosine similarity, ties by chunk id.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Transient: The database cannot be used now.
        """
        asked = checked(vector, (self.dimension,))
        if selection.empty:
            return []
        condition, parameters = admitted(selection)
        statement = SQL(query("nearest")).format(selection=condition, distance=self.settings.distance(self.dimension))
        candidates = self.settings.candidates(k, SPARE)
        values = {**parameters, "vector": _half(asked), "candidates": candidates, "k": k}
        with self.database.transaction() as connection:
            connection.execute(query("scan_settings"), {"ef_search": str(self.settings.width(candidates))})
            rows = connection.execute(statement, values).fetchall()
        return [Scored(*row) for row in rows]


def _parameters(entry: IndexEntry, vector: Vectors) -> dict[str, object]:
    return {
        "chunk_id": entry.chunk_id,
        "document_id": entry.document_id,
        "collection_id": entry.collection_id,
        "file_type": storable(entry.file_type),
        "tags": [storable(tag) for tag in entry.tags],
        "uploaded_at": entry.uploaded_at,
        "vector": _half(vector),
    }


def _half(vector: Vectors) -> HalfVector:
    return HalfVector(np.asarray(vector, dtype=np.float16))
