"""The `ExactScores` port: similarities from the stored vectors themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector
from psycopg.sql import SQL

from infra.postgres.filters import admitted
from infra.postgres.server import Database
from infra.postgres.statements import query
from ingest.ports import Vectors
from retrieval.model import Scored, Selection

PENDING = SQL("UNION SELECT unnest(chunk_ids) FROM vector_changes WHERE id > %(position)s AND operation = 'upsert'")


@dataclass(frozen=True, slots=True)
class PgExactScores:
    """Re-scores what an index outside of Postgres proposes.

    Attributes:
        database: Where the vectors are.
        name: The index; `None` for one that is never behind.
    """

    database: Database
    name: str | None = None

    def position(self) -> int:
        """Up to which change the index is complete."""
        if self.name is None:
            return 0
        with self.database.transaction() as connection:
            row = connection.execute("SELECT applied FROM vector_indexes WHERE name = %s", [self.name]).fetchone()
        return int(row[0] or 0) if row else 0

    def nearest_of_few(self, vector: Vectors, selection: Selection, k: int, most: int) -> list[Scored] | None:
        """The `k` nearest of all that the selection admits; `None` where that is more than `most`, or everything."""
        if selection.empty:
            return []
        condition, parameters = admitted(selection)
        values = {**parameters, "vector": _half(vector), "k": k, "most": most}
        with self.database.transaction() as connection:
            answer = connection.execute(SQL(query("few")).format(selection=condition), values).fetchone()
            if answer is None or not answer[0]:
                return None
            statement = SQL(query("nearest_of_few")).format(selection=condition)
            return [Scored(*row) for row in connection.execute(statement, values).fetchall()]

    def rescore(
        self, vector: Vectors, chunk_ids: Sequence[int], selection: Selection, k: int, position: int
    ) -> list[Scored]:
        """The `k` nearest of these chunks and of those stored after `position`, by exact cosine similarity."""
        if selection.empty:
            return []
        condition, parameters = admitted(selection)
        pending = SQL("") if self.name is None else PENDING
        statement = SQL(query("exact")).format(selection=condition, pending=pending)
        values = {**parameters, "chunk_ids": list(chunk_ids), "vector": _half(vector), "k": k, "position": position}
        with self.database.transaction() as connection:
            return [Scored(*row) for row in connection.execute(statement, values).fetchall()]


def _half(vector: Vectors) -> HalfVector:
    return HalfVector(np.asarray(vector, dtype=np.float16))
