"""Entries as Milvus' rows, and writes cut into requests that a server takes."""

from collections.abc import Iterator, Sequence

from infra.milvus.expressions import storable
from ingest.errors import Permanent
from ingest.ports import Vectors
from retrieval.model import IndexEntry
from retrieval.moments import microseconds

# A server takes 64 MB; smaller requests keep Milvus Lite, which serves one at a time, quick to answer.
MOST_BYTES = 8_000_000
MOST_ROWS = 2_000
MOST_TAGS = 1_024
MOST_TAG_BYTES = 1_024
MOST_TYPE_BYTES = 64
FIXED_BYTES = 128

Row = dict[str, object]


def rows(entries: Sequence[IndexEntry], vectors: Vectors) -> list[Row]:
    """One row an entry; of entries with the same chunk id the last one. Raises: Permanent where one is too large."""
    by_id = {entry.chunk_id: _row(entry, vector) for entry, vector in zip(entries, vectors, strict=True)}
    return list(by_id.values())


def batches(written: Sequence[Row], dimension: int) -> Iterator[list[Row]]:
    """The rows in order, in groups of at most `MOST_BYTES` and `MOST_ROWS`."""
    group: list[Row] = []
    size = 0
    for row in written:
        needed = FIXED_BYTES + 4 * dimension + sum(len(tag.encode()) + 8 for tag in _tags(row))
        if group and (size + needed > MOST_BYTES or len(group) == MOST_ROWS):
            yield group
            group, size = [], 0
        group.append(row)
        size += needed
    if group:
        yield group


def _row(entry: IndexEntry, vector: Vectors) -> Row:
    tags = [storable(tag) for tag in dict.fromkeys(entry.tags)]
    file_type = storable(entry.file_type)
    if len(tags) > MOST_TAGS or any(len(tag.encode()) > MOST_TAG_BYTES for tag in tags):
        raise Permanent(f"Milvus holds at most {MOST_TAGS:,} tags of {MOST_TAG_BYTES:,} bytes a document.")
    if len(file_type.encode()) > MOST_TYPE_BYTES:
        raise Permanent(f"Milvus holds file types of at most {MOST_TYPE_BYTES} bytes.")
    return {
        "chunk_id": entry.chunk_id,
        "document_id": entry.document_id,
        "collection_id": entry.collection_id,
        "file_type": file_type,
        "tags": tags,
        "uploaded_at": microseconds(entry.uploaded_at),
        "vector": vector,
    }


def _tags(row: Row) -> list[str]:
    tags = row["tags"]
    assert isinstance(tags, list)
    return tags
