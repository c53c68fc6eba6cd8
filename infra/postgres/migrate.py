"""Applies numbered migrations, each in one transaction, under a lock."""

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.sql import SQL

from infra.postgres.errors import translated
from infra.postgres.remote import check_server
from infra.postgres.server import Connection, Database
from infra.postgres.statements import migrations
from ingest.errors import Permanent

LOCK = 7_203_315
JOBS = "0000_jobs"


def migrate(database: Database) -> list[str]:
    """Apply what is missing; two processes at once take turns. Returns the names of the migrations applied.

    It uses a connection of its own: those of the pool learn the vector types when they are made.

    Raises:
        Permanent: The database was made by a newer Footnote, or does not fit.
    """
    with translated(), psycopg.connect(database.url) as connection:
        check_server(connection)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        done = _applied(connection)
        known = {number for number, _, _ in migrations()} | {0}
        if done - known:
            raise Permanent("The database was made by a newer version of Footnote. Update Footnote.")
        return [*_jobs_schema(connection, done), *_own(connection, done)]


def _applied(connection: Connection) -> set[int]:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    return {int(number) for (number,) in connection.execute("SELECT number FROM migrations").fetchall()}


def _jobs_schema(connection: Connection, done: set[int]) -> list[str]:
    if 0 in done:
        return []
    connection.execute(SQL(SchemaManager.get_schema()), prepare=False)
    _record(connection, 0, JOBS)
    return [JOBS]


def _own(connection: Connection, done: set[int]) -> list[str]:
    applied = []
    for number, name, text in migrations():
        if number not in done:
            connection.execute(SQL(text), prepare=False)
            _record(connection, number, name)
            applied.append(name)
    return applied


def _record(connection: Connection, number: int, name: str) -> None:
    connection.execute("INSERT INTO migrations (number, name) VALUES (%s, %s)", [number, name])
