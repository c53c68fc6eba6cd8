"""The ingest job over the in-memory store."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from infra.memory.blobs import MemoryBlobStore
from infra.memory.catalog import MemoryCatalog
from infra.memory.library import MemoryLibrary
from infra.memory.shelf import Shelf
from ingest.errors import NeedsOcr, Transient
from ingest.job import IngestJob
from ingest.model import ParsedDocument, Scope, Upload, Version, VersionStatus
from ingest.ports import Vectors
from tests.unit.ingest.words import WordTokenizer, block, document, heading

ME = Scope()
LEAVE = document(
    heading("Leave"), block("You get twelve days."), heading("Travel"), block("Ask first.", page=2),
    heading("Notice"), block("Four weeks.", page=4),
)  # fmt: skip


@dataclass(slots=True)
class Reader:
    """The `Parser` port: a fixed document, or an error."""

    parsed: ParsedDocument = LEAVE
    error: Exception | None = None
    read: list[tuple[bytes, str]] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def parse(self, path: Path, name: str) -> ParsedDocument:
        self.read.append((path.read_bytes(), name))
        self.before()
        if self.error:
            raise self.error
        return self.parsed


class CountingEmbedder(WordTokenizer):
    """The `Embedder` port: a text's vector is its length; reports progress after each text."""

    model_name, dimension, max_tokens = "counting", 2, 100

    def __init__(self) -> None:
        self.read: list[str] = []

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.read.extend(texts)
        for done in range(1, len(texts) + 1):
            if progress:
                progress(done)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        return np.array([len(text), 1], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Recorder(MemoryCatalog):
    """Remembers the progress."""

    progress: list[int] = field(default_factory=list)

    def advance(self, version_id: int, pages_done: int) -> None:
        self.progress.append(pages_done)
        MemoryCatalog.advance(self, version_id, pages_done)


@dataclass(frozen=True, slots=True)
class Bench:
    """A job and everything around it."""

    shelf: Shelf
    catalog: Recorder
    blobs: MemoryBlobStore
    reader: Reader
    embedder: CountingEmbedder
    job: IngestJob

    def upload(self, name: str = "policy.pdf") -> int:
        with self.blobs.stage(io.BytesIO(b"content"), 100) as staged:
            return self.catalog.add(Upload(name, "default", "pdf", (), staged.blob), staged.place).version_id

    def version(self, version_id: int) -> Version:
        found = self.catalog.version(version_id)
        assert found is not None
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    shelf = Shelf(lambda: datetime.now(UTC))
    catalog, blobs, reader, embedder = Recorder(shelf), MemoryBlobStore(tmp_path), Reader(), CountingEmbedder()
    return Bench(shelf, catalog, blobs, reader, embedder, IngestJob(catalog, blobs, {"pdf": reader}, embedder, 100))


def test_a_file_becomes_searchable_chunks(bench: Bench) -> None:
    version_id = bench.upload()
    bench.job.run(version_id)
    version = bench.version(version_id)
    assert (version.status, version.pages, version.pages_done, version.chunks) == (VersionStatus.INDEXED, 4, 4, 3)
    assert version.title == "policy - Handbook"
    assert bench.reader.read == [(b"content", "policy.pdf")]
    assert [one.text for one in MemoryLibrary(bench.shelf).chunks(version_id, ME)] == [
        "You get twelve days.", "Ask first.", "Four weeks.",
    ]  # fmt: skip


def test_label_and_headings_are_embedded_with_the_text(bench: Bench) -> None:
    bench.job.run(bench.upload())
    assert bench.embedder.read[0] == "policy - Handbook > Leave\nYou get twelve days."


def test_each_vector_belongs_to_its_chunk(bench: Bench) -> None:
    version_id = bench.upload()
    bench.job.run(version_id)
    vectors = bench.shelf.entries[version_id].vectors
    assert vectors is not None
    assert [int(one) for one in vectors[:, 0]] == [len(text) for text in bench.embedder.read]


def test_progress_counts_finished_pages(bench: Bench) -> None:
    bench.job.run(bench.upload())
    assert bench.catalog.progress == [1, 3, 4]


def test_progress_is_written_seldom_and_ends_with_all_pages(bench: Bench) -> None:
    bench.reader.parsed = document(
        *(one for page in range(1, 201) for one in (heading(f"Part {page}", page=page), block("Text.", page=page)))
    )
    bench.job.run(bench.upload())
    assert 10 <= len(bench.catalog.progress) <= 30
    assert bench.catalog.progress == sorted(set(bench.catalog.progress))
    assert bench.catalog.progress[-1] == 200


def test_the_number_of_pages_is_unknown_until_the_file_has_been_read(bench: Bench) -> None:
    version_id = bench.upload()
    seen: list[tuple[VersionStatus, int]] = []

    def look() -> None:
        seen.append((bench.version(version_id).status, bench.version(version_id).pages))

    bench.reader.before = look
    bench.job.run(version_id)
    assert seen == [(VersionStatus.WORKING, 0)]


def test_a_file_that_cannot_be_used_fails_with_words(bench: Bench) -> None:
    bench.reader.error = NeedsOcr()
    version_id = bench.upload()
    bench.job.run(version_id)
    assert (bench.version(version_id).status, bench.version(version_id).error) == (
        VersionStatus.FAILED,
        str(NeedsOcr()),
    )
    assert bench.version(version_id).chunks == 0


@pytest.mark.parametrize("parsed", [document(), document(block(" "))])
def test_a_file_without_text_is_never_indexed(bench: Bench, parsed: ParsedDocument) -> None:
    bench.reader.parsed = parsed
    version_id = bench.upload()
    bench.job.run(version_id)
    assert bench.version(version_id).status is VersionStatus.FAILED
    assert "No text" in bench.version(version_id).error


def test_a_transient_error_leaves_the_version_to_be_tried_again(bench: Bench) -> None:
    bench.reader.error = Transient("busy")
    version_id = bench.upload()
    with pytest.raises(Transient, match="busy"):
        bench.job.run(version_id)
    assert bench.version(version_id).status is VersionStatus.WORKING
    bench.reader.error = None
    bench.job.run(version_id)
    assert bench.version(version_id).status is VersionStatus.INDEXED


def test_a_missing_blob_fails_the_version(bench: Bench) -> None:
    version_id = bench.upload()
    bench.blobs.contents.clear()
    bench.job.run(version_id)
    assert bench.version(version_id).error == "The uploaded file is no longer there."


def test_a_deleted_document_is_not_read(bench: Bench) -> None:
    version_id = bench.upload()
    MemoryLibrary(bench.shelf).delete(bench.version(version_id).document_id, ME)
    bench.job.run(version_id)
    assert bench.reader.read == []


def test_a_document_deleted_while_it_is_read_stores_nothing(bench: Bench) -> None:
    version_id = bench.upload()
    document_id = bench.version(version_id).document_id
    bench.reader.before = lambda: MemoryLibrary(bench.shelf).delete(document_id, ME)
    bench.job.run(version_id)
    assert bench.shelf.entries == {}


def test_an_indexed_version_is_not_read_again(bench: Bench) -> None:
    version_id = bench.upload()
    bench.job.run(version_id)
    bench.job.run(version_id)
    assert len(bench.reader.read) == 1


def test_a_checkpoint_ends_the_job(bench: Bench) -> None:
    class Stop(Exception):
        pass

    calls = []

    def checkpoint() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Stop

    version_id = bench.upload()
    with pytest.raises(Stop):
        bench.job.run(version_id, checkpoint)
    assert bench.version(version_id).status is VersionStatus.WORKING
    assert bench.catalog.progress == [1]
