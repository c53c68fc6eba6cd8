"""The part of the composition root that puts vector indexes together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from infra.postgres.access import PgAccess
from infra.postgres.changes import PgChanges
from infra.postgres.exact_scores import PgExactScores
from infra.postgres.graph import STORE, build_missing
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.register import PgRegister
from infra.postgres.server import Database
from infra.postgres.stored_vectors import PgStoredVectors
from ingest.errors import NotFound, Permanent
from retrieval.current import CurrentRanking, Opened
from retrieval.dense import DenseSearch
from retrieval.indexes import IndexChoice, IndexRecord, VectorStore
from retrieval.ports import VectorIndex, VectorRanking
from retrieval.switch import IndexSwitch
from retrieval.sync import Synchroniser


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

    def choice(self) -> IndexChoice:
        """What searches, or will search once there are vectors."""
        try:
            return PgRegister(self.database).active().choice
        except NotFound:
            return IndexChoice(STORE, PgIndexSettings().kind)

    def switch(self) -> IndexSwitch:
        """Changes what searches."""
        return IndexSwitch(
            PgRegister(self.database), PgStoredVectors(self.database), self.stores, self._log, self._dense
        )

    def upkeep(self) -> None:
        """Build a missing graph, remove what was replaced, and bring an index outside of the database up to date.

        Raises:
            Transient, Permanent: Something could not be done now; searches are right all the same.
        """
        build_missing(self.database)
        self.switch().sweep()
        try:
            record = PgRegister(self.database).active()
        except NotFound:
            return
        store, log = self._store(record), self._log(record)
        if store.external and log.behind():
            with store.open(record) as index:
                Synchroniser(log, index).catch_up()

    def _active(self) -> Opened:
        record = PgRegister(self.database).active()
        return record.number, self._searching(record)

    @contextmanager
    def _searching(self, record: IndexRecord) -> Iterator[VectorRanking]:
        with self._store(record).open(record) as index:
            yield self._dense(record, index)

    def _dense(self, record: IndexRecord, index: VectorIndex) -> DenseSearch:
        external = self._store(record).external
        exact = PgExactScores(self.database, record.name) if external else None
        return DenseSearch(PgAccess(self.database), index, exact)

    def _log(self, record: IndexRecord) -> PgChanges:
        return PgChanges(self.database, record.name)

    def _store(self, record: IndexRecord) -> VectorStore:
        store = self.stores.get(record.choice.store)
        if store is None:
            raise Permanent(f"This installation has no vector store {record.choice.store!r}.")
        return store
