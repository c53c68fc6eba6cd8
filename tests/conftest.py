"""Fixtures for all tests: one embedded Postgres for the whole run, a fresh database for each test."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra.models.loading import load_embedder, load_reranker
from infra.postgres.embedded import EmbeddedServer
from infra.postgres.library import PgMaintenance
from infra.postgres.server import Database
from ingest.ports import Embedder
from retrieval.ports import Reranker
from tests.contracts.milvus_server import milvus_lite_uri, milvus_server, milvus_server_uri

__all__ = ["milvus_lite_uri", "milvus_server", "milvus_server_uri"]

TEMPLATE = "template_footnote"
DIMENSION = 8


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedServer]:
    """A real server, stopped at the end."""
    with TemporaryDirectory(prefix="footnote-test-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        yield server
        server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: EmbeddedServer) -> str:
    """A database with the schema, to be copied; its connection string."""
    create_database(postgres_server.url, TEMPLATE)
    url = make_conninfo(postgres_server.url, dbname=TEMPLATE)
    with Database(url) as database:
        maintenance = PgMaintenance(database)
        maintenance.migrate()
        maintenance.ensure_embedding("test", DIMENSION)
    return url


@pytest.fixture(scope="session")
def new_database(postgres_server: EmbeddedServer, postgres_template: str) -> Callable[[], str]:
    """Makes a fresh database with the schema; returns its connection string."""
    assert postgres_template
    numbers = itertools.count(1)

    def make() -> str:
        name = f"test_{next(numbers)}"
        create_database(postgres_server.url, name, TEMPLATE)
        return make_conninfo(postgres_server.url, dbname=name)

    return make


@pytest.fixture(scope="session")
def shared_database(new_database: Callable[[], str]) -> Iterator[Database]:
    """One database that many tests use, one after the other."""
    with Database(new_database()) as opened:
        yield opened


@pytest.fixture
def database(shared_database: Database) -> Database:
    """An empty database with room for vectors of 8 numbers."""
    with shared_database.transaction() as connection:
        connection.execute("DELETE FROM collections; DELETE FROM facts; DELETE FROM procrastinate_jobs")
        connection.execute("DELETE FROM procrastinate_workers")
    return shared_database


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home for a server.

    Not below `tmp_path`: as root, the server runs under another account, and every start of pytest closes the folder
    of all temporary paths to others.
    """
    with TemporaryDirectory(prefix="footnote-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The packaged embedding model."""
    return load_embedder("bge-small-en-v1.5", None, threads=2)


@pytest.fixture(scope="session")
def reranker() -> Reranker:
    """The packaged cross-encoder."""
    return load_reranker("ms-marco-MiniLM-L-12-v2", threads=2)


def create_database(url: str, name: str, template: str = "template1") -> None:
    """Make a database as a copy of another one."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
