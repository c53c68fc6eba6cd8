"""Hits for tests of evaluation."""

from retrieval.model import Hit, Passage


def hit(document: str, page: int = 1, page_end: int | None = None, chunk_id: int = 1) -> Hit:
    """A hit on pages of a document."""
    passage = Passage(
        chunk_id=chunk_id,
        document_id=1,
        version_id=1,
        document=document,
        version=1,
        title=document,
        ordinal=0,
        page=page,
        page_end=page if page_end is None else page_end,
        heading_path=(),
        text="text",
        sentences=(),
    )
    return Hit(passage, 0.0, None, None, None)
