"""The part of the composition root that puts vector indexes together."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from app.caretaker import Caretaker
from infra.postgres.access import PgAccess
from infra.postgres.changes import PgChanges
from infra.postgres.chunk_texts import PgChunkTexts
from infra.postgres.exact_scores import PgExactScores
from infra.postgres.graph import STORE
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.measurements import PgMeasurements
from infra.postgres.query_log import PgPastQueries
from infra.postgres.register import PgRegister
from infra.postgres.server import Database
from infra.postgres.stored_vectors import PgStoredVectors
from infra.postgres.vector_index import PgVectorIndex
from ingest.errors import NotFound, Permanent
from ingest.ports import Vectors
from retrieval.current import CurrentRanking, Opened
from retrieval.dense import LEAST_CANDIDATES, DenseSearch
from retrieval.indexes import IndexChoice, IndexRecord, VectorStore
from retrieval.ports import VectorIndex, VectorRanking
from retrieval.steady import SteadyRanking
from retrieval.switch import HITS, IndexSwitch, SwitchReport
from retrieval.tuning.model import Measurement, Reached, Trial
from retrieval.tuning.queries import Queries
from retrieval.tuning.tuner import Tuner

MOST_COMPARED = 1_000_000


@dataclass(frozen=True, slots=True)
class VectorIndexes:
    """The indexes of an installation.

    Attributes:
        database: The system of record.
        stores: Where indexes can be, by the name that an `IndexChoice` has for them.
    """

    database: Database
    stores: Mapping[str, VectorStore]

    def ranking(self) -> CurrentRanking:
        """The dense ranking over whichever index is active; to be closed."""
        return CurrentRanking(PgRegister(self.database).number, self._active)

    @contextmanager
    def steady_ranking(self) -> Iterator[VectorRanking]:
        """The same; while the store of the index is away, all vectors are compared."""
        with closing(self.ranking()) as current:
            yield SteadyRanking(current, self._comparing, time.monotonic)

    def choice(self) -> IndexChoice:
        """What searches, or will search once there are vectors."""
        try:
            return PgRegister(self.database).active().choice
        except NotFound:
            return IndexChoice(STORE, PgIndexSettings().kind)

    def bytes(self) -> int | None:
        """What the active index takes on this machine's disk; `None` where only the database, or nobody, knows."""
        try:
            record = PgRegister(self.database).active()
        except NotFound:
            return None
        return self.store(record).bytes(record)

    def count(self) -> int:
        """How many vectors the active index holds. Raises: Transient, Permanent: Its store cannot be used."""
        try:
            record = PgRegister(self.database).active()
        except NotFound:
            return 0
        with self.store(record).open(record) as index:
            return index.count()

    def switch(self) -> IndexSwitch:
        """Changes what searches."""
        return IndexSwitch(
            PgRegister(self.database), PgStoredVectors(self.database), self.stores, self.log, self._dense
        )

    def switched(self, choice: IndexChoice, rebuild: bool) -> SwitchReport:
        """Let another index search, and remember what its check found. Raises: as `IndexSwitch.switch`."""
        report = self.switch().switch(choice, rebuild)
        if report.sampled:
            record = PgRegister(self.database).active()
            PgMeasurements(self.database).save(record, checked(record.choice, report))
        return report

    def tuner(self, embed: Callable[[str], Vectors], tell: Callable[[str], None]) -> Tuner:
        """Tunes what searches.

        Args:
            embed: Turns a question into a vector.
            tell: Is told how far tuning is.
        """
        queries = Queries(PgPastQueries(self.database), PgChunkTexts(self.database), embed)
        measurements = PgMeasurements(self.database)
        return Tuner(self.switch(), queries, measurements, time.perf_counter, lambda: datetime.now(UTC), tell)

    def upkeep(self) -> None:
        """One round of a `Caretaker`. Raises: Transient, Permanent."""
        with closing(Caretaker(self)) as caretaker:
            caretaker.round()

    def log(self, record: IndexRecord) -> PgChanges:
        """The changes for one index."""
        return PgChanges(self.database, record.name)

    def store(self, record: IndexRecord) -> VectorStore:
        """Where an index is. Raises: Permanent: This installation does not know of such a store."""
        store = self.stores.get(record.choice.store)
        if store is None:
            raise Permanent(f"This installation has no vector store {record.choice.store!r}.")
        return store

    def _active(self) -> Opened:
        record = PgRegister(self.database).active()
        return record.number, self._searching(record)

    @contextmanager
    def _searching(self, record: IndexRecord) -> Iterator[VectorRanking]:
        with self.store(record).open(record) as index:
            yield self._dense(record, index)

    def _comparing(self) -> VectorRanking | None:
        """What needs nothing outside of the database; `None` where that is what failed, or it would take too long."""
        record = PgRegister(self.database).active()
        if not self.store(record).external or PgStoredVectors(self.database).count() > MOST_COMPARED:
            return None
        return DenseSearch(PgAccess(self.database), PgVectorIndex(self.database, record.dimension))

    def _dense(self, record: IndexRecord, index: VectorIndex) -> DenseSearch:
        external = self.store(record).external
        exact = PgExactScores(self.database, record.name) if external else None
        least = record.choice.candidates or LEAST_CANDIDATES
        return DenseSearch(PgAccess(self.database), index, exact, least=least)


def checked(choice: IndexChoice, report: SwitchReport) -> Measurement:
    """What the check of a new index says of its recall."""
    trial = Trial((), (Reached("all", 1.0, report.sampled, report.recall, 0.0),), reaches=False)
    return Measurement(choice, "check", "stored", None, HITS, report.vectors, trial, (trial,), datetime.now(UTC))
