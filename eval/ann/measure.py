"""Searches with all questions: what is found, and how long it takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.ann.filling import Filled
from eval.ann.kinds import Knobs
from eval.ann.material import EVERYTHING, Material, passing
from ingest.model import Scope
from retrieval.dense import DenseSearch
from retrieval.model import Filters

WARM_UP = 20
# Similarities this close are equal: databases and libraries add up in different orders.
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Point:
    """One index, searched with one setting under one filter.

    Attributes:
        filter: See `material.FILTERS`.
        knobs: The setting.
        recall: Mean share of the `k` nearest that were found.
        worst: The least share of a question.
        p50, p95, p99, mean: Milliseconds of one search.
        qps: Searches a second, one after the other.
        cpu: Milliseconds of processor time of one search, in all processes that take part. It hardly depends on what
            else the machine does; a server that is never idle adds its own.
        searches: How many were timed.
    """

    filter: str
    knobs: Knobs
    recall: float
    worst: float
    p50: float
    p95: float
    p99: float
    mean: float
    qps: float
    cpu: float
    searches: int


def measured(
    search: DenseSearch,
    knobs: Knobs,
    material: Material,
    filled: Filled,
    name: str,
    k: int,
    rounds: int,
    cpu: Callable[[], float],
    clock: Callable[[], float] = time.perf_counter,
) -> Point:
    """Search with each question `rounds` times, after a few that do not count.

    Each search is the product's whole vector search: who asks and the filter are resolved, candidates are found, and
    re-scored where the product does so. `cpu` tells the processor time used so far, in seconds.
    """
    filters = Filters() if name == EVERYTHING else Filters(tags=(name,))
    for vector in material.questions[:WARM_UP]:
        search.search(vector, Scope(), filters, k)
    used = cpu()
    found: list[list[int]] = []
    seconds: list[float] = []
    for _ in range(rounds):
        found = []
        for vector in material.questions:
            begun = clock()
            hits = search.search(vector, Scope(), filters, k)
            seconds.append(clock() - begun)
            found.append(filled.rows(hits))
    used = cpu() - used
    shares = recalls(material, name, found, k)
    times = np.array(seconds) * 1_000
    p50, p95, p99 = (float(one) for one in np.percentile(times, (50, 95, 99)))
    speeds = len(times) / float(times.sum()) * 1_000, used / len(times) * 1_000
    return Point(
        name, dict(knobs), float(np.mean(shares)), min(shares), p50, p95, p99, float(times.mean()), *speeds, len(times)
    )


def recalls(material: Material, name: str, found: Sequence[Sequence[int]], k: int) -> list[float]:
    """For each question the share of its `k` nearest rows that were found.

    A row counts that passes the filter and is as near as the `k`-th nearest: equal similarities are interchangeable.

    Args:
        material: The vectors.
        name: The filter.
        found: Rows, one list a question.
        k: How many count.
    """
    truth, mask = material.truths[name], passing(name, len(material.vectors), material.recipe.document)
    shares = []
    for vector, rows, nearest, exact in zip(
        material.questions, found, truth.rows[:, :k], truth.similarities[:, :k], strict=True
    ):
        wanted = int((nearest >= 0).sum())
        distinct = np.unique(np.asarray(rows[:k], dtype=np.int64))
        vectors = material.vectors[distinct[mask[distinct]]].astype(np.float32)
        cosines = vectors @ vector / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector))
        near = int((cosines >= exact[wanted - 1] - TOLERANCE).sum()) if wanted else 0
        shares.append(min(1.0, near / wanted) if wanted else 1.0)
    return shares
