"""The use cases over the in-memory store, with real parsers and real answers."""

import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.application import Application, Limits, Parts
from app.workshop import Workshop
from generation.answer import Answerer
from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings
from generation.model import AnswerSentence
from generation.quotes import QuoteDrafter
from generation.verify import GroundingVerifier
from generation.writing import Audience
from infra.memory.blobs import MemoryBlobStore
from infra.memory.catalog import MemoryCatalog
from infra.memory.library import MemoryLibrary
from infra.memory.search import MemoryBm25Index, MemoryPassages, MemoryVectorRanking
from infra.memory.shelf import Shelf
from ingest.errors import (
    ChangedWhileReading,
    EmptyFile,
    InvalidQuestion,
    NotFound,
    Permanent,
    TooLarge,
    Transient,
    UnsupportedType,
)
from ingest.job import IngestJob
from ingest.model import Scope, VersionStatus
from ingest.parse.registry import parsers
from ingest.ports import Vectors
from retrieval.indexes import IndexChoice
from retrieval.library import StoreStatus
from retrieval.model import Filters
from retrieval.search import Retriever, SearchSettings
from retrieval.switch import SwitchReport
from retrieval.tuning.model import TuneReport, TuneRequest
from tests.unit.app.measured import REPORT
from tests.unit.ingest.words import WordTokenizer
from tests.unit.material import WordReranker

SAMPLE = Path(__file__).parents[3] / "app" / "sample" / "quillmere-handbook.pdf"
HANDBOOK = """# Handbook

## Casual leave

Employees get 12 days of casual leave in a year. Unused days expire in March.

## Parking

Parking is free for everybody who comes by bicycle.
"""
QUESTION = "How many days of casual leave do employees get in a year?"


class WordEmbedder(WordTokenizer):
    """The `Embedder` port: words hashed into 64 numbers."""

    model_name, dimension, max_tokens = "words", 64, 512

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.encode()) % self.dimension] += 1
            if progress:
                progress(row + 1)
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit

    def embed_query(self, text: str) -> Vectors:
        row: Vectors = self.embed_documents([text])[0]
        return row


