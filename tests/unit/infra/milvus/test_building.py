"""Waiting for a server to build an index."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.milvus.collection import BUILD_S, built, taken_over
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


class Segment:
    """As a server tells of it."""

    def __init__(self, num_rows: int, index_id: int) -> None:
        self.num_rows, self.index_id = num_rows, index_id


class Loading:
    """Takes an index over at the third look."""

    def __init__(self) -> None:
        self.looks = 0

    def list_loaded_segments(self, *_: object, **__: object) -> list[Segment]:
        self.looks += 1
        return [Segment(10, 0), Segment(5_000, 7 if self.looks >= 3 else 0)]


def test_a_built_index_is_waited_for_until_it_searches() -> None:
    server = Loading()
    assert taken_over(server, "chunks", 1_024, sleep=lambda _: None)
    assert server.looks == 3


def test_a_built_index_that_is_never_taken_over_is_told() -> None:
    assert not taken_over(Loading(), "chunks", 1, Time(), lambda _: None)
