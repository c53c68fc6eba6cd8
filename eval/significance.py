"""Is one run better than another? Paired by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.metrics import SEED, Estimate, estimate
from eval.runs import Run
from ingest.errors import Permanent

PERMUTATIONS = 20_000
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of two runs on the same questions.

    Attributes:
        before: Mean of the run that is compared with.
        after: Mean of the new run.
        change: Mean of the differences, with its bootstrap interval.
        better: Questions that became better.
        worse: Questions that became worse.
        p: Two-sided p-value of the paired randomization test.
        adjusted: The same, corrected for all measures that were compared (Holm, 1979).
        values: New minus old, one a question.
    """

    before: float
    after: float
    change: Estimate
    better: int
    worse: int
    p: float
    adjusted: float
    values: tuple[float, ...]


def compare(before: Run, after: Run) -> dict[str, Difference]:
    """By measure that both runs have.

    Raises:
        Permanent: They did not ask the same questions of the same data.
    """
    if before.pins["data"] != after.pins["data"]:
        raise Permanent("The runs cannot be compared: their data differ (see `data` in both run.json).")
    if before.questions != after.questions:
        raise Permanent("The runs cannot be compared: they asked other questions (see `limit` in both run.json).")
    shared = [name for name in after.values if name in before.values]
    changes = {name: _changes(before.values[name], after.values[name]) for name in shared}
    p = {name: randomization_test(values) for name, values in changes.items()}
    adjusted = holm(p)
    return {
        name: Difference(
            before=float(np.mean(before.values[name])),
            after=float(np.mean(after.values[name])),
            change=estimate(changes[name]),
            better=sum(one > 0 for one in changes[name]),
            worse=sum(one < 0 for one in changes[name]),
            p=p[name],
            adjusted=adjusted[name],
            values=changes[name],
        )
        for name in shared
    }


def randomization_test(differences: Sequence[float], permutations: int = PERMUTATIONS, seed: int = SEED) -> float:
    """Two-sided p-value of the paired randomization test (Fisher; for retrieval: Smucker, Allan and Carterette, 2007).

    Had the two runs been the same, every difference could as well have had the other sign. The p-value is the share of
    random signs under which the mean is at least as far from zero; the observed signs count as one of them.

    Args:
        differences: One a question, at least one.
        permutations: How many random signs are drawn.
        seed: Of the random numbers.
    """
    values = np.asarray(differences, dtype=np.float64)
    values = values[values != 0.0]
    if not len(values):
        return 1.0
    random, observed = np.random.default_rng(seed), abs(values.sum()) - 1e-12
    extreme = 0
    for start in range(0, permutations, AT_ONCE):
        drawn = random.integers(0, 2, size=(min(AT_ONCE, permutations - start), len(values)), dtype=np.int8)
        extreme += int((np.abs((2.0 * drawn - 1.0) @ values) >= observed).sum())
    return (extreme + 1) / (permutations + 1)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """P-values corrected for the number of tests, step down (Holm, 1979)."""
    adjusted, largest = dict[str, float](), 0.0
    for place, name in enumerate(sorted(p, key=lambda one: p[one])):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        adjusted[name] = largest
    return adjusted


def _changes(before: Sequence[float], after: Sequence[float]) -> tuple[float, ...]:
    return tuple(new - old for old, new in zip(before, after, strict=True))
