"""Checks vectors before an index sees them."""

import numpy as np

from ingest.errors import InvalidVectors
from ingest.ports import Vectors


def checked(vectors: Vectors, shape: tuple[int, ...]) -> Vectors:
    """The vectors as float32.

    Args:
        vectors: Of this shape, the last axis being the dimension.
        shape: What is wanted.

    Raises:
        InvalidVectors: Of another shape, not finite, or zero; also where that is so once they are halved in precision.
    """
    with np.errstate(over="ignore"):
        numbers: Vectors = np.asarray(vectors, dtype=np.float32)
        halves = numbers.astype(np.float16)
    if numbers.shape != shape:
        raise InvalidVectors
    if not np.isfinite(halves).all() or not halves.any(axis=-1).all():
        raise InvalidVectors
    return numbers
