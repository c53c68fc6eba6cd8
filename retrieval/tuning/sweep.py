"""Finds the ways of searching that reach a recall target, so that the search among many does not flatter the result.

Each ladder is walked from what does most work downwards, and left at the first rung that is not shown to reach the
target (fixed sequence testing). The chance that any accepted rung of one ladder misses the target is at most the error
of a single test, however long the ladder: a wrong acceptance begins with the first rung that misses it, and that one is
tested once. Several ladders share the error (Bonferroni). This is "Learn then Test" (Angelopoulos, Bates, Candès,
Jordan and Lei, 2021), with the betting test in place of Hoeffding and Bentkus'. A rung is accepted only where every
stratum reaches the target; that needs no share of the error (intersection-union test).
"""

from collections.abc import Callable, Sequence

from retrieval.model import Scored
from retrieval.tuning.bounds import exceeds, lower_bound
from retrieval.tuning.model import Reached, Settings, Stratum, Trial

Recalls = Sequence[Sequence[float]]
"""One sequence of recalls for each stratum, in the order in which the queries were drawn."""

# Scores are computed in single precision, here and in the database.
TOLERANCE = 1e-5


def recall(found: Sequence[Scored], truth: Sequence[Scored]) -> float:
    """The share of the truth's places that are filled by chunks as near as the truth's last one."""
    if not truth:
        return 1.0
    least = truth[-1].score - TOLERANCE
    return min(1.0, sum(one.score >= least for one in found[: len(truth)]) / len(truth))


def descend(
    ladders: Sequence[Sequence[Settings]],
    strata: Sequence[Stratum],
    recalls: Callable[[Settings], Recalls],
    target: float,
    error: float,
) -> list[Trial]:
    """Walk down each ladder as far as the target is shown to be reached; the last trial of each may not reach it.

    Args:
        ladders: Ways of searching, each with the most work first.
        strata: The queries.
        recalls: Measures a way of searching.
        target: Mean recall to be reached in every stratum.
        error: The chance that any of the trials with `reaches` misses the target after all.
    """
    trials = []
    for ladder in ladders:
        for settings in ladder:
            trial = tried(settings, strata, recalls(settings), target, error / len(ladders))
            trials.append(trial)
            if not trial.reaches:
                break
    return trials


def tried(settings: Settings, strata: Sequence[Stratum], recalls: Recalls, target: float, error: float) -> Trial:
    """One way of searching against the target, each stratum at the full error."""
    measured = tuple(
        Reached(stratum.name, stratum.share, len(values), sum(values) / max(1, len(values)), lower_bound(values, error))
        for stratum, values in zip(strata, recalls, strict=True)
    )
    return Trial(settings, measured, bool(measured) and all(exceeds(values, target, error) for values in recalls))
