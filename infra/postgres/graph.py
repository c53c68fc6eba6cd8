"""The HNSW graph: built, removed, and built again where it is missing.

Without it searches are exact and slower, never wrong. So a large load removes it first and builds it afterwards, which
costs less than growing it row by row.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Identifier, Literal

from infra.postgres.errors import translated
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.register import records
from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from ingest.errors import Transient
from retrieval.indexes import IndexRecord

logger = logging.getLogger(__name__)

STORE = "pgvector"
BUILDING = 7_203_320
LEAST_MEMORY_MB, MOST_MEMORY_MB = 64, 1_024
MOST_WORKERS = 7
# From so many rows on, and where the table grows by half or more, a load goes without the graph: a row costs about 3 ms
# where the graph grows by it, and about 1 ms where it is built at once.
LARGE_LOAD = 5_000
LARGE_SHARE = 0.5


def build(database: Database, record: IndexRecord) -> bool:
    """Build the graph where it is missing or half built; others go on reading and writing.

    Returns:
        False while another process does so.

    Raises:
        Transient, Permanent: It cannot be built.
    """
    with translated(), psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [BUILDING, record.name]).fetchone()
        if not row or not row[0]:
            return False
        if not is_built(connection, record.name):
            _build(connection, record, _workers() if database.embedded else None)
            connection.execute("ANALYZE chunk_vectors")
    return True


def remove(database: Database, name: str) -> None:
    """Remove the graph where it is; searches that use it are waited for, others go on."""
    with translated(), psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(Identifier(name)))


def build_missing(database: Database) -> None:
    """Build the graph of the active index if it is missing and no job is waiting that would have to grow it."""
    with database.transaction() as connection:
        found = records(connection, "status = 'active' AND store = 'pgvector'")
        built = not found or is_built(connection, found[0].name)
        busy = connection.execute(query("unfinished_job")).fetchone()
    if not built and not busy:
        build(database, found[0])


@contextmanager
def large_load(database: Database, rows: int) -> Iterator[None]:
    """Store so many rows: where they are many, the graph is removed before and built afterwards."""
    record = _removed(database, rows) if rows >= LARGE_LOAD else None
    yield
    if record:
        build(database, record)


def is_built(connection: Connection, name: str) -> bool:
    """Is the graph there and complete?"""
    row = connection.execute(
        "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid", [name]
    ).fetchone()
    return row is not None


def _removed(database: Database, rows: int) -> IndexRecord | None:
    """The index whose graph was removed; `None` where it is better kept, or in use for long."""
    try:
        with database.transaction() as connection:
            found = records(connection, "status = 'active' AND store = 'pgvector'")
            if not found or not is_built(connection, found[0].name) or not _is_large(connection, rows):
                return None
            connection.execute("SET LOCAL lock_timeout = '2s'")
            connection.execute(SQL("DROP INDEX {}").format(Identifier(found[0].name)))
            return found[0]
    except Transient as error:
        logger.info("a large load grows the vector index row by row", extra={"reason": str(error)})
        return None


def _is_large(connection: Connection, rows: int) -> bool:
    most = int(rows / LARGE_SHARE)
    return connection.execute("SELECT 1 FROM chunk_vectors LIMIT %s", [most + 1]).rowcount <= most


def _build(connection: Connection, record: IndexRecord, workers: int | None) -> None:
    """Build with several processes; with one where their shared memory is too small, as it is in some containers."""
    settings = PgIndexSettings.of(record.choice)
    settings.check(record.dimension)
    for attempt in (workers, 0):
        _tune(connection, settings.megabytes(_rows(connection), record.dimension), attempt)
        try:
            connection.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(Identifier(record.name)))
            connection.execute(
                SQL("CREATE INDEX CONCURRENTLY {} ON chunk_vectors {}").format(
                    Identifier(record.name), settings.method(record.dimension)
                )
            )
        except (errors.DiskFull, errors.OutOfMemory) as error:
            if attempt == 0 or "shared memory" not in str(error):
                raise
            logger.info("building the vector index in one process", extra={"reason": str(error)})
        else:
            return


def _tune(connection: Connection, megabytes: int, workers: int | None) -> None:
    """Memory for the whole graph: a build that runs out of it is many times slower."""
    memory = min(MOST_MEMORY_MB, max(LEAST_MEMORY_MB, megabytes, 32 * (1 + (workers or 0))))
    connection.execute(SQL("SET maintenance_work_mem = {}").format(Literal(f"{memory}MB")))
    connection.execute("SET statement_timeout = 0")
    if workers is not None:
        connection.execute(SQL("SET max_parallel_maintenance_workers = {}").format(Literal(workers)))
    with suppress(errors.InvalidParameterValue):  # not on every system
        connection.execute("SET client_connection_check_interval = '2s'")


def _rows(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM chunk_vectors").fetchone()
    return int(row[0]) if row else 0


def _workers() -> int:
    """Processes beside the one that leads, for a server on this machine."""
    return min(MOST_WORKERS, (os.cpu_count() or 1) - 1)
