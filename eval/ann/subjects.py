"""Builds one index after the other over the same database and opens it for searching, by the product's own adapters."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg.sql import SQL, Identifier

from eval.ann.filling import Filled
from eval.ann.kinds import Kind, Knobs
from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import Address, IndexSettings
from infra.postgres import graph
from infra.postgres.access import PgAccess
from infra.postgres.exact_scores import PgExactScores
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.register import PgRegister
from infra.postgres.server import Database
from infra.postgres.stored_vectors import PgStoredVectors
from infra.postgres.vector_index import PgVectorIndex
from infra.usage import folder_bytes
from ingest.errors import Permanent
from retrieval.dense import LEAST_CANDIDATES, DenseSearch
from retrieval.indexes import CANDIDATES, IndexChoice, IndexRecord
from retrieval.ports import VectorIndex

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Subject:
    """An index that is built.

    Attributes:
        kind: For people.
        seconds: What building took, by step.
        bytes: What it takes on disk, by part; empty where that cannot be known.
        searching: The product's search with these settings.
    """

    kind: str
    seconds: dict[str, float]
    bytes: dict[str, int]
    searching: Callable[[Knobs], DenseSearch]


@dataclass(frozen=True, slots=True)
class Site:
    """Where indexes are built.

    Attributes:
        filled: The database with the vectors.
        folder: Empty; for indexes in files.
        dimension: Of the vectors.
        milvus_uri: Of a Milvus server; `None` where there is none.
        milvus_folder: What that server writes; `None` where it is out of sight.
    """

    filled: Filled
    folder: Path
    dimension: int
    milvus_uri: str | None = None
    milvus_folder: Path | None = None

    @contextmanager
    def built(self, kind: Kind, choice: IndexChoice) -> Iterator[Subject]:
        """Build an index; it is removed at the end.

        Raises:
            Permanent: It cannot be built here. Transient: A store cannot be used now.
        """
        make = {"pgvector": self._pgvector, "faiss": self._faiss, "milvus": self._milvus}[choice.store]
        register = PgRegister(self.filled.database)
        record = register.begin(choice, external=choice.store != "pgvector")
        try:
            with make(record, kind) as subject:
                yield subject
        finally:
            register.forget(record)

    @contextmanager
    def _pgvector(self, record: IndexRecord, kind: Kind) -> Iterator[Subject]:
        del kind
        database = self.filled.database
        settings = PgIndexSettings.of(record.choice)
        try:
            begun = time.perf_counter()
            graph.build(database, record)
            seconds = {"index": time.perf_counter() - begun}

            def searching(knobs: Knobs) -> DenseSearch:
                tuned = PgVectorIndex(database, self.dimension, replace(settings, **knobs))  # type: ignore[arg-type]
                return DenseSearch(PgAccess(database), tuned)

            yield Subject(settings.label, seconds, _relations(database, record.name), searching)
        finally:
            graph.remove(database, record.name)

    @contextmanager
    def _faiss(self, record: IndexRecord, kind: Kind) -> Iterator[Subject]:
        del kind
        settings = FaissSettings.of(record.choice)
        folder = self.folder / record.name
        index = FaissIndex(folder, self.dimension, settings)
        index.create()
        try:
            seconds = self._filled(index, index.compact)

            def searching(knobs: Knobs) -> DenseSearch:
                index.tune(**_own(knobs, ef=settings.ef, nprobe=settings.nprobe, depth=settings.depth))
                return self._rescored(record, index, knobs)

            yield Subject(index.kind, seconds, _files(folder), searching)
        finally:
            index.drop()

    @contextmanager
    def _milvus(self, record: IndexRecord, kind: Kind) -> Iterator[Subject]:
        settings = IndexSettings.of(record.choice)
        before = folder_bytes(self._written(kind))
        index = MilvusIndex(Connection(self._address(kind)), record.name, self.dimension, settings)
        try:
            index.create()
            seconds = self._filled(index, index.finish)

            def searching(knobs: Knobs) -> DenseSearch:
                index.tune(**_own(knobs, ef=settings.ef, nprobe=settings.nprobe))
                return self._rescored(record, index, knobs)

            yield Subject(self._shown(index, kind), seconds, self._held(kind, before), searching)
        finally:
            index.drop()
            index.close()

    def _filled(self, index: VectorIndex, finish: Callable[[], object]) -> dict[str, float]:
        """Fill as a switch of indexes does: from the stored vectors."""
        begun = time.perf_counter()
        for entries, vectors in PgStoredVectors(self.filled.database).batches(BATCH):
            index.upsert(entries, vectors)
        written = time.perf_counter()
        finish()
        return {"write": written - begun, "index": time.perf_counter() - written}

    def _rescored(self, record: IndexRecord, index: VectorIndex, knobs: Knobs) -> DenseSearch:
        database = self.filled.database
        exact = PgExactScores(database, record.name)
        return DenseSearch(PgAccess(database), index, exact, least=knobs.get(CANDIDATES, LEAST_CANDIDATES))

    def _address(self, kind: Kind) -> Address:
        if kind.lite:
            return Address(str(self.folder / "milvus-lite"))
        if not self.milvus_uri:
            raise Permanent("No Milvus server is known. Start one and give --milvus-uri http://host:19530.")
        return Address(self.milvus_uri)

    def _shown(self, index: MilvusIndex, kind: Kind) -> str:
        return index.kind.replace("Milvus", "Milvus Lite") if kind.lite else index.kind

    def _written(self, kind: Kind) -> Path | None:
        return self.folder / "milvus-lite" if kind.lite else self.milvus_folder

    def _held(self, kind: Kind, before: int) -> dict[str, int]:
        folder = self._written(kind)
        return {"folder": folder_bytes(folder) - before} if folder else {}


def _own(knobs: Knobs, **defaults: int) -> dict[str, int]:
    """The knobs of the index itself, and the defaults of those that are not named: an earlier setting must not last."""
    return {**defaults, **{name: value for name, value in knobs.items() if name != CANDIDATES}}


def _relations(database: Database, name: str) -> dict[str, int]:
    with database.transaction() as connection:
        statement = SQL("SELECT pg_relation_size({}::regclass), pg_relation_size('chunk_vectors')")
        row = connection.execute(statement.format(Identifier(name).as_string(None))).fetchone()
    assert row is not None, "the statement always returns a row"
    return {"index": int(row[0]), "table of vectors": int(row[1])}


def _files(folder: Path) -> dict[str, int]:
    sizes = {one.name: one.stat().st_size for one in folder.glob("generation-*/*")}
    vectors, index = sizes.pop("vectors.faiss", 0), sizes.pop("index.faiss", 0)
    return {"index": index, "vectors": vectors, "fields": sum(sizes.values())}
