"""What a person sees and does with stored documents, beyond searching them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ingest.model import Chunk, Page, Scope, Version
from ingest.ports import nothing
from retrieval.tuning.model import Measurement


@dataclass(frozen=True, slots=True)
class DeleteReceipt:
    """What a deletion removed; rows are counted by the database in the same transaction.

    `blobs` are the hashes of the files that were removed because no other document has them.
    """

    document: str
    versions: int
    pages: int
    chunks: int
    vectors: int
    blobs: tuple[str, ...]
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The state of the database and its indexes.

    Attributes:
        index_kind: Store and type of the index that searches, for people.
        store: `pgvector`, `milvus` or `faiss`.
        pending: Chunks that an index outside of the database has not been told of yet; searches find them all the same.
        bytes_a_vector: What the index takes for one on disk; `None` where that is out of sight, or it is empty.
        measurement: The last one of the index as it searches now; `None` where it was never measured so.
    """

    migration: int
    documents: int
    chunks: int
    vectors: int
    database_bytes: int
    embedding_model: str
    dimension: int
    index_kind: str
    jobs_waiting: int
    workers_alive: int
    store: str
    pending: int
    bytes_a_vector: int | None
    measurement: Measurement | None = None


class Library(Protocol):
    """Reads and deletes documents within a scope."""

    def versions(self, scope: Scope) -> list[Version]:
        """The newest version of each document, newest upload first."""
        ...

    def version(self, version_id: int, scope: Scope) -> Version:
        """One version. Raises: NotFound."""
        ...

    def find(self, name: str, scope: Scope) -> Version:
        """The newest version of the document with this name, or with this document id in digits. Raises: NotFound."""
        ...

    def page(self, version_id: int, number: int, scope: Scope) -> Page:
        """One page with its text. Raises: NotFound."""
        ...

    def chunks(self, version_id: int, scope: Scope) -> list[Chunk]:
        """All chunks of a version in order."""
        ...

    def delete(self, document_id: int, scope: Scope, remove: Callable[[str], None] = nothing) -> DeleteReceipt:
        """Delete a document: all versions, pages, chunks, vectors and waiting jobs, at once; then its files.

        Args:
            document_id: The document.
            scope: Who asks.
            remove: Called with the hash of each file that no version refers to any more. Meanwhile no upload of the
                same content is recorded.

        Raises:
            NotFound: No such document for this scope.
        """
        ...


class Maintenance(Protocol):
    """Looks after the database."""

    def migrate(self) -> list[str]:
        """Apply the migrations that are missing, in order; safe in two processes at once. Returns their names."""
        ...

    def status(self) -> StoreStatus:
        """Counts and versions."""
        ...
