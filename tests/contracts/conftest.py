"""Every test of a contract runs once for each adapter."""

import pytest

from infra.postgres.server import Database
from tests.contracts.stores import Store, memory_store, postgres_store


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """The ports of one adapter, empty."""
    if request.param == "memory":
        return memory_store()
    database: Database = request.getfixturevalue("database")
    return postgres_store(database)
