"""Puts ways of searching an index to the test."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from ingest.ports import Vectors
from retrieval.dense import DenseSearch
from retrieval.indexes import IndexRecord, StoredVectors, VectorStore
from retrieval.model import Scored, Selection
from retrieval.ports import VectorIndex
from retrieval.tuning.cost import ROUNDS, times
from retrieval.tuning.model import Case, Settings, Stratum, Trial
from retrieval.tuning.strata import SHARES, selections
from retrieval.tuning.sweep import Recalls, recall
from retrieval.tuning.truth import exact_neighbours

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures recall and time.

    Attributes:
        strata: The queries.
        k: How many nearest chunks count.
        search: How an index is searched.
        clock: Seconds, monotonic.
        rounds: Of timing.
    """

    strata: tuple[Stratum, ...]
    k: int
    search: Callable[[IndexRecord, VectorIndex], DenseSearch]
    clock: Callable[[], float]
    rounds: int = ROUNDS

    def recalls(self, store: VectorStore, record: IndexRecord, settings: Settings) -> Recalls:
        """Of every query, by stratum, searched with these settings."""
        with ExitStack() as resources:
            search = self._opened(resources, store, record, settings)
            return [[recall(search(case), case.truth) for case in stratum.cases] for stratum in self.strata]

    def timed(
        self, store: VectorStore, record: IndexRecord, trials: Sequence[Trial], yardstick: IndexRecord
    ) -> list[Trial]:
        """The trials with their latency, relative to that of the yardstick, which is searched in turns with them."""
        with ExitStack() as resources:
            first = self._opened(resources, store, yardstick, ())
            searches = [self._opened(resources, store, record, one.settings) for one in trials]
            taken = times([first, *searches], self.strata, self.clock, self.rounds)
        return [replace(trial, latency_ms=one) for trial, one in zip(trials, taken[1:], strict=True)]

    def _opened(
        self, resources: ExitStack, store: VectorStore, record: IndexRecord, settings: Settings
    ) -> Callable[[Case], Sequence[Scored]]:
        turned = replace(record, choice=record.choice.turned(settings))
        dense = self.search(turned, resources.enter_context(store.open(turned)))
        return partial(_search, dense, self.k)


def _search(dense: DenseSearch, k: int, case: Case) -> Sequence[Scored]:
    return dense.nearest(case.vector, case.selection, k)


def strata(stored: StoredVectors, queries: Vectors, k: int, seed: int) -> tuple[Stratum, ...]:
    """The queries without a filter, and under random filters that let 10 % and 1 % of the chunks pass.

    A share that no set of documents has, or that is fewer than `k` chunks, is left out.
    """
    collections, sizes, count = stored.collections(), stored.documents(), len(queries)
    drawn = {"all": [Selection(collections)] * count}
    for name, share in SHARES:
        drawn[name] = selections(collections, sizes, share, count, k, seed)
    kept = {name: chosen for name, chosen in drawn.items() if chosen}
    truths, shares = exact_neighbours(stored.batches(BATCH), queries, list(kept.values()), k)
    return tuple(
        Stratum(name, share, tuple(map(Case, queries, chosen, truth)))
        for (name, chosen), truth, share in zip(kept.items(), truths, shares, strict=True)
    )
