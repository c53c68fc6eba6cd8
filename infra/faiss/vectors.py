"""Checks vectors before anything is written, and turns them into what is stored."""

import numpy as np
from numpy.typing import NDArray

from ingest.ports import Vectors

Halves = NDArray[np.float16]

# Rows this near to unit length are stored as they come, so that they equal the database's own float16 vectors.
UNIT_TOLERANCE = 4e-4
# The most by which the inner product of a stored row and a unit query misses their cosine: float16 rounding moves a
# row's length by at most 2^-11.
MARGIN = 1e-3


def unit(vectors: Vectors) -> Vectors:
    """Rows (or one vector) of unit length; those that are nearly so stay as they are.

    Args:
        vectors: float32, finite, not zero; shape (n, dimension) or (dimension,).
    """
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    near = np.abs(lengths - 1) <= UNIT_TOLERANCE
    scaled: Vectors = np.where(near, wide, wide / lengths).astype(np.float32)
    return scaled


def stored(vectors: Vectors) -> Vectors:
    """Unit rows rounded to what float16 can hold, as float32."""
    rounded: Vectors = unit(vectors).astype(np.float16).astype(np.float32)
    return rounded


def cosines(vectors: NDArray[np.floating], query: Vectors) -> NDArray[np.float64]:
    """Cosine similarities, exact for the stored rows: equal rows get equal scores, wherever they stand.

    Args:
        vectors: Shape (n, dimension).
        query: float32 array of shape (dimension,).
    """
    rows, wanted = vectors.astype(np.float64), query.astype(np.float64)
    lengths = np.sqrt(np.vecdot(rows, rows) * np.dot(wanted, wanted))
    with np.errstate(invalid="ignore", divide="ignore"):
        similar: NDArray[np.float64] = np.clip(np.vecdot(rows, wanted) / lengths, -1.0, 1.0)
    return similar
