"""The adapters of the `VectorIndex` port that the contract runs on.

To add one, write a factory and a line in `FACTORIES`. A factory gets pytest's request, for fixtures and finalizers; it
returns an empty index over vectors of `DIMENSION` numbers, and what opens the same index anew, as another process
would.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings
from infra.memory.index import MemoryVectorIndex
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import Address, IndexSettings
from infra.milvus.settings import Kind as MilvusKind
from infra.postgres import graph
from infra.postgres.index_settings import Kind, PgIndexSettings
from infra.postgres.register import PgRegister
from infra.postgres.server import Connection as PgConnection
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from infra.postgres.vector_index import PgVectorIndex
from ingest.ports import Vectors
from retrieval.indexes import IndexChoice
from retrieval.model import IndexEntry, Scored, Selection
from retrieval.ports import VectorIndex
from tests.contracts.stores import DIMENSION

MOMENT = datetime(2026, 11, 1, 12, 30, 15, 123_456, tzinfo=UTC)
EVERYTHING = Selection(tuple(range(1, 10)))


@dataclass(frozen=True, slots=True)
class Bench:
    """An empty index, and what opens the same one anew."""

    index: VectorIndex
    reopen: Callable[[], VectorIndex]


Factory = Callable[[pytest.FixtureRequest], Bench]


def memory(request: pytest.FixtureRequest) -> Bench:
    index = MemoryVectorIndex(DIMENSION)
    return Bench(index, lambda: MemoryVectorIndex(DIMENSION, index.rows))


def pgvector(kind: Kind) -> Factory:
    """An index of this kind in a database that stays the same for all tests of it."""

    def make(request: pytest.FixtureRequest) -> Bench:
        database: Database = request.getfixturevalue(f"{kind}_database")
        settings = PgIndexSettings(kind)
        with database.transaction() as connection:
            connection.execute("DELETE FROM collections")

        def reopen() -> VectorIndex:
            opened = Database(database.url, size=2)
            request.addfinalizer(opened.close)
            return _Stocked(PgVectorIndex(opened, DIMENSION, settings))

        return Bench(_Stocked(PgVectorIndex(database, DIMENSION, settings)), reopen)

    return make


def milvus(place: str, kind: MilvusKind) -> Factory:
    """A collection of Milvus Lite or of a server that stays the same for all tests of it."""

    def make(request: pytest.FixtureRequest) -> Bench:
        uri: str = request.getfixturevalue(f"milvus_{place}_uri")

        def open_again() -> MilvusIndex:
            connection = Connection(Address(uri))
            request.addfinalizer(connection.close)
            return MilvusIndex(connection, f"contract_{kind}", DIMENSION, IndexSettings(kind))

        index = open_again()
        index.create()
        index.clear()
        return Bench(index, open_again)

    return make


def faiss(settings: FaissSettings) -> Factory:
    """An index in files of its own."""

    def make(request: pytest.FixtureRequest) -> Bench:
        pytest.importorskip("faiss")
        folder: Path = request.getfixturevalue("tmp_path") / "faiss"

        def open_again() -> FaissIndex:
            opened = FaissIndex(folder, DIMENSION, settings)
            request.addfinalizer(opened.close)
            return opened

        index = open_again()
        index.create()
        return Bench(index, open_again)

    return make


FACTORIES: Mapping[str, Factory] = {
    "memory": memory,
    "pgvector-halfvec": pgvector("halfvec"),
    "pgvector-vector": pgvector("vector"),
    "pgvector-bit": pgvector("bit"),
    "milvus-lite-HNSW": milvus("lite", "HNSW"),
    "milvus-lite-IVF_FLAT": milvus("lite", "IVF_FLAT"),
    "milvus-server-HNSW": milvus("server", "HNSW"),
    "milvus-server-IVF_PQ": milvus("server", "IVF_PQ"),
    "milvus-server-IVF_FLAT": milvus("server", "IVF_FLAT"),
    "milvus-server-IVF_SQ8": milvus("server", "IVF_SQ8"),
    "milvus-server-AUTOINDEX": milvus("server", "AUTOINDEX"),
    "faiss-exact": faiss(FaissSettings("exact", few=0)),
    "faiss-HNSW": faiss(FaissSettings("HNSW", few=0)),
    "faiss-IVF-PQ": faiss(FaissSettings("IVF-PQ", few=0)),
}

# Those that need a server of their own.
SLOW = frozenset(one for one in FACTORIES if one.startswith("milvus-server"))


def opened_with(url: str, kind: Kind) -> Database:
    """A database whose vectors are indexed in this way only."""
    database = Database(url)
    register = PgRegister(database)
    record = register.begin(IndexChoice(graph.STORE, kind), external=False)
    PgVectorStore(database).create(record)
    old = register.active()
    register.activate(record)
    PgVectorStore(database).drop(old)
    register.forget(old)
    return database


@dataclass(frozen=True, slots=True)
class _Stocked:
    """A `PgVectorIndex` for chunks that nobody has stored before: it stores them first, with all that they hang on."""

    index: PgVectorIndex

    @property
    def kind(self) -> str:
        return self.index.kind

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        with self.index.database.transaction() as connection:
            _stock(connection, entries)
        self.index.upsert(entries, vectors)

    def delete(self, chunk_ids: Sequence[int]) -> None:
        self.index.delete(chunk_ids)

    def delete_document(self, document_id: int) -> None:
        self.index.delete_document(document_id)

    def clear(self) -> None:
        self.index.clear()

    def count(self) -> int:
        return self.index.count()

    def settle(self) -> None:
        self.index.settle()

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        return self.index.search(vector, selection, k)


def _stock(connection: PgConnection, entries: Sequence[IndexEntry]) -> None:
    values = {
        "chunks": [one.chunk_id for one in entries],
        "documents": [one.document_id for one in entries],
        "collections": [one.collection_id for one in entries],
    }
    connection.execute("SELECT pg_advisory_xact_lock(1)")
    for statement in STOCK:
        connection.execute(statement, values)


STOCK = (
    "INSERT INTO collections (id, name) OVERRIDING SYSTEM VALUE"
    " SELECT DISTINCT id, id::text FROM unnest(%(collections)s::bigint[]) id ON CONFLICT DO NOTHING",
    "INSERT INTO documents (id, collection_id, name) OVERRIDING SYSTEM VALUE"
    " SELECT DISTINCT ON (t.id) t.id, c, t.id::text FROM unnest(%(documents)s::bigint[], %(collections)s::bigint[])"
    " AS t (id, c)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO versions (id, document_id, number, file_type, sha256, bytes) OVERRIDING SYSTEM VALUE"
    " SELECT DISTINCT id, id, 1, 'pdf', id::text, 1 FROM unnest(%(documents)s::bigint[]) id ON CONFLICT DO NOTHING",
    "INSERT INTO chunks (id, version_id, ordinal, text, heading_path, page, page_end, span_start, span_end, tokens,"
    " sentences) OVERRIDING SYSTEM VALUE"
    " SELECT DISTINCT ON (t.id) t.id, d, t.id, '', '{}'::text[], 1, 1, 0, 0, 0, '[]'::jsonb"
    " FROM unnest(%(chunks)s::bigint[], %(documents)s::bigint[]) AS t (id, d) ON CONFLICT DO NOTHING",
)


def entry(
    chunk_id: int,
    *,
    document: int = 1,
    collection: int = 1,
    file_type: str = "pdf",
    tags: Sequence[str] = (),
    uploaded_at: datetime = MOMENT,
) -> IndexEntry:
    return IndexEntry(chunk_id, document, collection, file_type, tuple(tags), uploaded_at)


def entries(chunk_ids: Iterable[int], document: int = 1) -> list[IndexEntry]:
    return [entry(one, document=document) for one in chunk_ids]


def drawn(count: int, seed: int = 0) -> Vectors:
    """Random unit vectors that stay the same at half precision."""
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact: Vectors = rows.astype(np.float16).astype(np.float32)
    return exact
