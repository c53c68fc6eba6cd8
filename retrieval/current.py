"""The dense ranking over whichever index is active."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from ingest.errors import FootnoteError
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Scored
from retrieval.ports import VectorRanking

Opened = tuple[int, AbstractContextManager[VectorRanking]]


class CurrentRanking:
    """The `VectorRanking` port; it opens another index when another one has been made the active one.

    Args:
        number: The number of the active index; asked before every search.
        open: Opens the active index; returns its number and the ranking over it.
    """

    def __init__(self, number: Callable[[], int], open: Callable[[], Opened]) -> None:
        self._number, self._open = number, open
        self._lock = threading.Lock()
        self._current: tuple[int, VectorRanking] | None = None
        self._resources = ExitStack()

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id."""
        number, ranking = self._ranking()
        try:
            return ranking.search(vector, scope, filters, k)
        except FootnoteError:
            if self._number() == number:
                raise
        return self._ranking()[1].search(vector, scope, filters, k)

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            self._current = None
            self._resources.close()

    def _ranking(self) -> tuple[int, VectorRanking]:
        wanted = self._number()
        with self._lock:
            if self._current is None or self._current[0] != wanted:
                number, opening = self._open()
                resources = ExitStack()
                self._current = number, resources.enter_context(opening)
                self._resources.close()
                self._resources = resources
            return self._current
