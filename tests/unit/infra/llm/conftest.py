"""Model servers on loopback."""

from collections.abc import Iterator

import pytest

from tests.unit.infra.llm.model_server import ModelServerState, model_server


@pytest.fixture
def server() -> Iterator[ModelServerState]:
    with model_server() as state:
        yield state


@pytest.fixture
def second() -> Iterator[ModelServerState]:
    with model_server() as state:
        yield state
