"""Waiting for a server to build an index."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.milvus.collection import BUILD_S, built
from ingest.errors import Transient


class Server:
    """Says the same of its index again and again."""

    def __init__(self, said: Iterator[Mapping[str, Any]]) -> None:
        self._said = said

    def describe_index(self, *_: object, **__: object) -> Mapping[str, Any]:
        return next(self._said)


class Time:
    """Passes by half an hour at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += BUILD_S / 2
        return self.now


def test_a_server_that_gets_on_is_waited_for() -> None:
    left = iter([*({"total_rows": 9, "pending_index_rows": one} for one in range(9, -1, -1))])
    assert built(Server(left), "chunks", 9, Time(), lambda _: None)


def test_a_server_that_stands_still_is_given_up() -> None:
    still = ({"total_rows": 9, "pending_index_rows": 9} for _ in range(100))
    with pytest.raises(Transient, match="takes too long"):
        built(Server(still), "chunks", 9, Time(), lambda _: None)
