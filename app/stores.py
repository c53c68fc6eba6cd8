"""The part of the composition root that knows where vector indexes can be."""

from collections.abc import Mapping

from app.settings import Settings
from infra.faiss.store import FaissStore
from infra.milvus.store import MilvusStore
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from retrieval.indexes import VectorStore


def stores(settings: Settings, database: Database) -> Mapping[str, VectorStore]:
    """Where vector indexes can be, by the name that `footnote db switch-index` has for them.

    The packages of a store outside of the database are imported when it is used.
    """
    milvus = MilvusStore(
        home=settings.home,
        uri=settings.milvus_uri,
        token=settings.milvus_token.get_secret_value() if settings.milvus_token else "",
        ca_certificate=settings.milvus_ca_certificate,
        server_name=settings.milvus_server_name or "",
        database=settings.milvus_database or "",
    )
    faiss = FaissStore(settings.home / "indexes" / "faiss")
    return {"pgvector": PgVectorStore(database), "milvus": milvus, "faiss": faiss}
