"""A library in memory behind the application's own methods, to run commands without a database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from app.application import Application
from app.cli.session import Session
from app.settings import Settings
from generation.model import Answer, AnswerSentence, Citation
from generation.writing import NOBODY, Audience
from ingest.errors import EmptyFile, FootnoteError, InvalidQuestion, NotFound
from ingest.model import Blob, Box, Receipt, Region, Scope, Version, VersionStatus
from ingest.ports import nothing
from retrieval.indexes import IndexChoice
from retrieval.library import DeleteReceipt, StoreStatus
from retrieval.model import Filters, Hit, Passage
from retrieval.switch import SwitchReport
from retrieval.tuning.model import Measurement, TuneReport, TuneRequest
from tests.unit.app.measured import REPORT

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

PASSAGE = Passage(
    chunk_id=1,
    document_id=2,
    version_id=3,
    document="handbook.pdf",
    version=4,
    title="Handbook",
    ordinal=0,
    page=7,
    page_end=8,
    heading_path=("Leave",),
    text="Casual leave is twelve days a year.",
    sentences=(),
)
HIT = Hit(PASSAGE, score=0.75, dense_rank=1, lexical_rank=None, rerank_score=2.5)
CITATION = Citation(
    document="handbook.pdf",
    version=4,
    version_id=3,
    quote="Casual leave is twelve days",
    regions=(Region(7, (Box(10.0, 20.5, 110.0, 32.5),)), Region(8)),
)
ANSWER = Answer(
    question="How many days?",
    abstained=False,
    confidence=0.9,
    sentences=(AnswerSentence("Twelve days.", (CITATION,)),),
    hits=(HIT,),
    timings_ms={"search": 12.0, "total": 15.0},
)
VERSION = Version(
    id=3,
    document_id=2,
    number=4,
    name="handbook.pdf",
    collection="default",
    file_type="pdf",
    tags=("hr",),
    blob=Blob("ab" * 32, 1234),
    status=VersionStatus.INDEXED,
    uploaded_at=MOMENT,
    pages=24,
    pages_done=24,
    chunks=60,
    title="Handbook",
    error="",
    seconds=3.5,
)
STATUS = StoreStatus(3, 1, 60, 60, 9_000_000, "bge-small-en-v1.5", 384, "hnsw", 0, 0, "pgvector", 0, 900)


@dataclass
class MemoryLibrary(Application):
    """Keeps versions in a dictionary; a queued one is finished by `run_worker`."""

    versions: dict[int, Version] = field(default_factory=dict)
    answer: Answer = ANSWER
    error: BaseException | None = None
    workers: int = 0
    binary: bool = False
    worked: int = 0
    asked: list[tuple[str, Filters]] = field(default_factory=list)
    chosen: list[IndexChoice] = field(default_factory=list)
    tuned: list[TuneRequest] = field(default_factory=list)
    report: TuneReport = REPORT
    measurement: Measurement | None = None

    def upload_path(
        self, path: Path, *, collection: str = "default", tags: Sequence[str] = (), scope: Scope = Scope()
    ) -> Receipt:
        content = path.read_bytes()
        if not content:
            raise EmptyFile
        for version in self.versions.values():
            if version.name == path.name:
                return Receipt(version.document_id, version.id, version.number, unchanged=True)
        number = len(self.versions) + 1
        self.versions[number] = replace(
            VERSION,
            id=number,
            document_id=number,
            number=1,
            name=path.name,
            collection=collection,
            tags=tuple(tags),
            status=VersionStatus.QUEUED,
            title="" if self.binary else content.decode(),
        )
        return Receipt(number, number, 1, unchanged=False)

    def run_worker(self, *, until_idle: bool = False) -> None:
        assert until_idle
        self.worked += 1
        for key, version in self.versions.items():
            failed = "scan" in version.title
            self.versions[key] = replace(
                version,
                status=VersionStatus.FAILED if failed else VersionStatus.INDEXED,
                error="It needs OCR." if failed else "",
            )

    def library(self, scope: Scope = Scope()) -> list[Version]:
        return list(self.versions.values())

    def version(self, version_id: int, scope: Scope = Scope()) -> Version:
        if version_id not in self.versions:
            raise NotFound
        return self.versions[version_id]

    def find(self, name: str, scope: Scope = Scope()) -> Version:
        for version in self.versions.values():
            if name in (version.name, str(version.document_id)):
                return version
        raise NotFound

    def delete(self, document_id: int, scope: Scope = Scope()) -> DeleteReceipt:
        version = self.versions.pop(document_id)
        return DeleteReceipt(version.name, 1, 24, 60, 60, ("ab" * 32,), MOMENT)

    def search(self, question: str, *, filters: Filters = Filters(), k: int = 10, scope: Scope = Scope()) -> list[Hit]:
        self._ask(question, filters)
        return [HIT] * min(k, 2)

    def ask(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        scope: Scope = Scope(),
        audience: Audience = NOBODY,
    ) -> Answer:
        self._ask(question, filters)
        for sentence in self.answer.sentences:
            audience.on_sentence(sentence)
        return self.answer

    def _ask(self, question: str, filters: Filters) -> None:
        if self.error:
            raise self.error
        if not question.strip():
            raise InvalidQuestion
        self.asked.append((question, filters))

    def status(self) -> StoreStatus:
        return replace(STATUS, workers_alive=self.workers, measurement=self.measurement)

    def migrate(self) -> list[str]:
        return ["0001_start.sql"]

    def indexed(self) -> int:
        return STATUS.vectors

    def rebuild_index(self) -> int:
        return 60

    def tune(self, request: TuneRequest, tell: Callable[[str], None] = nothing) -> TuneReport:
        tell("Trying ef_search 100 …")
        self.tuned.append(request)
        return self.report

    def switch_index(self, choice: IndexChoice) -> SwitchReport:
        self.chosen.append(choice)
        return SwitchReport(f"{choice.store} {choice.kind}", 60, 0.987, 60, rebuilt=True)


def doors(library: MemoryLibrary, home: Path, failure: FootnoteError | None = None) -> Session:
    """A session that opens this library, or fails to."""

    @contextmanager
    def opened(_settings: Settings) -> Iterator[Application]:
        if failure:
            raise failure
        yield library

    return Session(settings=lambda: Settings(home=home), open=opened)
