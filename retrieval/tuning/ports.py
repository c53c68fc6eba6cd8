"""What tuning needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from ingest.ports import Vectors
from retrieval.indexes import IndexRecord
from retrieval.tuning.model import Measurement
from retrieval.tuning.questions import ChunkText


class QueryLog(Protocol):
    """Remembers what was asked, as vectors."""

    def note(self, vector: Vectors) -> None:
        """Remember a question's vector, some time; never waits and never fails."""
        ...


class PastQueries(Protocol):
    """What was asked."""

    def newest(self, most: int) -> Vectors:
        """The latest queries of the present embedding model: float32 array of shape (at most `most`, dimension)."""
        ...


class ChunkTexts(Protocol):
    """Texts to make questions from."""

    def drawn(self, most: int, seed: int) -> Sequence[ChunkText]:
        """At most so many chunks at random, the same for the same seed and chunks."""
        ...


class Measurements(Protocol):
    """Remembers how well indexes find."""

    def save(self, record: IndexRecord, measurement: Measurement) -> None:
        """Remember it; nothing where the index is no longer registered."""
        ...

    def newest(self, record: IndexRecord) -> Measurement | None:
        """The latest of this index as it searches now; `None` where it was never measured so."""
        ...
