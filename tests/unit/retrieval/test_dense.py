from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from infra.memory.index import MemoryVectorIndex
from ingest.errors import InvalidVectors, Transient
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.current import CurrentRanking, Opened
from retrieval.dense import DenseSearch
from retrieval.model import Changes, Filters, IndexEntry, Scored, Selection
from retrieval.ports import VectorRanking
from retrieval.sync import Synchroniser
from retrieval.vectors import checked

ASKED = np.array([1.0, 0.0], dtype=np.float32)
NOTHING: Vectors = np.empty((0, 2), dtype=np.float32)


@dataclass
class Gate:
    """The `Access` port."""

    selection: Selection = Selection((1,))

    def select(self, scope: Scope, filters: Filters) -> Selection:
        return self.selection


@dataclass(frozen=True)
class Rough(MemoryVectorIndex):
    """Remembers how many candidates were wanted."""

    wanted: list[int] = field(default_factory=list)

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        self.wanted.append(k)
        return super().search(vector, selection, k)


@dataclass
class Judge:
    """The `ExactScores` port: turns the order round."""

    asked: list[tuple[list[int], int, int]] = field(default_factory=list)
    admitted: int = 100

    def position(self) -> int:
        return 42

    def nearest_of_few(self, vector: Vectors, selection: Selection, k: int, most: int) -> list[Scored] | None:
        return None if self.admitted > most else [Scored(7, 1.0)]

    def rescore(
        self, vector: Vectors, chunk_ids: Sequence[int], selection: Selection, k: int, position: int
    ) -> list[Scored]:
        self.asked.append((list(chunk_ids), k, position))
        return [Scored(one, 1.0) for one in reversed(chunk_ids)][:k]


def entry(chunk_id: int) -> IndexEntry:
    return IndexEntry(chunk_id, 1, 1, "pdf", (), datetime(2026, 1, 1, tzinfo=UTC))


