"""What a journal holds: each change as bytes. Nothing that is read can run code."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.faiss.columns import CODED, Coded, Columns, Integers
from infra.faiss.vectors import stored
from ingest.ports import Vectors
from retrieval.model import IndexEntry

UPSERT, DELETE, DELETE_DOCUMENT = b"U", b"D", b"F"
SIZES = struct.Struct("<QQQ")


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows with their vectors: float32 numbers that float16 can hold, shape (rows, dimension)."""

    columns: Columns
    vectors: Vectors

    @classmethod
    def of(cls, entries: Sequence[IndexEntry], vectors: Vectors) -> "Batch":
        """From one entry a row; of those with the same chunk id the last one."""
        places = {entry.chunk_id: place for place, entry in enumerate(entries)}
        rows = list(places.values())
        return cls(Columns.of([entries[row] for row in rows]), stored(vectors[rows]))

    @classmethod
    def empty(cls, dimension: int) -> "Batch":
        """Without rows."""
        return cls(Columns.of(()), np.zeros((0, dimension), dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Delete:
    """Chunks that are no longer there."""

    chunk_ids: Integers


@dataclass(frozen=True, slots=True)
class DeleteDocument:
    """A document of which nothing is there any more."""

    document_id: int


Record = Batch | Delete | DeleteDocument


def encode(record: Record) -> bytes:
    """As little-endian bytes; the first one tells which kind."""
    if isinstance(record, Delete):
        return DELETE + record.chunk_ids.astype("<i8").tobytes()
    if isinstance(record, DeleteDocument):
        return DELETE_DOCUMENT + struct.pack("<q", record.document_id)
    columns = record.columns
    values = json.dumps({name: getattr(columns, name).values for name in CODED}).encode()
    return b"".join(
        (
            UPSERT,
            SIZES.pack(len(columns), record.vectors.shape[1], len(values)),
            values,
            columns.chunk_id.astype("<i8").tobytes(),
            columns.uploaded_at.astype("<i8").tobytes(),
            *(getattr(columns, name).codes.astype("<i4").tobytes() for name in CODED),
            record.vectors.astype("<f2").tobytes(),
        )
    )


def decode(data: bytes) -> Record:
    """What was encoded. Raises: ValueError, KeyError, struct.error where it was not."""
    kind, body = data[:1], memoryview(data)[1:]
    if kind == DELETE:
        return Delete(np.frombuffer(body, dtype="<i8").astype(np.int64))
    if kind == DELETE_DOCUMENT:
        return DeleteDocument(*struct.unpack("<q", body))
    if kind != UPSERT:
        raise ValueError(f"no such record: {kind!r}")
    rows, dimension, size = SIZES.unpack(body[: SIZES.size])
    start = SIZES.size + size
    values = json.loads(bytes(body[SIZES.size : start]))
    chunk_id, uploaded_at, *codes, halves = _arrays(body[start:], rows, dimension)
    coded = (Coded(code, plain(values[name])) for name, code in zip(CODED, codes, strict=True))
    vectors = halves.astype(np.float32).reshape(rows, dimension)
    return Batch(Columns(chunk_id, uploaded_at, *coded), vectors)


def plain(values: list[Any]) -> tuple[Any, ...]:
    """Values of a column as they were before they became JSON, which has no tuples."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def _arrays(body: memoryview, rows: int, dimension: int) -> Iterator[NDArray[Any]]:
    for kind, count in (("<i8", rows), ("<i8", rows), *(("<i4", rows) for _ in CODED), ("<f2", rows * dimension)):
        array = np.frombuffer(body, dtype=kind, count=count)
        yield array.astype(array.dtype.newbyteorder("="))
        body = body[array.nbytes :]
