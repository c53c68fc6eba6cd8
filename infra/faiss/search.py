"""Searches a state: the base by its index and then exactly, what came since exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.faiss.base import BLOCK
from infra.faiss.columns import Integers, every
from infra.faiss.errors import Corrupt
from infra.faiss.gpu import Gpu
from infra.faiss.library import Library, Mask, Rows
from infra.faiss.settings import FaissSettings
from infra.faiss.state import State
from infra.faiss.vectors import MARGIN, cosines, unit
from ingest.ports import Vectors
from retrieval.model import Scored, Selection

Scores = NDArray[np.float64]

# So few rows are compared one by one without a mask of all rows.
GATHERED = 300
SPARE = 50
WIDER = 4
# Under a filter up to so many times more cells or candidates are looked at.
MOST_EFFORT = 8


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches by FAISS, on a GPU where it can."""

    library: Library
    gpu: Gpu
    settings: FaissSettings

    def nearest(self, state: State, query: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first by cosine similarity, ties by chunk id.

        Args:
            state: To search.
            query: float32 array of shape (dimension,), not zero.
            selection: Applied inside the index query.
            k: How many, at least 1.

        Raises:
            Corrupt: Vectors were damaged since they were read.
        """
        self.library.use_threads(self.settings.threads)
        self.gpu.hold(state.base)
        search = _Search(self.library, self.gpu, self.settings, state, unit(query), k)
        chunk_ids, scores = search.found(selection)
        best = np.lexsort((chunk_ids, -scores))[:k]
        return [
            Scored(chunk_id, score)
            for chunk_id, score in zip(chunk_ids[best].tolist(), scores[best].tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    library: Library
    gpu: Gpu
    settings: FaissSettings
    state: State
    query: Vectors
    k: int

    def found(self, selection: Selection) -> tuple[Integers, Scores]:
        """At least the best `k` chunks in any order, with their cosine similarities."""
        base, delta = self.state.base, self.state.delta
        live = self.state.live if self.state.dead else None
        rows, scores = self._in_base(every([live, base.columns.admitted(selection)]))
        if not np.isfinite(scores).all():
            raise Corrupt(base.folder, "holds vectors that cannot be")
        new, new_scores = self._in_delta(delta.columns.admitted(selection))
        chunk_ids = np.concatenate([base.columns.chunk_id[rows], delta.columns.chunk_id[new]])
        return chunk_ids, np.concatenate([scores, new_scores])

    def _in_delta(self, mask: Mask | None) -> tuple[Rows, Scores]:
        vectors = self.state.delta.vectors
        rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
        if len(rows) > self.k + SPARE:
            products = (vectors if mask is None else vectors[rows]) @ self.query
            rows = rows[products >= _best(products, self.k) - 2 * MARGIN]
        return rows, cosines(vectors[rows], self.query)

    def _in_base(self, mask: Mask | None) -> tuple[Rows, Scores]:
        base = self.state.base
        count = len(base) if mask is None else int(np.count_nonzero(mask))
        if count <= GATHERED:
            rows = np.arange(len(base)) if mask is None else np.flatnonzero(mask)
            return rows, self._cosines(rows)
        if base.kind == "exact" or count <= self.settings.few:
            return self._exact(mask, count)
        return self._approximate(mask, count)

    def _exact(self, mask: Mask | None, count: int) -> tuple[Rows, Scores]:
        """Look at more rows until none of the others can be among the best."""
        depth = self.k + SPARE
        while True:
            products, rows = self._flat(mask, count, min(depth, count))
            scores = self._cosines(rows)
            if depth >= count or _best(scores, self.k) > products[-1] + MARGIN:
                return rows, scores
            depth *= WIDER

    def _approximate(self, mask: Mask | None, count: int) -> tuple[Rows, Scores]:
        """Candidates by the index; exactly where it finds too few, or more equal ones than it was asked for."""
        depth = max(self.settings.depth, 4 * self.k)
        while depth < count:
            rows = self._fast(mask, count, depth)
            scores = self._cosines(rows)
            if len(rows) < self.k:
                break
            if len(rows) < depth or _best(scores, self.k) > scores.min():
                return rows, scores
            depth *= WIDER
        return self._exact(mask, count)

    def _flat(self, mask: Mask | None, count: int, depth: int) -> tuple[Vectors, Rows]:
        base = self.state.base
        found = self._on_gpu(mask, count, depth) if base.kind == "exact" else None
        if found is None:
            assert base.flat is not None
            found = base.flat.search(self.query[None], depth, params=self.library.parameters("exact", mask))
        return _present(found)

    def _fast(self, mask: Mask | None, count: int, depth: int) -> Rows:
        base, settings = self.state.base, self.settings
        found = self._on_gpu(mask, count, depth)
        if found is None:
            effort = min(MOST_EFFORT, len(base) / count)
            parameters = self.library.parameters(
                base.kind, mask, ef=int(max(settings.ef, depth) * effort), nprobe=int(settings.nprobe * effort)
            )
            assert base.fast is not None
            found = base.fast.search(self.query[None], depth, params=parameters)
        return _present(found)[1]

    def _on_gpu(self, mask: Mask | None, count: int, depth: int) -> tuple[Vectors, Rows] | None:
        """The best admitted rows out of as many more as are left out."""
        base = self.state.base
        wanted = min(depth + len(base) - count, len(base))
        found = self.gpu.search(base, self.query[None], wanted, self.settings.nprobe)
        if found is None or mask is None:
            return found
        products, rows = _present(found)
        admitted = mask[rows]
        return products[admitted][None, :depth], rows[admitted][None, :depth]

    def _cosines(self, rows: Rows) -> Scores:
        base = self.state.base
        parts = [cosines(base.vectors(rows[start : start + BLOCK]), self.query) for start in range(0, len(rows), BLOCK)]
        return np.concatenate(parts) if parts else np.zeros(0)


def _best(scores: NDArray[np.floating], k: int) -> float:
    """The `k`-th best score; minus infinity where there are fewer."""
    return float(np.partition(scores, -k)[-k]) if len(scores) >= k else -np.inf


def _present(found: tuple[Vectors, Rows]) -> tuple[Vectors, Rows]:
    """Of one query, without the places where nothing was found."""
    products, rows = found[0][0], found[1][0]
    return products[rows >= 0], rows[rows >= 0]
