"""A store of vector indexes outside of the database, in memory."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from infra.memory.index import MemoryVectorIndex
from retrieval.indexes import IndexChoice, IndexRecord, Knob
from retrieval.ports import VectorIndex


@dataclass(frozen=True, slots=True)
class MemoryVectorStore:
    """The `VectorStore` port.

    Attributes:
        indexes: By name.
    """

    indexes: dict[str, MemoryVectorIndex] = field(default_factory=dict)

    @property
    def external(self) -> bool:
        """It must be told of changes."""
        return True

    def default_kind(self, dimension: int) -> str:
        """It is exact."""
        del dimension
        return "exact"

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """Anything can be made."""

    def reach(self, choice: IndexChoice) -> None:
        """It is here."""
        del choice

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Only equal choices need nothing built."""
        return old == new

    def knobs(self, choice: IndexChoice, dimension: int) -> Sequence[Knob]:
        """It is exact."""
        del choice, dimension
        return ()

    def create(self, record: IndexRecord) -> None:
        """Make the index where it is absent."""
        self.indexes.setdefault(record.name, MemoryVectorIndex(record.dimension))

    def open(self, record: IndexRecord) -> AbstractContextManager[VectorIndex]:
        """The index."""
        return nullcontext(self.indexes[record.name])

    def bytes(self, record: IndexRecord) -> int | None:
        """`None`: it has no files."""
        del record
        return None

    def drop(self, record: IndexRecord) -> None:
        """Remove the index; nothing where it is absent."""
        self.indexes.pop(record.name, None)
