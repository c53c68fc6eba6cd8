from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from infra.postgres.embedded import EmbeddedServer
from infra.postgres.library import PgMaintenance
from infra.postgres.migrate import migrate
from infra.postgres.server import Database
from infra.postgres.statements import migrations
from ingest.errors import Permanent, StoreMismatch, Transient
from tests.conftest import create_database


def empty(server: EmbeddedServer, name: str) -> Database:
    create_database(server.url, name)
    return Database(make_conninfo(server.url, dbname=name))


def test_every_migration_is_applied_once(postgres_server: EmbeddedServer) -> None:
    with empty(postgres_server, "once") as database:
        assert migrate(database) == ["0000_jobs", *(name for _, name, _ in migrations())]
        assert migrate(database) == []


def test_numbers_run_without_gaps() -> None:
    assert [number for number, _, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_two_processes_at_once_take_turns(postgres_server: EmbeddedServer) -> None:
    with empty(postgres_server, "at_once") as database, ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(database), range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(migrations()) + 1]


def test_a_newer_database_is_refused(database: Database, new_database: Callable[[], str]) -> None:
    with Database(new_database()) as newer:
        with newer.transaction() as connection:
            connection.execute("INSERT INTO migrations (number, name) VALUES (9999, '9999_future')")
        with pytest.raises(Permanent, match="newer version of Footnote"):
            migrate(newer)
    assert migrate(database) == []


def test_a_migration_that_fails_leaves_nothing(postgres_server: EmbeddedServer) -> None:
    with empty(postgres_server, "fails") as database:
        with psycopg.connect(database.url) as connection:
            connection.execute("CREATE TABLE versions (id int)")
        with pytest.raises(psycopg.errors.DuplicateTable):
            migrate(database)
        with database.transaction() as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert names == [("versions",)]


def test_a_server_that_is_away_is_a_transient_error() -> None:
    with (
        Database("host=127.0.0.1 port=1 user=nobody connect_timeout=2") as database,
        pytest.raises(Transient, match="not reachable"),
    ):
        migrate(database)


def test_another_model_is_refused_while_there_are_vectors(new_database: Callable[[], str]) -> None:
    with Database(new_database()) as database:
        maintenance = PgMaintenance(database)
        maintenance.ensure_embedding("other", 4)
        with database.transaction() as connection:
            connection.execute(ONE_VECTOR)
        maintenance.ensure_embedding("other", 4)
        with pytest.raises(StoreMismatch):
            maintenance.ensure_embedding("third", 4)
        assert maintenance.reembed("third", 6) == 1
        status = maintenance.status()
    assert (status.embedding_model, status.dimension, status.vectors, status.jobs_waiting) == ("third", 6, 0, 1)


ONE_VECTOR = """
INSERT INTO collections (name) VALUES ('c');
INSERT INTO documents (collection_id, name) SELECT id, 'd' FROM collections;
INSERT INTO versions (document_id, number, file_type, sha256, bytes, status, current)
SELECT id, 1, 'pdf', 'x', 1, 'indexed', true FROM documents;
INSERT INTO chunks (
    version_id, ordinal, text, heading_path, page, page_end, span_start, span_end, tokens, sentences
)
SELECT id, 0, 'text', '{}', 1, 1, 0, 4, 1, '[]' FROM versions;
INSERT INTO chunk_vectors (
    chunk_id, version_id, document_id, collection_id, file_type, tags, uploaded_at, embedding
)
SELECT k.id, v.id, d.id, d.collection_id, 'pdf', '{}', now(), '[1,2,3,4]'
FROM chunks k JOIN versions v ON v.id = k.version_id JOIN documents d ON d.id = v.document_id;
"""
