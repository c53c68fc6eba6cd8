"""The log of what was asked: vectors only, written aside so that no question waits for it or fails because of it."""

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector

from infra.postgres.server import Database
from infra.postgres.statements import query
from ingest.errors import FootnoteError
from ingest.ports import Vectors

logger = logging.getLogger(__name__)

KEPT = 2_000
WAITING = 256
CLOSING_S = 3.0


@dataclass(frozen=True, slots=True)
class PgPastQueries:
    """The `PastQueries` port: the table `query_log`."""

    database: Database

    def newest(self, most: int) -> Vectors:
        """The latest queries of the present embedding model: float32 array of shape (at most `most`, dimension)."""
        with self.database.transaction() as connection, connection.cursor(binary=True) as cursor:
            rows = cursor.execute(query("newest_queries"), {"most": most}).fetchall()
        if not rows:
            return np.empty((0, 0), dtype=np.float32)
        return np.stack([row[0].to_numpy() for row in rows]).astype(np.float32)


class PgQueryLog:
    """The `QueryLog` port; a thread of its own writes, begun with the first question.

    What comes faster than it can be written is not remembered.

    Args:
        database: Where the log is.
        kept: How many queries are kept.
    """

    def __init__(self, database: Database, kept: int = KEPT) -> None:
        self._database, self._kept = database, kept
        self._waiting: queue.Queue[Vectors | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    def note(self, vector: Vectors) -> None:
        """Remember a question's vector, some time; never waits and never fails."""
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="query-log", daemon=True)
                self._writer.start()
        with suppress(queue.Full):
            self._waiting.put_nowait(np.array(vector, dtype=np.float16))

    def close(self) -> None:
        """Write what waits, within seconds, and end."""
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=CLOSING_S)
            writer.join(CLOSING_S)

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            vectors, ended = self._more(first)
            try:
                self._store(vectors)
            except FootnoteError as error:
                logger.info("queries could not be remembered", extra={"reason": str(error), "queries": len(vectors)})
            if ended:
                return

    def _more(self, first: Vectors) -> tuple[list[Vectors], bool]:
        """What else waits, and whether that is all that will ever come."""
        vectors = [first]
        with suppress(queue.Empty):
            while (vector := self._waiting.get_nowait()) is not None:
                vectors.append(vector)
            return vectors, True
        return vectors, False

    def _store(self, vectors: Sequence[Vectors]) -> None:
        values = [{"vector": HalfVector(one), "dimension": len(one)} for one in vectors]
        with self._database.transaction() as connection, connection.cursor() as cursor:
            cursor.executemany(query("note_queries"), values)
            cursor.execute(query("trim_queries"), {"kept": self._kept})
