"""Documents and versions: the uploader's and the job's side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg.rows import dict_row
from psycopg.sql import SQL

from infra.postgres.bulk import copy_chunks, copy_pages, copy_vectors
from infra.postgres.files import hold
from infra.postgres.graph import large_load
from infra.postgres.rows import version_from_row
from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from infra.postgres.text import storable
from ingest.model import Chunk, Page, Receipt, Upload, Version
from ingest.ports import Vectors, nothing

SUPERSEDED = "A newer version of this document was indexed first."


@dataclass(frozen=True, slots=True)
class Catalog:
    """The `Intake` and `VersionWriter` ports on Postgres."""

    database: Database

    def add(self, upload: Upload, place: Callable[[], None] = nothing) -> Receipt:
        """In one transaction: collection and document where they are new, the version, its file, and its job."""
        with self.database.transaction() as connection:
            hold(connection, upload.blob.sha256)
            place()
            document = _document(connection, upload)
            newest = connection.execute(
                "SELECT id, number, sha256, status, tags FROM versions WHERE document_id = %s"
                " ORDER BY number DESC LIMIT 1",
                [document],
            ).fetchone()
            if newest and newest[2] == upload.blob.sha256 and newest[3] != "failed":
                return Receipt(document, newest[0], newest[1], unchanged=True)
            number = newest[1] + 1 if newest else 1
            tags = sorted({storable(tag) for tag in upload.tags}) or (newest[4] if newest else [])
            version = _value(
                connection,
                "INSERT INTO versions (document_id, number, file_type, tags, sha256, bytes)"
                " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
                [document, number, upload.file_type, tags, upload.blob.sha256, upload.blob.size],
            )
            connection.execute(query("defer"), {"version_id": version})
            return Receipt(document, version, number, unchanged=False)

    def version(self, version_id: int) -> Version | None:
        """The version, or `None` when it has been deleted meanwhile."""
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(SQL(query("versions")) + SQL(" WHERE v.id = %s"), [version_id]).fetchone()
        return version_from_row(row) if row else None

    def start(self, version_id: int, pages: int) -> None:
        """Mark the version as working on `pages` pages (0 while unknown)."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE versions SET status = 'working', pages = %(pages)s, pages_done = 0, error = '',"
                " started_at = CASE WHEN %(pages)s = 0 THEN clock_timestamp() ELSE started_at END"
                " WHERE id = %(id)s AND status <> 'indexed'",
                {"pages": pages, "id": version_id},
            )

    def advance(self, version_id: int, pages_done: int) -> None:
        """Record progress in pages."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE versions SET pages_done = %s WHERE id = %s AND status = 'working'", [pages_done, version_id]
            )

    def complete(
        self, version_id: int, title: str, pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Vectors
    ) -> None:
        """Store everything found and make this version the searchable one; idempotent."""
        with large_load(self.database, len(chunks)):
            self._store(version_id, storable(title), pages, chunks, vectors)

    def fail(self, version_id: int, message: str) -> None:
        """Mark the version as failed with words for the person."""
        with self.database.transaction() as connection:
            _fail(connection, version_id, storable(message))

    def _store(
        self, version_id: int, label: str, pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Vectors
    ) -> None:
        """The vectors come last: where an index outside is to be told of them, writers take turns from there on."""
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            connection.execute(query("lock_version"), {"version_id": version_id})
            version = cursor.execute(query("version_to_store"), {"version_id": version_id}).fetchone()
            if version is None:
                return
            if version["superseded"]:
                _fail(connection, version_id, SUPERSEDED)
                return
            _clear(connection, version["document_id"], version_id)
            copy_pages(connection, version_id, pages)
            ids = copy_chunks(connection, version_id, chunks)
            terms = _value(connection, query("postings"), {"version_id": version_id, "title": label})
            sizes = {"pages": len(pages), "chunks": len(chunks), "terms": terms}
            connection.execute(query("complete"), {"version_id": version_id, "title": label, **sizes})
            connection.execute("DELETE FROM chunk_vectors WHERE document_id = %s", [version["document_id"]])
            copy_vectors(connection, version, ids, vectors)


def _document(connection: Connection, upload: Upload) -> int:
    """The document's id; its row is locked until the transaction ends, so that uploads of one name take turns."""
    collection = _value(
        connection,
        "INSERT INTO collections (name) VALUES (%s) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        [storable(upload.collection)],
    )
    return _value(
        connection,
        "INSERT INTO documents (collection_id, name) VALUES (%s, %s)"
        " ON CONFLICT (collection_id, name) DO UPDATE SET name = excluded.name RETURNING id",
        [collection, storable(upload.name)],
    )


def _clear(connection: Connection, document_id: int, version_id: int) -> None:
    """Remove what an earlier run of the job left, and take the document's other versions out of the word lists.

    Their pages and chunks stay, for citations made before.
    """
    connection.execute("DELETE FROM chunks WHERE version_id = %s", [version_id])
    connection.execute("DELETE FROM pages WHERE version_id = %s", [version_id])
    connection.execute(
        "DELETE FROM postings WHERE version_id IN (SELECT id FROM versions WHERE document_id = %s)", [document_id]
    )
    connection.execute("UPDATE versions SET current = false WHERE document_id = %s AND current", [document_id])


def _fail(connection: Connection, version_id: int, message: str) -> None:
    connection.execute(
        "UPDATE versions SET status = 'failed', error = %s,"
        " seconds = coalesce(extract(epoch FROM clock_timestamp() - started_at), 0)"
        " WHERE id = %s AND status <> 'indexed'",
        [message, version_id],
    )


def _value(connection: Connection, statement: str, parameters: Sequence[object] | dict[str, object]) -> int:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None, "the statement always returns a row"
    return int(row[0])
