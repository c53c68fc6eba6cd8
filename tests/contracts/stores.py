"""One face for the adapters of all storage ports, and material to fill them with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from infra.memory.access import MemoryAccess, MemoryExactScores
from infra.memory.catalog import MemoryCatalog
from infra.memory.library import MemoryLibrary
from infra.memory.search import MemoryBm25Index, MemoryPassages, MemoryVectorRanking
from infra.memory.shelf import Shelf
from infra.postgres.access import PgAccess
from infra.postgres.catalog import Catalog
from infra.postgres.exact_scores import PgExactScores
from infra.postgres.library import PgLibrary
from infra.postgres.search import Bm25Index, PassageTable
from infra.postgres.server import Database
from infra.postgres.vector_index import PgVectorIndex
from ingest.model import Blob, Box, Chunk, Page, Receipt, Region, Scope, Sentence, Span, Upload
from ingest.ports import Intake, Vectors, VersionWriter, nothing
from retrieval.dense import DenseSearch
from retrieval.library import Library
from retrieval.ports import Access, ExactScores, LexicalIndex, PassageReader, VectorRanking

DIMENSION = 8
ME = Scope()


@dataclass(frozen=True, slots=True)
class Store:
    """The ports of one adapter over the same data. `restrict` sets who may read a collection."""

    intake: Intake
    writer: VersionWriter
    library: Library
    vectors: VectorRanking
    lexical: LexicalIndex
    passages: PassageReader
    access: Access
    exact: ExactScores
    restrict: Callable[[str, Sequence[str]], None]

    def upload(
        self,
        name: str = "handbook.pdf",
        *,
        content: str = "content",
        collection: str = "default",
        file_type: str = "pdf",
        tags: Sequence[str] = (),
        place: Callable[[], None] = nothing,
    ) -> Receipt:
        """Add a file whose hash follows from `content`."""
        blob = Blob(digest(content), max(len(content), 1))
        return self.intake.add(Upload(name, collection, file_type, tags, blob), place)

    def complete(self, version_id: int, texts: Sequence[str], vectors: Vectors | None = None, title: str = "") -> None:
        """Store one chunk a text, on a page of its own."""
        chunks = [chunk(ordinal, text) for ordinal, text in enumerate(texts)]
        pages = [Page(number, 595.28, 841.89, text) for number, text in enumerate(texts, start=1)]
        self.writer.complete(version_id, title, pages, chunks, directions(len(texts)) if vectors is None else vectors)

    def add(
        self,
        name: str,
        texts: Sequence[str],
        vectors: Vectors | None = None,
        *,
        collection: str = "default",
        file_type: str = "pdf",
        tags: Sequence[str] = (),
    ) -> Receipt:
        """Upload and store in one go."""
        content = name + "".join(texts)
        receipt = self.upload(name, content=content, collection=collection, file_type=file_type, tags=tags)
        self.complete(receipt.version_id, texts, vectors)
        return receipt


def digest(content: str) -> str:
    """A hash that shows what was hashed."""
    return content.encode().hex().ljust(64, "0")[:64]


def chunk(ordinal: int, text: str, heading_path: tuple[str, ...] = ()) -> Chunk:
    """A chunk of one sentence on page `ordinal + 1`."""
    region = Region(ordinal + 1, (Box(72.0, 100.25, 300.5, 112.75), Box(72.0, 114.0, 90.0, 126.0)))
    sentence = Sentence(Span(0, len(text)), (region, Region(ordinal + 2)))
    return Chunk(
        ordinal, text, Span(ordinal * 1_000, ordinal * 1_000 + len(text)), heading_path, ordinal + 1, ordinal + 2,
        (sentence,), len(text.split()),
    )  # fmt: skip


def directions(count: int) -> Vectors:
    """Unit vectors, each a bit further away from the first axis."""
    angles = np.linspace(0, 1.5, max(count, 1))[:count]
    rows = np.zeros((count, DIMENSION), dtype=np.float32)
    rows[:, 0], rows[:, 1] = np.cos(angles), np.sin(angles)
    return rows


def first_axis() -> Vectors:
    """The question nearest to the first of `directions`."""
    nearest: Vectors = directions(1)[0]
    return nearest


def memory_store() -> Store:
    """Everything in memory."""
    shelf = Shelf(clock=lambda: datetime.now(UTC))

    def restrict(collection: str, readers: Sequence[str]) -> None:
        shelf.readers[collection] = frozenset(readers)

    catalog = MemoryCatalog(shelf)
    return Store(
        catalog, catalog, MemoryLibrary(shelf), MemoryVectorRanking(shelf), MemoryBm25Index(shelf),
        MemoryPassages(shelf), MemoryAccess(shelf), MemoryExactScores(shelf), restrict,
    )  # fmt: skip


def postgres_store(database: Database) -> Store:
    """Everything in Postgres."""

    def restrict(collection: str, readers: Sequence[str]) -> None:
        with database.transaction() as connection:
            connection.execute("UPDATE collections SET readers = %s WHERE name = %s", [list(readers), collection])

    catalog, access = Catalog(database), PgAccess(database)
    vectors = DenseSearch(access, PgVectorIndex(database, DIMENSION))
    return Store(
        catalog, catalog, PgLibrary(database), vectors, Bm25Index(database), PassageTable(database), access,
        PgExactScores(database), restrict,
    )  # fmt: skip
