"""Which index searches the vectors: what may be chosen, and what stores and their register must be able to do."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored
from retrieval.ports import VectorIndex

Setting = int | float | str


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """What an index is to be.

    Attributes:
        store: `pgvector`, `milvus` or `faiss`.
        kind: The store's own name for the type of index, such as `halfvec` or `IVF_PQ`.
        settings: The store's own knobs, by name; those that are not named have the store's defaults.
    """

    store: str
    kind: str
    settings: tuple[tuple[str, Setting], ...] = ()


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """An index that is registered.

    Attributes:
        number: Grows with every change of what searches.
        name: What it is called in its store; no other index, of this installation or another, has the same.
        choice: What it is.
        dimension: Of its vectors.
    """

    number: int
    name: str
    choice: IndexChoice
    dimension: int


class VectorStore(Protocol):
    """Makes, opens and removes the indexes of one kind of store."""

    @property
    def external(self) -> bool:
        """Is it outside of the database, so that it must be told of changes?"""
        ...

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """See that such an index can be made. Raises: Permanent."""
        ...

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Do two choices differ in how the index is searched only, so that the old one need not be built anew?"""
        ...

    def create(self, record: IndexRecord) -> None:
        """Make the index where it is absent: empty where the store is external, else with all stored vectors.

        Raises:
            Permanent: It cannot be made. Transient: The store cannot be used now.
        """
        ...

    def open(self, record: IndexRecord) -> AbstractContextManager[VectorIndex]:
        """The index, until the context ends. Raises: Transient, Permanent."""
        ...

    def drop(self, record: IndexRecord) -> None:
        """Remove the index; nothing where it is absent. Raises: Transient."""
        ...


class IndexRegister(Protocol):
    """Remembers which index is active, for all processes. Every method is one transaction."""

    def active(self) -> IndexRecord:
        """The index that searches. Raises: NotFound where no embedding model was ever used."""
        ...

    def number(self) -> int:
        """The number of the active index."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Only one process may change indexes. Raises: Transient while another one does."""
        ...

    def begin(self, choice: IndexChoice, external: bool) -> IndexRecord:
        """Register an index that is to be built; from now on changes are noted for an external one."""
        ...

    def activate(self, record: IndexRecord) -> None:
        """Make it the active one and retire the one before, at once.

        Raises:
            Transient: The embedding model was changed while it was built.
        """
        ...

    def retune(self, record: IndexRecord, choice: IndexChoice) -> None:
        """Search the active index in another way."""
        ...

    def leftovers(self) -> list[IndexRecord]:
        """Indexes that are neither active nor, by whoever is `alone`, being built."""
        ...

    def forget(self, record: IndexRecord) -> None:
        """Strike a removed index from the register."""
        ...


class StoredVectors(Protocol):
    """All vectors that must be found, from the system of record."""

    def count(self) -> int:
        """How many."""
        ...

    def collections(self) -> tuple[int, ...]:
        """Ids of all collections."""
        ...

    def batches(self, size: int) -> Iterator[tuple[list[IndexEntry], Vectors]]:
        """All of them, each batch in a transaction of its own: float32 arrays of shape (at most `size`, dimension)."""
        ...

    def sample(self, most: int) -> Vectors:
        """At most so many, spread evenly, the same for the same rows: float32 array of shape (n, dimension)."""
        ...

    def nearest(self, vectors: Vectors, k: int) -> list[Sequence[Scored]]:
        """The `k` nearest of all stored vectors for each of these, by comparing all."""
        ...
