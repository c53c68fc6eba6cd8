"""What is checked before anything is sent, and how writes are cut."""

import pytest

from infra.milvus import vectors
from infra.milvus.vectors import batches, rows
from ingest.errors import Permanent
from tests.unit.infra.milvus.material import DIMENSION, directions, drawn, entry


def test_the_last_of_equal_ids_counts() -> None:
    written = rows([entry(1, document=1), entry(2), entry(1, document=9)], directions(3))
    assert [(row["chunk_id"], row["document_id"]) for row in written] == [(1, 9), (2, 1)]


def test_requests_are_limited_in_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    written = rows([entry(number) for number in range(25)], drawn(25))
    monkeypatch.setattr(vectors, "MOST_ROWS", 10)
    assert [len(group) for group in batches(written, DIMENSION)] == [10, 10, 5]
    monkeypatch.setattr(vectors, "MOST_BYTES", 4 * (vectors.FIXED_BYTES + 4 * DIMENSION))
    assert [len(group) for group in batches(written, DIMENSION)] == [4, 4, 4, 4, 4, 4, 1]
    assert list(batches([], DIMENSION)) == []


def test_a_row_larger_than_a_request_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_BYTES", 1)
    written = rows([entry(1), entry(2)], drawn(2))
    assert [len(group) for group in batches(written, DIMENSION)] == [1, 1]


def test_tags_that_a_server_would_refuse_are_refused_here() -> None:
    with pytest.raises(Permanent, match="tags"):
        rows([entry(1, tags=["é" * 600])], directions(1))
    with pytest.raises(Permanent, match="tags"):
        rows([entry(1, tags=[str(number) for number in range(1_025)])], directions(1))
    with pytest.raises(Permanent, match="file types"):
        rows([entry(1, file_type="x" * 65)], directions(1))
