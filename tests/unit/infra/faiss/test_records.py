"""Every change comes back from its bytes as it was."""

import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.faiss.columns import CODED, Columns
from infra.faiss.records import Batch, Delete, DeleteDocument, Record, decode, encode
from retrieval.model import IndexEntry
from tests.unit.infra.faiss.samples import entries, random_vectors

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(), max_size=20)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ENTRIES = st.lists(
    st.builds(IndexEntry, WHOLE, WHOLE, WHOLE, TEXT, st.lists(TEXT, max_size=3).map(tuple), MOMENTS),
    max_size=6,
    unique_by=lambda entry: entry.chunk_id,
)


@given(ENTRIES)
def test_a_batch(some: list[IndexEntry]) -> None:
    batch = Batch.of(some, random_vectors(len(some)))
    found = decode(encode(batch))
    assert isinstance(found, Batch)
    assert (found.vectors == batch.vectors).all()
    assert rows(found.columns) == rows(batch.columns)


def rows(columns: Columns) -> list[list[object]]:
    coded = [[column.values[code] for code in column.codes] for column in (getattr(columns, name) for name in CODED)]
    return [columns.chunk_id.tolist(), columns.uploaded_at.tolist(), *coded]


@given(st.lists(WHOLE))
def test_a_deletion(chunk_ids: list[int]) -> None:
    found = decode(encode(Delete(np.array(chunk_ids, dtype=np.int64))))
    assert isinstance(found, Delete)
    assert found.chunk_ids.tolist() == chunk_ids


@given(WHOLE)
def test_the_deletion_of_a_document(document_id: int) -> None:
    record: Record = DeleteDocument(document_id)
    assert decode(encode(record)) == record


@pytest.mark.parametrize("data", [b"", b"X", b"F12", b"U123", encode(Batch.of(entries([1]), random_vectors(1)))[:-1]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        decode(data)


def test_vectors_are_stored_as_float16_can_hold_them() -> None:
    vectors = Batch.of(entries(range(9)), random_vectors(9)).vectors
    assert vectors.dtype == np.float32
    assert (vectors == vectors.astype(np.float16)).all()
    assert (Batch.of(entries(range(9)), vectors).vectors == vectors).all()
