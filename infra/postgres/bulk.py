"""Writes many rows at once, with COPY."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pgvector import HalfVector

from infra.postgres.rows import sentences_to_json
from infra.postgres.server import Connection
from infra.postgres.text import storable
from ingest.model import Chunk, Page
from ingest.ports import Vectors

CHUNKS = (
    "COPY chunks (version_id, ordinal, text, heading_path, page, page_end, span_start, span_end, tokens, sentences)"
    " FROM STDIN"
)
VECTORS = (
    "COPY chunk_vectors (chunk_id, version_id, document_id, collection_id, file_type, tags, uploaded_at, embedding)"
    " FROM STDIN (FORMAT BINARY)"
)
VECTOR_TYPES = ["int8", "int8", "int8", "int8", "text", "text[]", "timestamptz", "halfvec"]


def copy_pages(connection: Connection, version_id: int, pages: Sequence[Page]) -> None:
    """Store the pages of a version."""
    statement = "COPY pages (version_id, number, width, height, text) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for page in pages:
            copy.write_row((version_id, page.number, page.width, page.height, storable(page.text)))


def copy_chunks(connection: Connection, version_id: int, chunks: Sequence[Chunk]) -> list[int]:
    """Store the chunks of a version; returns their ids in the order of `chunks`."""
    with connection.cursor() as cursor, cursor.copy(CHUNKS) as copy:
        for one in chunks:
            path = [storable(part) for part in one.heading_path]
            place = (one.page, one.page_end, one.span.start, one.span.end, one.tokens)
            copy.write_row(
                (version_id, one.ordinal, storable(one.text), path, *place, sentences_to_json(one.sentences))
            )
    rows = connection.execute("SELECT ordinal, id FROM chunks WHERE version_id = %s", [version_id]).fetchall()
    by_ordinal = {int(ordinal): int(chunk_id) for ordinal, chunk_id in rows}
    return [by_ordinal[one.ordinal] for one in chunks]


def copy_vectors(
    connection: Connection, version: Mapping[str, Any], chunk_ids: Sequence[int], vectors: Vectors
) -> None:
    """Store vectors with the fields that filters need.

    Args:
        connection: Within a transaction.
        version: `id`, `document_id`, `collection_id`, `file_type`, `tags` and `uploaded_at`.
        chunk_ids: One a vector.
        vectors: float32 array of shape (len(chunk_ids), dimension).
    """
    fields = [version[name] for name in ("id", "document_id", "collection_id", "file_type", "tags", "uploaded_at")]
    halves = np.asarray(vectors, dtype=np.float16)
    with connection.cursor() as cursor, cursor.copy(VECTORS) as copy:
        copy.set_types(VECTOR_TYPES)
        for chunk_id, half in zip(chunk_ids, halves, strict=True):
            copy.write_row((chunk_id, *fields, HalfVector(half)))
