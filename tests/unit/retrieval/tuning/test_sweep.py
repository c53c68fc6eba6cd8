"""The way down the ladders: nothing wrong is accepted more often than promised, nothing is measured in vain."""

import numpy as np
import pytest

from retrieval.indexes import Knob
from retrieval.model import Scored, Selection
from retrieval.tuning.cost import cheapest, times
from retrieval.tuning.ladders import ladders
from retrieval.tuning.model import Case, Reached, Settings, Stratum, Trial
from retrieval.tuning.sweep import Recalls, descend, recall

WIDTH = Knob("ef", (10, 20, 40), 20)
DEPTH = Knob("candidates", (50, 100), 100)
CASE = Case(np.ones(1, dtype=np.float32), Selection((1,)), ())
STRATA = (Stratum("all", 1.0, (CASE,) * 300), Stratum("1%", 0.01, (CASE,) * 300))


def ef(value: int) -> Settings:
    return (("ef", value),)


def tried(settings: Settings, milliseconds: float, reaches: bool = True) -> Trial:
    return Trial(settings, (Reached("all", 1.0, 300, 0.99, 0.985),), reaches, milliseconds)


def test_ladders_fall_along_the_longest_knob() -> None:
    assert ladders([WIDTH]) == [[ef(40), ef(20), ef(10)]]
    both = ladders([DEPTH, WIDTH])
    assert [len(one) for one in both] == [3, 3]
    assert both[0][0] == (("candidates", 100), ("ef", 40))
    assert both[1][-1] == (("candidates", 50), ("ef", 10))
    assert ladders([]) == [[()]]


def test_a_ladder_is_left_at_its_first_failure() -> None:
    asked = list[Settings]()

    def recalls(settings: Settings) -> Recalls:
        asked.append(settings)
        good = dict(settings)["ef"] != 20
        return [[1.0 if good else 0.95] * 300, [1.0] * 300]

    trials = descend(ladders([WIDTH]), STRATA, recalls, 0.98, 0.05)
    assert asked == [ef(40), ef(20)]
    assert [one.reaches for one in trials] == [True, False]
    assert trials[1].recall == pytest.approx(0.95)


def test_every_stratum_must_reach_the_target() -> None:
    (only,) = descend([[ef(40)]], STRATA, lambda _: [[1.0] * 300, [0.9] * 300], 0.98, 0.05)
    assert not only.reaches
    assert [one.recall for one in only.strata] == pytest.approx([1.0, 0.9])
    assert only.lower < 0.9 < only.strata[0].lower


def test_several_ladders_share_the_error() -> None:
    """As many perfect queries as show the target on one ladder do not on twenty."""
    strata = (Stratum("all", 1.0, (CASE,) * 200),)
    perfect = [[1.0] * 200]
    assert descend([[ef(1)]], strata, lambda _: perfect, 0.98, 0.05)[0].reaches
    many = descend([[ef(one)] for one in range(20)], strata, lambda _: perfect, 0.98, 0.05)
    assert not any(one.reaches for one in many)


def test_a_setting_below_the_target_is_accepted_in_one_of_twenty_runs_at_most() -> None:
    """Ten rungs at exactly the target, which choosing the best looking one would accept nearly always."""
    random, runs, accepted, looked_good = np.random.default_rng(2), 300, 0, 0
    strata = STRATA[:1]
    for _ in range(runs):
        drawn = [(random.binomial(10, 0.98, 300) / 10).tolist() for _ in range(10)]
        ladder = [ef(one) for one in range(10, 0, -1)]
        trials = descend([ladder], strata, lambda s, drawn=drawn: [drawn[int(dict(s)["ef"]) - 1]], 0.98, 0.05)  # type: ignore[misc]
        accepted += any(one.reaches for one in trials)
        looked_good += max(np.mean(one) for one in drawn) >= 0.98
    assert accepted <= 26  # 99.9 % of runs at 5 %
    assert looked_good > 0.95 * runs


def test_recall_counts_chunks_as_near_as_the_last_true_one() -> None:
    truth = [Scored(1, 0.9), Scored(2, 0.8), Scored(3, 0.7)]
    assert recall([Scored(1, 0.9), Scored(2, 0.8), Scored(9, 0.7)], truth) == 1.0
    assert recall([Scored(1, 0.9), Scored(8, 0.6)], truth) == pytest.approx(1 / 3)
    assert recall([], truth) == 0.0
    assert recall([], []) == 1.0


def test_times_are_ratios_within_a_round() -> None:
    """The second way takes twice as long; the machine gets ten times slower from round to round."""
    now, calls = [0.0], [0]

    def search(cost: float) -> None:
        calls[0] += 1
        now[0] += cost * 10 ** (calls[0] // (2 * 15 * 2))

    ways = [lambda _: search(0.001), lambda _: search(0.002)]
    found = times(ways, STRATA, lambda: now[0])
    assert found[1] == pytest.approx(2 * found[0], rel=0.01)


def test_the_cheapest_is_the_fastest_that_reaches() -> None:
    assert cheapest([tried(ef(40), 3.0), tried(ef(20), 2.0), tried(ef(10), 1.0, reaches=False)]) == tried(ef(20), 2.0)
    assert cheapest([tried(ef(10), 1.0, reaches=False)]) is None


def test_about_as_fast_means_less_work() -> None:
    assert cheapest([tried(ef(40), 2.0), tried(ef(20), 2.1), tried(ef(10), 2.5)]) == tried(ef(20), 2.1)
