"""What keeps indexes in order, and what answers while their store is away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from app.caretaker import Caretaker
from app.vectors import VectorIndexes
from infra.memory.index import MemoryVectorIndex
from infra.memory.store import MemoryVectorStore
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from ingest.errors import Transient
from ingest.ports import Vectors
from retrieval.indexes import IndexChoice, IndexRecord
from retrieval.model import Filters, Scored, Selection
from retrieval.ports import VectorIndex
from tests.contracts.stores import ME, Store, first_axis, postgres_store


@dataclass(frozen=True)
class Fragile(MemoryVectorIndex):
    """Can be away, and remembers how often it was put in order."""

    events: list[str] = field(default_factory=list)

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        if "away" in self.events:
            raise Transient("The store is away.")
        return super().search(vector, selection, k)

    def settle(self) -> None:
        self.events.append("settled")


@dataclass(frozen=True)
class FragileStore(MemoryVectorStore):
    """Remembers what is opened and closed."""

    events: list[str] = field(default_factory=list)

    def create(self, record: IndexRecord) -> None:
        self.indexes[record.name] = Fragile(record.dimension, events=self.events)

    @contextmanager
    def open(self, record: IndexRecord) -> Iterator[VectorIndex]:
        self.events.append("opened")
        yield self.indexes[record.name]
        self.events.append("closed")


@dataclass(frozen=True)
class Bench:
    database: Database
    outside: FragileStore = field(default_factory=FragileStore)

    @property
    def indexes(self) -> VectorIndexes:
        return VectorIndexes(self.database, {"pgvector": PgVectorStore(self.database), "outside": self.outside})

    @property
    def store(self) -> Store:
        return postgres_store(self.database)

    def found(self) -> list[int]:
        with self.indexes.steady_ranking() as ranking:
            return [one.chunk_id for one in ranking.search(first_axis(), ME, Filters(), 10)]


@pytest.fixture
def bench(new_database: Callable[[], str]) -> Iterator[Bench]:
    with Database(new_database()) as database:
        made = Bench(database)
        made.store.add("a.md", ["one", "two"])
        made.indexes.switch().switch(IndexChoice("outside", ""))
        yield made


def test_a_switch_settles_what_it_filled(bench: Bench) -> None:
    assert bench.outside.events == ["opened", "settled", "closed"]
    assert bench.indexes.choice().kind == "exact"


def test_the_caretaker_keeps_an_index_open_until_another_one_is_active(bench: Bench) -> None:
    caretaker = Caretaker(bench.indexes)
    bench.outside.events.clear()
    caretaker.round()
    assert bench.outside.events == []
    for name in ("b.md", "c.md"):
        bench.store.add(name, [name])
        caretaker.round()
    assert bench.outside.events == ["opened", "settled", "settled"]
    bench.indexes.switch().switch(IndexChoice("pgvector", ""))
    caretaker.round()
    assert bench.outside.events[-1] == "closed"
    caretaker.close()


def test_closing_lets_go_of_the_index(bench: Bench) -> None:
    caretaker = Caretaker(bench.indexes)
    bench.store.add("b.md", ["b"])
    caretaker.round()
    caretaker.close()
    caretaker.close()
    assert bench.outside.events[-1] == "closed"


def test_all_vectors_are_compared_while_the_store_is_away(bench: Bench) -> None:
    before = bench.found()
    bench.outside.events.append("away")
    bench.store.add("b.md", ["newer"])
    assert bench.found()[:1] == before[:1]
    assert len(bench.found()) == 3


def test_too_many_vectors_are_not_compared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.vectors.MOST_COMPARED", 1)
    bench.outside.events.append("away")
    with pytest.raises(Transient, match="The store is away"):
        bench.found()
