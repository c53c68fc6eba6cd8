"""What is checked before an index sees vectors."""

import numpy as np
import pytest

from ingest.errors import InvalidVectors
from retrieval.vectors import checked
from tests.contracts.stores import DIMENSION, directions


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_must_be_finite(wrong: float) -> None:
    given = directions(3)
    given[1, 4] = wrong
    with pytest.raises(InvalidVectors):
        checked(given, (3, DIMENSION))


def test_a_zero_vector_has_no_direction() -> None:
    given = directions(3)
    given[2] = 0
    with pytest.raises(InvalidVectors):
        checked(given, (3, DIMENSION))


@pytest.mark.parametrize("shape", [(2, DIMENSION), (3, DIMENSION + 1), (DIMENSION,), (1, 3, DIMENSION)])
def test_the_shape_must_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidVectors):
        checked(directions(3), shape)


def test_numbers_that_half_precision_cannot_hold_are_refused() -> None:
    for wrong in (np.full(DIMENSION, 1e6), np.full(DIMENSION, 1e300), np.full(DIMENSION, 1e-9)):
        with pytest.raises(InvalidVectors):
            checked(wrong, (DIMENSION,))


def test_what_is_right_comes_back_at_single_precision() -> None:
    found = checked(directions(3).astype(np.float64), (3, DIMENSION))
    assert found.dtype == np.float32
    assert np.array_equal(found, directions(3))
