import itertools

import numpy as np
import pytest

from eval.runs import Run
from eval.significance import compare, holm, randomization_test
from ingest.errors import Permanent


def run(values: tuple[float, ...], data: str = "x", questions: tuple[str, ...] = ()) -> Run:
    return Run("default", {"data": {"file": data}}, questions or tuple("abcdefghij"[: len(values)]), {"MAP": values})


def exact_p(differences: list[float]) -> float:
    """Over all signs rather than a sample of them."""
    signs = itertools.product((-1.0, 1.0), repeat=len(differences))
    sums = np.array([np.dot(one, differences) for one in signs])
    return float((np.abs(sums) >= abs(sum(differences)) - 1e-12).mean())


@pytest.mark.parametrize(
    "differences",
    [[0.2, -0.1, 0.3, 0.05, 0.4, 0.1, -0.02, 0.3], [1.0] * 6, [0.5, -0.5, 0.5, -0.5], [0.0, 0.0, 0.3, 0.1, 0.2]],
)
def test_the_sampled_p_value_is_near_the_exact_one(differences: list[float]) -> None:
    assert randomization_test(differences) == pytest.approx(exact_p(differences), abs=0.02)


def test_no_difference_is_no_evidence() -> None:
    assert randomization_test([0.0, 0.0, 0.0]) == 1.0


def test_the_same_seed_gives_the_same_p_value() -> None:
    differences = [0.2, -0.1, 0.3, 0.05]

    assert randomization_test(differences) == randomization_test(differences)


def test_the_test_keeps_its_level_when_nothing_differs() -> None:
    random = np.random.default_rng(1)
    found = [randomization_test(random.normal(size=30).tolist(), permutations=500) for _ in range(300)]

    assert np.mean(np.array(found) <= 0.05) < 0.10
    assert np.mean(np.array(found) <= 0.5) > 0.35


def test_holm_steps_down_and_never_falls() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}


def test_a_comparison_by_hand() -> None:
    found = compare(run((0.5, 0.5, 1.0, 0.0)), run((1.0, 0.5, 0.5, 0.5)))["MAP"]

    assert (found.before, found.after, found.better, found.worse) == (0.5, 0.625, 2, 1)
    assert found.values == (0.5, 0.0, -0.5, 0.5)
    assert found.change.low <= found.change.mean == 0.125 <= found.change.high


def test_runs_on_other_data_or_questions_are_refused() -> None:
    with pytest.raises(Permanent, match="their data differ"):
        compare(run((1.0, 0.5)), run((1.0, 0.5), data="y"))
    with pytest.raises(Permanent, match="asked other questions"):
        compare(run((1.0, 0.5)), run((1.0, 0.5), questions=("a", "z")))
