"""Who may find what, and what exactly is stored, in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.memory.index import Row, nearest
from infra.memory.shelf import Shelf
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, IndexEntry, Scored, Selection


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """The `Access` port."""

    shelf: Shelf

    def select(self, scope: Scope, filters: Filters) -> Selection:
        """The collections that the scope may read and the documents that the filters name, by id."""
        with self.shelf.lock:
            entries = [
                one
                for one in self.shelf.entries.values()
                if self.shelf.readable(one, scope)
                and (not filters.collections or one.collection in filters.collections)
            ]
            collections = {self.shelf.collection_id(one.collection) for one in entries}
            named = {one.document_id for one in entries if one.name in filters.documents}
        return Selection(
            collections=tuple(sorted(collections)),
            documents=tuple(sorted(named)) if filters.documents else None,
            file_types=filters.file_types,
            tags=filters.tags,
            uploaded_from=filters.uploaded_from,
            uploaded_to=filters.uploaded_to,
        )


@dataclass(frozen=True, slots=True)
class MemoryExactScores:
    """The `ExactScores` port for an index that is never behind."""

    shelf: Shelf

    def position(self) -> int:
        """Nothing is pending."""
        return 0

    def nearest_of_few(self, vector: Vectors, selection: Selection, k: int, most: int) -> list[Scored] | None:
        """The `k` nearest of all that the selection admits; `None` where that is more than `most`, or everything."""
        with self.shelf.lock:
            every = list(stored(self.shelf))
        rows = [row for row in every if selection.admits(row[0])]
        return nearest(vector, rows, k) if len(rows) <= most and len(rows) < len(every) else None

    def rescore(
        self, vector: Vectors, chunk_ids: Sequence[int], selection: Selection, k: int, position: int
    ) -> list[Scored]:
        """The `k` nearest of these chunks by exact cosine similarity."""
        del position
        wanted = set(chunk_ids)
        with self.shelf.lock:
            rows = [row for row in stored(self.shelf) if row[0].chunk_id in wanted and selection.admits(row[0])]
        return nearest(vector, rows, k)


def stored(shelf: Shelf) -> Iterator[Row]:
    """The vectors of all current versions with what filters need."""
    for one in shelf.entries.values():
        if one.current and one.vectors is not None:
            collection = shelf.collection_id(one.collection)
            for chunk_id, vector in zip(one.chunk_ids, one.vectors, strict=True):
                entry = IndexEntry(chunk_id, one.document_id, collection, one.file_type, one.tags, one.uploaded_at)
                yield entry, vector
