"""Keeps one process' view of an index up to date with what all processes wrote."""

import struct
import threading
from pathlib import Path

from infra.faiss.base import Base
from infra.faiss.errors import Corrupt
from infra.faiss.folder import IndexFolder, Pointer
from infra.faiss.journal import Journal
from infra.faiss.library import Library
from infra.faiss.records import Record, decode
from infra.faiss.state import State
from ingest.errors import StoreMismatch

# A generation may be exchanged and removed after its name was read and before it is opened.
ATTEMPTS = 10


class Reader:
    """Opens the current base and reads its journal on from where it was.

    Args:
        folder: Of the index.
        dimension: Of the vectors.
        library: FAISS.
        verify: Compare the checksums of all files of a base.
    """

    def __init__(self, folder: IndexFolder, dimension: int, library: Library, verify: bool) -> None:
        self._folder, self._dimension, self._library, self._verify = folder, dimension, library, verify
        self._lock = threading.Lock()
        self._state: State | None = None

    def pointer(self) -> Pointer:
        """Raises: Gone, Corrupt. StoreMismatch: It holds vectors of another dimension."""
        pointer = self._folder.current()
        if pointer.dimension != self._dimension:
            raise StoreMismatch
        return pointer

    def state(self) -> State:
        """All that was written before this call.

        Raises:
            Gone, Corrupt, StoreMismatch: There is no such index. OSError.
        """
        with self._lock:
            for _ in range(ATTEMPTS):
                pointer = self.pointer()
                try:
                    return self._read(pointer)
                except FileNotFoundError as error:
                    missing = error
        raise Corrupt(Path(missing.filename), "is missing") from missing

    def close(self) -> None:
        """Let go of the files; a later call opens them again."""
        with self._lock:
            self._state = None

    def _read(self, pointer: Pointer) -> State:
        journal = Journal(self._folder.path(pointer))
        state = self._state
        if state is None or state.base.pointer != pointer:
            state = self._state = None
            base = Base(self._folder.path(pointer), pointer, self._library, self._verify)
            state, end = State.of(base), self._repaired(journal)
            self._folder.sweep()
        else:
            end = self._committed(journal)
        if end < state.position:
            raise Corrupt(state.base.folder, "was changed by another program")
        if end > state.position:
            state = state.after(_records(journal, state, end), end)
        self._state = state
        return state

    def _committed(self, journal: Journal) -> int:
        end = journal.committed()
        return self._repaired(journal) if end is None else end

    def _repaired(self, journal: Journal) -> int:
        """The mark may be behind what was written when the power went."""
        with self._folder.writing():
            return journal.repair()


def _records(journal: Journal, state: State, end: int) -> list[Record]:
    try:
        return [decode(payload) for payload in journal.payloads(state.position, end)]
    except (ValueError, KeyError, struct.error) as error:
        raise Corrupt(state.base.folder, "holds records of another version") from error
