"""What retrieval needs from outside; adapters live in `infra`."""

from collections.abc import Sequence
from typing import Protocol

from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Passage, Scored


class VectorIndex(Protocol):
    """Finds chunks by vector similarity, within a scope and filters."""

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id.

        Args:
            vector: float32 array of shape (dimension,), of unit length.
            scope: Who asks; applied inside the index query.
            filters: Applied inside the index query.
            k: How many, at least 1.
        """
        ...


class LexicalIndex(Protocol):
    """Finds chunks by their words, ranked by BM25, within a scope and filters."""

    def search(self, text: str, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` best chunks by BM25, best first, ties by chunk id; a chunk without any query term is never found."""
        ...


class PassageReader(Protocol):
    """Fetches chunks by id."""

    def passages(self, chunk_ids: Sequence[int], scope: Scope) -> list[Passage]:
        """The chunks in the order of `chunk_ids`; those deleted or out of scope are left out."""
        ...

    def neighbours(self, passage: Passage, scope: Scope, radius: int = 1) -> list[Passage]:
        """The chunks around one (itself included) of the same version, by ordinal."""
        ...


class QueryEmbedder(Protocol):
    """Embeds a question."""

    def embed_query(self, text: str) -> Vectors:
        """float32 array of shape (dimension,), of unit length."""
        ...


class Reranker(Protocol):
    """A cross-encoder."""

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One relevance logit a text, in order; higher is more relevant."""
        ...
