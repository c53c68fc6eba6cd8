"""What a person sees and does with stored documents, and the care of the database."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from psycopg.rows import dict_row
from psycopg.sql import SQL

from infra.postgres.embedding import adopt, build_empty, fits
from infra.postgres.files import is_unused
from infra.postgres.filters import principals
from infra.postgres.measurements import PgMeasurements
from infra.postgres.migrate import migrate
from infra.postgres.register import PgRegister
from infra.postgres.rows import sentences_from_json, status_from_row, version_from_row
from infra.postgres.server import Connection, Database
from infra.postgres.statements import query
from infra.postgres.text import storable
from ingest.errors import NotFound, StoreMismatch, Transient
from ingest.model import Chunk, Page, Scope, Span, Version
from ingest.ports import nothing
from retrieval.library import DeleteReceipt, StoreStatus
from retrieval.tuning.model import Measurement

logger = logging.getLogger(__name__)

READABLE = " WHERE c.readers && %(principals)s::text[]"
NEWEST = " AND v.number = (SELECT max(n.number) FROM versions n WHERE n.document_id = v.document_id)"
ORDER = " ORDER BY v.uploaded_at DESC, v.id DESC"


@dataclass(frozen=True, slots=True)
class PgLibrary:
    """The `Library` port on Postgres."""

    database: Database

    def versions(self, scope: Scope) -> list[Version]:
        """The newest version of each document, newest upload first."""
        return self._versions(NEWEST, {}, scope)

    def version(self, version_id: int, scope: Scope) -> Version:
        """One version. Raises: NotFound."""
        return _first(self._versions(" AND v.id = %(id)s", {"id": version_id}, scope))

    def find(self, name: str, scope: Scope) -> Version:
        """The newest version of the document with this name, or with this document id in digits. Raises: NotFound."""
        named = self._versions(NEWEST + " AND d.name = %(name)s", {"name": storable(name)}, scope)
        if not named and name.isdecimal() and len(name) < 19:
            named = self._versions(NEWEST + " AND d.id = %(id)s", {"id": int(name)}, scope)
        return _first(named)

    def page(self, version_id: int, number: int, scope: Scope) -> Page:
        """One page with its text. Raises: NotFound."""
        self.version(version_id, scope)
        with self.database.transaction() as connection:
            row = connection.execute(
                "SELECT number, width, height, text FROM pages WHERE version_id = %s AND number = %s",
                [version_id, number],
            ).fetchone()
        if row is None:
            raise NotFound("There is no such page.")
        return Page(*row)

    def chunks(self, version_id: int, scope: Scope) -> list[Chunk]:
        """All chunks of a version in order."""
        self.version(version_id, scope)
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                "SELECT * FROM chunks WHERE version_id = %s ORDER BY ordinal", [version_id]
            ).fetchall()
        return [
            Chunk(
                ordinal=row["ordinal"],
                text=row["text"],
                span=Span(row["span_start"], row["span_end"]),
                heading_path=tuple(row["heading_path"]),
                page=row["page"],
                page_end=row["page_end"],
                sentences=sentences_from_json(row["sentences"]),
                tokens=row["tokens"],
            )
            for row in rows
        ]

    def delete(self, document_id: int, scope: Scope, remove: Callable[[str], None] = nothing) -> DeleteReceipt:
        """Delete a document: all versions, pages, chunks, vectors and waiting jobs, at once; then its files.

        Raises:
            NotFound: No such document for this scope.
        """
        receipt = self._delete(document_id, scope)
        return replace(receipt, blobs=tuple(one for one in receipt.blobs if self._released(one, remove)))

    def blobs(self) -> set[str]:
        """The hashes of all files that a version refers to."""
        with self.database.transaction() as connection:
            return {one for (one,) in connection.execute("SELECT DISTINCT sha256 FROM versions").fetchall()}

    def release(self, sha256: str, remove: Callable[[str], None]) -> bool:
        """Call `remove` with the hash of a file that no version refers to; returns whether it did.

        Meanwhile no upload of the same content is recorded.
        """
        with self.database.transaction() as connection:
            unused = is_unused(connection, sha256)
            if unused:
                remove(sha256)
        return unused

    def _released(self, sha256: str, remove: Callable[[str], None]) -> bool:
        try:
            return self.release(sha256, remove)
        except Transient as error:
            logger.warning("a deleted document's file stays until a worker starts", extra={"reason": str(error)})
            return False

    def _delete(self, document_id: int, scope: Scope) -> DeleteReceipt:
        """Delete the rows; the receipt's `blobs` are the hashes of all files of the document."""
        with self.database.transaction() as connection:
            found = connection.execute(
                "SELECT d.name FROM documents d JOIN collections c ON c.id = d.collection_id"
                " WHERE d.id = %(id)s AND c.readers && %(principals)s::text[] FOR UPDATE OF d",
                {"id": document_id, **principals(scope)},
            ).fetchone()
            if found is None:
                raise NotFound
            counts = _counts(connection, document_id)
            connection.execute(
                "DELETE FROM procrastinate_jobs WHERE status = 'todo'"
                " AND (args ->> 'version_id')::bigint IN (SELECT id FROM versions WHERE document_id = %s)",
                [document_id],
            )
            hashes = connection.execute(
                "SELECT DISTINCT sha256 FROM versions WHERE document_id = %s ORDER BY sha256", [document_id]
            ).fetchall()
            connection.execute("DELETE FROM documents WHERE id = %s", [document_id])
            moment = connection.execute("SELECT now()").fetchone()
            assert moment is not None, "now() always returns a row"
            return DeleteReceipt(found[0], *counts, tuple(one for (one,) in hashes), moment[0])

    def _versions(self, where: str, parameters: dict[str, object], scope: Scope) -> list[Version]:
        statement = SQL(query("versions") + READABLE + where + ORDER)
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(statement, {**parameters, **principals(scope)}).fetchall()
        return [version_from_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class PgMaintenance:
    """The `Maintenance` port on Postgres."""

    database: Database

    def migrate(self) -> list[str]:
        """Apply the migrations that are missing; safe in two processes at once. Returns their names."""
        return migrate(self.database)

    def ensure_embedding(self, model: str, dimension: int) -> None:
        """Make room for this model's vectors, or check that the ones there come from it.

        Raises:
            StoreMismatch: The stored vectors come from another model.
        """
        with self.database.transaction() as connection:
            if not fits(connection, model, dimension):
                if connection.execute("SELECT 1 FROM chunk_vectors LIMIT 1").fetchone():
                    raise StoreMismatch
                adopt(connection, model, dimension)
                build_empty(connection)

    def reembed(self, model: str, dimension: int) -> int:
        """Change to another embedding model: drop all vectors and queue every searchable version again.

        Lexical search goes on meanwhile. An index outside of the database is given up, and the graph is built when all
        is embedded. Returns the number of versions queued.
        """
        with self.database.transaction() as connection:
            if fits(connection, model, dimension):
                return 0
            adopt(connection, model, dimension)
            rows = connection.execute(
                "UPDATE versions SET status = 'queued', pages_done = 0 WHERE current RETURNING id"
            ).fetchall()
            for (version_id,) in rows:
                connection.execute(query("defer"), {"version_id": version_id})
            if not rows:
                build_empty(connection)
        return len(rows)

    def status(self) -> StoreStatus:
        """Counts and versions."""
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("status")).fetchone()
        assert row is not None, "the statement always returns a row"
        return replace(status_from_row(row), measurement=self._measured())

    def _measured(self) -> Measurement | None:
        try:
            return PgMeasurements(self.database).newest(PgRegister(self.database).active())
        except NotFound:
            return None

    def fact(self, name: str) -> str | None:
        """A remembered fact about this home."""
        with self.database.transaction() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = %s", [name]).fetchone()
        return str(row[0]) if row else None

    def remember(self, name: str, value: str) -> None:
        """Remember a fact about this home."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO facts (name, value) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )


def _first(versions: list[Version]) -> Version:
    if not versions:
        raise NotFound
    return versions[0]


def _counts(connection: Connection, document_id: int) -> tuple[int, int, int, int]:
    row = connection.execute(query("document_counts"), {"id": document_id}).fetchone()
    assert row is not None, "the statement always returns a row"
    return row[0], row[1], row[2], row[3]
