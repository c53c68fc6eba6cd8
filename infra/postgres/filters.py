"""Scope, filters and selections as SQL conditions. Values are always parameters; the texts are constants."""

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg.sql import SQL

from infra.postgres.text import storable
from ingest.model import Scope
from retrieval.model import Filters, Selection

Parameters = dict[str, Any]

ON_VECTORS: Mapping[str, LiteralString] = {
    "collections": "collection_id = ANY(%(collections)s::bigint[])",
    "documents": "document_id = ANY(%(documents)s::bigint[])",
    "file_types": "file_type = ANY(%(file_types)s::text[])",
    "tags": "tags @> %(tags)s::text[]",
    "uploaded_from": "uploaded_at >= %(uploaded_from)s",
    "uploaded_to": "uploaded_at < %(uploaded_to)s",
}
ON_VERSIONS: Mapping[str, LiteralString] = {
    "documents": "d.name = ANY(%(documents)s)",
    "collections": "c.name = ANY(%(collections)s)",
    "file_types": "v.file_type = ANY(%(file_types)s)",
    "tags": "v.tags @> %(tags)s::text[]",
    "uploaded_from": "v.uploaded_at >= %(uploaded_from)s",
    "uploaded_to": "v.uploaded_at < %(uploaded_to)s",
}


def admitted(selection: Selection) -> tuple[SQL, Parameters]:
    """The condition on `chunk_vectors` for a selection that is not empty, and its parameters."""
    values: Parameters = {
        "collections": list(selection.collections),
        "documents": None if selection.documents is None else list(selection.documents),
        "file_types": [storable(one) for one in selection.file_types],
        "tags": [storable(one) for one in selection.tags],
        "uploaded_from": selection.uploaded_from,
        "uploaded_to": selection.uploaded_to,
    }
    used = {name: value for name, value in values.items() if value}
    return SQL("\n        AND ".join(ON_VECTORS[name] for name in used)), used


def conditions(filters: Filters) -> tuple[list[LiteralString], Parameters]:
    """The conditions on versions of the filters that are set, and their parameters."""
    values: Parameters = {
        "documents": [storable(one) for one in filters.documents],
        "collections": [storable(one) for one in filters.collections],
        "file_types": [storable(one) for one in filters.file_types],
        "tags": [storable(one) for one in filters.tags],
        "uploaded_from": filters.uploaded_from,
        "uploaded_to": filters.uploaded_to,
    }
    used = {name: value for name, value in values.items() if value}
    return [ON_VERSIONS[name] for name in used], used


def principals(scope: Scope) -> Parameters:
    """The parameter that reader lists are matched against."""
    return {"principals": [storable(one) for one in scope.principals]}
