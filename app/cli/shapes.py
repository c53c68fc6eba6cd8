"""What commands print with `--json`: a contract, described in `docs/cli.md`."""

from typing import Literal, TypedDict

from app.cli.measured import MeasurementShape, measurement_shape
from generation.model import Answer, AnswerSentence, Citation
from ingest.model import Box, Region, Version
from retrieval.library import DeleteReceipt, StoreStatus
from retrieval.model import Hit
from retrieval.switch import SwitchReport


class HitShape(TypedDict):
    """A passage that was found."""

    document: str
    version: int
    page: int
    page_end: int
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    rerank_score: float | None
    text: str


class SearchShape(TypedDict):
    """What `search` prints."""

    hits: list[HitShape]


class RegionShape(TypedDict):
    """Boxes on one page, each `[x0, y0, x1, y1]` in points from the page's top left corner."""

    page: int
    boxes: list[list[float]]


class CitationShape(TypedDict):
    """A quote and where it stands."""

    document: str
    version: int
    quote: str
    regions: list[RegionShape]


class SentenceShape(TypedDict):
    """A sentence of an answer."""

    text: str
    citations: list[CitationShape]


class AnswerShape(TypedDict):
    """What `ask` prints."""

    abstained: bool
    confidence: float
    sentences: list[SentenceShape]
    hits: list[HitShape]
    timings_ms: dict[str, float]
    written_by: str
    notice: str


class IngestShape(TypedDict):
    """What `ingest` prints for each file. `queued` occurs only without `--wait`."""

    path: str
    document: str
    version: int | None
    status: Literal["queued", "indexed", "unchanged", "failed"]
    pages: int
    chunks: int
    seconds: float
    error: str | None


class DocumentShape(TypedDict):
    """What `documents list` prints for each document, and `documents show` for one."""

    id: int
    document: str
    version: int
    title: str
    collection: str
    file_type: str
    tags: list[str]
    status: str
    pages: int
    pages_done: int
    chunks: int
    bytes: int
    sha256: str
    uploaded_at: str
    seconds: float
    error: str | None


class DocumentsShape(TypedDict):
    """What `documents list` prints."""

    documents: list[DocumentShape]


class DeleteShape(TypedDict):
    """What `documents delete` prints."""

    document: str
    versions: int
    pages: int
    chunks: int
    vectors: int
    blobs: list[str]
    deleted_at: str


class StatusShape(TypedDict):
    """What `db status` prints."""

    migration: int
    documents: int
    chunks: int
    vectors: int
    database_bytes: int
    embedding_model: str
    dimension: int
    index_kind: str
    jobs_waiting: int
    workers_alive: int
    store: str
    pending: int
    bytes_a_vector: int | None
    measurement: MeasurementShape | None


class SwitchShape(TypedDict):
    """What `db switch-index` prints."""

    index_kind: str
    vectors: int
    recall: float
    sampled: int
    rebuilt: bool


def hit_shape(hit: Hit) -> HitShape:
    """A hit with its passage's place and text."""
    return HitShape(
        document=hit.passage.document,
        version=hit.passage.version,
        page=hit.passage.page,
        page_end=hit.passage.page_end,
        score=hit.score,
        dense_rank=hit.dense_rank,
        lexical_rank=hit.lexical_rank,
        rerank_score=hit.rerank_score,
        text=hit.passage.text,
    )


def search_shape(hits: list[Hit]) -> SearchShape:
    """All hits, best first."""
    return SearchShape(hits=[hit_shape(hit) for hit in hits])


def answer_shape(answer: Answer) -> AnswerShape:
    """An answer with what was read for it."""
    return AnswerShape(
        abstained=answer.abstained,
        confidence=answer.confidence,
        sentences=[sentence_shape(sentence) for sentence in answer.sentences],
        hits=[hit_shape(hit) for hit in answer.hits],
        timings_ms=dict(answer.timings_ms),
        written_by=answer.written_by,
        notice=answer.notice,
    )


def sentence_shape(sentence: AnswerSentence) -> SentenceShape:
    """A sentence with its citations."""
    return SentenceShape(text=sentence.text, citations=[_citation_shape(citation) for citation in sentence.citations])


def _citation_shape(citation: Citation) -> CitationShape:
    return CitationShape(
        document=citation.document,
        version=citation.version,
        quote=citation.quote,
        regions=[_region_shape(region) for region in citation.regions],
    )


def _region_shape(region: Region) -> RegionShape:
    return RegionShape(page=region.page, boxes=[_box_shape(box) for box in region.boxes])


def _box_shape(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


def document_shape(version: Version) -> DocumentShape:
    """A document's newest version."""
    return DocumentShape(
        id=version.document_id,
        document=version.name,
        version=version.number,
        title=version.title,
        collection=version.collection,
        file_type=version.file_type,
        tags=list(version.tags),
        status=version.status.value,
        pages=version.pages,
        pages_done=version.pages_done,
        chunks=version.chunks,
        bytes=version.blob.size,
        sha256=version.blob.sha256,
        uploaded_at=version.uploaded_at.isoformat(),
        seconds=version.seconds,
        error=version.error or None,
    )


def delete_shape(receipt: DeleteReceipt) -> DeleteShape:
    """What a deletion removed."""
    return DeleteShape(
        document=receipt.document,
        versions=receipt.versions,
        pages=receipt.pages,
        chunks=receipt.chunks,
        vectors=receipt.vectors,
        blobs=list(receipt.blobs),
        deleted_at=receipt.deleted_at.isoformat(),
    )


def status_shape(status: StoreStatus) -> StatusShape:
    """The store's counts and versions."""
    return StatusShape(
        migration=status.migration,
        documents=status.documents,
        chunks=status.chunks,
        vectors=status.vectors,
        database_bytes=status.database_bytes,
        embedding_model=status.embedding_model,
        dimension=status.dimension,
        index_kind=status.index_kind,
        jobs_waiting=status.jobs_waiting,
        workers_alive=status.workers_alive,
        store=status.store,
        pending=status.pending,
        bytes_a_vector=status.bytes_a_vector,
        measurement=measurement_shape(status.measurement) if status.measurement else None,
    )


def switch_shape(report: SwitchReport) -> SwitchShape:
    """What became of a switch of the vector index."""
    return SwitchShape(
        index_kind=report.kind,
        vectors=report.vectors,
        recall=report.recall,
        sampled=report.sampled,
        rebuilt=report.rebuilt,
    )
