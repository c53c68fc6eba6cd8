"""The graphs in Postgres, the register of indexes, and the log for indexes outside."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.vectors import VectorIndexes
from infra.memory.index import MemoryVectorIndex
from infra.memory.store import MemoryVectorStore
from infra.postgres import graph
from infra.postgres.access import PgAccess
from infra.postgres.changes import PgChanges
from infra.postgres.exact_scores import PgExactScores
from infra.postgres.index_settings import KINDS, Kind, PgIndexSettings
from infra.postgres.library import PgMaintenance
from infra.postgres.register import PgRegister
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from infra.postgres.stored_vectors import PgStoredVectors
from infra.postgres.vector_index import PgVectorIndex
from ingest.errors import OutOfDate, Permanent, Transient
from ingest.ports import Vectors
from retrieval.dense import DenseSearch
from retrieval.indexes import IndexChoice, IndexRecord
from retrieval.model import Filters, Scored, Selection
from retrieval.sync import Synchroniser
from tests.contracts.stores import DIMENSION, ME, Store, directions, first_axis, postgres_store

WIDE = 64
OUTSIDE = IndexChoice("memory", "exact")


def unit(count: int, dimension: int = DIMENSION, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact: Vectors = rows.astype(np.float16).astype(np.float32)
    return exact


@dataclass(frozen=True)
class Installation:
    """A database of its own, with one store outside of it."""

    database: Database
    outside: MemoryVectorStore = field(default_factory=MemoryVectorStore)

    @property
    def store(self) -> Store:
        return postgres_store(self.database)

    @property
    def indexes(self) -> VectorIndexes:
        return VectorIndexes(self.database, {"pgvector": PgVectorStore(self.database), "memory": self.outside})

    @property
    def record(self) -> IndexRecord:
        return PgRegister(self.database).active()

    @property
    def held(self) -> set[int]:
        return set(self.outside.indexes[self.record.name].rows)

    def stored(self) -> set[int]:
        return {one.chunk_id for batch, _ in PgStoredVectors(self.database).batches(3) for one in batch}

    def changes(self) -> list[tuple[str, int]]:
        with self.database.transaction() as connection:
            rows = connection.execute("SELECT operation, cardinality(chunk_ids) FROM vector_changes ORDER BY id")
            return [(str(operation), int(count)) for operation, count in rows.fetchall()]

    def graphs(self) -> set[str]:
        with self.database.transaction() as connection:
            rows = connection.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%hnsw%'").fetchall()
        return {str(name) for (name,) in rows}


@pytest.fixture
def installation(new_database: Callable[[], str]) -> Iterator[Installation]:
    with Database(new_database()) as database:
        yield Installation(database)


@pytest.fixture(scope="module")
def wide(new_database: Callable[[], str]) -> Iterator[tuple[str, Vectors, list[int]]]:
    """2,000 vectors of 64 numbers, the last ones with the tag rare; their chunk ids."""
    rows = unit(2_000, WIDE)
    with Database(new_database()) as database:
        PgMaintenance(database).reembed("wide", WIDE)
        store = postgres_store(database)
        store.add("many.pdf", [str(one) for one in range(1_800)], rows[:1_800])
        store.add("few.pdf", [str(one) for one in range(200)], rows[1_800:], tags=["rare"])
        ids = [one.chunk_id for batch, _ in PgStoredVectors(database).batches(500) for one in batch]
        yield database.url, rows, ids


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_graph_is_used_and_finds_the_nearest(wide: tuple[str, Vectors, list[int]], kind: Kind) -> None:
    url, rows, ids = wide
    with Database(url) as plain:
        Installation(plain).indexes.switch().switch(IndexChoice("pgvector", kind))
        assert len(Installation(plain).graphs()) == 1
    forced = make_conninfo(url, options="-c enable_seqscan=off -c enable_sort=off -c enable_bitmapscan=off")
    with Database(forced) as database:
        index, collections = (
            PgVectorIndex(database, WIDE, PgIndexSettings(kind, rescore_depth=1_000)),
            PgStoredVectors(database).collections(),
        )
        for selection, among in (
            (Selection(collections), slice(None)),
            (Selection(collections, tags=("rare",)), slice(1_800, None)),
        ):
            recalls = []
            for question in rows[::100]:
                truth = {ids[among][one] for one in np.argsort(-(rows[among] @ question))[:10]}
                found = index.search(question, selection, 10)
                assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
                recalls.append(len(truth & {one.chunk_id for one in found}) / 10)
            assert np.mean(recalls) >= 0.97
        name = Installation(database).record.name
        with database.transaction() as connection:
            distance = PgIndexSettings(kind).distance(WIDE)
            statement = psycopg.sql.SQL("EXPLAIN SELECT chunk_id FROM chunk_vectors ORDER BY {} LIMIT 9").format(
                distance
            )
            plan = connection.execute(statement, {"vector": str(rows[0].tolist())}).fetchall()
    assert any(f"using {name} " in line for (line,) in plan)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ivf"}, {"m": 1}, {"m": 101}, {"ef_construction": 3}, {"m": 50, "ef_construction": 60},
        {"ef_search": 0}, {"ef_search": 1_001}, {"rescore_depth": 0},
    ],
    ids=str,
)  # fmt: skip
def test_settings_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Permanent, match=next(iter(reversed(wrong))).replace("kind", "no pgvector")):
        PgIndexSettings(**wrong)  # type: ignore[arg-type]


def test_a_choice_with_unknown_settings_is_refused(installation: Installation) -> None:
    switch = installation.indexes.switch()
    for choice, words in (
        (IndexChoice("pgvector", "halfvec", (("nlist", 3),)), "no setting 'nlist'"),
        (IndexChoice("pgvector", "halfvec", (("m", "many"),)), "whole number"),
        (IndexChoice("pgvector", "ivf"), "Choose one of"),
        (IndexChoice("lucene", "hnsw"), "memory, pgvector"),
    ):
        with pytest.raises(Permanent, match=words):
            switch.switch(choice)
    assert installation.record.choice == IndexChoice("pgvector", "halfvec")


def test_vectors_that_are_too_long_for_a_kind_are_refused(new_database: Callable[[], str]) -> None:
    with Database(new_database()) as database:
        maintenance, installation = PgMaintenance(database), Installation(database)
        maintenance.ensure_embedding("long", 3_000)
        with pytest.raises(Permanent, match="at most 2,000"):
            installation.indexes.switch().switch(IndexChoice("pgvector", "vector"))
        maintenance.ensure_embedding("longer", 5_000)
        assert installation.record.choice.kind == "bit"
        assert maintenance.status().index_kind == "pgvector HNSW (bit)"


def test_switching_keeps_what_is_found_and_removes_the_old_graph(installation: Installation) -> None:
    store = installation.store
    store.add("a.pdf", [str(one) for one in range(60)], unit(60))
    ranking = installation.indexes.ranking()
    question = unit(1, seed=5)[0]
    before = ranking.search(question, ME, Filters(), 10)
    for kind in ("bit", "vector", "halfvec"):
        report = installation.indexes.switch().switch(IndexChoice("pgvector", kind))
        assert (report.vectors, report.recall, report.sampled, report.rebuilt) == (60, 1.0, 60, True)
        assert ranking.search(question, ME, Filters(), 10) == before
        assert installation.graphs() == {installation.record.name}
    status = PgMaintenance(installation.database).status()
    assert (status.store, status.index_kind, status.pending) == ("pgvector", "pgvector HNSW (halfvec)", 0)
    assert status.bytes_a_vector is not None
    ranking.close()


def test_knobs_of_the_search_need_no_new_graph(installation: Installation) -> None:
    installation.store.add("a.pdf", ["one", "two"])
    graphs, number = installation.graphs(), installation.record.number
    report = installation.indexes.switch().switch(IndexChoice("pgvector", "halfvec", (("ef_search", 300),)))
    assert not report.rebuilt
    assert installation.graphs() == graphs
    assert installation.record.number > number
    assert installation.record.choice.settings == (("ef_search", 300),)
    assert installation.indexes.switch().switch(installation.record.choice, rebuild=True).rebuilt
    assert installation.graphs() != graphs


def test_only_one_process_changes_the_index(installation: Installation) -> None:
    with PgRegister(installation.database).alone(), pytest.raises(Transient, match="Another process"):
        installation.indexes.switch().switch(IndexChoice("pgvector", "bit"))


def test_what_an_interrupted_switch_left_is_removed(installation: Installation) -> None:
    register = PgRegister(installation.database)
    for choice in (IndexChoice("pgvector", "bit"), OUTSIDE):
        record = register.begin(choice, external=choice is OUTSIDE)
        installation.indexes.stores[choice.store].create(record)
    assert len(installation.graphs()) == 2
    installation.indexes.upkeep()
    assert installation.graphs() == {installation.record.name}
    assert (register.leftovers(), installation.outside.indexes) == ([], {})


class Forgetful(MemoryVectorIndex):
    """Finds the farthest."""

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        return super().search(-vector, selection, min(k, 5))


@dataclass(frozen=True)
class ForgetfulStore(MemoryVectorStore):
    def create(self, record: IndexRecord) -> None:
        self.indexes[record.name] = Forgetful(record.dimension)


def test_an_index_that_does_not_find_enough_is_refused(installation: Installation) -> None:
    installation.store.add("a.pdf", [str(one) for one in range(60)], unit(60))
    bad = ForgetfulStore()
    before = installation.record
    indexes = VectorIndexes(installation.database, {**installation.indexes.stores, "memory": bad})
    with pytest.raises(Permanent, match="The old one stays"):
        indexes.switch().switch(OUTSIDE)
    assert installation.record == before
    assert bad.indexes == {}
    installation.store.add("b.pdf", ["more"])
    assert installation.changes() == []


def test_nothing_is_noted_without_an_index_outside(installation: Installation) -> None:
    store = installation.store
    receipt = store.add("a.pdf", ["one", "two"])
    store.library.delete(receipt.document_id, ME)
    assert installation.changes() == []


def test_changes_are_noted_in_few_rows(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    store = installation.store
    receipt = store.add("a.pdf", [str(one) for one in range(2_500)], unit(2_500))
    store.library.delete(receipt.document_id, ME)
    noted = installation.changes()
    assert [count for operation, count in noted if operation == "upsert"] == [1_000, 1_000, 500]
    assert [count for operation, count in noted if operation == "delete"] == [1_000, 1_000, 500]
    installation.indexes.upkeep()
    assert installation.held == set()


def test_an_index_outside_is_filled_and_kept_up_to_date(installation: Installation) -> None:
    store = installation.store
    receipts = [
        store.add(f"{one}.pdf", [f"{one} {place}" for place in range(5)], unit(5, seed=one)) for one in range(4)
    ]
    report = installation.indexes.switch().switch(OUTSIDE)
    assert (report.vectors, report.recall) == (20, 1.0)
    assert installation.held == installation.stored()
    store.library.delete(receipts[0].document_id, ME)
    store.add("1.pdf", ["new"], unit(1, seed=9))
    store.add("5.pdf", ["fresh", "fresher"], unit(2, seed=10))
    assert PgMaintenance(installation.database).status().pending > 0
    installation.indexes.upkeep()
    assert installation.held == installation.stored()
    assert PgMaintenance(installation.database).status().pending == 0
    installation.indexes.upkeep()
    assert installation.held == installation.stored()


def test_what_is_not_applied_yet_is_found_and_what_is_deleted_is_not(installation: Installation) -> None:
    store = installation.store
    old = store.add("old.pdf", ["old"], directions(1))
    installation.indexes.switch().switch(OUTSIDE)
    ranking = installation.indexes.ranking()
    store.add("new.pdf", ["new"], directions(2)[1:])
    store.library.delete(old.document_id, ME)
    assert len(installation.held) == 1
    assert {one.chunk_id for one in ranking.search(first_axis(), ME, Filters(), 10)} == installation.stored()
    store.restrict("default", ["group:people"])
    assert ranking.search(first_axis(), ME, Filters(), 10) == []
    ranking.close()


def test_a_search_misses_nothing_while_the_index_is_brought_up_to_date(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    installation.store.add("a.pdf", ["one", "two"])
    indexes, record = installation.indexes, installation.record

    class Late(MemoryVectorIndex):
        def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
            found = super().search(vector, selection, k)
            indexes.upkeep()
            assert PgMaintenance(installation.database).status().pending == 0
            return found

    late = Late(DIMENSION)
    dense = DenseSearch(PgAccess(installation.database), late, PgExactScores(installation.database, record.name))
    assert {one.chunk_id for one in dense.search(first_axis(), ME, Filters(), 10)} == installation.stored()


def test_a_running_search_notices_a_switch_to_an_index_outside_and_back(installation: Installation) -> None:
    installation.store.add("a.pdf", ["one", "two"])
    ranking = installation.indexes.ranking()
    before = ranking.search(first_axis(), ME, Filters(), 10)
    for choice in (OUTSIDE, IndexChoice("pgvector", "halfvec")):
        installation.indexes.switch().switch(choice)
        assert ranking.search(first_axis(), ME, Filters(), 10) == before
    assert installation.outside.indexes == {}
    ranking.close()


def test_a_crash_before_the_position_is_recorded_does_no_harm(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    store = installation.store
    receipt = store.add("a.pdf", ["one", "two"])
    log, index = PgChanges(installation.database, installation.record.name), MemoryVectorIndex(DIMENSION)

    class Crash(PgChanges):
        def advance(self, position: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Synchroniser(Crash(log.database, log.name), index).catch_up()
    assert len(index.rows) == 2
    store.library.delete(receipt.document_id, ME)
    assert Synchroniser(log, index).catch_up() > 0
    assert index.rows == {}
    assert Synchroniser(log, index).catch_up() == 0


def test_changes_come_in_batches_that_end_at_a_change(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    for one in range(7):
        installation.store.add(f"{one}.pdf", ["a", "b", "c"], unit(3, seed=one))
    log = PgChanges(installation.database, installation.record.name, most=7)
    position, sizes = log.applied(), []
    while position is not None and (batch := log.after(position)):
        assert batch.vectors.shape == (len(batch.entries), DIMENSION)
        position = batch.position
        sizes.append(len(batch.entries))
    assert sizes == [9, 9, 3]


def test_what_every_index_holds_is_forgotten(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    installation.store.add("a.pdf", ["one", "two"])
    name = installation.record.name
    log = PgChanges(installation.database, name, kept_s=0.0)
    begun = log.applied()
    log.trim()
    assert len(installation.changes()) == 1
    installation.indexes.upkeep()
    assert len(installation.changes()) == 1  # kept for searches that are under way
    log.trim()
    assert installation.changes() == []
    assert begun is not None
    with pytest.raises(OutOfDate):
        log.after(begun)
    applied = log.applied()
    assert applied is not None
    assert log.after(applied) is None
    assert installation.indexes.switch().switch(OUTSIDE, rebuild=True).vectors == 2


def test_writers_at_once_are_noted_in_the_order_of_their_commits(installation: Installation) -> None:
    installation.indexes.switch().switch(OUTSIDE)
    store = installation.store
    versions = [store.upload(f"{one}.pdf", content=str(one)).version_id for one in range(12)]
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(store.complete, one, ["x", "y"], unit(2, seed=one)) for one in versions]
        while not all(one.done() for one in done):
            installation.indexes.upkeep()
        for one in done:
            one.result()
    installation.indexes.upkeep()
    assert installation.held == installation.stored()
    assert len(installation.held) == 24


def test_another_model_gives_up_the_index_outside(installation: Installation) -> None:
    installation.store.add("a.pdf", ["one", "two"])
    installation.indexes.switch().switch(OUTSIDE)
    maintenance = PgMaintenance(installation.database)
    assert maintenance.reembed("other", 4) == 1
    assert installation.record.choice == IndexChoice("pgvector", "halfvec")
    assert maintenance.status().index_kind == "pgvector HNSW (halfvec), not built yet"
    installation.indexes.upkeep()  # a job is waiting: the graph is built when all is embedded
    assert installation.graphs() == set()
    with installation.database.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    installation.indexes.upkeep()
    assert installation.graphs() == {installation.record.name}
    assert installation.outside.indexes == {}


def test_a_large_load_goes_without_the_graph_and_builds_it_afterwards(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "LARGE_LOAD", 50)
    built = watched(monkeypatch)
    store = installation.store
    store.add("small.pdf", [str(one) for one in range(40)], unit(40))
    store.add("large.pdf", [str(one) for one in range(100)], unit(100))
    store.add("less.pdf", [str(one) for one in range(60)], unit(60))
    store.add("least.pdf", [str(one) for one in range(49)], unit(49))
    assert built == [installation.record.name]
    assert installation.graphs() == {installation.record.name}


def test_a_graph_that_a_crash_left_unbuilt_is_built_later(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "LARGE_LOAD", 50)
    with crashing_builds(), pytest.raises(KeyboardInterrupt):
        installation.store.add("large.pdf", [str(one) for one in range(100)], unit(100))
    assert installation.graphs() == set()
    ranking = installation.indexes.ranking()
    assert len(ranking.search(first_axis(), ME, Filters(), 100)) == 100
    ranking.close()
    with installation.database.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    installation.indexes.upkeep()
    assert installation.graphs() == {installation.record.name}


def test_exact_scores_leave_out_what_is_gone(installation: Installation) -> None:
    store = installation.store
    store.add("a.pdf", ["one", "two", "three"], directions(3))
    ids = sorted(installation.stored())
    exact, everything = (
        PgExactScores(installation.database),
        Selection(PgStoredVectors(installation.database).collections()),
    )
    found = exact.rescore(first_axis(), [*ids, 999_999, ids[0]], everything, 2, 0)
    assert [one.chunk_id for one in found] == ids[:2]
    assert exact.rescore(first_axis(), ids, Selection(()), 2, 0) == []


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of graphs that are built from now on."""
    names: list[str] = []
    build = graph.build

    def note(database: Database, record: IndexRecord) -> bool:
        names.append(record.name)
        return build(database, record)

    monkeypatch.setattr(graph, "build", note)
    return names


@contextmanager
def crashing_builds() -> Iterator[None]:
    def crash(database: Database, record: IndexRecord) -> bool:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "build", crash)
        yield
