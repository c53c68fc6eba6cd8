"""The `IndexRegister` port on Postgres: the table `vector_indexes`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from infra.postgres.changes import newest
from infra.postgres.errors import translated
from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from ingest.errors import NotFound, Transient
from retrieval.indexes import IndexChoice, IndexRecord

SWITCHING = 7_203_319
PATIENCE_S = 3
BUSY = "Another process is changing the vector index. Wait until it is done."
CHANGED = "The embedding model was changed while the index was built. Try again."
NO_MODEL = "No embedding model has been used yet, so there is nothing to index. Ingest a document first."
Row = tuple[int, str, str, str, dict[str, int | float | str], int]


@dataclass(frozen=True, slots=True)
class PgRegister:
    """Which index is active, for all processes."""

    database: Database

    def active(self) -> IndexRecord:
        """The index that searches. Raises: NotFound where no embedding model was ever used."""
        with self.database.transaction() as connection:
            found = records(connection, "status = 'active'")
        if not found:
            raise NotFound(NO_MODEL)
        return found[0]

    def number(self) -> int:
        """The number of the active index."""
        with self.database.transaction() as connection:
            row = connection.execute("SELECT number FROM vector_indexes WHERE status = 'active'").fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process may change indexes; no transaction is held open meanwhile.

        A sweep takes moments and is waited for, a switch is not.

        Raises:
            Transient: Another process is changing indexes.
        """
        with translated(), psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
            try:
                connection.execute("SELECT pg_advisory_lock(%s)", [SWITCHING])
            except LockNotAvailable as error:
                raise Transient(BUSY) from error
            connection.execute("SET lock_timeout = 0")
            yield

    def begin(self, choice: IndexChoice, external: bool) -> IndexRecord:
        """Register an index that is to be built; from now on changes are noted for an external one.

        Writers that are at work are waited for: what they write is there when the index is filled, or it is noted.
        """
        settings = Jsonb(dict(choice.settings))
        with self.database.transaction() as connection:
            if external:
                # Writers queue behind this wait, so it must not last as long as a graph that is being built.
                connection.execute("SET LOCAL lock_timeout = '30s'")
                connection.execute("LOCK TABLE chunk_vectors IN SHARE ROW EXCLUSIVE MODE")
            applied = newest(connection) if external else None
            row = connection.execute(
                query("begin_index"),
                {"store": choice.store, "kind": choice.kind, "settings": settings, "applied": applied},
            ).fetchone()
            assert row is not None, "the statement always returns a row"
            return records(connection, "number = %s", row[0])[0]

    def activate(self, record: IndexRecord) -> None:
        """Make it the active one and retire the one before, at once. Raises: Transient."""
        with self.database.transaction() as connection:
            connection.execute("LOCK TABLE embedding IN SHARE MODE")
            if records(connection, "status = 'building' AND number = %s", record.number) != [record]:
                raise Transient(CHANGED)
            connection.execute("UPDATE vector_indexes SET status = 'retired', applied = NULL WHERE status = 'active'")
            connection.execute("UPDATE vector_indexes SET status = 'active' WHERE number = %s", [record.number])

    def retune(self, record: IndexRecord, choice: IndexChoice) -> None:
        """Search the active index in another way; its number grows."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE vector_indexes SET number = DEFAULT, settings = %s WHERE number = %s AND status = 'active'",
                [Jsonb(dict(choice.settings)), record.number],
            )

    def leftovers(self) -> list[IndexRecord]:
        """Indexes that are neither active nor, by whoever is `alone`, being built."""
        with self.database.transaction() as connection:
            return records(connection, "status <> 'active'")

    def forget(self, record: IndexRecord) -> None:
        """Strike a removed index from the register."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM vector_indexes WHERE name = %s AND status <> 'active'", [record.name])


def records(connection: Connection, condition: str, *parameters: object) -> list[IndexRecord]:
    """The indexes of which a condition holds; none where there is no embedding model yet."""
    statement = SQL(query("index_records")) + SQL(condition)
    return [_record(row) for row in connection.execute(statement, parameters).fetchall()]


def _record(row: Row) -> IndexRecord:
    number, name, store, kind, settings, dimension = row
    return IndexRecord(number, name, IndexChoice(store, kind, tuple(sorted(settings.items()))), dimension)