def filled(count: int = 5) -> Rough:
    index = Rough(2)
    angles = np.linspace(0, 1, count)
    index.upsert([entry(one) for one in range(count)], np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return index


def found(ranking: VectorRanking, k: int = 3) -> list[int]:
    return [one.chunk_id for one in ranking.search(ASKED, Scope(), Filters(), k)]


def test_an_exact_index_is_asked_for_as_many_as_are_wanted() -> None:
    index = filled()
    assert found(DenseSearch(Gate(), index)) == [0, 1, 2]
    assert index.wanted == [3]


def test_the_stored_vectors_have_the_last_word() -> None:
    index, judge = filled(), Judge()
    assert found(DenseSearch(Gate(), index, judge, depth=2, least=4, few=99)) == [4, 3, 2]
    assert found(DenseSearch(Gate(), index, judge, depth=1, least=4, few=99)) == [3, 2, 1]
    assert index.wanted == [6, 4]
    assert judge.asked == [([0, 1, 2, 3, 4], 3, 42), ([0, 1, 2, 3], 3, 42)]


def test_few_are_compared_without_the_index() -> None:
    index, judge = filled(), Judge()
    assert found(DenseSearch(Gate(), index, judge, few=100)) == [7]
    assert (index.wanted, judge.asked) == ([], [])


@pytest.mark.parametrize("selection", [Selection(()), Selection((1,), documents=())])
def test_who_may_read_nothing_costs_no_search(selection: Selection) -> None:
    index, judge = filled(), Judge()
    assert found(DenseSearch(Gate(selection), index, judge)) == []
    assert (index.wanted, judge.asked) == ([], [])


@dataclass
class Log:
    """The `ChangeLog` port over batches."""

    batches: list[Changes]
    position: int | None = 0
    trimmed: int = 0

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def applied(self) -> int | None:
        return self.position

    def behind(self) -> bool:
        return self.position is not None and self.after(self.position) is not None

    def after(self, position: int) -> Changes | None:
        return next((one for one in self.batches if one.position > position), None)

    def advance(self, position: int) -> None:
        self.position = position

    def trim(self) -> None:
        self.trimmed += 1


def written(position: int, *chunk_ids: int) -> Changes:
    return Changes(False, (), tuple(entry(one) for one in chunk_ids), np.tile(ASKED, (len(chunk_ids), 1)), position)


def removed(position: int, *chunk_ids: int, cleared: bool = False) -> Changes:
    return Changes(cleared, chunk_ids, (), NOTHING, position)


def test_changes_are_applied_in_order() -> None:
    log = Log([written(1, 1, 2, 3), removed(4, 2), removed(5, cleared=True), written(9, 7)])
    index = MemoryVectorIndex(2)
    assert Synchroniser(log, index).catch_up() == 5
    assert (set(index.rows), log.position, log.trimmed) == ({7}, 9, 1)
    assert Synchroniser(log, index).catch_up() == 0


def test_an_index_that_nobody_needs_is_left_alone() -> None:
    log, index = Log([written(1, 1)], position=None), MemoryVectorIndex(2)
    assert Synchroniser(log, index).catch_up() == 0
    assert index.rows == {}


def test_what_was_not_recorded_is_applied_again() -> None:
    class Failing(MemoryVectorIndex):
        def delete(self, chunk_ids: Sequence[int]) -> None:
            raise Transient

    log, failing = Log([written(1, 1, 2), removed(2, 1)]), Failing(2)
    with pytest.raises(Transient):
        Synchroniser(log, failing).catch_up()
    assert log.position == 1
    index = MemoryVectorIndex(2, failing.rows)
    log.position = 0
    Synchroniser(log, index).catch_up()
    assert set(index.rows) == {2}


class Switchable:
    """Indexes by number, of which one is active."""

    def __init__(self) -> None:
        self.number, self.closed, self.broken = 1, list[int](), set[int]()

    def open(self) -> Opened:
        return self.number, _Ranking(self, self.number)


class _Ranking(AbstractContextManager[VectorRanking]):
    def __init__(self, owner: Switchable, number: int) -> None:
        self.owner, self.number = owner, number

    def __enter__(self) -> VectorRanking:
        return self

    def __exit__(self, *_: object) -> None:
        self.owner.closed.append(self.number)

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        if self.number in self.owner.broken:
            self.owner.number += 1
            raise Transient
        return [Scored(self.number, 1.0)]


def test_another_index_is_opened_when_it_is_made_the_active_one() -> None:
    owner = Switchable()
    ranking = CurrentRanking(lambda: owner.number, owner.open)
    assert found(ranking) == found(ranking) == [1]
    owner.number = 2
    assert found(ranking) == [2]
    assert owner.closed == [1]
    ranking.close()
    assert owner.closed == [1, 2]


def test_a_search_that_fails_because_of_a_switch_is_done_again() -> None:
    owner = Switchable()
    owner.broken.add(1)
    assert found(CurrentRanking(lambda: owner.number, owner.open)) == [2]


def test_a_search_that_fails_for_another_reason_fails() -> None:
    owner = Switchable()
    owner.broken.add(1)
    ranking = CurrentRanking(lambda: 1, owner.open)
    with pytest.raises(Transient):
        found(ranking)


@pytest.mark.parametrize("wrong", [[1.0], [np.nan, 0.0], [np.inf, 0.0], [0.0, 0.0], [1e6, 0.0], [1e-9, 0.0]])
def test_vectors_that_cannot_be_stored_are_refused(wrong: list[float]) -> None:
    with pytest.raises(InvalidVectors):
        checked(np.array(wrong), (2,))
    assert checked(np.array([1.0, 2.0]), (2,)).dtype == np.float32


class Picky(Judge):
    """All but the last chunks are gone."""

    def rescore(
        self, vector: Vectors, chunk_ids: Sequence[int], selection: Selection, k: int, position: int
    ) -> list[Scored]:
        return [Scored(one, 1.0) for one in chunk_ids if one >= 90][:k]


def test_an_index_that_proposes_what_is_gone_is_asked_for_more() -> None:
    index = filled(100)
    assert found(DenseSearch(Gate(), index, Picky(), depth=1, least=5, few=1)) == [90, 91, 92]
    assert index.wanted == [5, 20, 80, 320]
