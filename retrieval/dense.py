"""The dense ranking: who asks and where is resolved, an index proposes, the stored vectors decide."""

from dataclasses import dataclass

from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.indexes import MOST_CANDIDATES
from retrieval.model import Filters, Scored, Selection
from retrieval.ports import Access, ExactScores, VectorIndex

LEAST_CANDIDATES = 200
# Comparing so many one by one takes some 10 ms. Graphs and cells lose hits where a filter admits a small part.
FEW = 20_000
# An index that was not told of deletions yet proposes what is gone; then it is asked for so many times as many.
WIDER = 4


@dataclass(frozen=True, slots=True)
class DenseSearch:
    """The `VectorRanking` port over any `VectorIndex`.

    Attributes:
        access: Resolves scope and filters.
        index: Proposes candidates.
        exact: Re-scores them and adds what the index does not hold yet; `None` for an index that is exact about its
            candidates and never behind.
        depth: Candidates for each hit wanted where they are re-scored, at least 1.
        least: Fewest candidates where they are re-scored.
        few: Where there is `exact` and a filter admits no more chunks, all of them are compared, and the index is not
            asked.
    """

    access: Access
    index: VectorIndex
    exact: ExactScores | None = None
    depth: int = 4
    least: int = LEAST_CANDIDATES
    few: int = FEW

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id."""
        return self.nearest(vector, self.access.select(scope, filters), k)

    def nearest(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The same for what is resolved already."""
        if selection.empty:
            return []
        if self.exact is None:
            return self.index.search(vector, selection, k)
        nearest = self.exact.nearest_of_few(vector, selection, k, self.few)
        if nearest is not None:
            return nearest
        position, wanted = self.exact.position(), max(self.depth * k, self.least)
        while True:
            candidates = self.index.search(vector, selection, wanted)
            found = self.exact.rescore(vector, [one.chunk_id for one in candidates], selection, k, position)
            if len(found) >= k or len(candidates) < wanted or wanted >= MOST_CANDIDATES:
                return found
            wanted = min(WIDER * wanted, MOST_CANDIDATES)
