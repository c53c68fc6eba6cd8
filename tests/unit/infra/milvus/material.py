"""Entries and vectors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Selection

DIMENSION = 8
MOMENT = datetime(2026, 11, 1, 12, 30, 15, 123_456, tzinfo=UTC)
ALL = Selection((1, 2, 3))


def entry(
    chunk_id: int,
    *,
    document: int = 1,
    collection: int = 1,
    file_type: str = "pdf",
    tags: Sequence[str] = (),
    uploaded_at: datetime = MOMENT,
) -> IndexEntry:
    return IndexEntry(chunk_id, document, collection, file_type, tuple(tags), uploaded_at)


def three() -> list[IndexEntry]:
    return [
        entry(1, document=10, collection=1, tags=["x"]),
        entry(2, document=20, collection=2, file_type="md", tags=["x", "y"], uploaded_at=MOMENT + timedelta(days=1)),
        entry(3, document=30, collection=1, file_type="txt", uploaded_at=MOMENT + timedelta(days=2)),
    ]


def directions(count: int) -> Vectors:
    """Unit vectors, each a bit further away from the first axis."""
    angles = np.linspace(0, 1.5, max(count, 1))[:count]
    rows = np.zeros((count, DIMENSION), dtype=np.float32)
    rows[:, 0], rows[:, 1] = np.cos(angles), np.sin(angles)
    return rows


def first_axis() -> Vectors:
    row: Vectors = directions(1)[0]
    return row


def drawn(count: int, seed: int = 0, dimension: int = DIMENSION) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
