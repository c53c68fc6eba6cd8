"""The `ChangeLog` port on Postgres. Triggers write the log (migration 2)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from psycopg.rows import TupleRow

from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from ingest.errors import OutOfDate
from ingest.ports import Vectors
from retrieval.model import Changes, IndexEntry

TURNS = 7_203_318
# Writers hold it from noting a change to their commit.
NOTING = 7_203_317
TRIMMED = "vector changes forgotten up to"
# A search that began before an index was brought up to date still needs what it had not then.
KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class PgChanges:
    """What happened to the stored vectors, for one index.

    Attributes:
        database: Where the log is.
        name: The index.
        most: Chunks in a batch, roughly.
        kept_s: Seconds for which a change is kept after every index holds it.
    """

    database: Database
    name: str
    most: int = 2_000
    kept_s: float = KEPT_S

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Only one process at a time; waits for another one. It takes a connection of its own until it ends."""
        with self.database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [TURNS, self.name])
            yield

    def applied(self) -> int | None:
        """The last change that the index holds; `None` where it is not registered, or retired."""
        with self.database.transaction() as connection:
            row = connection.execute("SELECT applied FROM vector_indexes WHERE name = %s", [self.name]).fetchone()
        return None if row is None else row[0]

    def behind(self) -> bool:
        """Has something happened that the index has not been told of?"""
        with self.database.transaction() as connection:
            row = connection.execute(
                "SELECT 1 FROM vector_changes c JOIN vector_indexes i ON c.id > i.applied WHERE i.name = %s LIMIT 1",
                [self.name],
            ).fetchone()
        return row is not None

    def after(self, position: int) -> Changes | None:
        """A batch of what happened after a change. Raises: OutOfDate."""
        with self.database.transaction() as connection:
            if position < trimmed(connection):
                raise OutOfDate
            rows = connection.execute(query("changes"), {"position": position, "most": self.most}).fetchall()
            if not rows:
                return None
            named = {int(chunk_id) for _, _, chunk_ids in rows for chunk_id in chunk_ids}
            entries, vectors = fetch(connection, sorted(named))
        gone = named - {one.chunk_id for one in entries}
        cleared = any(operation == "clear" for _, operation, _ in rows)
        return Changes(cleared, tuple(sorted(gone)), tuple(entries), vectors, int(rows[-1][0]))

    def advance(self, position: int) -> None:
        """Record that the index holds everything up to this change; it never goes back."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE vector_indexes SET applied = greatest(applied, %s) WHERE name = %s AND applied IS NOT NULL",
                [position, self.name],
            )

    def trim(self) -> None:
        """Forget what every index holds, a minute after it was noted."""
        with self.database.transaction() as connection:
            connection.execute(query("trim_changes"), {"fact": TRIMMED, "kept_s": self.kept_s})


def trimmed(connection: Connection) -> int:
    """The last change that was forgotten."""
    row = connection.execute("SELECT value FROM facts WHERE name = %s", [TRIMMED]).fetchone()
    return int(row[0]) if row else 0


def newest(connection: Connection) -> int:
    """The last change that was noted; none can be committed later that comes before it."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [NOTING])
    row = connection.execute("SELECT coalesce(max(id), 0) FROM vector_changes").fetchone()
    return max(int(row[0]) if row else 0, trimmed(connection))


def fetch(connection: Connection, chunk_ids: Sequence[int]) -> tuple[list[IndexEntry], Vectors]:
    """The stored ones of these chunks, by id: float32 array of shape (len(entries), dimension)."""
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(
            "SELECT chunk_id, document_id, collection_id, file_type, tags, uploaded_at, embedding"
            " FROM chunk_vectors WHERE chunk_id = ANY(%s) ORDER BY chunk_id",
            [list(chunk_ids)],
        ).fetchall()
    return unpacked(rows)


def unpacked(rows: Sequence[TupleRow]) -> tuple[list[IndexEntry], Vectors]:
    """Entries and vectors of rows that hold the fields of an `IndexEntry` in order, and the embedding."""
    entries = [IndexEntry(row[0], row[1], row[2], row[3], tuple(row[4]), row[5]) for row in rows]
    if not rows:
        return entries, np.empty((0, 0), dtype=np.float32)
    return entries, np.stack([row[6].to_numpy() for row in rows]).astype(np.float32)
