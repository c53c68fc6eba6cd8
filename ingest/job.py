"""The ingest job: parse, chunk, embed, store. Idempotent: it may run again from the start at any time."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.chunk import chunk_document
from ingest.context import contextual_text, document_label
from ingest.errors import NoText, Permanent
from ingest.model import Chunk, Version, VersionStatus
from ingest.ports import BlobStore, Embedder, Parser, Vectors, VersionWriter

logger = logging.getLogger(__name__)

PROGRESS_STEPS = 25
"""About how often a version's progress is written; each time is a transaction."""


@dataclass(frozen=True, slots=True)
class IngestJob:
    """Everything that turning a stored file into searchable chunks needs.

    Attributes:
        writer: Where results and progress go.
        blobs: Where the file is.
        parsers: One for each file type.
        embedder: Makes the vectors.
        chunk_tokens: Most tokens of a chunk.
    """

    writer: VersionWriter
    blobs: BlobStore
    parsers: Mapping[str, Parser]
    embedder: Embedder
    chunk_tokens: int

    def run(self, version_id: int, checkpoint: Callable[[], None] = lambda: None) -> None:
        """Ingest one version; a file that cannot be used is marked as failed with the reason.

        Args:
            version_id: The version.
            checkpoint: Called now and then; what it raises ends the job.

        Raises:
            Transient: Something is away; the job should run again.
        """
        version = self.writer.version(version_id)
        if version is None or version.status is VersionStatus.INDEXED:
            return
        try:
            self._ingest(version, checkpoint)
        except Permanent as error:
            logger.warning("not ingested", extra={"version_id": version_id, "reason": str(error)})
            self.writer.fail(version_id, str(error))

    def _ingest(self, version: Version, checkpoint: Callable[[], None]) -> None:
        self.writer.start(version.id, 0)
        parsed = self.parsers[version.file_type].parse(self.blobs.path(version.blob.sha256), version.name)
        self.writer.start(version.id, len(parsed.pages))
        chunks = chunk_document(parsed, self.embedder, self.chunk_tokens)
        if not chunks:
            raise NoText
        label = document_label(version.name, parsed.title)
        vectors = self._embed(version, label, len(parsed.pages), chunks, checkpoint)
        self.writer.complete(version.id, label, parsed.pages, chunks, vectors)
        logger.info("ingested", extra={"version_id": version.id, "pages": len(parsed.pages), "chunks": len(chunks)})

    def _embed(
        self, version: Version, label: str, page_count: int, chunks: list[Chunk], checkpoint: Callable[[], None]
    ) -> Vectors:
        texts = [contextual_text(label, chunk.heading_path, chunk.text) for chunk in chunks]
        reported, step = 0, max(1, page_count // PROGRESS_STEPS)

        def progress(done: int) -> None:
            nonlocal reported
            checkpoint()
            pages = page_count if done == len(chunks) else chunks[done].page - 1
            if pages >= reported + step or done == len(chunks):
                self.writer.advance(version.id, pages)
                reported = pages

        return self.embedder.embed_documents(texts, progress)
