"""Documents, versions and what was made from them: the uploader's and the job's side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector
from psycopg.rows import dict_row
from psycopg.sql import SQL

from infra.postgres.jobs import defer_ingest
from infra.postgres.rows import sentences_to_json, version_from_row
from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from ingest.model import Chunk, Page, Receipt, Upload, Version
from ingest.ports import Vectors

VERSION = SQL(query("versions") + " WHERE v.id = %s")
NUL = "\x00"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The `Intake` and `VersionWriter` ports on Postgres."""

    database: Database

    def add(self, upload: Upload) -> Receipt:
        """In one transaction: collection and document where they are new, the version, and its job."""
        with self.database.transaction() as connection:
            document = _document(connection, upload)
            newest = connection.execute(
                "SELECT id, number, sha256, status FROM versions WHERE document_id = %s ORDER BY number DESC LIMIT 1",
                [document],
            ).fetchone()
            if newest and newest[2] == upload.blob.sha256 and newest[3] != "failed":
                return Receipt(document, newest[0], newest[1], unchanged=True)
            number = newest[1] + 1 if newest else 1
            version = _one(
                connection,
                "INSERT INTO versions (document_id, number, file_type, sha256, bytes) VALUES (%s, %s, %s, %s, %s)"
                " RETURNING id",
                [document, number, upload.file_type, upload.blob.sha256, upload.blob.size],
            )
            defer_ingest(connection, version)
            return Receipt(document, version, number, unchanged=False)

    def version(self, version_id: int) -> Version | None:
        """The version, or `None` when it has been deleted meanwhile."""
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(VERSION, [version_id]).fetchone()
        return version_from_row(row) if row else None

    def start(self, version_id: int, pages: int) -> None:
        """Mark the version as working on `pages` pages (0 while unknown)."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE versions SET status = 'working', pages = %s, pages_done = 0, error = '',"
                " started_at = CASE WHEN %s = 0 THEN clock_timestamp() ELSE started_at END"
                " WHERE id = %s AND status IN ('queued', 'working', 'failed')",
                [pages, pages, version_id],
            )

    def advance(self, version_id: int, pages_done: int) -> None:
        """Record progress in pages."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE versions SET pages_done = %s WHERE id = %s", [pages_done, version_id])

    def complete(
        self, version_id: int, title: str, pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Vectors
    ) -> None:
        """Store everything found and make this version the searchable one; idempotent."""
        with self.database.transaction() as connection:
            document = _lock(connection, version_id)
            if document is None:
                return
            _clear(connection, version_id)
            _copy_pages(connection, version_id, pages)
            ids = _copy_chunks(connection, version_id, chunks)
            newer = connection.execute(
                "SELECT 1 FROM versions n JOIN versions v ON v.id = %s"
                " WHERE n.document_id = v.document_id AND n.current AND n.number > v.number",
                [version_id],
            ).fetchone()
            if newer is None:
                _retire(connection, document, version_id)
                _copy_vectors(connection, version_id, ids, vectors)
            terms = 0
            if newer is None:
                terms = _one(connection, query("postings"), {"version_id": version_id, "title": title})
            connection.execute(
                "UPDATE versions SET status = 'indexed', current = %s, title = %s, pages = %s, pages_done = %s,"
                " chunks = %s, terms = %s, error = '',"
                " seconds = coalesce(extract(epoch FROM clock_timestamp() - started_at), 0) WHERE id = %s",
                [newer is None, _clean(title), len(pages), len(pages), len(chunks), terms, version_id],
            )

    def fail(self, version_id: int, message: str) -> None:
        """Mark the version as failed with words for the person."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE versions SET status = 'failed', error = %s,"
                " seconds = coalesce(extract(epoch FROM clock_timestamp() - started_at), 0)"
                " WHERE id = %s AND status <> 'indexed'",
                [_clean(message), version_id],
            )


def _document(connection: Connection, upload: Upload) -> int:
    collection = _one(
        connection,
        "INSERT INTO collections (name) VALUES (%s) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        [upload.collection],
    )
    return _one(
        connection,
        "INSERT INTO documents (collection_id, name, tags) VALUES (%s, %s, %s)"
        " ON CONFLICT (collection_id, name) DO UPDATE SET tags ="
        " CASE WHEN cardinality(excluded.tags) > 0 THEN excluded.tags ELSE documents.tags END RETURNING id",
        [collection, upload.name, sorted(set(upload.tags))],
    )


def _lock(connection: Connection, version_id: int) -> int | None:
    """Lock the version's document; its id, or `None` when the version is gone or already indexed."""
    row = connection.execute(
        "SELECT d.id FROM documents d JOIN versions v ON v.document_id = d.id"
        " WHERE v.id = %s AND v.status <> 'indexed' FOR UPDATE",
        [version_id],
    ).fetchone()
    return int(row[0]) if row else None