@dataclass(frozen=True, slots=True)
class Caretaker:
    """The `Maintenance` port; remembers what it was asked to do."""

    done: list[str] = field(default_factory=list)

    def migrate(self) -> list[str]:
        self.done.append("migrate")
        return ["0001_documents"]

    def status(self) -> StoreStatus:
        return StoreStatus(1, 2, 3, 3, 4_000, "words", 64, "memory", 0, 1, "memory", 0, None)

    def tune(self, request: TuneRequest, tell: Callable[[str], None]) -> TuneReport:
        tell("trying")
        self.done.append(f"tune to {request.recall} at {request.k}")
        return REPORT

    def switch(self, choice: IndexChoice, rebuild: bool) -> SwitchReport:
        self.done.append(f"{'rebuild' if rebuild else 'switch to'} {choice.kind}")
        return SwitchReport(choice.kind, 3, 1.0, 3, rebuilt=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """An application and what lies behind it."""

    application: Application
    shelf: Shelf
    blobs: MemoryBlobStore
    caretaker: Caretaker

    def add(self, text: str = HANDBOOK, name: str = "handbook.md", collection: str = "default") -> int:
        """Upload and read; returns the document's id."""
        receipt = self.application.upload(io.BytesIO(text.encode()), name, collection=collection)
        self.application.run_worker(until_idle=True)
        return receipt.document_id


@pytest.fixture
def closed() -> list[str]:
    return []


@pytest.fixture
def bench(tmp_path: Path, closed: list[str]) -> Iterator[Bench]:
    shelf, blobs, caretaker = Shelf(lambda: datetime.now(UTC)), MemoryBlobStore(tmp_path), Caretaker()
    catalog, embedder, ticks = MemoryCatalog(shelf), WordEmbedder(), iter(range(500, 1_000_000))
    job = IngestJob(catalog, blobs, parsers(), embedder, 40)

    def clock() -> float:
        return next(ticks) / 1_000

    def work(until_idle: bool) -> None:
        while shelf.jobs:
            job.run(shelf.jobs.pop(0))

    retriever = Retriever(
        embedder, MemoryVectorRanking(shelf), MemoryBm25Index(shelf), MemoryPassages(shelf), WordReranker(),
        SearchSettings(), clock,
    )  # fmt: skip
    answerer = Answerer(
        WordReranker(), QuoteDrafter(), QuoteDrafter(), GroundingVerifier(), AnswerabilityModel(0.0, 0.5), 0.5,
        EvidenceSettings(), clock,
    )  # fmt: skip
    resources = ExitStack()
    resources.callback(closed.append, "closed")
    parts = Parts(
        blobs=blobs,
        intake=catalog,
        library=MemoryLibrary(shelf),
        maintenance=caretaker,
        retriever=lambda: retriever,
        index_choice=lambda: IndexChoice("pgvector", "halfvec"),
        indexed=lambda: 0,
        index_bytes=lambda: None,
        switch_index=caretaker.switch,
        tune=caretaker.tune,
        answerer=lambda: answerer,
        workshop=lambda: Workshop(work),
        reembed=lambda: 0,
        limits=Limits(upload_bytes=1_000_000, question_characters=200),
        window_hits=6,
        clock=clock,
    )
    with Application(parts, resources) as application:
        yield Bench(application, shelf, blobs, caretaker)
    assert closed == ["closed"]


def test_an_uploaded_handbook_answers_with_a_footnote(bench: Bench) -> None:
    bench.add()
    answer = bench.application.ask(QUESTION)
    assert not answer.abstained
    assert answer.sentences[0].text == "Employees get 12 days of casual leave in a year."
    (citation,) = answer.sentences[0].citations
    assert (citation.document, citation.version) == ("handbook.md", 1)
    assert citation.quote == "Employees get 12 days of casual leave in a year. Unused days expire in March."
    assert citation.regions[0].page == 1


def test_what_the_documents_do_not_say(bench: Bench) -> None:
    bench.add()
    answer = bench.application.ask("Which dentist does the insurer recommend?")
    assert (answer.abstained, answer.sentences) == (True, ())
    assert answer.hits


def test_an_empty_library_abstains(bench: Bench) -> None:
    answer = bench.application.ask(QUESTION)
    assert (answer.abstained, answer.hits) == (True, ())
    assert bench.application.search(QUESTION) == []


def test_sentences_are_streamed(bench: Bench) -> None:
    bench.add()
    heard: list[AnswerSentence] = []
    assert list(bench.application.ask(QUESTION, audience=Audience(heard.append)).sentences) == heard != []


def test_times_are_told_by_stage(bench: Bench) -> None:
    bench.add()
    timings = bench.application.ask(QUESTION).timings_ms
    assert list(timings) == ["search", "evidence", "draft", "total"]
    assert all(0 < value < 100 for value in timings.values())
    assert timings["total"] >= timings["search"] + timings["evidence"] + timings["draft"]


def test_ten_passages_are_offered_at_most(bench: Bench) -> None:
    for number in range(12):
        bench.add(f"Casual leave number {number} lasts for days.", f"{number}.txt")
    assert len(bench.application.ask(QUESTION).hits) == 10
    assert len(bench.application.search(QUESTION, k=11)) == 11


def test_the_evidence_behind_the_decision(bench: Bench) -> None:
    bench.add()
    known, unknown = (bench.application.evidence(asked) for asked in (QUESTION, "Which dentist does the insurer like?"))
    assert known[0].score > unknown[0].score


def test_filters_and_scope_limit_search_and_answer(bench: Bench) -> None:
    bench.add(collection="hr")
    elsewhere = Filters(collections=("it",))
    assert bench.application.search(QUESTION, filters=elsewhere) == []
    assert bench.application.ask(QUESTION, filters=elsewhere).abstained
    bench.shelf.readers["hr"] = frozenset({"group:people"})
    assert bench.application.search(QUESTION) == []
    assert bench.application.ask(QUESTION).hits == ()
    assert bench.application.library() == []
    assert len(bench.application.search(QUESTION, scope=Scope("ann", frozenset({"people"})))) == 1


def test_hits_are_one_a_page_and_no_more_than_wanted(bench: Bench) -> None:
    bench.add()
    assert len(bench.application.search("leave parking")) == 1
    bench.add("Parking is for guests.", "other.txt")
    assert len(bench.application.search("leave parking")) == 2
    assert len(bench.application.search("leave parking", k=1)) == 1


@pytest.mark.parametrize(("question", "words"), [("", "empty"), (" \n\x00 ", "empty"), ("x" * 201, "201 characters")])
def test_questions_that_cannot_be_asked(bench: Bench, question: str, words: str) -> None:
    for call in (bench.application.ask, bench.application.search):
        with pytest.raises(InvalidQuestion, match=words):
            call(question)


def test_the_longest_possible_question_is_asked(bench: Bench) -> None:
    bench.add()
    assert bench.application.ask(("casual leave " * 20)[:200]).hits


def test_the_same_file_again_changes_nothing(bench: Bench) -> None:
    bench.add()
    again = bench.application.upload(io.BytesIO(HANDBOOK.encode()), "handbook.md")
    assert (again.unchanged, again.version) == (True, 1)
    assert bench.shelf.jobs == []


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "empty.pdf", EmptyFile),
        (b"MZ\x90\x00\x03\x00\x00\x00\xff\xff" + bytes(300), "setup.pdf", UnsupportedType),
        (b"text " * 300_000, "long.txt", TooLarge),
        (b"text", "", Permanent),
        (b"text", "/", Permanent),
        (b"text", "\x00\n", Permanent),
    ],
)
def test_files_that_are_refused_leave_nothing(bench: Bench, content: bytes, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        bench.application.upload(io.BytesIO(content), name)
    assert bench.application.library() == []
    assert bench.blobs.contents == {}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\Ann\\hand book.md", "hand book.md"),
        ("/etc/../secret/handbook.md", "handbook.md"),
        ("a\x07b\u202emd.exe.md", "abmd.exe.md"),
        (" Überstunden.txt ", "Überstunden.txt"),
        ("x" * 300 + ".md", "x" * 197 + ".md"),
        ("x." + "y" * 300, "." + "y" * 199),
    ],
)
def test_names_are_made_safe(bench: Bench, given: str, kept: str) -> None:
    bench.application.upload(io.BytesIO(b"text"), given)
    assert [one.name for one in bench.application.library()] == [kept]


