"""The dense ranking that goes on while the store of the vector index is away."""

import logging
from collections.abc import Callable

from ingest.errors import Transient
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Scored
from retrieval.ports import VectorRanking

logger = logging.getLogger(__name__)

PAUSE_S = 30.0


class SteadyRanking:
    """The `VectorRanking` port: while one ranking cannot be used, another one answers.

    Args:
        first: Answers as a rule.
        instead: Makes what answers instead; `None` where nothing can.
        clock: Seconds, monotonic.
        pause_s: For so long after a failure the first one is not asked: to find out that a store is away takes time.
    """

    def __init__(
        self,
        first: VectorRanking,
        instead: Callable[[], VectorRanking | None],
        clock: Callable[[], float],
        pause_s: float = PAUSE_S,
    ) -> None:
        self._first, self._instead, self._clock, self._pause_s = first, instead, clock, pause_s
        self._meanwhile: tuple[float, VectorRanking] | None = None

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id.

        Raises:
            Transient: Neither can be used now. Permanent: The first one never will; somebody must see to it.
        """
        meanwhile = self._meanwhile
        if meanwhile is not None and self._clock() < meanwhile[0]:
            return meanwhile[1].search(vector, scope, filters, k)
        try:
            return self._first.search(vector, scope, filters, k)
        except Transient as error:
            other = self._instead()
            if other is None:
                raise
            logger.warning("the vector index is away; another one answers", extra={"reason": str(error)})
            self._meanwhile = self._clock() + self._pause_s, other
        return other.search(vector, scope, filters, k)
