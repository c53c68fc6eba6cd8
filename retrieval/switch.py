"""Changes the index that searches: the new one is built beside the old one, checked, and then made the active one."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.errors import Permanent, Transient
from retrieval.dense import DenseSearch
from retrieval.indexes import IndexChoice, IndexRecord, IndexRegister, StoredVectors, VectorStore
from retrieval.model import Scored, Selection
from retrieval.ports import ChangeLog, VectorIndex
from retrieval.sync import Synchroniser

logger = logging.getLogger(__name__)

BATCH = 2_000
SAMPLE = 200
HITS = 10
LEAST_RECALL = 0.9
ATTEMPTS = 5
# Similarities this close are equal: stored vectors have 11 bits of precision.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """What became of a switch.

    Attributes:
        kind: The index that searches now, for people.
        vectors: How many it holds.
        recall: Share of the ten nearest stored vectors that it finds, over `sampled` of them; 1 where none was sampled.
        sampled: How many stored vectors were looked up.
        rebuilt: Was it built? If not, it is searched in another way only.
    """

    kind: str
    vectors: int
    recall: float
    sampled: int
    rebuilt: bool


@dataclass(frozen=True, slots=True)
class IndexSwitch:
    """Builds, checks and activates indexes; nothing is embedded anew.

    Attributes:
        register: Remembers which index is active.
        stored: The vectors.
        stores: By the name that an `IndexChoice` has for them.
        log: The changes for one index.
        search: How an index is searched once it is active.
    """

    register: IndexRegister
    stored: StoredVectors
    stores: Mapping[str, VectorStore]
    log: Callable[[IndexRecord], ChangeLog]
    search: Callable[[IndexRecord, VectorIndex], DenseSearch]

    def switch(self, choice: IndexChoice, rebuild: bool = False) -> SwitchReport:
        """Make this the index that searches.

        Args:
            choice: The index.
            rebuild: Build it also where the active one need only be searched in another way.

        Raises:
            Permanent: There is no such index, or the new one does not find enough; the old one stays.
            Transient: A store cannot be used now, or another process is changing the index.
        """
        store = self._store(choice)
        with self.register.alone():
            self._sweep()
            active = self.register.active()
            if not choice.kind:
                choice = replace(choice, kind=store.default_kind(active.dimension))
            store.check(choice, active.dimension)
            same_store = active.choice.store == choice.store
            if same_store and not rebuild and store.searches_only(active.choice, choice):
                self.register.retune(active, choice)
                return self._report(store)
            record, report = self.build(choice)
            self.activate(record)
        return report

    def sweep(self) -> None:
        """Remove indexes that were replaced or never finished; later, while another process changes indexes."""
        if not self.register.leftovers():
            return
        try:
            with self.register.alone():
                self._sweep()
        except Transient as error:
            logger.info("what is left of replaced indexes stays for now", extra={"reason": str(error)})

    def store(self, choice: IndexChoice) -> VectorStore:
        """The store of a choice. Raises: Permanent: There is none of that name."""
        return self._store(choice)

    def build(self, choice: IndexChoice) -> tuple[IndexRecord, SwitchReport]:
        """Build an index beside the active one and try it; the caller is `alone`, and activates or discards it.

        Raises:
            Permanent: There is no such index, or it does not find enough. Transient: A store cannot be used now.
        """
        store = self._store(choice)
        store.reach(choice)
        record = self.register.begin(choice, store.external)
        try:
            store.create(record)
            with store.open(record) as index:
                if store.external:
                    self._fill(record, index)
                return record, self._checked(record, index)
        except BaseException:
            self._remove(record)
            raise

    def activate(self, record: IndexRecord) -> None:
        """Let an index search that was built, and remove the one before. Raises: Transient."""
        try:
            self.register.activate(record)
        except BaseException:
            self._remove(record)
            raise
        self._sweep()

    def discard(self, record: IndexRecord) -> None:
        """Remove an index that was built."""
        self._remove(record)

    def _fill(self, record: IndexRecord, index: VectorIndex) -> None:
        for entries, vectors in self.stored.batches(BATCH):
            index.upsert(entries, vectors)
        for _ in range(ATTEMPTS):
            Synchroniser(self.log(record), index).catch_up()
            held, there = index.count(), self.stored.count()
            if held == there:
                index.settle()
                return
        raise Permanent(f"The new index holds {held:,} of {there:,} vectors. The old one stays.")

    def _checked(self, record: IndexRecord, index: VectorIndex) -> SwitchReport:
        sample = self.stored.sample(SAMPLE)
        dense, everywhere = self.search(record, index), Selection(self.stored.collections())
        exact = self.stored.nearest(sample, HITS)
        shares = [
            recall(dense.nearest(vector, everywhere, HITS), truth) for vector, truth in zip(sample, exact, strict=True)
        ]
        mean = sum(shares) / len(shares) if shares else 1.0
        if mean < LEAST_RECALL:
            raise Permanent(
                f"The new index finds {mean:.0%} of the {HITS} nearest vectors; {LEAST_RECALL:.0%} are needed."
                " The old one stays. Build it with other settings."
            )
        return SwitchReport(index.kind, index.count(), mean, len(shares), rebuilt=True)

    def _report(self, store: VectorStore) -> SwitchReport:
        with store.open(self.register.active()) as index:
            return SwitchReport(index.kind, index.count(), 1.0, 0, rebuilt=False)

    def _store(self, choice: IndexChoice) -> VectorStore:
        store = self.stores.get(choice.store)
        if store is None:
            raise Permanent(
                f"There is no vector store {choice.store!r}. Choose one of: {', '.join(sorted(self.stores))}."
            )
        return store

    def _sweep(self) -> None:
        for record in self.register.leftovers():
            self._remove(record)

    def _remove(self, record: IndexRecord) -> None:
        """What cannot be removed now is removed by the next sweep."""
        try:
            self._store(record.choice).drop(record)
            self.register.forget(record)
        except (Permanent, Transient, OSError) as error:
            logger.warning("an index could not be removed", extra={"index": record.name, "reason": str(error)})


def recall(found: Sequence[Scored], truth: Sequence[Scored]) -> float:
    """The share of the truth's places that are filled by chunks as near as the truth's last one."""
    if not truth:
        return 1.0
    least = truth[-1].score - TOLERANCE
    return min(1.0, sum(one.score >= least for one in found) / len(truth))
