"""Scope and filters as SQL conditions. Values are always parameters; the texts are constants."""

from collections.abc import Mapping
from typing import Any, LiteralString

from infra.postgres.text import storable
from ingest.model import Scope
from retrieval.model import Filters

Parameters = dict[str, Any]

ON_VECTORS: Mapping[str, LiteralString] = {
    "documents": "document_id = ANY(ARRAY(SELECT id FROM documents WHERE name = ANY(%(documents)s)))",
    "collections": "collection_id = ANY(ARRAY(SELECT id FROM collections WHERE name = ANY(%(collections)s)))",
    "file_types": "file_type = ANY(%(file_types)s)",
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


def conditions(filters: Filters, texts: Mapping[str, LiteralString]) -> tuple[list[LiteralString], Parameters]:
    """The conditions of the filters that are set, and their parameters."""
    values: Parameters = {
        "documents": [storable(one) for one in filters.documents],
        "collections": [storable(one) for one in filters.collections],
        "file_types": [storable(one) for one in filters.file_types],
        "tags": [storable(one) for one in filters.tags],
        "uploaded_from": filters.uploaded_from,
        "uploaded_to": filters.uploaded_to,
    }
    used = {name: value for name, value in values.items() if value}
    return [texts[name] for name in used], used


def principals(scope: Scope) -> Parameters:
    """The parameter that reader lists are matched against."""
    return {"principals": [storable(one) for one in scope.principals]}