def _clear(connection: Connection, version_id: int) -> None:
    for statement in (
        "DELETE FROM postings WHERE version_id = %s",
        "DELETE FROM chunks WHERE version_id = %s",
        "DELETE FROM pages WHERE version_id = %s",
    ):
        connection.execute(statement, [version_id])  # type: ignore[arg-type]


def _retire(connection: Connection, document: int, version_id: int) -> None:
    """Take the document's other versions out of the search tables; their chunks stay for old citations."""
    others = "SELECT id FROM versions WHERE document_id = %s AND id <> %s"
    for table in ("postings", "chunk_vectors"):
        connection.execute(
            SQL(f"DELETE FROM {table} WHERE version_id IN ({others})"),  # type: ignore[arg-type]
            [document, version_id],
        )
    connection.execute("UPDATE versions SET current = false WHERE document_id = %s AND current", [document])


def _copy_pages(connection: Connection, version_id: int, pages: Sequence[Page]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY pages (version_id, number, width, height, text) FROM STDIN") as copy,
    ):
        for page in pages:
            copy.write_row((version_id, page.number, page.width, page.height, _clean(page.text)))


def _copy_chunks(connection: Connection, version_id: int, chunks: Sequence[Chunk]) -> list[int]:
    """Store the chunks; returns their ids in order."""
    columns = "version_id, ordinal, text, heading_path, page, page_end, span_start, span_end, tokens, sentences"
    with connection.cursor() as cursor, cursor.copy(SQL(f"COPY chunks ({columns}) FROM STDIN")) as copy:  # type: ignore[arg-type]
        for one in chunks:
            path = [_clean(part) for part in one.heading_path]
            place = (one.page, one.page_end, one.span.start, one.span.end, one.tokens)
            copy.write_row((version_id, one.ordinal, _clean(one.text), path, *place, sentences_to_json(one.sentences)))
    rows = connection.execute("SELECT id FROM chunks WHERE version_id = %s ORDER BY ordinal", [version_id]).fetchall()
    return [int(row[0]) for row in rows]


def _copy_vectors(connection: Connection, version_id: int, ids: Sequence[int], vectors: Vectors) -> None:
    fields = connection.execute(
        "SELECT v.document_id, d.collection_id, v.file_type, d.tags, v.uploaded_at"
        " FROM versions v JOIN documents d ON d.id = v.document_id WHERE v.id = %s",
        [version_id],
    ).fetchone()
    assert fields is not None, "the version is locked, so it exists"
    columns = "chunk_id, version_id, document_id, collection_id, file_type, tags, uploaded_at, embedding"
    types = ["bigint", "bigint", "bigint", "bigint", "text", "text[]", "timestamptz", "halfvec"]
    with (
        connection.cursor() as cursor,
        cursor.copy(SQL(f"COPY chunk_vectors ({columns}) FROM STDIN WITH (FORMAT BINARY)")) as copy,  # type: ignore[arg-type]
    ):
        copy.set_types(types)
        for chunk_id, vector in zip(ids, vectors, strict=True):
            copy.write_row((chunk_id, version_id, *fields, HalfVector(vector.astype(np.float16))))


def _one(connection: Connection, statement: str, parameters: object) -> int:
    row = connection.execute(SQL(statement), parameters).fetchone()  # type: ignore[arg-type]
    assert row is not None, "the statement always returns a row"
    return int(row[0])


def _clean(text: str) -> str:
    """Postgres stores no NUL character; another one in its place keeps the offsets."""
    return text.replace(NUL, "\ufffd")
