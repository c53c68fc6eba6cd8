import math

import pytest

from eval.ann.frontier import end, frontier, place


def point(recall: float, p50: float) -> dict[str, float]:
    return {"recall": recall, "p50": p50, "qps": 1_000 / p50}


def test_only_what_no_other_point_beats_is_kept() -> None:
    slow, fast, worse, best = point(0.9, 5.0), point(0.9, 2.0), point(0.8, 3.0), point(0.99, 8.0)
    assert frontier([slow, best, worse, fast]) == [fast, best]


def test_for_throughput_more_is_better() -> None:
    slow, fast, best = point(0.9, 5.0), point(0.9, 2.0), point(0.99, 8.0)
    assert frontier([slow, best, fast], "qps") == [fast, best]


def test_a_point_with_less_recall_stays_where_it_is_faster() -> None:
    points = [point(0.5, 1.0), point(0.7, 2.0), point(0.9, 3.0)]
    assert frontier(points) == points


def test_the_axis_is_stretched_towards_one() -> None:
    most = end(200, 10)
    assert place(0.9, most) == pytest.approx(1.0)
    assert place(0.99, most) == pytest.approx(2.0)
    assert place(1.0, most) == most
    assert place(1 - 1e-9, most) == most
    assert most == pytest.approx(math.log10(4_000))
