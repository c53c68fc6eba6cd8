"""What a way of searching costs: the median time of a search, measured in turns so that a busy moment hits all."""

import random
from collections.abc import Callable, Sequence
from statistics import median

from retrieval.tuning.model import Case, Settings, Stratum, Trial

ROUNDS = 7
SEARCHES = 15
"""In each round, stratum and way of searching."""
NEAR = 1.1
"""Times this much above the least are not told apart."""

Search = Callable[[Case], object]


def times(
    searches: Sequence[Search], strata: Sequence[Stratum], clock: Callable[[], float], rounds: int = ROUNDS
) -> list[float]:
    """Median milliseconds of each way of searching: in each stratum, then their mean.

    Rounds are interleaved and in each one the ways come in another order. A way's time is its median ratio to the
    first way in the same round, times the first way's median over all rounds.
    """
    order, taken_in = random.Random(0), list[list[float]]()
    for number in range(rounds):
        places = order.sample(range(len(searches)), len(searches))
        taken = {place: _round(searches[place], strata, number, clock) for place in places}
        taken_in.append([taken[place] for place in range(len(searches))])
    first = median(one[0] for one in taken_in)
    return [first * median(one[place] / one[0] for one in taken_in) for place in range(len(searches))]


def cheapest(trials: Sequence[Trial]) -> Trial | None:
    """The fastest of those that reach the target; among those about as fast, the one that does least work."""
    accepted = [one for one in trials if one.reaches]
    if not accepted:
        return None
    limit = NEAR * min(one.latency_ms for one in accepted)
    return min((one for one in accepted if one.latency_ms <= limit), key=lambda one: _work(one.settings))


def _work(settings: Settings) -> list[float]:
    return [float(value) for _, value in settings if not isinstance(value, str)]


def _round(search: Search, strata: Sequence[Stratum], number: int, clock: Callable[[], float]) -> float:
    medians = []
    for stratum in strata:
        begin = number * SEARCHES
        chosen = [stratum.cases[place % len(stratum.cases)] for place in range(begin, begin + SEARCHES)]
        medians.append(median(_timed(search, case, clock) for case in chosen))
    return max(1e-6, sum(medians) / len(medians))


def _timed(search: Search, case: Case, clock: Callable[[], float]) -> float:
    begun = clock()
    search(case)
    return 1e3 * (clock() - begun)
