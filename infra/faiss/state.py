"""What a search looks at: a base, which of its rows still count, and what came since."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.faiss.base import Base
from infra.faiss.columns import Columns, Integers
from infra.faiss.library import Mask
from infra.faiss.records import Batch, Delete, DeleteDocument, Record

NEVER = -1


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Never changes, so that searches need no lock.

    Attributes:
        base: The current generation's.
        live: Which rows of the base still count.
        dead: How many do not.
        delta: Rows that came since; none of their chunks is live in the base.
        position: Up to where the journal is contained.
        records: How many records that were.
    """

    base: Base
    live: Mask
    dead: int
    delta: Batch
    position: int
    records: int

    @classmethod
    def of(cls, base: Base) -> "State":
        """A base of which nothing changed."""
        return cls(base, np.ones(len(base), dtype=bool), 0, Batch.empty(base.pointer.dimension), 0, 0)

    def __len__(self) -> int:
        return len(self.base) - self.dead + len(self.delta.columns)

    def after(self, records: Sequence[Record], position: int) -> "State":
        """What it is after some more records, all handled at once."""
        batches = {0: self.delta, **{time: one for time, one in enumerate(records, 1) if isinstance(one, Batch)}}
        columns = Columns.joined([batch.columns for batch in batches.values()])
        since = np.repeat(list(batches), [len(batch.columns) for batch in batches.values()])
        chunks = _Deleted([(time, one.chunk_ids) for time, one in enumerate(records, 1) if isinstance(one, Delete)])
        documents = _Deleted(
            [
                (time, np.array([one.document_id], dtype=np.int64))
                for time, one in enumerate(records, 1)
                if isinstance(one, DeleteDocument)
            ]
        )
        own = columns.document_id
        keep = _last(columns.chunk_id) & (since > chunks.times(columns.chunk_id))
        keep &= since > documents.times(own.numbers[own.codes])
        vectors = np.concatenate([batch.vectors for batch in batches.values()])[keep]
        live = self._live(np.concatenate([columns.chunk_id, chunks.keys]), documents.keys)
        dead = len(live) - int(np.count_nonzero(live))
        delta = Batch(columns.take(keep), vectors)
        return State(self.base, live, dead, delta, position, self.records + len(records))

    def _live(self, chunk_ids: Integers, documents: Integers) -> Mask:
        """Without these chunks and documents: all that came since is younger than the base."""
        live = self.live.copy()
        live[self.base.rows_of(chunk_ids)] = False
        if len(documents):
            live &= ~self.base.columns.document_id.equal_to_any(documents)
        return live


class _Deleted:
    """When keys were deleted last."""

    def __init__(self, deletions: Sequence[tuple[int, Integers]]) -> None:
        keys = np.concatenate([keys for _, keys in deletions] or [np.zeros(0, dtype=np.int64)])
        times = np.repeat([time for time, _ in deletions], [len(keys) for _, keys in deletions]).astype(np.int64)
        order = np.lexsort((times, keys))
        self.keys, self._times = keys[order], times[order]

    def times(self, wanted: Integers) -> Integers:
        """Of each key, `NEVER` where it was not."""
        if not len(self.keys):
            return np.full(len(wanted), NEVER)
        places = np.maximum(np.searchsorted(self.keys, wanted, side="right") - 1, 0)
        return np.where(self.keys[places] == wanted, self._times[places], NEVER)


def _last(chunk_ids: Integers) -> Mask:
    """The last row of each chunk: a later one replaces those before."""
    _, backwards = np.unique(chunk_ids[::-1], return_index=True)
    last = np.zeros(len(chunk_ids), dtype=bool)
    last[len(chunk_ids) - 1 - backwards] = True
    return last
