"""The lexical ranking, and the passages behind the hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import dict_row
from psycopg.sql import SQL

from infra.postgres.filters import conditions, principals
from infra.postgres.rows import passage_from_row
from infra.postgres.server import Database
from infra.postgres.statements import query
from infra.postgres.text import storable
from ingest.model import Scope
from retrieval.model import Filters, Passage, Scored


@dataclass(frozen=True, slots=True)
class Bm25Index:
    """BM25 in SQL over inverted lists (Robertson and Zaragoza, 2009; the idf of Lucene, never negative).

    Attributes:
        database: Where the lists are.
        k1: Saturation of a term's frequency.
        b: Weight of a chunk's length, in [0, 1].
    """

    database: Database
    k1: float = 1.2
    b: float = 0.75

    def search(self, text: str, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` best chunks by BM25, best first, ties by chunk id."""
        texts, parameters = conditions(filters)
        admitted = SQL(" AND ".join(texts) or "true")
        statement = SQL(query("bm25")).format(admitted=admitted)
        values = {**parameters, **principals(scope), "question": storable(text), "k": k, "k1": self.k1, "b": self.b}
        with self.database.transaction() as connection:
            return [Scored(*row) for row in connection.execute(statement, values).fetchall()]


@dataclass(frozen=True, slots=True)
class PassageTable:
    """Fetches chunks by id within a scope."""

    database: Database

    def passages(self, chunk_ids: Sequence[int], scope: Scope) -> list[Passage]:
        """The chunks in the order of `chunk_ids`; those deleted or out of scope are left out."""
        found = self._fetch(" AND k.id = ANY(%(ids)s)", {"ids": list(chunk_ids)}, scope)
        by_id = {one.chunk_id: one for one in found}
        return [by_id[one] for one in chunk_ids if one in by_id]

    def neighbours(self, passage: Passage, scope: Scope, radius: int = 1) -> list[Passage]:
        """The chunks around one (itself included) of the same version, by ordinal."""
        window = {"id": passage.version_id, "low": passage.ordinal - radius, "high": passage.ordinal + radius}
        found = self._fetch(" AND k.version_id = %(id)s AND k.ordinal BETWEEN %(low)s AND %(high)s", window, scope)
        return sorted(found, key=lambda one: one.ordinal)

    def _fetch(self, where: str, parameters: Mapping[str, object], scope: Scope) -> list[Passage]:
        statement = SQL(query("passages") + where)
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(statement, {**parameters, **principals(scope)}).fetchall()
        return [passage_from_row(row) for row in rows]
