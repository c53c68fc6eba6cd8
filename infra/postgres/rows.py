"""Turns rows into types and back."""

import json
from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from ingest.model import Blob, Box, Region, Sentence, Span, Version, VersionStatus
from retrieval.library import StoreStatus
from retrieval.model import Passage

SentenceRow = list[Any]


def sentences_to_json(sentences: Sequence[Sentence]) -> str:
    """`[[start, end, [[page, [[x0, y0, x1, y1], …]], …]], …]`, boxes to a hundredth of a point."""
    return json.dumps(
        [
            [
                one.span.start,
                one.span.end,
                [
                    [region.page, [[round(x, 2) for x in (box.x0, box.y0, box.x1, box.y1)] for box in region.boxes]]
                    for region in one.regions
                ],
            ]
            for one in sentences
        ],
        separators=(",", ":"),
    )


def sentences_from_json(rows: Sequence[SentenceRow]) -> tuple[Sentence, ...]:
    """The reverse of `sentences_to_json`, from parsed JSON."""
    return tuple(
        Sentence(Span(start, end), tuple(Region(page, tuple(Box(*box) for box in boxes)) for page, boxes in regions))
        for start, end, regions in rows
    )


def version_from_row(row: DictRow) -> Version:
    """From a row of `versions.sql`."""
    return Version(
        id=row["id"],
        document_id=row["document_id"],
        number=row["number"],
        name=row["name"],
        collection=row["collection"],
        file_type=row["file_type"],
        tags=tuple(row["tags"]),
        blob=Blob(row["sha256"], row["bytes"]),
        status=VersionStatus(row["status"]),
        uploaded_at=row["uploaded_at"],
        pages=row["pages"],
        pages_done=row["pages_done"],
        chunks=row["chunks"],
        title=row["title"],
        error=row["error"],
        seconds=row["seconds"],
    )


def status_from_row(row: DictRow) -> StoreStatus:
    """From a row of `status.sql`."""
    store, kind, vectors, size = row["store"], row["kind"], row["vectors"], row["index_bytes"]
    named = f"{store} HNSW ({kind})" if store == "pgvector" else f"{store} {kind}"
    return StoreStatus(
        migration=row["migration"],
        documents=row["documents"],
        chunks=row["chunks"],
        vectors=vectors,
        database_bytes=row["database_bytes"],
        embedding_model=row["embedding_model"],
        dimension=row["dimension"],
        index_kind=named if size is not None or store != "pgvector" else f"{named}, not built yet",
        jobs_waiting=row["jobs_waiting"],
        workers_alive=row["workers_alive"],
        store=store,
        pending=row["pending"],
        bytes_a_vector=round(size / vectors) if size is not None and vectors else None,
    )


def passage_from_row(row: DictRow) -> Passage:
    """From a row of `passages.sql`."""
    return Passage(
        chunk_id=row["id"],
        document_id=row["document_id"],
        version_id=row["version_id"],
        document=row["document"],
        version=row["version"],
        title=row["title"],
        ordinal=row["ordinal"],
        page=row["page"],
        page_end=row["page_end"],
        heading_path=tuple(row["heading_path"]),
        text=row["text"],
        sentences=sentences_from_json(row["sentences"]),
    )
