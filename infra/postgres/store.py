"""The `VectorStore` port on pgvector."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from infra.postgres import graph
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.knobs import knobs
from infra.postgres.server import Database
from infra.postgres.vector_index import PgVectorIndex
from ingest.errors import Transient
from retrieval.indexes import IndexChoice, IndexRecord, Knob
from retrieval.ports import VectorIndex


@dataclass(frozen=True, slots=True)
class PgVectorStore:
    """HNSW graphs over `chunk_vectors`."""

    database: Database

    @property
    def external(self) -> bool:
        """Postgres keeps them up to date itself."""
        return False

    def default_kind(self, dimension: int) -> str:
        """`halfvec`, or what holds vectors of so many numbers."""
        return PgIndexSettings().fitting(dimension).kind

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """See that such an index can be made. Raises: Permanent."""
        PgIndexSettings.of(choice).check(dimension)

    def reach(self, choice: IndexChoice) -> None:
        """It is where everything else is."""
        del choice

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Do two choices differ in `ef_search` and `rescore_depth` only?"""
        before, after = PgIndexSettings.of(old), PgIndexSettings.of(new)
        return replace(before, ef_search=after.ef_search, rescore_depth=after.rescore_depth) == after

    def knobs(self, choice: IndexChoice, dimension: int) -> Sequence[Knob]:
        """How the graph is searched and built."""
        del dimension
        return knobs(PgIndexSettings.of(choice))

    def create(self, record: IndexRecord) -> None:
        """Build the graph. Raises: Permanent: It cannot be made. Transient: Not now."""
        if not graph.build(self.database, record):
            raise Transient

    def open(self, record: IndexRecord) -> AbstractContextManager[VectorIndex]:
        """The index."""
        return nullcontext(PgVectorIndex(self.database, record.dimension, PgIndexSettings.of(record.choice)))

    def bytes(self, record: IndexRecord) -> int | None:
        """`None`: the database tells it itself."""
        del record
        return None

    def drop(self, record: IndexRecord) -> None:
        """Remove the graph; the vectors stay."""
        graph.remove(self.database, record.name)
