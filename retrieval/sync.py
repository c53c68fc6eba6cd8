"""Brings an index outside of the database up to date with the stored vectors."""

import logging
from dataclasses import dataclass

from retrieval.model import Changes
from retrieval.ports import ChangeLog, VectorIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Synchroniser:
    """Applies changes in order. A batch that was applied but not recorded, because of a crash, is applied once more.

    Attributes:
        changes: What happened.
        index: What has to hold it.
    """

    changes: ChangeLog
    index: VectorIndex

    def catch_up(self) -> int:
        """Apply everything that has happened; returns the number of chunks written or removed.

        Raises:
            Transient: Database or index cannot be used now. OutOfDate: The index must be built anew.
        """
        touched = 0
        with self.changes.turn():
            position = self.changes.applied()
            while position is not None and (batch := self.changes.after(position)):
                self._apply(batch)
                position = batch.position
                self.changes.advance(position)
                touched += len(batch.entries) + len(batch.deleted)
        self.changes.trim()
        if touched:
            self.index.settle()
            logger.info("vector index brought up to date", extra={"index": self.index.kind, "chunks": touched})
        return touched

    def _apply(self, batch: Changes) -> None:
        if batch.cleared:
            self.index.clear()
        if batch.deleted:
            self.index.delete(batch.deleted)
        if batch.entries:
            self.index.upsert(batch.entries, batch.vectors)
