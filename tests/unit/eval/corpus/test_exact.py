from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from eval.corpus.exact import chunk_ids, neighbours, recall_at
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
BOTH = Selection((1, 2))


class Stored:
    """Vectors on a half circle: chunk i has the angle of i degrees; odd ones are in collection 2."""

    def __init__(self, count: int, batch: int = 7) -> None:
        self.count, self.batch = count, batch

    def batches(self, size: int) -> Iterator[tuple[list[IndexEntry], Vectors]]:
        for start in range(0, self.count, self.batch):
            ids = range(start, min(start + self.batch, self.count))
            yield (
                [IndexEntry(one, 1, 1 + one % 2, "pdf", (), MOMENT) for one in ids],
                np.stack([angle(one) for one in ids]),
            )


def angle(degrees: float) -> Vectors:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def test_neighbours_are_the_nearest_of_all_batches() -> None:
    found = neighbours(np.stack([angle(20), angle(0)]), Stored(60), BOTH, 3)

    assert sorted(found.ids[0].tolist()) == [19, 20, 21]
    assert found.ids[0][0] == 20
    assert found.ids[1].tolist() == [0, 1, 2]
    assert found.scores[1].tolist() == pytest.approx([1.0, np.cos(np.radians(1)), np.cos(np.radians(2))], abs=1e-3)


def test_only_what_is_admitted_is_compared() -> None:
    even = Selection((1,))

    assert chunk_ids(Stored(9), even) == [0, 2, 4, 6, 8]
    assert neighbours(angle(0)[None], Stored(60), even, 3).ids.tolist() == [[0, 2, 4]]


def test_fewer_chunks_than_wanted_leave_places_empty() -> None:
    found = neighbours(angle(0)[None], Stored(2), BOTH, 4)

    assert found.ids.tolist() == [[0, 1, -1, -1]]
    assert recall_at(4, [[Scored(0, 1.0)]], found) == [0.5]
    assert recall_at(4, [[]], neighbours(angle(0)[None], Stored(0), BOTH, 4)) == [1.0]


def test_recall_is_the_share_of_neighbours_that_were_found() -> None:
    exact = neighbours(angle(0)[None], Stored(60), BOTH, 4)

    assert exact.ids.tolist() == [[0, 1, 2, 3]]
    assert recall_at(4, [[Scored(0, 1.0), Scored(2, 0.9994), Scored(9, 0.98), Scored(8, 0.99)]], exact) == [0.5]
    assert recall_at(1, [[Scored(1, 0.9998), Scored(0, 1.0)]], exact) == [0.0]


def test_a_chunk_as_near_as_the_last_one_counts_too() -> None:
    exact = neighbours(angle(0)[None], Stored(60), BOTH, 2)
    as_near = float(exact.scores[0][1])

    assert recall_at(2, [[Scored(0, 1.0), Scored(99, as_near)]], exact) == [1.0]
    assert recall_at(2, [[Scored(0, 1.0), Scored(99, as_near - 0.001)]], exact) == [0.5]
