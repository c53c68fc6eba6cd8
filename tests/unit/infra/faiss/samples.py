"""Entries and vectors to fill indexes with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from ingest.ports import Vectors
from retrieval.model import IndexEntry, Scored, Selection

DIMENSION = 8
DAY = datetime(2026, 5, 1, tzinfo=UTC)
EVERYTHING = Selection(collections=(1, 2, 3))


def entry(
    chunk_id: int,
    document_id: int = 1,
    collection_id: int = 1,
    file_type: str = "pdf",
    tags: tuple[str, ...] = (),
    days: int = 0,
) -> IndexEntry:
    """Uploaded some days after `DAY`."""
    return IndexEntry(chunk_id, document_id, collection_id, file_type, tags, DAY + timedelta(days=days))


def entries(chunk_ids: Iterable[int]) -> list[IndexEntry]:
    """Ten chunks a document."""
    return [entry(chunk_id, document_id=chunk_id // 10) for chunk_id in chunk_ids]


def random_vectors(count: int, dimension: int = DIMENSION, seed: int = 1) -> Vectors:
    """Rows of unit length in all directions."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return unit(rows)


def topical_vectors(count: int, dimension: int, seed: int = 1) -> Vectors:
    """Rows of unit length around a hundred topics."""
    rng = np.random.default_rng(seed)
    topics = np.random.default_rng(0).normal(size=(100, dimension)).astype(np.float32)
    return unit(topics[rng.integers(0, 100, count)] + 0.7 * rng.normal(size=(count, dimension)).astype(np.float32))


def unit(rows: Vectors) -> Vectors:
    """At length 1."""
    scaled: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def axis(number: int, dimension: int = DIMENSION) -> Vectors:
    """A unit vector."""
    one: Vectors = np.eye(dimension, dtype=np.float32)[number]
    return one


def ids(hits: Iterable[Scored]) -> list[int]:
    """Of chunks, in order."""
    return [hit.chunk_id for hit in hits]
