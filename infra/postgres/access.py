"""Who may find what, and what exactly is stored: the ports `Access` and `ExactScores`."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.postgres.filters import principals
from infra.postgres.server import Database
from infra.postgres.statements import query
from infra.postgres.text import storable
from ingest.model import Scope
from retrieval.model import Filters, Selection


@dataclass(frozen=True, slots=True)
class PgAccess:
    """The `Access` port on Postgres: one statement a search."""

    database: Database

    def select(self, scope: Scope, filters: Filters) -> Selection:
        """The collections that the scope may read and the documents that the filters name, by id."""
        names = {"collections": _texts(filters.collections), "documents": _texts(filters.documents)}
        with self.database.transaction() as connection:
            row = connection.execute(query("select"), {**principals(scope), **names}).fetchone()
        assert row is not None, "the statement always returns a row"
        return Selection(
            collections=tuple(row[0]),
            documents=None if row[1] is None else tuple(row[1]),
            file_types=tuple(_texts(filters.file_types) or ()),
            tags=tuple(_texts(filters.tags) or ()),
            uploaded_from=filters.uploaded_from,
            uploaded_to=filters.uploaded_to,
        )


def _texts(names: Sequence[str]) -> list[str] | None:
    return [storable(one) for one in names] or None
