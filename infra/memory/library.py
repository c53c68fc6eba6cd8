"""Reading and deleting documents, in memory."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.memory.shelf import Entry, Shelf
from ingest.errors import NotFound
from ingest.model import Chunk, Page, Scope, Version
from ingest.ports import nothing
from retrieval.library import DeleteReceipt


@dataclass(frozen=True, slots=True)
class MemoryLibrary:
    """The `Library` port."""

    shelf: Shelf

    def versions(self, scope: Scope) -> list[Version]:
        """The newest version of each document, newest upload first."""
        with self.shelf.lock:
            newest: dict[int, Entry] = {}
            for entry in self.shelf.entries.values():
                known = newest.get(entry.document_id)
                if self.shelf.readable(entry, scope) and (known is None or known.number < entry.number):
                    newest[entry.document_id] = entry
        ordered = sorted(newest.values(), key=lambda one: (one.uploaded_at, one.id), reverse=True)
        return [one.version() for one in ordered]

    def version(self, version_id: int, scope: Scope) -> Version:
        """One version. Raises: NotFound."""
        return self._entry(version_id, scope).version()

    def find(self, name: str, scope: Scope) -> Version:
        """The newest version of the document with this name, or with this document id in digits. Raises: NotFound."""
        found = self.versions(scope)
        for one in [one for one in found if one.name == name] + [one for one in found if str(one.document_id) == name]:
            return one
        raise NotFound

    def page(self, version_id: int, number: int, scope: Scope) -> Page:
        """One page with its text. Raises: NotFound."""
        for page in self._entry(version_id, scope).pages:
            if page.number == number:
                return page
        raise NotFound("There is no such page.")

    def chunks(self, version_id: int, scope: Scope) -> list[Chunk]:
        """All chunks of a version in order."""
        return sorted(self._entry(version_id, scope).chunks, key=lambda one: one.ordinal)

    def delete(self, document_id: int, scope: Scope, remove: Callable[[str], None] = nothing) -> DeleteReceipt:
        """Delete a document: all versions, pages, chunks, vectors, waiting jobs and its files. Raises: NotFound."""
        with self.shelf.lock:
            doomed = [one for one in self.shelf.document(document_id) if self.shelf.readable(one, scope)]
            if not doomed:
                raise NotFound
            for one in doomed:
                del self.shelf.entries[one.id]
            self.shelf.jobs[:] = [one for one in self.shelf.jobs if one in self.shelf.entries]
            kept = {one.blob.sha256 for one in self.shelf.entries.values()}
            blobs = tuple(sorted({one.blob.sha256 for one in doomed} - kept))
            for sha256 in blobs:
                remove(sha256)
        return DeleteReceipt(
            document=doomed[0].name,
            versions=len(doomed),
            pages=sum(len(one.pages) for one in doomed),
            chunks=sum(len(one.chunks) for one in doomed),
            vectors=sum(len(one.chunks) for one in doomed if one.current),
            blobs=blobs,
            deleted_at=self.shelf.clock(),
        )

    def _entry(self, version_id: int, scope: Scope) -> Entry:
        entry = self.shelf.entries.get(version_id)
        if entry is None or not self.shelf.readable(entry, scope):
            raise NotFound
        return entry
