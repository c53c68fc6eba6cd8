"""Keeps vector indexes in order: what a worker does between its jobs."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from infra.postgres.graph import build_missing
from infra.postgres.register import PgRegister
from ingest.errors import NotFound
from retrieval.indexes import IndexRecord
from retrieval.ports import VectorIndex
from retrieval.sync import Synchroniser

if TYPE_CHECKING:
    from app.vectors import VectorIndexes

PATIENCE_S = 2.0


class Caretaker:
    """Looks after the indexes of an installation; one outside of the database stays open between two rounds.

    Args:
        indexes: To look after.
    """

    def __init__(self, indexes: VectorIndexes) -> None:
        self._indexes = indexes
        self._lock = threading.Lock()
        self._held: tuple[int, VectorIndex] | None = None
        self._resources = ExitStack()

    def round(self) -> None:
        """Build a missing graph, remove what was replaced, and bring an index outside of the database up to date.

        Raises:
            Transient, Permanent: Something could not be done now; searches are right all the same.
        """
        with self._lock:
            build_missing(self._indexes.database)
            self._indexes.switch().sweep()
            try:
                record = PgRegister(self._indexes.database).active()
            except NotFound:
                return
            if self._held is not None and self._held[0] != record.number:
                self._let_go()
            log = self._indexes.log(record)
            if self._indexes.store(record).external and log.behind():
                Synchroniser(log, self._opened(record)).catch_up()

    def close(self) -> None:
        """Let go of the index, unless a round is still at work after some seconds; a later round opens it again."""
        if self._lock.acquire(timeout=PATIENCE_S):
            try:
                self._let_go()
            finally:
                self._lock.release()

    def _opened(self, record: IndexRecord) -> VectorIndex:
        if self._held is None:
            self._held = record.number, self._resources.enter_context(self._indexes.store(record).open(record))
        return self._held[1]

    def _let_go(self) -> None:
        self._held = None
        self._resources.close()
