"""The dense ranking, with what it is asked remembered."""

from dataclasses import dataclass

from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Scored
from retrieval.ports import VectorRanking
from retrieval.tuning.ports import QueryLog


@dataclass(frozen=True, slots=True)
class NotedRanking:
    """The `VectorRanking` port; remembers the vector of each question, and nothing else of it.

    Attributes:
        ranking: Searches.
        log: Remembers.
    """

    ranking: VectorRanking
    log: QueryLog

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id."""
        found = self.ranking.search(vector, scope, filters, k)
        self.log.note(vector)
        return found
