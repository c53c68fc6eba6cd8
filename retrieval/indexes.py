"""Which index searches the vectors: what may be chosen, and what stores and their register must be able to do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.errors import Permanent
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored
from retrieval.ports import VectorIndex

Setting = int | float | str

CANDIDATES = "candidates"
"""The setting that any index outside of the database has: fewest candidates that are re-scored for a search."""
MOST_CANDIDATES = 16_000


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """What an index is to be.

    Attributes:
        store: `pgvector`, `milvus` or `faiss`.
        kind: The store's own name for the type of index, such as `halfvec` or `IVF_PQ`; empty for its default.
        settings: The store's own knobs, by name; those that are not named have the store's defaults.
    """

    store: str
    kind: str
    settings: tuple[tuple[str, Setting], ...] = ()

    def turned(self, settings: Sequence[tuple[str, Setting]]) -> "IndexChoice":
        """The same with these knobs at other values."""
        return replace(self, settings=tuple(sorted({**dict(self.settings), **dict(settings)}.items())))

    @property
    def candidates(self) -> int | None:
        """How many candidates are re-scored at least; `None` for the default. Raises: Permanent."""
        value = dict(self.settings).get(CANDIDATES)
        if value is not None and (not isinstance(value, int) or not 1 <= value <= MOST_CANDIDATES):
            raise Permanent(f"The setting {CANDIDATES} is {value}; it must be 1 to {MOST_CANDIDATES:,}.")
        return value

    @property
    def own(self) -> tuple[tuple[str, Setting], ...]:
        """The settings that are the store's own: all but the number of candidates. Raises: Permanent: as that."""
        common = () if self.candidates is None else (CANDIDATES,)
        return tuple((name, value) for name, value in self.settings if name not in common)


@dataclass(frozen=True, slots=True)
class Knob:
    """A setting of an index that trades time, or size, for recall.

    Attributes:
        name: As in `IndexChoice.settings`.
        values: Worth trying, ascending; a larger one does more work and finds at least about as much.
        default: What holds where the setting is not named.
        builds: Does another value need a new index?
    """

    name: str
    values: tuple[int, ...]
    default: int
    builds: bool = False


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

    def default_kind(self, dimension: int) -> str:
        """What an index over vectors of so many numbers is where no kind is named."""
        ...

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """See that such an index can be made. Raises: Permanent."""
        ...

    def reach(self, choice: IndexChoice) -> None:
        """See that the store answers where the index is to be, before it is noted that there may be one.

        Raises:
            Permanent: It never will. Transient: It cannot be used now.
        """
        ...

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Do two choices differ in how the index is searched only, so that the old one need not be built anew?"""
        ...

    def knobs(self, choice: IndexChoice, dimension: int) -> Sequence[Knob]:
        """What can be tuned of such an index; nothing for an exact one."""
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

    def bytes(self, record: IndexRecord) -> int | None:
        """What the index takes on this machine's disk; `None` where that is out of sight, or inside of the database."""
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

    def documents(self) -> Mapping[int, int]:
        """How many vectors each document has, by its id."""
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
