"""Values that the tests of the page share."""

from datetime import UTC, datetime

from generation.model import Answer, AnswerSentence, Citation
from ingest.model import Blob, Box, Region, Sentence, Span, Version, VersionStatus
from retrieval.model import Hit, Passage

FIRST = Box(72, 100, 300, 112)
SECOND = Box(72, 114, 220, 126)


def citation(quote: str = "Employees get 8 days.", *regions: Region, version_id: int = 7) -> Citation:
    return Citation("rules.pdf", 2, version_id, quote, regions or (Region(3, (FIRST,)),))


def sentence(text: str, *citations: Citation) -> AnswerSentence:
    return AnswerSentence(text, citations)


def hit(text: str = "Near, but no answer.", page: int = 4, page_end: int = 5) -> Hit:
    parts = (Sentence(Span(0, 4), (Region(page, (FIRST,)),)), Sentence(Span(5, 9), (Region(page_end, (SECOND,)),)))
    passage = Passage(1, 2, 7, "rules.pdf", 2, "Rules", 0, page, page_end, ("1 Leave", "1.1 Kinds"), text, parts)
    return Hit(passage, 0.5, 1, None, None)


def answer(*sentences: AnswerSentence, hits: tuple[Hit, ...] = (), written_by: str = "quotes") -> Answer:
    return Answer("How many?", not sentences, 0.8, sentences, hits, {"total": 1234.0}, written_by)


def version(status: VersionStatus = VersionStatus.INDEXED, **changes: object) -> Version:
    values: dict[str, object] = {
        "id": 7,
        "document_id": 2,
        "number": 1,
        "name": "rules.pdf",
        "collection": "default",
        "file_type": "pdf",
        "tags": (),
        "blob": Blob("0" * 64, 10),
        "status": status,
        "uploaded_at": datetime(2026, 3, 4, 12, 0, tzinfo=UTC),
        "pages": 34,
        "pages_done": 12,
        "chunks": 50,
        "title": "Rules",
        "error": "",
        "seconds": 1.0,
    }
    return Version(**{**values, **changes})  # type: ignore[arg-type]
