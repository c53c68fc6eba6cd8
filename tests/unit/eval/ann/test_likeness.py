import numpy as np
import pytest

from eval.ann.likeness import compared, likeness, local_dimension
from eval.ann.material import neighbours


@pytest.mark.parametrize("dimension", [3, 8])
def test_the_local_dimension_of_a_subspace_is_its_dimension(dimension: int) -> None:
    points = np.zeros((4_000, 64), dtype=np.float32)
    points[:, : dimension + 1] = np.random.default_rng(0).normal(size=(4_000, dimension + 1))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = neighbours(points.astype(np.float16), points[:500], np.ones(4_000, dtype=bool), 41)
    assert local_dimension(found.similarities[:, 1:]) == pytest.approx(dimension, rel=0.15)


def test_nothing_is_its_own_neighbour() -> None:
    points = np.random.default_rng(0).normal(size=(600, 64)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = likeness(points, points, same=True)
    assert found.neighbours[1][2] < 0.9
    assert likeness(points, points, same=False).neighbours[1][0] == pytest.approx(1.0, abs=1e-5)


def test_signs_find_all_when_all_are_looked_at_and_fewer_otherwise() -> None:
    points = np.random.default_rng(0).normal(size=(450, 64)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = likeness(points[:50] + 0.01, points, same=False).signs
    assert found[10] < found[40] < found[100] < found[400] <= 1.0


def test_the_comparison_names_both() -> None:
    points = np.random.default_rng(0).normal(size=(450, 64)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    one = likeness(points[:20], points, same=False)
    text = compared([one, one], [one, one])
    assert "real" in text
    assert "drawn" in text
    assert "local dimension at a question, 20 nearest" in text
