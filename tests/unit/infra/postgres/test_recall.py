"""Tuning on a real database: what is measured, stored, remembered; and the log of what was asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from psycopg.conninfo import make_conninfo

from app.vectors import VectorIndexes
from infra.memory.store import MemoryVectorStore
from infra.postgres.chunk_texts import PgChunkTexts
from infra.postgres.library import PgMaintenance
from infra.postgres.measurements import PgMeasurements
from infra.postgres.query_log import PgPastQueries, PgQueryLog
from infra.postgres.register import PgRegister
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from ingest.errors import NotFound, Permanent, Transient
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.indexes import IndexChoice, IndexRecord, Knob
from retrieval.model import Filters, Scored
from retrieval.tuning.model import TuneReport, TuneRequest
from retrieval.tuning.noted import NotedRanking
from tests.contracts.stores import DIMENSION, postgres_store
from tests.unit.app.measured import MEASUREMENT
from tests.unit.infra.postgres.test_vector_indexes import unit

WIDE = 64
QUICK = TuneRequest(recall=0.8, k=5, queries=50)


@dataclass
class Embedder:
    """Questions as random vectors; remembers them."""

    asked: list[str] = field(default_factory=list)

    def embed(self, text: str) -> Vectors:
        self.asked.append(text)
        row: Vectors = unit(1, WIDE, seed=len(self.asked))[0]
        return row


@dataclass(frozen=True)
class Installation:
    database: Database
    store: PgVectorStore
    embedder: Embedder = field(default_factory=Embedder)
    told: list[str] = field(default_factory=list)
    outside: MemoryVectorStore = field(default_factory=MemoryVectorStore)

    @property
    def indexes(self) -> VectorIndexes:
        return VectorIndexes(self.database, {"pgvector": self.store, "memory": self.outside})

    @property
    def record(self) -> IndexRecord:
        return PgRegister(self.database).active()

    def tune(self, request: TuneRequest = QUICK) -> TuneReport:
        tuner = self.indexes.tuner(self.embedder.embed, self.told.append)
        return replace(tuner, rounds=1).tune(request)


@dataclass(frozen=True, slots=True)
class FewKnobs(PgVectorStore):
    """The real store with few values to try, so that tests are quick."""

    def knobs(self, choice: IndexChoice, dimension: int) -> tuple[Knob, ...]:
        return (
            Knob("ef_search", (20, 60, 200), 100),
            Knob("m", (8, 16), 16, builds=True),
        )


@pytest.fixture
def bare(new_database: Callable[[], str]) -> Iterator[Installation]:
    with Database(new_database()) as database:
        PgMaintenance(database).reembed("wide", WIDE)
        yield Installation(database, FewKnobs(database))


@pytest.fixture(scope="module")
def stock(new_database: Callable[[], str]) -> str:
    """600 vectors in 120 documents."""
    url, rows = new_database(), unit(600, WIDE)
    with Database(url) as database:
        PgMaintenance(database).reembed("wide", WIDE)
        store = postgres_store(database)
        for number in range(120):
            texts = [f"Clause {number}.{place} speaks of matter {number * place}" for place in range(5)]
            store.add(f"{number}.pdf", texts, rows[5 * number : 5 * number + 5])
    return url


@pytest.fixture
def stocked(stock: str) -> Iterator[Installation]:
    """The same, never measured."""
    with Database(stock) as database:
        installation = Installation(database, FewKnobs(database))
        installation.indexes.switch().switch(IndexChoice("pgvector", "halfvec"))
        with database.transaction() as connection:
            connection.execute("DELETE FROM index_measurements; DELETE FROM query_log")
        yield installation


def test_nothing_can_be_tuned_where_nothing_is_stored(bare: Installation) -> None:
    with pytest.raises(Permanent, match="no document has been indexed"):
        bare.tune()


def test_too_few_queries_are_refused_with_the_number_needed(stocked: Installation) -> None:
    with pytest.raises(Permanent, match=r"100 queries cannot show a recall of 99\.0%: at least 3\d\d"):
        stocked.tune(TuneRequest(recall=0.99, queries=100))


def test_the_setting_that_reaches_the_target_searches_and_is_remembered(stocked: Installation) -> None:
    before = stocked.record
    report = stocked.tune()
    measured = report.measurement
    assert report.reached
    assert not report.rebuilt
    assert [one.name for one in measured.chosen.strata] == ["all", "10%", "1%"]
    assert [one.queries for one in measured.chosen.strata] == [50] * 3
    assert [one.share for one in measured.chosen.strata] == pytest.approx([1.0, 0.1, 0.01], abs=0.01)
    assert measured.chosen.lower >= 0.8
    assert measured.chosen.latency_ms > 0
    assert report.changed
    assert stocked.record.choice == before.choice.turned(measured.chosen.settings) == measured.choice
    assert stocked.record.name == before.name
    status = PgMaintenance(stocked.database).status()
    assert status.measurement == measured
    assert (measured.source, measured.vectors, measured.target) == ("generated", 600, 0.8)
    assert all("Clause" in one or "matter" in one for one in stocked.embedder.asked)


def test_a_setting_that_was_not_measured_has_no_recall(stocked: Installation) -> None:
    stocked.tune()
    stocked.indexes.switched(IndexChoice("pgvector", "halfvec", (("ef_search", 77),)), False)
    assert PgMaintenance(stocked.database).status().measurement is None


def test_a_dry_run_leaves_nothing(stocked: Installation) -> None:
    before = stocked.record
    report = stocked.tune(replace(QUICK, dry_run=True))
    assert report.reached
    assert not report.changed
    assert stocked.record == before
    assert PgMaintenance(stocked.database).status().measurement is None


def test_a_target_that_is_not_reached_changes_nothing_but_is_remembered(stocked: Installation) -> None:
    """Random vectors of 64 numbers and a graph of two links: the signs alone find too little."""
    coarse = IndexChoice("pgvector", "bit", (("m", 2), ("ef_construction", 4), ("rescore_depth", 400)))
    stocked.indexes.switched(coarse, False)

    @dataclass(frozen=True, slots=True)
    class Poor(PgVectorStore):
        def knobs(self, choice: IndexChoice, dimension: int) -> tuple[Knob, ...]:
            return (Knob("rescore_depth", (1, 2), 400),)

    poor = Installation(stocked.database, Poor(stocked.database))
    before = poor.record
    options = "-c enable_seqscan=off -c enable_sort=off -c enable_bitmapscan=off"
    with Database(make_conninfo(stocked.database.url, options=options)) as forced:
        report = Installation(forced, Poor(forced)).tune()
    assert not report.reached
    assert not report.changed
    assert poor.record == before
    assert any("footnote db switch-index" in line for line in report.advice)
    status = PgMaintenance(stocked.database).status()
    assert status.measurement == report.measurement
    assert report.measurement.chosen.settings == (("rescore_depth", 400),)


@pytest.mark.slow
def test_other_ways_of_building_are_tried_beside_and_one_index_is_left(stocked: Installation) -> None:
    stocked.tune(replace(QUICK, rebuild=True))
    assert any("Building m 8" in line for line in stocked.told)
    with stocked.database.transaction() as connection:
        graphs = connection.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%hnsw%'").fetchall()
        rows = connection.execute("SELECT status FROM vector_indexes").fetchall()
    assert graphs == [(stocked.record.name,)]
    assert rows == [("active",)]
    assert PgMaintenance(stocked.database).status().measurement is not None


def test_a_way_of_building_that_is_refused_is_passed_over(stocked: Installation) -> None:
    @dataclass(frozen=True, slots=True)
    class Refusing(PgVectorStore):
        def knobs(self, choice: IndexChoice, dimension: int) -> tuple[Knob, ...]:
            return (Knob("ef_search", (100,), 100), Knob("m", (8, 12, 16), 16, builds=True))

        def create(self, record: IndexRecord) -> None:
            raise Permanent("Too large.")

    before = stocked.record
    refusing = Installation(stocked.database, Refusing(stocked.database))
    report = refusing.tune(replace(QUICK, rebuild=True))
    assert refusing.told.count("Too large.") == 2
    assert report.reached
    assert not report.rebuilt
    assert stocked.record == before
    assert PgRegister(stocked.database).leftovers() == []


def test_an_index_that_is_changed_meanwhile_is_left_alone(stocked: Installation) -> None:
    other = IndexChoice("pgvector", "halfvec", (("ef_search", 333),))

    def told(words: str) -> None:
        if "200" in words:
            stocked.indexes.switch().switch(other)

    tuner = stocked.indexes.tuner(stocked.embedder.embed, told)
    with pytest.raises(Transient, match="Tune again"):
        replace(tuner, rounds=1).tune(QUICK)
    assert stocked.record.choice == other
    assert PgMaintenance(stocked.database).status().measurement is None


def test_the_log_is_preferred(stocked: Installation) -> None:
    log = PgQueryLog(stocked.database)
    for row in unit(150, WIDE, seed=8):
        log.note(row)
    log.close()
    assert stocked.tune().measurement.source == "log"
    assert stocked.embedder.asked == []


def test_a_switch_remembers_what_its_check_found(stocked: Installation) -> None:
    stocked.indexes.switched(IndexChoice("memory", "exact"), False)
    measured = PgMaintenance(stocked.database).status().measurement
    assert measured is not None
    assert (measured.how, measured.source, measured.target, measured.chosen.recall) == ("check", "stored", None, 1.0)
    assert measured.vectors == 600
    assert stocked.tune(QUICK).measurement.chosen.settings == ()


def test_a_measurement_goes_with_its_index_and_its_model(bare: Installation) -> None:
    measurements, record = PgMeasurements(bare.database), bare.record
    assert measurements.newest(record) is None
    mine = replace(MEASUREMENT, choice=record.choice)
    measurements.save(record, mine)
    measurements.save(record, replace(mine, k=7))
    assert measurements.newest(record) == replace(mine, k=7)
    PgMaintenance(bare.database).reembed("another", WIDE)
    assert measurements.newest(bare.record) is None
    measurements.save(replace(record, name="nowhere"), mine)


def test_queries_are_remembered_as_vectors_up_to_a_number(bare: Installation) -> None:
    log, past = PgQueryLog(bare.database, kept=30), PgPastQueries(bare.database)
    rows = unit(50, WIDE)
    for row in rows:
        log.note(row)
    log.close()
    assert np.array_equal(past.newest(100), rows[:19:-1])
    assert np.array_equal(past.newest(3), rows[:46:-1])
    with bare.database.transaction() as connection:
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'query_log'"
        ).fetchall()
    assert {name for (name,) in columns} == {"id", "model", "embedding", "asked_on"}


def test_queries_of_another_model_are_not_used(bare: Installation) -> None:
    log, past = PgQueryLog(bare.database), PgPastQueries(bare.database)
    log.note(unit(1, WIDE)[0])
    log.note(unit(1, WIDE + 1)[0])
    log.close()
    assert len(past.newest(10)) == 1
    PgMaintenance(bare.database).reembed("another", DIMENSION)
    assert past.newest(10).shape == (0, 0)


def test_a_log_that_cannot_be_written_fails_no_question(bare: Installation) -> None:
    away = Database("host=/nowhere dbname=none", size=1)
    away.close()
    log = PgQueryLog(away)

    class Ranking:
        def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
            return [Scored(1, 0.5)]

    for row in unit(600, 8):
        assert NotedRanking(Ranking(), log).search(row, Scope(), Filters(), 1) == [Scored(1, 0.5)]
    log.close()


def test_drawn_chunks_have_headings_and_sentences(stocked: Installation) -> None:
    texts = PgChunkTexts(stocked.database)
    drawn = texts.drawn(40, 3)
    assert len(drawn) == 40
    assert all(one.sentences[0].startswith("Clause") for one in drawn)
    assert drawn == texts.drawn(40, 3)
    assert drawn != texts.drawn(40, 4)


def test_without_a_model_there_is_nothing_to_measure(new_database: Callable[[], str]) -> None:
    with Database(new_database()) as database:
        with database.transaction() as connection:
            connection.execute("DELETE FROM embedding")
        assert PgMaintenance(database).status().measurement is None
        with pytest.raises(NotFound):
            Installation(database, PgVectorStore(database)).tune()
