"""Checks that tuning keeps its promise: `python -m eval.tune_check`.

Vectors like those of real chunks are indexed in several ways, by the real stores. For every seed the questions are cut
into two random halves: one tunes the index, by the same ladders, bound and choice as `footnote tune`; the other is held
out. The promise is kept where every stratum of the other half (no filter, 10 %, 1 %) reaches the target. A second count
leaves the bound out and accepts what reaches the target on average, to show what the bound is for.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings as Installed
from app.stores import stores
from app.vectors import VectorIndexes
from eval.ann.recipe import Recipe
from eval.report import table, write_json
from infra.postgres.bulk import copy_vectors
from infra.postgres.graph import large_load
from infra.postgres.library import PgMaintenance
from infra.postgres.register import PgRegister
from infra.postgres.server import Database, open_database
from infra.postgres.stored_vectors import PgStoredVectors
from ingest.ports import Vectors
from retrieval.indexes import IndexChoice, VectorStore
from retrieval.tuning.bench import Bench, strata
from retrieval.tuning.cost import cheapest
from retrieval.tuning.ladders import ladders
from retrieval.tuning.model import CONFIDENCE, Settings, Stratum, Trial
from retrieval.tuning.sweep import Recalls, descend, tried
from retrieval.tuning.tuner import words

DIMENSION, DOCUMENT = 384, 50
# 19 of 20.
PROMISE = 0.95
KINDS = ("pgvector/halfvec", "pgvector/bit", "faiss/HNSW,few=0", "faiss/IVF-PQ,few=0", "milvus/IVF_FLAT")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STOCK = (
    "INSERT INTO collections (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'check')",
    "INSERT INTO documents (id, collection_id, name) OVERRIDING SYSTEM VALUE"
    " SELECT n, 1, n::text FROM generate_series(1, %(documents)s::int) n",
    "INSERT INTO versions (id, document_id, number, file_type, sha256, bytes, status, current) OVERRIDING SYSTEM VALUE"
    " SELECT n, n, 1, 'pdf', n::text, 1, 'indexed', true FROM generate_series(1, %(documents)s::int) n",
    "INSERT INTO chunks (id, version_id, ordinal, text, heading_path, page, page_end, span_start, span_end, tokens,"
    " sentences) OVERRIDING SYSTEM VALUE"
    " SELECT n, 1 + (n - 1) / %(each)s::int, n, '', '{}'::text[], 1, 1, 0, 0, 0, '[]'::jsonb"
    " FROM generate_series(1, %(documents)s::int * %(each)s::int) n",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kind of index over all seeds.

    Attributes:
        kind: Of the index.
        reached: Seeds in which a setting was shown to reach the target.
        kept: Those of them whose held-out half reaches it in every stratum.
        worst: The lowest mean recall of a held-out stratum.
        without_bound: As `kept`, where means alone decide.
        chosen: How often each setting was chosen.
        seconds: Time taken.
    """

    kind: str
    reached: int
    kept: int
    worst: float
    without_bound: int
    chosen: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Split:
    """One seed: which questions tune, which are held out."""

    tuning: NDArray[np.int64]
    held_out: NDArray[np.int64]


class Pool:
    """All questions against the active index; every setting is measured with each of them once.

    Args:
        indexes: Of the installation.
        questions: Float32 array of shape (questions, dimension).
        k: How many nearest chunks count.
    """

    def __init__(self, indexes: VectorIndexes, questions: Vectors, k: int) -> None:
        self._record = PgRegister(indexes.database).active()
        self._store: VectorStore = indexes.stores[self._record.choice.store]
        self.strata = strata(PgStoredVectors(indexes.database), questions, k, seed=0)
        self._bench = Bench(self.strata, k, indexes.switch().search, time.perf_counter)
        knobs = self._store.knobs(self._record.choice, self._record.dimension)
        self.ladders = ladders([knob for knob in knobs if not knob.builds])
        self._recalls = dict[Settings, list[NDArray[np.float64]]]()
        self._times = dict[Settings, float]()

    def recalls(self, settings: Settings, chosen: NDArray[np.int64]) -> Recalls:
        """Of some questions, by stratum."""
        if settings not in self._recalls:
            measured = self._bench.recalls(self._store, self._record, settings)
            self._recalls[settings] = [np.array(values) for values in measured]
        return [values[chosen].tolist() for values in self._recalls[settings]]

    def timed(self, trials: Sequence[Trial]) -> list[Trial]:
        """With their latency."""
        new = [one for one in trials if one.settings not in self._times]
        if new:
            timed = self._bench.timed(self._store, self._record, new, self._record)
            self._times.update({one.settings: one.latency_ms for one in timed})
        return [replace(one, latency_ms=self._times[one.settings]) for one in trials]

    def some(self, chosen: NDArray[np.int64]) -> list[Stratum]:
        """The strata with some of the questions."""
        return [replace(one, cases=tuple(one.cases[place] for place in chosen)) for one in self.strata]


