"""What the in-memory adapters share."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ingest.model import EVERYONE, Blob, Chunk, Page, Scope, Version, VersionStatus
from ingest.ports import Vectors
from retrieval.model import Filters


@dataclass(slots=True)
class Entry:
    """A version and what was made from it. `chunk_ids` and `vectors` run along `chunks`."""

    id: int
    document_id: int
    number: int
    name: str
    collection: str
    file_type: str
    tags: tuple[str, ...]
    blob: Blob
    uploaded_at: datetime
    status: VersionStatus = VersionStatus.QUEUED
    current: bool = False
    title: str = ""
    error: str = ""
    page_count: int = 0
    pages_done: int = 0
    pages: tuple[Page, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    chunk_ids: tuple[int, ...] = ()
    vectors: Vectors | None = None

    def version(self) -> Version:
        """The version as the ports show it."""
        return Version(
            id=self.id,
            document_id=self.document_id,
            number=self.number,
            name=self.name,
            collection=self.collection,
            file_type=self.file_type,
            tags=self.tags,
            blob=self.blob,
            status=self.status,
            uploaded_at=self.uploaded_at,
            pages=self.page_count,
            pages_done=self.pages_done,
            chunks=len(self.chunks),
            title=self.title,
            error=self.error,
            seconds=0.0,
        )


@dataclass(slots=True)
class Shelf:
    """All documents, behind one lock.

    Attributes:
        clock: The time of day, with time zone.
        entries: Versions by id.
        readers: Who may read a collection; everyone where it is not named.
        jobs: Versions waiting for a worker, in order.
        collection_ids: By name.
    """

    clock: Callable[[], datetime]
    entries: dict[int, Entry] = field(default_factory=dict)
    readers: dict[str, frozenset[str]] = field(default_factory=dict)
    jobs: list[int] = field(default_factory=list)
    collection_ids: dict[str, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    last_id: int = 0

    def next_id(self) -> int:
        """An id that was never given before."""
        self.last_id += 1
        return self.last_id

    def collection_id(self, name: str) -> int:
        """The id of a collection."""
        return self.collection_ids.setdefault(name, len(self.collection_ids) + 1)

    def readable(self, entry: Entry, scope: Scope) -> bool:
        """May the scope see it?"""
        return bool(self.readers.get(entry.collection, frozenset({EVERYONE})) & set(scope.principals))

    def searchable(self, scope: Scope) -> Iterator[Entry]:
        """Current versions that the scope may see."""
        return (one for one in self.entries.values() if one.current and self.readable(one, scope))

    def document(self, document_id: int) -> list[Entry]:
        """All versions of a document, oldest first."""
        return sorted(
            (one for one in self.entries.values() if one.document_id == document_id), key=lambda one: one.number
        )


def admits(filters: Filters, entry: Entry) -> bool:
    """Do all limits hold?"""
    return (
        (not filters.documents or entry.name in filters.documents)
        and (not filters.collections or entry.collection in filters.collections)
        and (not filters.file_types or entry.file_type in filters.file_types)
        and set(filters.tags) <= set(entry.tags)
        and (filters.uploaded_from is None or entry.uploaded_at >= filters.uploaded_from)
        and (filters.uploaded_to is None or entry.uploaded_at < filters.uploaded_to)
    )
