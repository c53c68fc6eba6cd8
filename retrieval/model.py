"""The types of a search."""

from dataclasses import dataclass
from datetime import datetime

from ingest.model import Scope, Sentence
from ingest.ports import Vectors


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits a search; an empty tuple or `None` means no limit. All limits must hold.

    Attributes:
        documents: Document names.
        collections: Collection names.
        file_types: `pdf`, `docx`, `md`, `txt`.
        tags: The document carries all of them.
        uploaded_from: Uploaded at or after this moment (with time zone).
        uploaded_to: Uploaded before this moment (with time zone).
    """

    documents: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    uploaded_from: datetime | None = None
    uploaded_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question, who asks it, and where to look. `k` is the number of hits wanted."""

    text: str
    scope: Scope = Scope()
    filters: Filters = Filters()
    k: int = 10


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What a vector index keeps of a chunk beside its vector: its id and the fields that scope and filters need."""

    chunk_id: int
    document_id: int
    collection_id: int
    file_type: str
    tags: tuple[str, ...]
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """Which chunks a search may find: a scope and filters with all names resolved. All limits must hold.

    Attributes:
        collections: Ids of the collections that may be searched; none of them means that nothing is found.
        documents: Ids of the documents that may be searched; `None` for all in those collections.
        file_types: One of these; empty for any.
        tags: All of these.
        uploaded_from: Uploaded at or after this moment (with time zone).
        uploaded_to: Uploaded before this moment (with time zone).
    """

    collections: tuple[int, ...]
    documents: tuple[int, ...] | None = None
    file_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    uploaded_from: datetime | None = None
    uploaded_to: datetime | None = None

    @property
    def empty(self) -> bool:
        """Can nothing be found?"""
        return not self.collections or self.documents == ()

    def admits(self, entry: IndexEntry) -> bool:
        """Do all limits hold for this chunk?"""
        return (
            entry.collection_id in self.collections
            and (self.documents is None or entry.document_id in self.documents)
            and (not self.file_types or entry.file_type in self.file_types)
            and set(self.tags) <= set(entry.tags)
            and (self.uploaded_from is None or entry.uploaded_at >= self.uploaded_from)
            and (self.uploaded_to is None or entry.uploaded_at < self.uploaded_to)
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """A batch of changes to the stored vectors, as they stand now; to be applied in the order of the attributes.

    Attributes:
        cleared: Everything was removed.
        deleted: Ids of chunks that are gone.
        entries: Chunks that were added or changed.
        vectors: float32 array of shape (len(entries), dimension).
        position: The last change of the batch.
    """

    cleared: bool
    deleted: tuple[int, ...]
    entries: tuple[IndexEntry, ...]
    vectors: Vectors
    position: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk found by one ranking: higher scores are better."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk with all that a reader or a citation needs."""

    chunk_id: int
    document_id: int
    version_id: int
    document: str
    version: int
    title: str
    ordinal: int
    page: int
    page_end: int
    heading_path: tuple[str, ...]
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its scores. Ranks count from 1; `None` where that ranking did not find it.

    Attributes:
        passage: What was found.
        score: The blended score that hits are ordered by, higher is better.
        dense_rank: Rank in the vector search.
        lexical_rank: Rank in the BM25 search.
        rerank_score: The cross-encoder's logit, `None` where it was not reranked.
        similarity: Cosine similarity of question and chunk, `None` where the vector search did not find it.
    """

    passage: Passage
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    rerank_score: float | None
    similarity: float | None = None
