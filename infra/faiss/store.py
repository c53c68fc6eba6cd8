"""The `VectorStore` port on FAISS."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from infra.faiss.errors import Corrupt
from infra.faiss.folder import IndexFolder
from infra.faiss.index import FaissIndex
from infra.faiss.knobs import knobs
from infra.faiss.library import Library
from infra.faiss.settings import AT_SEARCH, FaissSettings
from infra.usage import folder_bytes
from retrieval.indexes import IndexChoice, IndexRecord, Knob
from retrieval.ports import VectorIndex


@dataclass(frozen=True, slots=True)
class FaissStore:
    """Indexes in files of one machine.

    Attributes:
        folder: Holds a folder for each.
    """

    folder: Path

    @property
    def external(self) -> bool:
        """It must be told of changes."""
        return True

    def default_kind(self, dimension: int) -> str:
        """IVF-PQ, which is exact while there are few vectors."""
        del dimension
        return FaissSettings().kind

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """See that such an index can be made. Raises: Permanent."""
        FaissSettings.of(choice).parts(dimension)
        Library()

    def reach(self, choice: IndexChoice) -> None:
        """It is a folder of this machine."""
        del choice

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Do two choices differ in nothing that a base is made with?"""
        before, after = FaissSettings.of(old), FaissSettings.of(new)
        return replace(before, **{name: getattr(after, name) for name in AT_SEARCH}) == after

    def knobs(self, choice: IndexChoice, dimension: int) -> Sequence[Knob]:
        """How the index is searched and built."""
        return knobs(FaissSettings.of(choice), dimension)

    def create(self, record: IndexRecord) -> None:
        """Make the index where it is absent, empty. Raises: Transient, Permanent."""
        with self._opened(record) as index:
            index.create()

    @contextmanager
    def open(self, record: IndexRecord) -> Iterator[VectorIndex]:
        """The index. Raises: Transient, Permanent."""
        with self._opened(record) as index:
            yield index

    def bytes(self, record: IndexRecord) -> int | None:
        """Its folder's."""
        return folder_bytes(self.folder / record.name)

    def drop(self, record: IndexRecord) -> None:
        """Remove the index and its files; nothing where it is absent. Raises: Transient, Permanent."""
        if (self.folder / record.name).is_dir():
            with self._opened(record) as index:
                index.drop()
        for folder in self.folder.glob("*/"):
            _erase_removed(folder)

    @contextmanager
    def _opened(self, record: IndexRecord) -> Iterator[FaissIndex]:
        index = FaissIndex(self.folder / record.name, record.dimension, FaissSettings.of(record.choice))
        try:
            yield index
        finally:
            index.close()
            _erase_removed(self.folder / record.name)


def _erase_removed(folder: Path) -> None:
    """What is left of an index that was removed while somebody had it open."""
    one = IndexFolder(folder)
    with suppress(OSError, Corrupt):
        if one.removed:
            one.erase()
