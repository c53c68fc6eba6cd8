"""The uploader's and the job's side, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.memory.shelf import Entry, Shelf
from ingest.model import Chunk, Page, Receipt, Upload, Version, VersionStatus
from ingest.ports import Vectors, nothing


@dataclass(frozen=True, slots=True)
class MemoryCatalog:
    """The `Intake` and `VersionWriter` ports."""

    shelf: Shelf

    def add(self, upload: Upload, place: Callable[[], None] = nothing) -> Receipt:
        """Document and version, its file, and its job."""
        with self.shelf.lock:
            place()
            same = [one for one in self.shelf.entries.values() if (one.name, one.collection) == _key(upload)]
            newest = max(same, key=lambda one: one.number, default=None)
            if newest and newest.blob.sha256 == upload.blob.sha256 and newest.status is not VersionStatus.FAILED:
                return Receipt(newest.document_id, newest.id, newest.number, unchanged=True)
            entry = Entry(
                id=self.shelf.next_id(),
                document_id=newest.document_id if newest else self.shelf.next_id(),
                number=newest.number + 1 if newest else 1,
                name=upload.name,
                collection=upload.collection,
                file_type=upload.file_type,
                tags=tuple(sorted(set(upload.tags))) or (newest.tags if newest else ()),
                blob=upload.blob,
                uploaded_at=self.shelf.clock(),
            )
            self.shelf.entries[entry.id] = entry
            self.shelf.jobs.append(entry.id)
            return Receipt(entry.document_id, entry.id, entry.number, unchanged=False)

    def version(self, version_id: int) -> Version | None:
        """The version, or `None` when it has been deleted meanwhile."""
        entry = self.shelf.entries.get(version_id)
        return entry.version() if entry else None

    def start(self, version_id: int, pages: int) -> None:
        """Mark the version as working on `pages` pages."""
        with self.shelf.lock:
            entry = self._unfinished(version_id)
            if entry:
                entry.status, entry.page_count, entry.pages_done, entry.error = VersionStatus.WORKING, pages, 0, ""

    def advance(self, version_id: int, pages_done: int) -> None:
        """Record progress in pages."""
        with self.shelf.lock:
            entry = self._unfinished(version_id)
            if entry and entry.status is VersionStatus.WORKING:
                entry.pages_done = pages_done

    def complete(
        self, version_id: int, title: str, pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Vectors
    ) -> None:
        """Store everything found and make this version the searchable one; idempotent."""
        with self.shelf.lock:
            entry = self._unfinished(version_id)
            if entry is None:
                return
            others = self.shelf.document(entry.document_id)
            if any(one.current and one.number > entry.number for one in others):
                self.fail(version_id, "A newer version of this document was indexed first.")
                return
            for one in others:
                one.current = False
            entry.title, entry.pages, entry.chunks, entry.vectors = title, tuple(pages), tuple(chunks), vectors
            entry.page_count = entry.pages_done = len(pages)
            entry.chunk_ids = tuple(self.shelf.next_id() for _ in chunks)
            entry.status, entry.error, entry.current = VersionStatus.INDEXED, "", True

    def fail(self, version_id: int, message: str) -> None:
        """Mark the version as failed with words for the person."""
        with self.shelf.lock:
            entry = self._unfinished(version_id)
            if entry:
                entry.status, entry.error = VersionStatus.FAILED, message

    def _unfinished(self, version_id: int) -> Entry | None:
        entry = self.shelf.entries.get(version_id)
        return entry if entry and entry.status is not VersionStatus.INDEXED else None


def _key(upload: Upload) -> tuple[str, str]:
    return upload.name, upload.collection