def test_tags_and_collection_are_tidied(bench: Bench) -> None:
    bench.application.upload(io.BytesIO(b"text"), "a.txt", collection="  ", tags=[" hr ", "", "hr", "2024"])
    (version,) = bench.application.library()
    assert (version.collection, version.tags, version.file_type) == ("default", ("2024", "hr"), "txt")


def test_endless_tags_and_collections_are_cut(bench: Bench) -> None:
    bench.application.upload(io.BytesIO(b"text"), "a.txt", collection="c" * 5_000, tags=["t" * 5_000])
    (version,) = bench.application.library()
    assert (version.collection, version.tags) == ("c" * 200, ("t" * 200,))


def test_a_local_file_is_uploaded_under_its_name(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(HANDBOOK)
    receipt = bench.application.upload_path(path, collection="hr", tags=["a"])
    version = bench.application.version(receipt.version_id)
    assert (version.name, version.collection, version.tags) == ("notes.md", "hr", ("a",))
    assert bench.blobs.contents[version.blob.sha256] == HANDBOOK.encode()


def test_a_file_that_changes_while_it_is_read(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.md"
    path.write_text(HANDBOOK)
    stage = MemoryBlobStore.stage

    def grow(self: MemoryBlobStore, stream: io.BytesIO, limit: int) -> object:
        with path.open("a") as file:
            file.write("more")
        return stage(self, stream, limit)

    monkeypatch.setattr(MemoryBlobStore, "stage", grow)
    with pytest.raises(ChangedWhileReading):
        bench.application.upload_path(path)
    assert bench.application.library() == []


def test_paths_that_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="is a folder"):
        bench.application.upload_path(tmp_path)
    with pytest.raises(Permanent, match="There is no file"):
        bench.application.upload_path(tmp_path / "missing.pdf")
    with pytest.raises(Transient, match="could not be read"):
        bench.application.upload_path(Path("/proc/self/mem"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "secret.md"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(Permanent, match="permission denied"):
        bench.application.upload_path(path)


def test_a_deleted_document_is_gone_with_its_file(bench: Bench) -> None:
    document_id = bench.add()
    receipt = bench.application.delete(document_id)
    assert (receipt.document, receipt.versions) == ("handbook.md", 1)
    assert bench.blobs.contents == {}
    assert bench.application.search(QUESTION) == []
    with pytest.raises(NotFound):
        bench.application.find("handbook.md")
    with pytest.raises(NotFound):
        bench.application.delete(document_id)


def test_a_file_that_another_document_has_too_is_kept(bench: Bench) -> None:
    first = bench.add()
    bench.add(name="copy.md")
    bench.application.delete(first)
    assert len(bench.blobs.contents) == 1
    assert not bench.application.ask(QUESTION).abstained


def test_a_row_far_down_a_table_is_quoted_with_the_table_s_header(bench: Bench) -> None:
    rows = "\n".join(f"| G{number} | {number} weeks | manager of G{number} |" for number in range(1, 40))
    bench.add(f"# Rules\n\n| Grade | Notice period | Approved by |\n| --- | --- | --- |\n{rows}\n", "rules.md")
    answer = bench.application.ask("What is the notice period of grade G33?")
    quotes = [citation.quote for one in answer.sentences for citation in one.citations]
    assert "Grade | Notice period | Approved by\nG33 | 33 weeks | manager of G33" in quotes


def test_a_page_and_its_picture(bench: Bench) -> None:
    with SAMPLE.open("rb") as stream:
        receipt = bench.application.upload(stream, "sample.pdf")
    bench.application.run_worker(until_idle=True)
    assert bench.application.version(receipt.version_id).status is VersionStatus.INDEXED
    page = bench.application.page(receipt.version_id, 1)
    picture = bench.application.page_image(receipt.version_id, 1, scale=0.5)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[start : start + 4]) for start in (16, 20))
    assert (width, height) == pytest.approx((page.width / 2, page.height / 2), abs=1.5)
    with pytest.raises(NotFound):
        bench.application.page(receipt.version_id, 1_000)


def test_a_format_without_geometry_has_no_picture(bench: Bench) -> None:
    bench.add()
    version = bench.application.find("handbook.md")
    assert bench.application.page_image(version.id, 1) is None
    assert "casual leave" in bench.application.page(version.id, 1).text


def test_care_of_the_database(bench: Bench) -> None:
    assert bench.application.status().documents == 2
    assert bench.application.migrate() == ["0001_documents"]
    assert bench.application.rebuild_index() == 3
    assert bench.application.switch_index(IndexChoice("pgvector", "bit")).vectors == 3
    assert bench.caretaker.done == ["migrate", "rebuild halfvec", "switch to bit"]