def tuned(pool: Pool, split: Split, target: float) -> Trial | None:
    """What tuning chooses with one half."""
    trials = descend(
        pool.ladders,
        pool.some(split.tuning),
        lambda settings: pool.recalls(settings, split.tuning),
        target,
        1 - CONFIDENCE,
    )
    return cheapest(pool.timed(trials))


def trusting(pool: Pool, split: Split, target: float) -> Trial | None:
    """What would be chosen by means alone."""
    some, trials = pool.some(split.tuning), list[Trial]()
    for ladder in pool.ladders:
        for settings in ladder:
            trial = tried(settings, some, pool.recalls(settings, split.tuning), target, 1 - CONFIDENCE)
            if trial.recall < target:
                break
            trials.append(replace(trial, reaches=True))
    return cheapest(pool.timed(trials))


def held_out(pool: Pool, split: Split, trial: Trial) -> float:
    """The worst stratum's mean recall with the other half."""
    return min(float(np.mean(values)) for values in pool.recalls(trial.settings, split.held_out))


def checked(indexes: VectorIndexes, kind: str, questions: Vectors, wanted: argparse.Namespace) -> Outcome:
    """One kind of index over all seeds."""
    begun = time.monotonic()
    indexes.switched(choice(kind), False)
    pool = Pool(indexes, questions, wanted.k)
    splits = [halves(len(questions), seed) for seed in range(wanted.seeds)]
    chosen = [tuned(pool, split, wanted.recall) for split in splits]
    trusted = [trusting(pool, split, wanted.recall) for split in splits]
    found = [held_out(pool, split, one) for split, one in zip(splits, chosen, strict=True) if one]
    plain = [held_out(pool, split, one) for split, one in zip(splits, trusted, strict=True) if one]
    return Outcome(
        kind,
        reached=len(found),
        kept=sum(one >= wanted.recall for one in found),
        worst=min(found, default=0.0),
        without_bound=sum(one >= wanted.recall for one in plain),
        chosen=dict(Counter(words(one.settings) for one in chosen if one)),
        seconds=time.monotonic() - begun,
    )


def choice(said: str) -> IndexChoice:
    """`STORE/KIND,NAME=NUMBER,…`."""
    name, *settings = said.split(",")
    kept, _, kind = name.partition("/")
    turned = [(one.partition("=")[0], int(one.partition("=")[2])) for one in settings]
    return IndexChoice(kept, kind, tuple(sorted(turned)))


def halves(count: int, seed: int) -> Split:
    """Two random halves."""
    order = np.random.default_rng(seed).permutation(count)
    return Split(order[: count // 2], order[count // 2 :])


@contextmanager
def stocked(rows: int, questions: int, seed: int) -> Iterator[tuple[Path, Database, Vectors]]:
    """A database of its own with so many vectors, and questions about them."""
    with tempfile.TemporaryDirectory(prefix="footnote-tune-") as folder, open_database(Path(folder), None) as database:
        maintenance = PgMaintenance(database)
        maintenance.migrate()
        maintenance.ensure_embedding("drawn", DIMENSION)
        blocks = list(Recipe(DIMENSION, seed, document=DOCUMENT).blocks(rows, questions))
        vectors = np.concatenate([chunks for chunks, _ in blocks]).astype(np.float32)
        with large_load(database, len(vectors)):
            store(database, vectors)
        yield Path(folder), database, np.concatenate([asked for _, asked in blocks]).astype(np.float32)


def store(database: Database, vectors: Vectors) -> None:
    """Documents of equal size that hold the vectors in order."""
    documents = len(vectors) // DOCUMENT
    with database.transaction() as connection:
        for statement in STOCK:
            connection.execute(statement, {"documents": documents, "each": DOCUMENT})
        for number in range(documents):
            place = number * DOCUMENT
            version = {
                "id": number + 1, "document_id": number + 1, "collection_id": 1, "file_type": "pdf", "tags": [],
                "uploaded_at": MOMENT,
            }  # fmt: skip
            copy_vectors(connection, version, range(place + 1, place + DOCUMENT + 1), vectors[place : place + DOCUMENT])


def main() -> None:
    """Print and write what was found; exit with 1 where the promise is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recall", type=float, default=0.98)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=1_200)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), metavar="STORE/KIND[,NAME=NUMBER]")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    outcomes = []
    with stocked(wanted.rows, wanted.questions, seed=7) as (home, database, questions):
        indexes = VectorIndexes(database, stores(Installed(home=home), database))
        for kind in wanted.kinds:
            outcomes.append(checked(indexes, kind, questions, wanted))
            print(outcomes[-1], flush=True)
    header = ["index", "reached", "kept", "worst held out", "kept without the bound", "seconds"]
    rows = [
        [one.kind, str(one.reached), str(one.kept), f"{one.worst:.4f}", str(one.without_bound), f"{one.seconds:.0f}"]
        for one in outcomes
    ]
    print(table(header, rows))
    write_json(wanted.json, {"outcomes": [asdict(one) for one in outcomes]})
    raise SystemExit(any(one.kept < PROMISE * one.reached or not one.reached for one in outcomes))


if __name__ == "__main__":
    main()
