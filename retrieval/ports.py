"""What retrieval needs from outside; adapters live in `infra`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Changes, Filters, IndexEntry, Passage, Scored, Selection


class VectorRanking(Protocol):
    """Ranks chunks by vector similarity, within a scope and filters."""

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        """The `k` nearest chunks by cosine similarity, best first, ties by chunk id.

        Args:
            vector: float32 array of shape (dimension,), of unit length.
            scope: Who asks; applied inside the index query.
            filters: Applied inside the index query.
            k: How many, at least 1.
        """
        ...


class VectorIndex(Protocol):
    """An index over unit vectors: chunk ids, vectors, and the fields that filters need.

    It can be built anew from the database at any time. What was written is found by the next search of any process
    once the call has returned, and what was deleted is not.
    """

    @property
    def kind(self) -> str:
        """Store and index type for people, such as `Milvus IVF_PQ`."""
        ...

    def upsert(self, entries: Sequence[IndexEntry], vectors: Vectors) -> None:
        """Store entries, replacing those with the same chunk ids; all of them or none.

        Args:
            entries: One a row.
            vectors: float32 array of shape (len(entries), dimension), rows of unit length.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Transient: The store cannot be used now.
        """
        ...

    def delete(self, chunk_ids: Sequence[int]) -> None:
        """Remove chunks; those that are not there do not matter. Raises: Transient."""
        ...

    def delete_document(self, document_id: int) -> None:
        """Remove all chunks of a document. Raises: Transient."""
        ...

    def clear(self) -> None:
        """Remove everything. Raises: Transient."""
        ...

    def count(self) -> int:
        """How many chunks it holds. Raises: Transient."""
        ...

    def settle(self) -> None:
        """Put what was written in order where that is due; meant for the end of many writes.

        Everything is found without it, though perhaps more slowly. Raises: Transient, Permanent.
        """
        ...

    def search(self, vector: Vectors, selection: Selection, k: int) -> list[Scored]:
        """The `k` nearest chunks that the selection admits, best first by cosine similarity, ties by chunk id.

        An index that compresses its vectors scores approximately.

        Args:
            vector: float32 array of shape (dimension,), of unit length.
            selection: Applied inside the index query.
            k: How many, at least 1.

        Raises:
            InvalidVectors: Of another dimension, not finite, or zero. Transient: The store cannot be used now.
        """
        ...


class Access(Protocol):
    """Resolves who asks, and where, to what may be found."""

    def select(self, scope: Scope, filters: Filters) -> Selection:
        """The collections that the scope may read and the documents that the filters name, by id."""
        ...


class ExactScores(Protocol):
    """The stored vectors themselves: they have the last word on what a `VectorIndex` proposes."""

    def position(self) -> int:
        """Up to which change the index is complete; ask before it is searched, hand it to `rescore` afterwards."""
        ...

    def nearest_of_few(self, vector: Vectors, selection: Selection, k: int, most: int) -> list[Scored] | None:
        """The `k` nearest of all chunks that the selection admits, best first, ties by chunk id.

        `None`, at little cost, where it admits more than `most`, or everything that there is.
        """
        ...

    def rescore(
        self, vector: Vectors, chunk_ids: Sequence[int], selection: Selection, k: int, position: int
    ) -> list[Scored]:
        """The `k` nearest of these chunks and of those stored after `position`, by exact cosine similarity.

        Best first, ties by chunk id. Chunks that were deleted meanwhile, or that the selection does not admit, are
        left out.
        """
        ...


class ChangeLog(Protocol):
    """What happened to the stored vectors, for one index outside of the database."""

    def turn(self) -> AbstractContextManager[None]:
        """Only one process at a time brings the index up to date; waits for another one."""
        ...

    def applied(self) -> int | None:
        """The last change that the index holds; `None` where nobody needs to tell it of changes any more."""
        ...

    def behind(self) -> bool:
        """Has something happened that the index has not been told of?"""
        ...

    def after(self, position: int) -> Changes | None:
        """A batch of what happened after a change; `None` where nothing did.

        Raises:
            OutOfDate: That is no longer known.
        """
        ...

    def advance(self, position: int) -> None:
        """Record that the index holds everything up to this change."""
        ...

    def trim(self) -> None:
        """Forget what every index holds."""
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
