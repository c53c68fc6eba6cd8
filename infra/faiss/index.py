"""The `VectorIndex` port on FAISS."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from infra.faiss.build import Build, Content
from infra.faiss.errors import Corrupt, Gone, translated
from infra.faiss.folder import IndexFolder
from infra.faiss.gpu import Gpu
from infra.faiss.journal import Journal
from infra.faiss.library import Library
from infra.faiss.reader import Reader
from infra.faiss.records import Batch, Delete, DeleteDocument, Record, encode
from infra.faiss.search import Searcher
from infra.faiss.settings import FaissSettings
from infra.faiss.state import State
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection
from retrieval.vectors import checked


class FaissIndex:
    """Vectors in files of a folder that any number of processes of one machine share.

    A write is on disk when its call returns, and every process finds it at its next search: writes go to a journal that
    searches read on from where they were, and `compact` makes a base of all from time to time. Threads may share it.

    Args:
        folder: Holds the files; made when something is written.
        dimension: Of the vectors.
        settings: How to index and search.
        library: FAISS.

    Raises:
        Permanent: FAISS is not installed, or the settings do not fit the dimension.
    """

    def __init__(
        self,
        folder: Path,
        dimension: int,
        settings: FaissSettings = FaissSettings(),
        library: Library | None = None,
    ) -> None:
        settings.parts(dimension)
        self._folder, self._dimension, self._settings = IndexFolder(folder), dimension, settings
        self._library = library or Library()
        self._gpu = Gpu(self._library, settings.gpu)
        self._reader = Reader(self._folder, dimension, self._library, settings.verify)

    @property
    def kind(self) -> str:
        """Store and index type of the present base for people, such as `FAISS IVF-PQ`. Raises: as `count`."""
        with translated():
            base = self._reader.state().base
            self._gpu.hold(base)
        place = " on the GPU" if self._gpu.used else ""
        waits = base.kind == "exact" and self._settings.kind == "IVF-PQ"
        planned = f" (IVF-PQ from {self._settings.trainable:,} chunks)" if waits else ""
        return f"FAISS {base.kind}{place}{planned}"

    @property
    def due(self) -> bool:
        """Has so much changed since the base was built that `compact` is worth its while? Raises: as `count`."""
        with translated():
            state = self._reader.state()
        most = max(self._settings.grown, len(state.base) // 10)
        changed = max(len(state.delta.columns) + state.dead, state.records)
        return changed > most or state.base.kind != self._settings.built(len(state))

    def create(self) -> None:
        """Make the index where there is none.

        Raises:
            StoreMismatch: There is one of another dimension. Corrupt: There is one that cannot be read.
            Transient, Permanent: The folder cannot be used.
        """
        with translated():
            with self._folder.writing():
                try:
                    self._folder.current()
                except Gone:
                    self._begin()
            self._reader.state()

    def drop(self) -> None:
        """Remove the index and its files; nothing where there is none. Raises: Transient, Permanent."""
        with translated():
            self.close()
            with self._folder.writing():
                self._folder.remove()
            self._folder.sweep()

    def tune(self, *, ef: int | None = None, nprobe: int | None = None, depth: int | None = None) -> None:
        """Search with other knobs from now on. Raises: Permanent where they are out of their bounds."""
        old = self._settings
        self._settings = replace(
            old,
            ef=old.ef if ef is None else ef,
            nprobe=old.nprobe if nprobe is None else nprobe,
            depth=old.depth if depth is None else depth,
        )

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        """Store entries, replacing those with the same chunk ids; all of them or none.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. DiskFull: No space; nothing was stored.
            Gone, Corrupt, StoreMismatch: There is no such index. Transient: The files cannot be used now.
        """
        numbers = checked(vectors, (len(entries), self._dimension))
        if entries:
            self._write(Batch.of(entries, numbers))

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter. Raises: as `upsert`."""
        if chunk_ids:
            self._write(Delete(np.array(sorted(set(chunk_ids)), dtype=np.int64)))

    def delete_document(self, document_id: int) -> None:
        """Remove all chunks of a document. Raises: as `upsert`."""
        self._write(DeleteDocument(document_id))

    def clear(self) -> None:
        """Begin anew without any chunk, whatever state the files are in. Raises: Transient, Permanent."""
        with translated():
            with self._folder.writing():
                self._begin()
            self._folder.sweep()

    def count(self) -> int:
        """How many chunks it holds.

        Raises:
            Gone, Corrupt, StoreMismatch: There is no such index. Transient: The files cannot be used now.
        """
        with translated():
            return len(self._reader.state())

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first by cosine similarity, ties by chunk id.

        The similarities are exact for the vectors as float16; with HNSW and IVF-PQ a near chunk may be missed.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero.
            Gone, Corrupt, StoreMismatch: There is no such index. Transient: The files cannot be used now.
        """
        query = checked(vector, (self._dimension,))
        if selection.empty:
            return []
        with translated():
            searcher = Searcher(self._library, self._gpu, self._settings)
            return searcher.nearest(self._reader.state(), query, selection, k)

    def settle(self) -> None:
        """Make a new base where enough has changed; meant for the end of many writes. Raises: as `compact`."""
        if self.due:
            self.compact()

    def compact(self) -> bool:
        """Make a new base of all that the index holds, while searches and writes go on; false where there was no need.

        There is none while another process does it, or where nothing changed.

        Raises:
            DiskFull: No space; the index stays as it was. Gone, Corrupt, StoreMismatch: There is no such index.
            Transient: The files or the memory cannot be used now.
        """
        with translated():
            made = self._compact()
            if made:
                self._reader.state()  # lets go of the old base, so that it can be removed
        return made

    def close(self) -> None:
        """Let go of the files; a later call opens them again."""
        self._reader.close()
        self._gpu.release()
        with suppress(OSError):
            self._folder.sweep()

    def _compact(self) -> bool:
        with self._folder.building() as aside:
            if aside is None:
                return False
            state = self._reader.state()
            if not state.records and state.base.kind == self._settings.built(len(state)):
                return False
            Build(aside, self._library, self._settings).write(Content.of(state), self._dimension)
            return self._publish(aside, state)

    def _publish(self, aside: Path, state: State) -> bool:
        """Writes that came during the build follow the new base; false where the index was cleared meanwhile."""
        with self._folder.writing():
            pointer = self._folder.current()
            if pointer != state.base.pointer:
                return False
            journal = Journal(self._folder.path(pointer))
            Journal(aside).create(journal.read(state.position, journal.repair()))
            self._folder.publish(aside, self._dimension)
            return True

    def _begin(self) -> None:
        """Make an empty generation the current one; only while writing."""
        aside = self._folder.beginning()
        Build(aside, self._library, self._settings).empty(self._dimension)
        Journal(aside).create(b"")
        self._folder.publish(aside, self._dimension)

    def _write(self, record: Record) -> None:
        payload = encode(record)
        with translated(), self._folder.writing():
            folder = self._folder.path(self._reader.pointer())
            try:
                Journal(folder).append(payload)
            except FileNotFoundError as error:
                raise Corrupt(folder, "misses its journal") from error
