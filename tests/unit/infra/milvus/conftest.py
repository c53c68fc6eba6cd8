"""Milvus Lite in a folder and a real server; tests of the server are slow."""

from collections.abc import Iterator

import pytest

from infra.milvus import collection
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import Address, IndexSettings
from tests.unit.infra.milvus.material import DIMENSION


@pytest.fixture(scope="session", params=["lite", pytest.param("server", marks=pytest.mark.slow)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    opened = Connection(Address(request.getfixturevalue(f"milvus_{request.param}_uri")))
    yield opened
    opened.close()


@pytest.fixture
def index(connection: Connection) -> MilvusIndex:
    """Empty."""
    return made(connection, "tests", IndexSettings())


def made(connection: Connection, name: str, settings: IndexSettings) -> MilvusIndex:
    """An empty index; that the server builds its type is not tried."""
    found = connection.run(lambda client: client.has_collection(name))
    if not found:
        connection.run(lambda client: collection.make(client, name, DIMENSION))
    index = MilvusIndex(connection, name, DIMENSION, settings)
    index.create()
    index.clear()
    return index
